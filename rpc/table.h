/* rpc/table.h - every method once.
 *
 * Names and fields are a public contract: fields are added freely and removed
 * only two releases after they were deprecated. */
#ifndef PARS_RPC_TABLE_H
#define PARS_RPC_TABLE_H

#include "rpc/schema.h"

extern const struct rpc_method rpc_methods[]; /* sorted by name */
extern const size_t rpc_methods_count;

const struct rpc_method *rpc_method_find(const char *name); /* or NULL */
/* The method whose name is nearest, NULL when none is near. */
const char *rpc_method_nearest(const char *name);

/* What pars_subscribe can follow, and what its notifications carry. */
struct rpc_topic {
	const char *name;
	struct rpc_field result;
	const char *help;
};
extern const struct rpc_topic rpc_topics[];
extern const size_t rpc_topics_count;

json_t *rpc_openrpc(void); /* the table as an OpenRPC document; gives */

#endif
