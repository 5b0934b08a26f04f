/* Two replicas in memory, wired by their streams. */
#include "sync/sync.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "tests/unit/unit.h"

#define SESSION 5

struct item {
	uint64_t lamport, n;
	uint32_t author;
	struct pars_digest id, parent; /* of the same author; zero: none */
	uint8_t raw[200];
	size_t size;
};

struct set {
	struct item *items; /* in (lamport, id) order */
	size_t count;
	uint32_t own;
};

static int compare_items(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	if (a->lamport != b->lamport)
		return a->lamport < b->lamport ? -1 : 1;
	return memcmp(a->id.b, b->id.b, sizeof a->id.b);
}

static const struct item *set_find(const struct set *s, const uint8_t *id, size_t n)
{
	for (size_t i = 0; i < s->count; i++)
		if (!memcmp(s->items[i].id.b, id, n))
			return &s->items[i];
	return NULL;
}

static bool set_add(struct set *s, const struct item *item)
{
	if (set_find(s, item->id.b, 32))
		return false;
	s->items = pars_realloc(s->items, (s->count + 1) * sizeof *s->items);
	size_t i = s->count++;
	for (; i && compare_items(item, &s->items[i - 1]) < 0; i--)
		s->items[i] = s->items[i - 1];
	s->items[i] = *item;
	return true;
}

/* `variant` makes forks: the same (author, n), other content. */
static struct item make(uint32_t author, uint64_t n, uint64_t lamport, const struct pars_digest *parent,
	uint8_t variant)
{
	struct item it = { .author = author, .n = n, .lamport = lamport, .parent = *parent, .size = sizeof it.raw };
	memset(it.raw, variant, sizeof it.raw);
	pars_put_be32(it.raw, author);
	pars_put_be64(it.raw + 4, n);
	pars_put_be64(it.raw + 12, lamport);
	memcpy(it.raw + 20, parent->b, sizeof parent->b);
	it.id = pars_sha256(PARS_BYTES(it.raw, it.size));
	return it;
}

static void set_put(struct set *s, uint32_t author, uint64_t n, uint64_t lamport, uint8_t variant)
{
	struct pars_digest parent = { 0 };
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].author == author && s->items[i].n + 1 == n)
			parent = s->items[i].id;
	struct item it = make(author, n, lamport, &parent, variant);
	set_add(s, &it);
}

static struct item parse(struct pars_bytes raw)
{
	struct pars_digest parent;
	ck_assert_uint_eq(raw.n, 200);
	memcpy(parent.b, raw.p + 20, sizeof parent.b);
	return make(pars_be32(raw.p), pars_be64(raw.p + 4), pars_be64(raw.p + 12), &parent, raw.p[60]);
}

/* -- the replica -------------------------------------------------------------------- */

static void r_fingerprint(const struct set *s, const struct pars_sync_bound *from, const struct pars_sync_bound *to,
	uint64_t *count, uint8_t fp[PARS_SYNC_FINGERPRINT])
{
	struct pars_digest sum = { 0 };
	struct item a = { .lamport = from->lamport, .id = from->id }, b = { .lamport = to->lamport, .id = to->id };
	*count = 0;
	for (size_t i = 0; i < s->count; i++)
		if (compare_items(&s->items[i], &a) >= 0 && compare_items(&s->items[i], &b) < 0) {
			sum = pars_sha256_2(pars_digest_bytes(&sum), pars_digest_bytes(&s->items[i].id));
			++*count;
		}
	memcpy(fp, sum.b, PARS_SYNC_FINGERPRINT);
}

static void r_state(void *ctx, uint32_t session, struct pars_sync_state *ret)
{
	const struct set *s = ctx;
	struct pars_sync_bound from = { 0 }, to = { .lamport = PARS_SYNC_LAMPORT_END };
	ck_assert_uint_eq(session, SESSION);
	*ret = (struct pars_sync_state){ .lamport = s->count ? s->items[s->count - 1].lamport : 0 };
	r_fingerprint(s, &from, &to, &ret->count, ret->fingerprint);
	/* What is nobody's parent, newest first. */
	for (size_t i = s->count; i-- && ret->head_count < PARS_SYNC_HEADS_MAX;) {
		bool is_parent = false;
		for (size_t k = i + 1; k < s->count && !is_parent; k++)
			is_parent = pars_digest_equal(&s->items[k].parent, &s->items[i].id);
		if (!is_parent)
			ret->heads[ret->head_count++] = s->items[i].id;
	}
}

