/* tests/unit/rpc/rig.h - a server with a real node, driven by hand. */
#ifndef PARS_TESTS_UNIT_RPC_RIG_H
#define PARS_TESTS_UNIT_RPC_RIG_H

#include <jansson.h>

#include "rpc/server.h"
#include "tests/unit/unit.h"

struct rig {
	struct pars_node *node;
	struct rpc_server *server;
	struct rpc_client *client; /* admin */
	struct pars_time now;
	struct pars_effects effects;
	enum pars_err fail; /* the next step fails like this */
	bool jobs_wait;     /* they are kept: */
	struct pars_job *jobs[16];
	size_t job_count;
};

extern uint64_t rig_disk_free; /* what the outside says is left */
extern int64_t rig_wall_ns;    /* … and that time it is */

struct rig *rig_new(void); /* with a fresh database */
void rig_free(struct rig *r);
PARS_AUTO_DEFINE(rig)

/* One step in which `c` gets these bytes; then effects, notifications, poll. */
void rig_feed(struct rig *r, struct rpc_client *c, const char *bytes, size_t n);
/* After a step of the test's own: tells who waits, and runs all jobs. */
void rig_release(struct rig *r);
/* Time passes; due steps are taken. */
void rig_pass_ms(struct rig *r, unsigned ms);
/* What may leave in one write, as a NUL-terminated text that lives until the
 * next call; "" when nothing. It counts as sent. */
const char *rig_take(struct rpc_client *c);
/* Feeds a request to the rig's client and gives its one reply. */
json_t *rig_ask(struct rig *r, const char *request);
/* The result of a call, which must not fail. params: JSON text. */
json_t *rig_call(struct rig *r, const char *method, const char *params);
/* The error object of a call, which must fail. */
json_t *rig_refused(struct rig *r, const char *method, const char *params);

#endif
