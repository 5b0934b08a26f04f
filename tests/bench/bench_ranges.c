/* tests/bench/bench_ranges.c - what finding differences costs when authors'
 * numbers do not tell them: bytes of the ranges, from the opening until both
 * sides know all that the other lacks, the short ids that are asked for
 * included. Two sets in memory share most; each has as many more of its own. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "sync/range.h"
#include "tests/bench/bench.h"

struct entry {
	uint64_t lamport;
	struct pars_digest id;
};

struct set {
	struct entry *list; /* in (lamport, id) order */
	struct pars_digest *by_id;
	uint64_t (*sums)[2]; /* of the ids' first bytes before each entry */
	size_t count;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->lamport != y->lamport)
		return x->lamport < y->lamport ? -1 : 1;
	return memcmp(x->id.b, y->id.b, sizeof x->id.b);
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct pars_digest));
}

static void add(struct set *s, uint64_t lamport, uint64_t name)
{
	uint8_t text[8];
	pars_put_be64(text, name);
	s->list[s->count++] = (struct entry){ lamport, pars_sha256(PARS_BYTES_ARRAY(text)) };
}

static void finish(struct set *s)
{
	s->by_id = pars_alloc_array(s->count, sizeof *s->by_id);
	s->sums = pars_alloc_array(s->count + 1, sizeof *s->sums);
	qsort(s->list, s->count, sizeof *s->list, compare_entries);
	for (size_t i = 0; i < s->count; i++) {
		s->by_id[i] = s->list[i].id;
		for (size_t k = 0; k < 2; k++)
			s->sums[i + 1][k] = s->sums[i][k] + pars_be64(s->list[i].id.b + 8 * k);
	}
	qsort(s->by_id, s->count, sizeof *s->by_id, compare_ids);
}

static void set_free(struct set *s)
{
	free(s->list);
	free(s->by_id);
	free(s->sums);
}

/* -- the replica ------------------------------------------------------------------ */

static size_t place(const struct set *s, const struct pars_sync_bound *b)
{
	struct entry key = { b->lamport, b->id };
	size_t lo = 0, hi = s->count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (compare_entries(&s->list[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void state(void *ctx, uint32_t session, struct pars_sync_state *ret)
{
	const struct set *s = ctx;
	(void)session;
	*ret = (struct pars_sync_state){ .count = s->count, .lamport = s->list[s->count - 1].lamport };
}

static bool find(void *ctx, uint32_t session, const uint8_t short_id[PARS_SYNC_SHORT_ID], struct pars_digest *ret)
{
	const struct set *s = ctx;
	size_t lo = 0, hi = s->count;
	(void)session;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = memcmp(s->by_id[mid].b, short_id, PARS_SYNC_SHORT_ID);
		if (!c) {
			*ret = s->by_id[mid];
			return true;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static uint64_t range_sum(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, uint8_t fingerprint[PARS_SYNC_FINGERPRINT])
{
	const struct set *s = ctx;
	size_t a = place(s, from), b = place(s, to);
	(void)session;
	for (size_t k = 0; k < 2; k++)
		pars_put_be64(fingerprint + 8 * k, s->sums[b][k] - s->sums[a][k]);
	return b - a;
}

static size_t range_ids(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, struct pars_digest *out, size_t max)
{
	const struct set *s = ctx;
	size_t n = 0;
	(void)session;
	for (size_t i = place(s, from), end = place(s, to); i < end && n < max; i++)
		out[n++] = s->list[i].id;
	return n;
}

/* -- the exchange ------------------------------------------------------------------- */

/* Bytes until nobody has more to say. */
static double reconcile(struct set *sets, size_t expected)
{
	struct pars_sync_replica r[2];
	struct pars_range_diff diff[2] = { 0 };
	PARS_AUTO_BUF said = { 0 };
	double bytes = 0;
	for (int i = 0; i < 2; i++)
		r[i] = (struct pars_sync_replica){ .ctx = &sets[i], .state = state, .find = find, .range_sum = range_sum,
			.range_ids = range_ids };
	pars_range_open(&r[0], 1, &said);
	for (int turn = 1; said.n; turn = !turn) {
		struct pars_buf answer = { 0 };
		while (said.n) {
			size_t n = pars_be32(pars_buf_bytes(&said).p);
			pars_buf_drop(&said, 4);
			if (pars_range_answer(&r[turn], 1, PARS_BYTES(pars_buf_bytes(&said).p, n), &answer, &diff[turn]))
				bench_die("a side does not understand the other");
			pars_buf_drop(&said, n);
			bytes += (double)n;
		}
		pars_buf_done(&said);
		said = answer;
	}
	size_t found = 0;
	for (int i = 0; i < 2; i++) {
		bytes += (double)diff[i].want.n;
		found += diff[i].want.n / PARS_SYNC_SHORT_ID + diff[i].give.n / sizeof(struct pars_digest);
		pars_buf_done(&diff[i].want);
		pars_buf_done(&diff[i].give);
	}
	if (found != expected)
		bench_die("%zu of %zu differences were found", found, expected);
	return bytes;
}

/* `more` of each side's own: at the end, or all over the shared ones. */
static void measure(const char *metric, size_t shared, size_t more, bool recent)
{
	struct set sets[2] = { 0 };
	for (size_t side = 0; side < 2; side++) {
		sets[side].list = pars_alloc_array(shared + more, sizeof *sets[side].list);
		for (size_t i = 0; i < shared; i++)
			add(&sets[side], i, i);
		for (size_t i = 0; i < more; i++)
			add(&sets[side], recent ? shared + i : (2 * i + side) * shared / (2 * more),
				((uint64_t)side + 1) << 40 | i);
		finish(&sets[side]);
	}
	bench_row(metric, reconcile(sets, 2 * more) / (double)(2 * more), "bytes/difference", BENCH_NO_LIMIT);
	set_free(&sets[0]);
	set_free(&sets[1]);
}

int main(void)
{
	size_t shared = bench_full() ? 1000000 : 100000;
	measure("ranges_recent_10k", shared, 5000, true);
	measure("ranges_spread_100", shared, 50, false);
	measure("ranges_spread_10k", shared, 5000, false);
	return EXIT_SUCCESS;
}
