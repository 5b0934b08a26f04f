/* rpc/advice.h - what a person can do about an error of the machine. */
#ifndef PARS_RPC_ADVICE_H
#define PARS_RPC_ADVICE_H

#include "base/err.h"

/* A sentence; "" when there is nothing to do. Static. */
const char *rpc_advice(enum pars_err err);

/* "TEXT. ADVICE"; text NULL: the error's own. Gives. */
char *rpc_advised(enum pars_err err, const char *text);

#endif
