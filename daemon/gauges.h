/* daemon/gauges.h - the metrics of the process; the list is daemon/metric.def. */
#ifndef PARS_DAEMON_GAUGES_H
#define PARS_DAEMON_GAUGES_H

#include "daemon/histogram.h"
#include "pars.h"
#include "rpc/outside.h"

enum gauge {
#define PARS_METRIC(name, type, help) GAUGE_##name,
#include "daemon/metric.def"
#undef PARS_METRIC
	GAUGE_COUNT
};

extern const struct pars_metric_info gauge_info[GAUGE_COUNT];

struct gauges {
	uint64_t value[GAUGE_COUNT]; /* not of histograms */
	struct histogram step, loop_lag;
};

uint64_t gauges_cpu_us(void);
uint64_t gauges_disk_free(const char *folder); /* UINT64_MAX: not known */
/* Reads what is to be had from the system; the rest is the caller's. */
void gauges_read_process(struct gauges *g);
/* What only the node knows; NULL: there is none. */
void gauges_read_node(struct gauges *g, struct pars_node *node);
const struct histogram *gauges_histogram(const struct gauges *g, enum gauge which); /* NULL: it is none */

/* Prometheus' text format, all names with parsd_ in front, counters with
 * _total behind. node NULL: without its metrics. */
void gauges_put_text(struct pars_buf *out, const struct gauges *g, const struct pars_metrics *node);

#define GAUGES_ROWS_MAX (GAUGE_COUNT + 2 * 2)
/* As pars_metrics tells them. Gives how many. */
size_t gauges_rows(const struct gauges *g, struct rpc_metric_row out[GAUGES_ROWS_MAX]);

#endif
