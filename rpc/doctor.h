/* rpc/doctor.h - what keeps a node from being well, and from being in sync,
 * in sentences, with what to do about it. */
#ifndef PARS_RPC_DOCTOR_H
#define PARS_RPC_DOCTOR_H

#include "rpc/call.h"

#define RPC_FINDINGS_MAX 64

struct rpc_finding {
	bool sick;         /* the machine under the node fails it: pars_health tells too */
	const char *about; /* "disk", "clock", "network", "peers", "session" */
	const char *what, *advice;
};

struct rpc_findings {
	struct rpc_finding list[RPC_FINDINGS_MAX];
	size_t count; /* what no longer fits is dropped: the first ones matter most */
};

/* Texts live in the call's arena. Runs with and without a node. */
void rpc_doctor_look(struct rpc_call *call, struct rpc_findings *ret);

#endif
