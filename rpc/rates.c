#include "rpc/rates.h"

void rpc_rates_look(struct rpc_rates *r, pars_usec now_us, const struct pars_metrics *m, uint64_t cpu_us)
{
	if (!rpc_rates_due(r, now_us))
		return;
	r->at_us[0] = r->at_us[1];
	r->seen[0] = r->seen[1];
	r->cpu_us[0] = r->cpu_us[1];
	r->at_us[1] = now_us;
	r->seen[1] = *m;
	r->cpu_us[1] = cpu_us;
}

/* A database that was opened anew counts from zero again. */
static uint64_t per_second(uint64_t before, uint64_t now, pars_usec span)
{
	return !span || now < before ? 0 : (now - before) * 1000000 / span;
}

uint64_t rpc_rates_of(const struct rpc_rates *r, pars_usec now_us, enum pars_metric which, uint64_t now)
{
	return r->at_us[0] ? per_second(r->seen[0].value[which], now, now_us - r->at_us[0]) : 0;
}

uint64_t rpc_rates_cpu(const struct rpc_rates *r, pars_usec now_us, uint64_t cpu_us)
{
	return r->at_us[0] ? per_second(r->cpu_us[0], cpu_us, now_us - r->at_us[0]) / 10000 : 0;
}
