#include "net/observed.h"

static bool same(const struct pars_endpoint *a, const struct pars_endpoint *b)
{
	return a->family == b->family && a->port == b->port &&
		!memcmp(a->ip, b->ip, a->family == PARS_IP4 ? 4 : 16);
}

static pars_usec newest(const struct pars_observed_entry *e)
{
	pars_usec at = 0;
	for (size_t i = 0; i < e->count; i++)
		at = PARS_MAX(at, e->seen_us[i]);
	return at;
}

/* Its entry; a new one takes the place of the one not heard of for longest. */
static struct pars_observed_entry *entry(struct pars_observed *o, const struct pars_endpoint *at)
{
	struct pars_observed_entry *oldest = &o->list[0];
	for (size_t i = 0; i < o->count; i++) {
		if (same(&o->list[i].at, at))
			return &o->list[i];
		if (newest(&o->list[i]) < newest(oldest))
			oldest = &o->list[i];
	}
	struct pars_observed_entry *e = o->count < PARS_OBSERVED_MAX ? &o->list[o->count++] : oldest;
	*e = (struct pars_observed_entry){ .at = *at };
	return e;
}

void pars_observed_add(struct pars_observed *o, const struct pars_endpoint *at, uint32_t group, pars_usec now)
{
	struct pars_observed_entry *e = entry(o, at);
	size_t i = 0, oldest = 0;
	for (; i < e->count && e->groups[i] != group; i++)
		if (e->seen_us[i] < e->seen_us[oldest])
			oldest = i;
	if (i == e->count)
		i = e->count < PARS_OBSERVED_AGREE ? e->count++ : oldest;
	e->groups[i] = group;
	e->seen_us[i] = now;
}

size_t pars_observed_believed(const struct pars_observed *o, pars_usec now, struct pars_endpoint *out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < o->count && n < max; i++) {
		const struct pars_observed_entry *e = &o->list[i];
		size_t agree = 0;
		for (size_t j = 0; j < e->count; j++)
			agree += now - e->seen_us[j] < PARS_OBSERVED_TIME;
		if (agree >= PARS_OBSERVED_AGREE)
			out[n++] = e->at;
	}
	return n;
}
