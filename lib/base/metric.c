#include "base/metric.h"

const struct pars_metric_info pars_metric_info[PARS_METRIC_COUNT] = {
#define PARS_METRIC(name, type, help) [PARS_M_##name] = { #name, #type, help },
#include "base/metric.def"
#undef PARS_METRIC
};