static int64_t r_own_past(void *ctx, uint32_t session, const struct pars_digest *id)
{
	const struct item *it = set_find(ctx, id->b, 32);
	(void)session;
	return !it ? -1 : it->author == ((struct set *)ctx)->own ? (int64_t)it->n + 1 : 0;
}

static uint64_t r_own_count(void *ctx, uint32_t session)
{
	const struct set *s = ctx;
	uint64_t n = 0;
	(void)session;
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].author == s->own)
			n = PARS_MAX(n, s->items[i].n + 1);
	return n;
}

static bool r_find(void *ctx, uint32_t session, const uint8_t *id, struct pars_digest *ret)
{
	const struct item *it = set_find(ctx, id, PARS_SYNC_SHORT_ID);
	(void)session;
	if (it)
		*ret = it->id;
	return it;
}

static bool r_read(void *ctx, uint32_t session, const struct pars_digest *id, struct pars_buf *out)
{
	const struct item *it = set_find(ctx, id->b, 32);
	(void)session;
	if (it)
		pars_buf_put(out, PARS_BYTES(it->raw, it->size));
	return it;
}

static size_t r_chains(void *ctx, uint32_t session, struct pars_sync_chain *out, size_t max)
{
	const struct set *s = ctx;
	size_t n = 0;
	(void)session;
	for (size_t i = 0; i < s->count; i++) {
		size_t k = 0;
		while (k < PARS_MIN(n, max) && out[k].author != s->items[i].author)
			k++;
		if (k == n && n++ < max) {
			out[k] = (struct pars_sync_chain){ .author = s->items[i].author, .own = s->items[i].author == s->own };
			pars_put_be32(out[k].prefix, out[k].author);
		}
		if (k < max)
			out[k].count = PARS_MAX(out[k].count, s->items[i].n + 1);
	}
	return n;
}

static bool r_chain_lamport(void *ctx, uint32_t session, uint32_t author, uint64_t n, uint64_t *ret)
{
	const struct set *s = ctx;
	(void)session;
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].author == author && s->items[i].n == n) {
			*ret = s->items[i].lamport;
			return true;
		}
	return false;
}

static void r_chain_read(void *ctx, uint32_t session, uint32_t author, uint64_t n,
	void (*put)(void *put_ctx, struct pars_bytes raw), void *put_ctx)
{
	const struct set *s = ctx;
	(void)session;
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].author == author && s->items[i].n == n)
			put(put_ctx, PARS_BYTES(s->items[i].raw, s->items[i].size));
}

static uint64_t r_range_sum(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, uint8_t fp[PARS_SYNC_FINGERPRINT])
{
	uint64_t count;
	(void)session;
	r_fingerprint(ctx, from, to, &count, fp);
	return count;
}

static size_t r_range_ids(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, struct pars_digest *out, size_t max)
{
	const struct set *s = ctx;
	struct item a = { .lamport = from->lamport, .id = from->id }, b = { .lamport = to->lamport, .id = to->id };
	size_t n = 0;
	(void)session;
	for (size_t i = 0; i < s->count && n < max; i++)
		if (compare_items(&s->items[i], &a) >= 0 && compare_items(&s->items[i], &b) < 0)
			out[n++] = s->items[i].id;
	return n;
}

static struct pars_sync_replica replica(struct set *s)
{
	return (struct pars_sync_replica){ s, r_state, r_own_past, r_own_count, r_find, r_read, r_chains,
		r_chain_lamport, r_chain_read, r_range_sum, r_range_ids };
}

/* -- two of them, wired ------------------------------------------------------------- */

struct side {
	struct set set;
	struct pars_sync_replica r;
	struct pars_metrics metrics;
	struct pars_sync *sync;
	uint64_t sent, held, equals;
	bool shared;
};

struct pair {
	struct side side[2];
	pars_usec now;
	uint32_t rnd;
	unsigned turns;
};

static void connect_pair(struct pair *p)
{
	static const struct pars_digest tag = { { 1, 2, 3 } };
	for (int i = 0; i < 2; i++) {
		struct side *s = &p->side[i];
		s->r = replica(&s->set);
		pars_sync_free(s->sync);
		s->sync = pars_sync_new(&s->r, &s->metrics, !i);
		pars_sync_offer(s->sync, SESSION, &tag);
	}
}

static void open_pair(struct pair *p)
{
	*p = (struct pair){ .now = 1000000, .rnd = 1 };
	p->side[0].set.own = 1;
	p->side[1].set.own = 2;
	connect_pair(p);
}

