/* rpc/internal.h - how the server's files see its objects.
 *
 * server -> clients -> groups (one per request or batch, in order of arrival)
 * -> slots (one per call). A group is sent when none of its slots is open. */
#ifndef PARS_RPC_INTERNAL_H
#define PARS_RPC_INTERNAL_H

#include "rpc/call.h"
#include "rpc/frame.h"
#include "rpc/rates.h"

struct rpc_slot {
	json_t *id;          /* NULL: a notification, which gets no answer */
	struct pars_buf text;
	bool certain;        /* true whatever becomes of the step */
};

struct rpc_group {
	struct rpc_group *next;
	bool array;
	bool fresh;          /* of the present step */
	bool writes;         /* some call of it may change something */
	uint64_t promise;    /* told when the node has saved so much */
	size_t count, open, bytes;
	struct rpc_slot slots[];
};

struct rpc_call {
	struct rpc_call *next;
	struct rpc_client *client;
	struct rpc_group *group;
	struct rpc_slot *slot;
	const struct rpc_method *method;
	const struct rpc_handler *handler;
	json_t *params;
	struct pars_fault fault;
	uint64_t memory;
	pars_usec since_us, deadline_us;
	enum pars_topic topic;
	bool rerun, due;
};

#define RPC_PENDING_MAX 16

struct rpc_sub {
	struct rpc_sub *next;
	uint64_t number;
	enum pars_topic topic;
	char *session, *cursor;  /* of TOPIC_MESSAGES: full id */
	bool fresh, due;
	bool overflow;           /* more changed than fits in `pending` */
	char *pending[RPC_PENDING_MAX];
	size_t pending_count;
};

struct rpc_out {
	struct rpc_out *next;
	bool notification;
	size_t off, n;
	uint8_t *mem;
};

struct rpc_client {
	struct rpc_client *next;
	struct rpc_server *server;
	enum rpc_role role;
	struct rpc_frame frame;
	struct rpc_group *groups, **groups_end;
	struct rpc_call *parked;
	size_t parked_count;
	struct rpc_sub *subs;
	size_t subs_count;
	struct rpc_out *out, **out_end;
	size_t out_bytes;        /* queued, answers of open groups included */
	bool rested;             /* whole requests may lie in the frame */
	bool broken;             /* framing lost: no more input */
};

struct rpc_server {
	const struct rpc_server_config *config;
	const struct rpc_outside *outside;
	struct pars_node *node;
	uint64_t saved;          /* pars_saved, as last seen */
	enum pars_err down;      /* why there is no node */
	char *down_text; /* NULL: the error's */
	char *down_told; /* the same with advice */
	struct rpc_client *clients;
	size_t clients_count;
	struct pars_arena arena;
	pars_usec now_us;
	uint64_t subs_made;
	char step_calls[200];
	size_t step_calls_length;
	struct rpc_rates rates;
	bool stopping;
};

/* What JSON-RPC and Ethereum name, besides our own positive codes. */
enum {
	RPC_E_PARSE = -32700,
	RPC_E_REQUEST = -32600,
	RPC_E_METHOD = -32601,
	RPC_E_PARAMS = -32602,
	RPC_E_INTERNAL = -32603,
	RPC_E_LARGE = -32003,
};

/* reply.c */
struct rpc_group *rpc_group_new(struct rpc_client *c, bool array, size_t count);
void rpc_group_free(struct rpc_group *g);
/* Answers a slot; the last answer makes the group ready. Take result, data. */
void rpc_slot_ok(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, json_t *result);
void rpc_slot_ok_row(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot,
	const struct rpc_shape *shape, const void *row);
void rpc_slot_error(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, int code,
	const char *name, const char *message, json_t *data);
/* The same with our own error. text NULL: the error's. */
void rpc_slot_fail(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, enum pars_err err,
	const char *text);
/* Undoes the answers that are not certain: those of this step, and those of
 * earlier ones that wait for the disk. */
void rpc_groups_fail(struct rpc_client *c, enum pars_err err, const char *text);
/* Queues the ready groups for output. */
void rpc_groups_flush(struct rpc_client *c);
void rpc_notify_put(struct rpc_client *c, const struct rpc_sub *sub, json_t *result); /* takes */
void rpc_notify_row(struct rpc_client *c, const struct rpc_sub *sub, const struct rpc_shape *shape, const void *row);

/* request.c */
void rpc_request_digest(struct rpc_client *c, struct pars_bytes text);
void rpc_request_broken(struct rpc_client *c, enum rpc_frame_state state);

/* call.c */
void rpc_call_start(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot,
	const struct rpc_method *m, json_t *params); /* takes params */
void rpc_calls_rerun(struct rpc_client *c);
void rpc_calls_drop(struct rpc_client *c, const struct rpc_group *of); /* NULL: all */

/* subscribe.c */
void rpc_subs_notify(struct rpc_client *c, enum pars_topic topic, const char *text);
void rpc_subs_poll(struct rpc_client *c);
void rpc_subs_settle(struct rpc_client *c, bool committed);
void rpc_subs_free(struct rpc_client *c);

/* handlers_*.c, shared */
/* A page that fits in a reply; the limit is halved until it does. */
PARS_MUST enum pars_err rpc_messages_read(struct pars_node *node, const char *session, enum pars_order order,
	const char *cursor, size_t limit, struct pars_arena *a, struct pars_message_page *page,
	struct pars_fault *fault);

#endif
