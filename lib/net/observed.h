/* net/observed.h - our own addresses as peers see them. One peer may lie or
 * stand inside our own network, so an address is believed only when several
 * that have nothing to do with each other agree
 * (libp2p specs: identify/README.md, observedAddr). */
#ifndef PARS_NET_OBSERVED_H
#define PARS_NET_OBSERVED_H

#include "base/io.h"

#define PARS_OBSERVED_MAX 32       /* addresses told about */
#define PARS_OBSERVED_AGREE 4      /* groups of observers that make one believed */
#define PARS_OBSERVED_TIME PARS_S(2400) /* a statement counts for so long */

struct pars_observed_entry {
	struct pars_endpoint at;
	uint32_t groups[PARS_OBSERVED_AGREE]; /* IP groups of the observers … */
	pars_usec seen_us[PARS_OBSERVED_AGREE]; /* … and when they said it last */
	size_t count;
};

struct pars_observed {
	struct pars_observed_entry list[PARS_OBSERVED_MAX];
	size_t count;
};

/* Somebody of IP group `group` sees us at `at`. The port must be one that
 * others can dial (that of a listener): the caller sees to it. */
void pars_observed_add(struct pars_observed *o, const struct pars_endpoint *at, uint32_t group, pars_usec now);
/* Those that enough groups agree on; returns how many. */
size_t pars_observed_believed(const struct pars_observed *o, pars_usec now, struct pars_endpoint *out, size_t max);

#endif
