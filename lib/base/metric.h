/* base/metric.h - counters of one node; the list is metric.def. */
#ifndef PARS_BASE_METRIC_H
#define PARS_BASE_METRIC_H

#include "base/base.h"

enum pars_metric {
#define PARS_METRIC(name, type, help) PARS_M_##name,
#include "base/metric.def"
#undef PARS_METRIC
	PARS_METRIC_COUNT
};

struct pars_metrics {
	uint64_t value[PARS_METRIC_COUNT];
};

struct pars_metric_info {
	const char *name, *type, *help;
};
extern const struct pars_metric_info pars_metric_info[PARS_METRIC_COUNT];

static inline void pars_count(struct pars_metrics *m, enum pars_metric which)
{
	m->value[which]++;
}

#endif
