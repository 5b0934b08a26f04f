/* rpc/server.h - JSON-RPC 2.0 for any number of byte streams; no sockets.
 *
 * Bytes come in inside a step of the node; a reply becomes visible when the
 * step was committed, for it may tell what the step wrote:
 *
 *   pars_step_begin(node, now);
 *   rpc_server_begin(server, now.mono_us);
 *   rpc_client_input(client, bytes);             // any number
 *   err = pars_step_end(node, &effects);
 *   rpc_server_end(server, err, NULL);
 *   rpc_server_notify(server, topic, text);      // for each NOTIFY effect
 *   rpc_server_poll(server, now.mono_us);
 *   // write what rpc_client_output gives
 *
 * Replies to calls that may change something wait until the node has saved what
 * it promised (pars_saved), which may be some steps later.
 *
 * A call may wait: it is parked (bounded) and looked at again when something
 * of its topic changed or its time is over. A subscription is a read that
 * goes on from a cursor for ever, so a slow reader loses nothing and costs
 * nothing: its reading stops while its output queue is full. */
#ifndef PARS_RPC_SERVER_H
#define PARS_RPC_SERVER_H

#include "pars.h"
#include "rpc/outside.h"
#include "rpc/schema.h"

#define RPC_CLIENTS_MAX 64
#define RPC_BATCH_MAX 100
#define RPC_REPLY_MAX ((size_t)10 << 20)  /* bytes of one reply line */
#define RPC_OUT_PAUSE ((size_t)1 << 20)   /* queued bytes from which input rests */
#define RPC_WAITS_MAX 16                  /* parked calls of a client */
#define RPC_SUBSCRIPTIONS_MAX 64          /* of a client */

struct rpc_server;
struct rpc_client;

/* A setting as pars_configShow tells it. */
struct rpc_setting {
	char *name, *value, *origin;
};

struct rpc_server_config {
	const char *agent;   /* "parsd/0.1.0" */
	const char *network; /* its name */
	const struct rpc_setting *settings; /* borrowed */
	size_t settings_count;
	const struct rpc_outside *outside; /* borrowed; NULL: rpc_outside_none */
};

struct rpc_server *rpc_server_new(const struct rpc_server_config *config); /* borrows config */
void rpc_server_free(struct rpc_server *s); /* and its clients; NULL is fine */
PARS_AUTO_DEFINE(rpc_server)

/* From now on calls go to `node` (borrowed). Outside of a step. */
void rpc_server_bind(struct rpc_server *s, struct pars_node *node);
/* There is no node: calls that need one, also parked ones and those that wait for
 * the disk, fail like this. */
void rpc_server_unbind(struct rpc_server *s, enum pars_err err, const char *text);

/* NULL when RPC_CLIENTS_MAX are there. */
struct rpc_client *rpc_client_new(struct rpc_server *s, enum rpc_role role);
void rpc_client_free(struct rpc_client *c);
/* The line to send to whoever is refused a client; static. */
const char *rpc_server_full_line(void);

void rpc_server_begin(struct rpc_server *s, pars_usec now_us);
/* Bytes may be none: goes on with what rested. */
void rpc_client_input(struct rpc_client *c, struct pars_bytes more);
/* err: the step did not happen; its calls are answered with that error and
 * `text` (NULL: the error's own). */
void rpc_server_end(struct rpc_server *s, enum pars_err err, const char *text);

void rpc_server_notify(struct rpc_server *s, enum pars_topic topic, const char *text);
/* Looks again at parked calls and subscriptions. Outside of a step. */
void rpc_server_poll(struct rpc_server *s, pars_usec now_us);
pars_usec rpc_server_deadline(const struct rpc_server *s); /* of the next poll */
/* The methods that ran since rpc_server_begin, for the log: "pars_status x3, …"
 * or "". */
const char *rpc_server_step_calls(const struct rpc_server *s);
size_t rpc_server_clients(const struct rpc_server *s);
/* pars_stop was called. */
bool rpc_server_stopping(const struct rpc_server *s);

/* What may leave in one write, at most `max` pieces, 0: nothing. Replies may
 * share a write; a notification is given alone. Clients exist that lose what
 * shares a *read* with a notification, so neither it nor what follows may be
 * written before the other side has read what came before. Borrowed until
 * the next call. */
size_t rpc_client_output(const struct rpc_client *c, struct pars_bytes *ret, size_t max,
	bool *ret_notification);
void rpc_client_sent(struct rpc_client *c, size_t n);
/* Whether more bytes of it should be read now. */
bool rpc_client_reads(const struct rpc_client *c);
/* It has rested input, and room again: it wants a step without new bytes. */
bool rpc_client_rested(const struct rpc_client *c);
/* Nothing more will come: close it once the output is out. `eof`: the other
 * side will send no more. */
bool rpc_client_over(const struct rpc_client *c, bool eof);

#endif
