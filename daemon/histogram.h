/* daemon/histogram.h - how long things took. */
#ifndef PARS_DAEMON_HISTOGRAM_H
#define PARS_DAEMON_HISTOGRAM_H

#include "base/base.h"

#define HISTOGRAM_BUCKETS 12

extern const pars_usec histogram_limits[HISTOGRAM_BUCKETS]; /* each counts what is not longer */

struct histogram { /* all zero is the empty one */
	uint64_t bucket[HISTOGRAM_BUCKETS + 1]; /* the last one: longer than all limits */
	uint64_t count, sum_us, max_us;
};

void histogram_add(struct histogram *h, pars_usec us);
/* The limit below which so many of a hundred are; the longest, when that is
 * shorter or there is no limit. */
pars_usec histogram_percentile(const struct histogram *h, unsigned percent);

#endif