static void close_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		pars_sync_free(p->side[i].sync);
		free(p->side[i].set.items);
	}
}

static void take_events(struct pair *p, struct side *s)
{
	struct pars_sync_event ev;
	while (pars_sync_next(s->sync, &ev)) {
		struct pars_bytes in = ev.data, raw;
		size_t inserted = 0;
		if (ev.type == PARS_SYNC_EV_HELD)
			s->held = PARS_MAX(s->held, ev.count);
		s->equals += ev.type == PARS_SYNC_EV_EQUAL;
		s->shared |= ev.type == PARS_SYNC_EV_SHARED;
		if (ev.type != PARS_SYNC_EV_VERTICES)
			continue;
		while (!pars_sync_vertex_next(&in, &raw)) {
			static const struct pars_digest none;
			struct item it = parse(raw);
			if (pars_digest_equal(&it.parent, &none) || set_find(&s->set, it.parent.b, 32))
				inserted += set_add(&s->set, &it);
			else
				pars_sync_want(s->sync, SESSION, &it.parent, 1);
		}
		ck_assert_int_eq(pars_sync_batch_done(s->sync, p->now, inserted), PARS_OK);
	}
}

/* One delivery each way; false when there was nothing to deliver. */
static bool turn(struct pair *p, size_t chunk)
{
	bool moved = false;
	for (int i = 0; i < 2; i++) {
		struct side *from = &p->side[i], *to = &p->side[!i];
		struct pars_bytes out = pars_sync_output(from->sync, p->now);
		PARS_AUTO_BUF copy = { 0 };
		if (!out.n)
			continue;
		out.n = PARS_MIN(out.n, chunk);
		pars_buf_put(&copy, out);
		pars_sync_sent(from->sync, out.n);
		from->sent += out.n;
		ck_assert_int_eq(pars_sync_input(to->sync, p->now, pars_buf_bytes(&copy)), PARS_OK);
		take_events(p, to);
		pars_sync_acknowledge(to->sync);
		moved = true;
	}
	p->turns += moved;
	return moved;
}

static bool is_equal(const struct pair *p)
{
	const struct set *a = &p->side[0].set, *b = &p->side[1].set;
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!pars_digest_equal(&a->items[i].id, &b->items[i].id))
			return false;
	return true;
}

/* Until nothing moves for longer than any timer of the protocol. */
static void run(struct pair *p, size_t chunk)
{
	for (int quiet = 0; quiet < 12; quiet++) {
		while (turn(p, chunk))
			quiet = 0;
		p->now += PARS_S(1);
	}
}

static size_t payload(size_t items)
{
	return items * 200;
}

/* -- tests ------------------------------------------------------------------------------ */

START_TEST(equal_sets_cost_little)
{
	struct pair p;
	open_pair(&p);
	for (uint64_t i = 0; i < 1000; i++)
		for (int k = 0; k < 2; k++)
			set_put(&p.side[k].set, 1 + (uint32_t)i % 2, i / 2, i, 0);
	while (turn(&p, SIZE_MAX))
		;
	ck_assert_uint_gt(p.side[0].equals, 0);
	ck_assert_uint_gt(p.side[1].equals, 0);
	ck_assert_uint_le(p.side[0].sent + p.side[1].sent, 130); /* of two heads */
	ck_assert_uint_eq(p.side[0].held, 500);
	ck_assert_uint_eq(p.side[1].held, 500);
	close_pair(&p);
}
END_TEST

START_TEST(one_side_behind)
{
	struct pair p;
	open_pair(&p);
	for (uint64_t i = 0; i < 3000; i++) {
		set_put(&p.side[0].set, 1 + (uint32_t)i % 2, i / 2, i, 0);
		if (i < 10)
			set_put(&p.side[1].set, 1 + (uint32_t)i % 2, i / 2, i, 0);
	}
	run(&p, 5000);
	ck_assert(is_equal(&p));
	ck_assert_uint_le(p.side[0].sent + p.side[1].sent, payload(2990) * 110 / 100);
	ck_assert_uint_eq(p.side[0].metrics.value[PARS_M_sync_ranges], 0);
	close_pair(&p);
}
END_TEST

