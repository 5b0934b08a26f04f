/* What is to happen, in order of time; and the clocks of the nodes. */
#include <stdlib.h>

#include "base/alloc.h"
#include "tests/sim/sim_impl.h"

static bool before(const struct timed *a, const struct timed *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void sim_push(struct sim *s, struct timed t)
{
	t.order = s->order++;
	if (s->count == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 256;
		s->heap = pars_realloc(s->heap, s->cap * sizeof *s->heap);
	}
	size_t i = s->count++;
	for (; i && before(&t, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = t;
}

struct timed sim_pop(struct sim *s)
{
	struct timed first = s->heap[0], last = s->heap[--s->count];
	size_t i = 0;
	for (;;) {
		size_t c = 2 * i + 1;
		if (c >= s->count)
			break;
		if (c + 1 < s->count && before(&s->heap[c + 1], &s->heap[c]))
			c++;
		if (before(&last, &s->heap[c]))
			break;
		s->heap[i] = s->heap[c];
		i = c;
	}
	s->heap[i] = last;
	return first;
}

void sim_drop(struct timed *t)
{
	if (t->ev.job)
		t->ev.job->free(t->ev.job);
	free(t->bytes);
}

/* A node's own clocks. */
static pars_usec local_time(const struct sim *s, unsigned node, pars_usec t)
{
	return t + (pars_usec)((int64_t)t / 1000000 * s->nodes[node].drift_ppm);
}

struct pars_time sim_node_time(const struct sim *s, unsigned node)
{
	return (struct pars_time){ local_time(s, node, s->now), (int64_t)s->now * 1000 + s->nodes[node].wall_ns };
}

pars_usec sim_time_of(const struct sim *s, unsigned node, pars_usec local)
{
	pars_usec t = local;
	for (int i = 0; i < 3; i++) /* the drift is small: this settles at once */
		t += local - local_time(s, node, t);
	return t;
}
