/* rpc/row.h - replies straight from the structs of pars.h, without a tree. */
#ifndef PARS_RPC_ROW_H
#define PARS_RPC_ROW_H

#include "base/bytes.h"
#include "rpc/schema.h"

/* Appends the object that the shape makes of `from`, the struct that it
 * describes: all of the shape's fields stand there. */
void rpc_row_put(struct pars_buf *out, const struct rpc_shape *shape, const void *from);

#endif