START_TEST(both_wrote_apart)
{
	struct pair p;
	open_pair(&p);
	for (uint64_t i = 0; i < 100; i++)
		for (int k = 0; k < 2; k++)
			set_put(&p.side[k].set, 1 + (uint32_t)i % 2, i / 2, i, 0);
	for (uint64_t i = 50; i < 1050; i++) {
		set_put(&p.side[0].set, 1, i, i + 50, 0);
		set_put(&p.side[1].set, 2, i, i + 50, 0);
	}
	run(&p, 30000);
	ck_assert(is_equal(&p));
	/* a vertex's own framing is 3 bytes; the rest is reconciliation */
	ck_assert_uint_le(p.side[0].sent + p.side[1].sent, payload(2000) + 2000 * (3 + 2));
	ck_assert_uint_eq(p.side[0].held, 1050);
	close_pair(&p);
}
END_TEST

START_TEST(forks_are_found_by_ranges)
{
	struct pair p;
	open_pair(&p);
	for (uint64_t i = 0; i < 1000; i++)
		for (int k = 0; k < 2; k++)
			set_put(&p.side[k].set, 3, i, i, i % 10 == 3 ? (uint8_t)(k + 1) : 0);
	run(&p, 30000);
	ck_assert(is_equal(&p));
	ck_assert_uint_eq(p.side[0].set.count, 3 + 2 * 997); /* apart from the first fork on */
	ck_assert_uint_gt(p.side[0].metrics.value[PARS_M_sync_ranges], 0);
	close_pair(&p);
}
END_TEST

START_TEST(many_at_one_lamport_time)
{
	struct pair p;
	open_pair(&p);
	for (uint32_t i = 0; i < 3000; i++)
		for (int k = 0; k < 2; k++)
			if ((i + (uint32_t)k) % 100)
				set_put(&p.side[k].set, 10 + i, 0, 7, 0);
	run(&p, 30000); /* more authors than a vector may have: ranges, split by id */
	ck_assert(is_equal(&p));
	ck_assert_uint_eq(p.side[0].set.count, 3000);
	close_pair(&p);
}
END_TEST

START_TEST(a_local_vertex_is_pushed_at_once)
{
	struct pair p;
	open_pair(&p);
	set_put(&p.side[0].set, 1, 0, 0, 0);
	run(&p, SIZE_MAX);
	ck_assert(is_equal(&p));
	uint64_t before = p.side[0].sent + p.side[1].sent;
	struct item it = make(1, 1, 1, &p.side[0].set.items[0].id, 0);
	set_add(&p.side[0].set, &it);
	pars_sync_changed(p.side[0].sync, SESSION, &it.id);
	struct pars_sync_stats st;
	pars_sync_stats(p.side[0].sync, SESSION, &st);
	ck_assert_str_ne(st.state, "equal"); /* not before the peer said so */
	ck_assert(turn(&p, SIZE_MAX));
	ck_assert(is_equal(&p));
	run(&p, SIZE_MAX);
	ck_assert_uint_eq(p.side[0].held, 2);
	ck_assert_uint_le(p.side[0].sent + p.side[1].sent - before, payload(1) + 100);
	close_pair(&p);
}
END_TEST

/* Random sets, forks and all; the connection breaks at random bytes. */
START_TEST(cut_anywhere_and_begun_anew)
{
	for (uint32_t seed = 1; seed <= 60; seed++) {
		struct pair p;
		open_pair(&p);
		p.rnd = seed;
		unsigned authors = 1 + seed % 7;
		for (uint32_t a = 0; a < authors; a++) {
			uint64_t lamport = 0, common = 0;
			for (int k = 0; k < 2; k++) {
				uint64_t n = 0;
				for (lamport = 0; n < 20 + seed * a % 70; n++) {
					p.rnd = p.rnd * 1664525 + 1013904223;
					bool fork = k && seed % 3 == 0 && n > 10 && (p.rnd >> 20) % 10 == 0;
					lamport++;
					if (n < 10 || (p.rnd >> 12) % 8)
						set_put(&p.side[k].set, a + 1, n, lamport, fork);
					else
						break; /* chains have no gaps */
				}
				common += n;
			}
			ck_assert_uint_gt(common, 0);
		}
		for (int round = 0; round < 50 && !is_equal(&p); round++) {
			p.rnd = p.rnd * 1664525 + 1013904223;
			for (unsigned i = 0; i < 1 + (p.rnd >> 24); i++)
				turn(&p, 1 + (p.rnd >> 16) % 300);
			connect_pair(&p);
		}
		run(&p, 70);
		ck_assert_msg(is_equal(&p), "seed %u: %zu and %zu items", seed, p.side[0].set.count, p.side[1].set.count);
		close_pair(&p);
	}
}
END_TEST

