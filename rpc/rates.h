/* rpc/rates.h - how fast counters rise, over the last seconds. */
#ifndef PARS_RPC_RATES_H
#define PARS_RPC_RATES_H

#include "base/metric.h"

/* Two looks at the counters, the older one at least RATES_SPAN before the
 * newer one. All zero: since the start. */
struct rpc_rates {
	pars_usec at_us[2];
	struct pars_metrics seen[2];
	uint64_t cpu_us[2];
};

#define RPC_RATES_SPAN PARS_S(2)

/* The last look is old enough for another one. */
static inline bool rpc_rates_due(const struct rpc_rates *r, pars_usec now_us)
{
	return !r->at_us[1] || now_us - r->at_us[1] >= RPC_RATES_SPAN;
}
/* Takes a look when it is due; cpu_us: time the process has
 * computed for. */
void rpc_rates_look(struct rpc_rates *r, pars_usec now_us, const struct pars_metrics *m, uint64_t cpu_us);
/* A second's rise of a counter, of which `now` is the present value. */
uint64_t rpc_rates_of(const struct rpc_rates *r, pars_usec now_us, enum pars_metric which, uint64_t now);
/* Hundredths of one processor. */
uint64_t rpc_rates_cpu(const struct rpc_rates *r, pars_usec now_us, uint64_t cpu_us);

#endif
