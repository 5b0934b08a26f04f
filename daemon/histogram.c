#include "daemon/histogram.h"

const pars_usec histogram_limits[HISTOGRAM_BUCKETS] = {
	100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000,
};

void histogram_add(struct histogram *h, pars_usec us)
{
	size_t i = 0;
	while (i < HISTOGRAM_BUCKETS && us > histogram_limits[i])
		i++;
	h->bucket[i]++;
	h->count++;
	h->sum_us += us;
	h->max_us = PARS_MAX(h->max_us, us);
}

pars_usec histogram_percentile(const struct histogram *h, unsigned percent)
{
	uint64_t seen = 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen * 100 >= h->count * percent)
			return PARS_MIN(histogram_limits[i], h->max_us);
	}
	return h->max_us;
}
