/* cli/link.h - one connection to the daemon. */
#ifndef PARS_CLI_LINK_H
#define PARS_CLI_LINK_H

#include <jansson.h>

#include "base/bytes.h"
#include "rpc/schema.h"

/* The exit statuses of parsctl. */
enum {
	EXIT_OK = 0,
	EXIT_ERROR = 1,       /* the daemon answered an error */
	EXIT_UNREACHABLE = 2,
	EXIT_USAGE = 3,
	EXIT_TIMEOUT = 4,
	EXIT_UNHEALTHY = 5,
};

struct link {
	int fd;
	char *path; /* of the socket it reached */
	int64_t id;
	struct pars_buf in;
};

/* Connects to `path`, or (NULL) to PARSD_RPC_SOCKET or the first of the usual
 * places where something is. Gives an exit status; the text says what to do. */
int link_open(struct link *l, const char *path, struct rpc_why *why);
/* Calls and waits at most timeout_ms. On EXIT_OK *ret is the whole reply
 * message. Borrows params. */
int link_call(struct link *l, const char *method, json_t *params, int timeout_ms, json_t **ret,
	struct rpc_why *why);
void link_close(struct link *l);

#endif
