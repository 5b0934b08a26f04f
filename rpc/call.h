/* rpc/call.h - what a method's handler sees.
 *
 * A handler reads checked parameters, calls pars.h and returns what one of
 * rpc_ok, rpc_ok_row, rpc_fail, rpc_wait returned: it must answer. First runs stand in a
 * step; after rpc_wait the handler runs again from the start, outside of a
 * step, where it may only read. */
#ifndef PARS_RPC_CALL_H
#define PARS_RPC_CALL_H

#include "pars.h"
#include "rpc/server.h"

struct rpc_call;

enum rpc_done { RPC_DONE, RPC_WAITING };

struct rpc_handler {
	const char *name;
	enum rpc_done (*run)(struct rpc_call *call);
};
extern const struct rpc_handler rpc_handlers[]; /* sorted, one per method */
extern const size_t rpc_handlers_count;

struct pars_node *rpc_node(struct rpc_call *call);
struct pars_arena *rpc_arena(struct rpc_call *call);  /* until the handler returns */
struct pars_fault *rpc_fault(struct rpc_call *call);  /* to pass to pars.h */
const struct rpc_server_config *rpc_config(struct rpc_call *call);
const struct rpc_outside *rpc_outside(struct rpc_call *call);
enum rpc_role rpc_role(const struct rpc_call *call); /* of the caller */
/* Why there is no node (only RPC_NO_NODE methods run then); OK: there is one.
 * *ret_text: a sentence about it. */
enum pars_err rpc_down(const struct rpc_call *call, const char **ret_text);

/* NULL: not given and without default. Borrows the call. */
const char *rpc_param_str(const struct rpc_call *call, const char *name);
bool rpc_param_bool(const struct rpc_call *call, const char *name); /* false: not given */
int64_t rpc_param_int(const struct rpc_call *call, const char *name);
/* Replaces a parameter for the next run. */
void rpc_param_keep(struct rpc_call *call, const char *name, const char *value);

enum rpc_done rpc_ok(struct rpc_call *call, json_t *result); /* takes */
/* The object that the shape makes of `row`; see rpc/row.h. */
enum rpc_done rpc_ok_row(struct rpc_call *call, const struct rpc_shape *shape, const void *row);
/* With the fault's text when the fault is of this error. */
enum rpc_done rpc_fail(struct rpc_call *call, enum pars_err err);
/* Parks until something of `topic` changed. Only when rpc_may_wait. */
enum rpc_done rpc_wait(struct rpc_call *call, enum pars_topic topic);
/* False when the caller did not ask to wait or its time is over. */
bool rpc_may_wait(const struct rpc_call *call);
bool rpc_is_rerun(const struct rpc_call *call);
pars_usec rpc_waited_us(const struct rpc_call *call);
/* A number that the handler keeps over its runs. */
uint64_t *rpc_memory(struct rpc_call *call);

/* subscribe.c; the ids are the client's own. */
PARS_MUST enum pars_err rpc_subscribe(struct rpc_call *call, const char *topic, const char *session,
	const char *cursor, const char **ret_id);
bool rpc_unsubscribe(struct rpc_call *call, const char *id);
void rpc_stop(struct rpc_call *call);

#endif