START_TEST(nonsense_is_refused_and_counted)
{
	static const char *const bad[] = {
		"ffffffffffffffffff01", "80808001", /* a length beyond all bounds */
		"00", "020800", "03720100",          /* no message; an unknown one */
		"0412020801",                        /* heads of a session nobody offered */
		"0412020805",                        /* heads of one whose hello is not out yet */
		"030a0108",                          /* a truncated hello */
		"040a020801",                        /* a hello without tag */
		"070a0508011201ff",                  /* with the beginning of one */
		"160a14080112110102030405060708090a0b0c0d0e0f1011", /* with too much of one */
	};
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		for (int k = 0; k < 2; k++) {
			struct pair p;
			open_pair(&p);
			enum pars_err err = pars_sync_input(p.side[k].sync, p.now, unit_hex(bad[i]));
			ck_assert_msg(pars_err_class(err) == PARS_CLASS_PEER, "%s: %s", bad[i], pars_err_name(err));
			ck_assert_uint_eq(p.side[k].metrics.value[PARS_M_sync_bad_message], 1);
			close_pair(&p);
		}
}
END_TEST

/* -- who names what ---------------------------------------------------------------------- */

static enum pars_err hello(struct pair *p, int side, uint64_t alias, uint8_t tag)
{
	struct pars_digest d = { { tag } };
	PARS_AUTO_BUF out = { 0 };
	pars_sync_put_hello(&out, alias, &d);
	return pars_sync_input(p->side[side].sync, p->now, pars_buf_bytes(&out));
}

START_TEST(only_the_opener_names_sessions_and_each_once)
{
	struct pair p;
	open_pair(&p);
	ck_assert_int_eq(hello(&p, 0, 1, 77), PARS_E_PEER_PROTOCOL);
	ck_assert_int_eq(hello(&p, 1, 1, 77), PARS_OK);
	ck_assert_int_eq(hello(&p, 1, 1, 78), PARS_E_PEER_PROTOCOL);
	ck_assert_uint_eq(p.side[1].metrics.value[PARS_M_sync_bad_message], 1);
	close_pair(&p);
}
END_TEST

/* Only a session that both have is spoken of by the side that accepted. */
START_TEST(who_accepts_does_not_tell_its_sessions)
{
	static const struct pars_digest common = { { 1, 2, 3 } }, other = { { 9 } };
	struct pair p;
	open_pair(&p);
	struct pars_sync *s = pars_sync_new(&p.side[1].r, &p.side[1].metrics, false);
	pars_sync_offer(s, SESSION, &other);
	ck_assert_uint_eq(pars_sync_output(s, p.now).n, 0);
	struct pars_bytes told = pars_sync_output(p.side[0].sync, p.now);
	ck_assert_int_eq(pars_sync_input(s, p.now, told), PARS_OK);
	ck_assert_uint_eq(pars_sync_output(s, p.now).n, 0);
	pars_sync_free(s);
	/* one that is joined later was told long ago */
	s = pars_sync_new(&p.side[1].r, &p.side[1].metrics, false);
	ck_assert_int_eq(pars_sync_input(s, p.now, told), PARS_OK);
	ck_assert_uint_eq(pars_sync_output(s, p.now).n, 0);
	pars_sync_offer(s, SESSION, &common);
	ck_assert_uint_gt(pars_sync_output(s, p.now).n, 0);
	pars_sync_free(s);
	close_pair(&p);
}
END_TEST

START_TEST(of_two_tags_that_begin_alike_the_first_is_synced)
{
	struct pars_digest alike = { { 1, 2, 3 } };
	struct pair p;
	struct pars_sync_stats st;
	open_pair(&p);
	alike.b[PARS_SYNC_TAG] = 1;
	for (int i = 0; i < 2; i++)
		pars_sync_offer(p.side[i].sync, SESSION + 1, &alike);
	set_put(&p.side[0].set, 1, 0, 0, 0);
	run(&p, SIZE_MAX); /* nobody asks the replica about the other */
	ck_assert(is_equal(&p));
	pars_sync_stats(p.side[0].sync, SESSION + 1, &st);
	ck_assert_str_eq(st.state, "not shared");
	close_pair(&p);
}
END_TEST

UNIT_CASE(sync, equal_sets_cost_little, one_side_behind, both_wrote_apart, forks_are_found_by_ranges,
	many_at_one_lamport_time, a_local_vertex_is_pushed_at_once, cut_anywhere_and_begun_anew,
	nonsense_is_refused_and_counted, only_the_opener_names_sessions_and_each_once,
	who_accepts_does_not_tell_its_sessions, of_two_tags_that_begin_alike_the_first_is_synced);
