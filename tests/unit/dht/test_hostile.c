/* What peers can do wrong, each with the counter that tells of it. */
#include <stdio.h>

#include "codec/uvarint.h"
#include "dht/dht.h"
#include "dht/table.h"
#include "tests/unit/dht/world.h"

#define ME 0
#define COUNTER(r, name) ((r)->metrics.value[PARS_M_##name])

/* One node on the open network; its peers are the test's to play. */
struct rig {
	struct pars_contacts *book;
	struct pars_contact *self;
	struct pars_dht *dht;
	struct pars_metrics metrics;
	struct pars_rng rng;
	pars_usec now;
	struct pars_dht_result done;
	unsigned done_count, stored, forgot, left;
};

/* Networks of one peer each. */
static uint32_t ip_of(uint32_t number)
{
	return 0x08000000 + (number << 16) + 1;
}

static struct pars_contact *peer(struct rig *r, uint32_t number)
{
	return world_peer(r->book, number, ip_of(number));
}

static void rig_init(struct rig *r)
{
	static const uint8_t seed[PARS_RNG_SEED_SIZE] = { 1 };
	*r = (struct rig){ .now = PARS_S(1), .book = pars_contacts_new(1) };
	pars_rng_init(&r->rng, seed);
	r->self = world_peer(r->book, ME, ip_of(300));
	struct pars_dht_config config = { .self = r->self, .contacts = r->book,
		.limits = pars_dht_default_limits, .metrics = &r->metrics, .rng = &r->rng };
	r->dht = pars_dht_new(&config);
	pars_dht_begin(r->dht, r->now);
}

static void rig_done(struct rig *r)
{
	pars_dht_free(r->dht);
	pars_contact_unref(r->book, r->self);
	ck_assert_uint_eq(pars_contacts_count(r->book), 0);
	pars_contacts_free(r->book);
}

/* The next question; what else is said is noted. False: there is none. */
static bool next_ask(struct rig *r, struct pars_dht_event *ret)
{
	while (pars_dht_next(r->dht, ret)) {
		if (ret->type == PARS_DHT_EV_ASK)
			return true;
		if (ret->type == PARS_DHT_EV_DONE) {
			r->done = *ret->result;
			r->done_count++;
		}
		r->stored += ret->type == PARS_DHT_EV_STORED;
		r->forgot += ret->type == PARS_DHT_EV_FORGOT;
		r->left += ret->type == PARS_DHT_EV_TABLE && !ret->ok;
	}
	return false;
}

static void pass(struct rig *r, pars_usec span)
{
	r->now += span;
	pars_dht_begin(r->dht, r->now);
	pars_dht_tick(r->dht);
}

static enum pars_err answer(struct rig *r, const struct pars_dht_event *ask, struct pars_dht_message *m)
{
	m->type = ask->message->type;
	m->key = ask->message->key;
	return pars_dht_answered(r->dht, ask->ask, m);
}

static void answer_empty(struct rig *r, const struct pars_dht_event *ask)
{
	struct pars_dht_message m = { 0 };
	ck_assert_int_eq(answer(r, ask, &m), PARS_OK);
}

/* Peers first..first+n answer a probe and stand in the table; what the refresh
 * that follows asks is answered with nothing. */
static void fill(struct rig *r, uint32_t first, uint32_t n)
{
	struct pars_dht_event ask;
	for (uint32_t i = 0; i < n; i++) {
		struct pars_contact *c = peer(r, first + i);
		pars_dht_learn(r->dht, c);
		pars_contact_unref(r->book, c);
		while (next_ask(r, &ask))
			answer_empty(r, &ask);
	}
	pass(r, PARS_MS(1));
	while (next_ask(r, &ask))
		answer_empty(r, &ask);
}

static pars_dht_op find(struct rig *r)
{
	return pars_dht_find_node(r->dht, PARS_BYTES_STR("key"), false);
}

START_TEST(only_who_answers_enters)
{
	struct rig r;
	struct pars_dht_event ask;
	rig_init(&r);
	struct pars_contact *c = peer(&r, 1), *silent = peer(&r, 2);
	pars_dht_learn(r.dht, c);
	pars_dht_learn(r.dht, c);
	pars_dht_learn(r.dht, silent);
	pars_dht_learn(r.dht, r.self);
	ck_assert_uint_eq(pars_dht_size(r.dht), 0);
	ck_assert(next_ask(&r, &ask));
	ck_assert_int_eq(ask.message->type, PARS_DHT_FIND_NODE); /* PING must not be sent */
	uint64_t number = ask.ask;
	answer_empty(&r, &ask);
	ck_assert_int_eq(pars_dht_answered(r.dht, number, NULL), PARS_OK); /* over: ignored */
	ck_assert(next_ask(&r, &ask));
	ck_assert_ptr_eq(ask.contact, silent);
	ck_assert(!next_ask(&r, &ask));
	pass(&r, PARS_S(10));
	ck_assert_uint_eq(pars_dht_size(r.dht), 1);
	ck_assert_uint_ge(COUNTER(&r, dht_asked), 2);
	ck_assert_uint_eq(COUNTER(&r, dht_unanswered), 1);
	pars_contact_unref(r.book, c);
	pars_contact_unref(r.book, silent);
	rig_done(&r);
}
END_TEST

START_TEST(unroutable_peers_and_crowds_stay_out)
{
	struct rig r;
	struct pars_dht_event ask;
	rig_init(&r);
	struct pars_contact *private = world_peer(r.book, 1, 0xc0a80001);
	struct pars_peer_id id = world_id(2);
	struct pars_contact *nowhere = pars_contact_get(r.book, &id);
	pars_dht_learn(r.dht, private);
	pars_dht_learn(r.dht, nowhere);
	ck_assert_uint_eq(COUNTER(&r, dht_peer_unroutable), 2);
	ck_assert(!next_ask(&r, &ask));
	for (uint32_t i = 10; i < 40; i++) {
		struct pars_contact *c = world_peer(r.book, i, 0x09090000 + i);
		pars_dht_learn(r.dht, c);
		pars_contact_unref(r.book, c);
		while (next_ask(&r, &ask))
			answer_empty(&r, &ask);
	}
	ck_assert_uint_le(pars_dht_size(r.dht), 5);
	ck_assert_uint_ge(COUNTER(&r, dht_peer_group), 25);
	pars_contact_unref(r.book, private);
	pars_contact_unref(r.book, nowhere);
	rig_done(&r);
}
END_TEST

START_TEST(lies_in_replies_are_left_out)
{
	struct rig r;
	struct pars_dht_event ask;
	struct pars_dht_message m = { 0 };
	rig_init(&r);
	fill(&r, 1, 3);
	find(&r);
	ck_assert(next_ask(&r, &ask));
	struct pars_peer_id id = world_id(90);
	m.closer[m.closer_count++] = pars_contact_ref(r.self);
	m.closer[m.closer_count++] = pars_contact_ref(ask.contact);
	m.closer[m.closer_count++] = pars_contact_get(r.book, &id);
	m.closer[m.closer_count++] = world_peer(r.book, 91, 0x7f000001);
	m.closer[m.closer_count++] = peer(&r, 92); /* farther or nearer: both are legal */
	m.closer[m.closer_count++] = peer(&r, 92);
	m.bad_addrs = 5;
	m.bad_peers = 2;
	ck_assert_int_eq(answer(&r, &ask, &m), PARS_OK);
	pars_dht_message_release(&m, r.book);
	ck_assert_uint_eq(COUNTER(&r, dht_reply_self), 2);
	ck_assert_uint_eq(COUNTER(&r, dht_reply_unroutable), 2);
	ck_assert_uint_eq(COUNTER(&r, dht_bad_addr), 5);
	ck_assert_uint_eq(COUNTER(&r, dht_bad_peer), 2);
	unsigned asked = 0;
	while (next_ask(&r, &ask)) {
		asked += pars_be32(ask.contact->id.b + 6) == 92;
		answer_empty(&r, &ask);
	}
	ck_assert_uint_eq(asked, 1);
	ck_assert_uint_eq(r.done_count, 1);
	ck_assert_uint_eq(r.done.answered, 4);
	rig_done(&r);
}
END_TEST

START_TEST(replies_that_break_rules_are_blamed_and_worth_nothing)
{
	struct rig r;
	struct pars_dht_event ask;
	rig_init(&r);
	fill(&r, 1, 3);
	find(&r);
	ck_assert(next_ask(&r, &ask));
	struct pars_dht_message m = { .left_out = 1 };
	ck_assert_int_eq(answer(&r, &ask, &m), PARS_E_PEER_TOO_LARGE);
	ck_assert(next_ask(&r, &ask));
	m = (struct pars_dht_message){ .type = PARS_DHT_PING };
	ck_assert_int_eq(pars_dht_answered(r.dht, ask.ask, &m), PARS_E_PEER_PROTOCOL);
	ck_assert(next_ask(&r, &ask));
	ck_assert_int_eq(pars_dht_answered(r.dht, ask.ask, NULL), PARS_E_PEER_PROTOCOL);
	ck_assert(!next_ask(&r, &ask));
	ck_assert_uint_eq(COUNTER(&r, dht_reply_too_many), 1);
	ck_assert_uint_eq(COUNTER(&r, dht_reply_wrong), 1);
	ck_assert_uint_eq(r.done_count, 1);
	ck_assert_int_eq(r.done.err, PARS_E_NOT_FOUND);
	ck_assert_uint_eq(r.done.failed, 3);
	rig_done(&r);
}
END_TEST

START_TEST(ten_thousand_addresses_become_eight)
{
	struct rig r;
	PARS_AUTO_BUF raw = { 0 };
	PARS_AUTO_BUF inner = { 0 };
	static struct pars_dht_message m;
	struct pars_multiaddr a;
	size_t at = 0, n = 0;
	rig_init(&r);
	struct pars_peer_id id = world_id(1);
	pars_buf_put(&inner, unit_hex("0a26"));
	pars_buf_put(&inner, pars_peer_id_bytes(&id));
	for (uint32_t i = 0; i < 6000; i++) {
		uint8_t addr[10] = { 0x12, 8, 4, 8, 8, (uint8_t)(i >> 8), (uint8_t)i, 6, 1, 1 };
		pars_buf_put(&inner, PARS_BYTES_ARRAY(addr));
	}
	pars_buf_put(&raw, unit_hex("080442"));
	pars_buf_put_uvarint(&raw, inner.n);
	pars_buf_put(&raw, pars_buf_bytes(&inner));
	ck_assert_int_eq(pars_dht_message_decode(pars_buf_bytes(&raw), r.book, &m), PARS_OK);
	ck_assert_uint_eq(m.bad_addrs, 6000 - PARS_CONTACT_ADDRS_MAX);
	while (pars_contact_addr(m.closer[0], &at, &a))
		n++;
	ck_assert_uint_eq(n, PARS_CONTACT_ADDRS_MAX);
	pars_dht_message_release(&m, r.book);
	/* Ten thousand do not fit a message at all. */
	for (int i = 0; i < 4000; i++)
		pars_buf_put(&raw, unit_hex("12080408080000060101"));
	ck_assert_int_eq(pars_dht_message_decode(pars_buf_bytes(&raw), r.book, &m), PARS_E_PEER_TOO_LARGE);
	rig_done(&r);
}
END_TEST

static struct pars_buf seal(uint8_t author, const char *data, uint64_t seq, uint8_t key[PARS_DHT_RECORD_KEY_SIZE])
{
	uint8_t seed[PARS_ED25519_SEED_SIZE] = { author };
	struct pars_ed25519_pair pair;
	struct pars_buf value = { 0 };
	struct pars_dht_record rec = { .data = PARS_BYTES_STR(data), .seq = seq };
	pars_ed25519_pair_from_seed(&pair, seed);
	pars_dht_record_key(&pair.public, rec.salt, key);
	enum pars_err err = pars_dht_record_seal(&rec, &pair, &value);
	ck_assert_int_eq(err, PARS_OK);
	return value;
}

static enum pars_err serve(struct rig *r, uint32_t from, struct pars_dht_message *m, struct pars_dht_message *reply)
{
	struct pars_contact *c = peer(r, from);
	bool answers;
	enum pars_err err = pars_dht_serve(r->dht, c, m, reply, &answers);
	pars_contact_unref(r->book, c);
	return err;
}

START_TEST(bad_records_are_refused_and_old_ones_change_nothing)
{
	struct rig r;
	struct pars_dht_event ask;
	uint8_t key[PARS_DHT_RECORD_KEY_SIZE], other[PARS_DHT_RECORD_KEY_SIZE];
	PARS_AUTO_BUF old = seal(1, "old", 1, key);
	PARS_AUTO_BUF new = seal(1, "new", 2, key);
	PARS_AUTO_BUF foreign = seal(2, "x", 9, other);
	static struct pars_dht_message reply;
	struct pars_bytes k = PARS_BYTES_ARRAY(key);
	struct pars_dht_message m = { .type = PARS_DHT_PUT_VALUE, .key = k, .has_record = true,
		.record_key = k, .value = pars_buf_bytes(&new) };
	rig_init(&r);
	ck_assert_int_eq(serve(&r, 1, &m, &reply), PARS_OK);
	ck_assert(pars_bytes_equal(reply.value, m.value));
	m.value = pars_buf_bytes(&old); /* a replay */
	ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_OK);
	ck_assert(pars_bytes_equal(reply.value, pars_buf_bytes(&new)));
	ck_assert_uint_eq(COUNTER(&r, dht_record_old), 1);
	m.value = pars_buf_bytes(&foreign);
	ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_E_PEER_MALFORMED);
	new.mem[new.off + new.n - 1] ^= 1;
	m.value = pars_buf_bytes(&new);
	ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_E_PEER_SIGNATURE);
	m.key = m.record_key = PARS_BYTES_STR("/unknown/x");
	ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_E_PEER_UNSUPPORTED);
	ck_assert_uint_eq(COUNTER(&r, dht_record_bad), 3);
	m.key = k;
	ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_E_PEER_MALFORMED);
	m = (struct pars_dht_message){ .type = PARS_DHT_FIND_NODE };
	ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_E_PEER_MALFORMED);
	m = (struct pars_dht_message){ .type = PARS_DHT_ADD_PROVIDER };
	ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_E_PEER_MALFORMED);
	ck_assert_uint_eq(COUNTER(&r, dht_bad_request), 3);
	/* Two days later it is gone, and its owner is told. */
	pass(&r, PARS_S(48 * 3600));
	ck_assert(!next_ask(&r, &ask));
	ck_assert_uint_eq(r.stored, 1);
	ck_assert_uint_eq(r.forgot, 1);
	ck_assert_uint_eq(COUNTER(&r, dht_record_gone), 1);
	rig_done(&r);
}
END_TEST

/* GET while three peers answer: the newest, an older one, a forged one. */
START_TEST(the_newest_value_wins_and_the_forger_is_blamed)
{
	struct rig r;
	struct pars_dht_event ask;
	uint8_t key[PARS_DHT_RECORD_KEY_SIZE];
	PARS_AUTO_BUF old = seal(1, "old", 1, key);
	PARS_AUTO_BUF new = seal(1, "new", 2, key);
	PARS_AUTO_BUF forged = seal(1, "for", 3, key);
	struct pars_buf *values[] = { &old, &new, &forged };
	struct pars_contact *told[3];
	unsigned repaired = 0;
	forged.mem[forged.off + forged.n - 1] ^= 1;
	rig_init(&r);
	fill(&r, 1, 3);
	ck_assert_uint_ne(pars_dht_get(r.dht, PARS_BYTES_ARRAY(key), 3), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(next_ask(&r, &ask));
		told[i] = ask.contact;
		struct pars_dht_message m = { .has_record = true, .record_key = ask.message->key,
			.value = pars_buf_bytes(values[i]) };
		ck_assert_int_eq(answer(&r, &ask, &m), i == 2 ? PARS_E_PEER_PROTOCOL : PARS_OK);
	}
	ck_assert_uint_eq(COUNTER(&r, dht_reply_bad_record), 1);
	while (next_ask(&r, &ask)) {
		ck_assert_int_eq(ask.message->type, PARS_DHT_PUT_VALUE);
		ck_assert_ptr_eq(ask.contact, told[0]);
		ck_assert(pars_bytes_equal(ask.message->value, pars_buf_bytes(&new)));
		repaired++;
		pars_dht_failed(r.dht, ask.ask);
	}
	ck_assert_uint_eq(repaired, 1);
	ck_assert_uint_eq(r.done_count, 1);
	ck_assert_int_eq(r.done.err, PARS_OK);
	rig_done(&r);
}
END_TEST

START_TEST(floods_meet_bounds)
{
	struct rig r;
	static struct pars_dht_message reply;
	struct pars_dht_message m = { .type = PARS_DHT_PING };
	unsigned ok = 0;
	char key[48];
	rig_init(&r);
	for (int i = 0; i < 1000; i++)
		ok += !serve(&r, 1, &m, &reply);
	ck_assert_uint_eq(ok, 200);
	ck_assert_uint_eq(COUNTER(&r, dht_rate_limited), 800);
	/* Only about itself may a peer say what it provides. */
	struct pars_contact *self = peer(&r, 2), *other = peer(&r, 3);
	m = (struct pars_dht_message){ .type = PARS_DHT_ADD_PROVIDER, .key = PARS_BYTES_STR("k"),
		.provider_count = 2, .providers = { other, self } };
	ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_OK);
	ck_assert_uint_eq(COUNTER(&r, dht_provider_foreign), 1);
	m.provider_count = 1;
	m.providers[0] = self;
	for (int i = 0; i < 2000; i++) {
		snprintf(key, sizeof key, "key %d", i);
		m.key = PARS_BYTES_STR(key);
		pass(&r, PARS_MS(250));
		ck_assert_int_eq(serve(&r, 2, &m, &reply), PARS_OK);
	}
	struct pars_dht_stats stats;
	pars_dht_stats(r.dht, &stats);
	ck_assert_uint_eq(stats.providers, 512);
	ck_assert_uint_ge(COUNTER(&r, dht_provider_full), 1400);
	/* So it is with records. */
	for (uint32_t i = 0; i < 200; i++) {
		uint8_t value[36] = { 0 };
		struct pars_peer_id id;
		pars_put_be32(value, i);
		pars_peer_id_from_key(PARS_BYTES_ARRAY(value), &id);
		memcpy(key, "/pk/", 4);
		memcpy(key + 4, id.b, id.n);
		struct pars_bytes k = PARS_BYTES(key, 4 + (size_t)id.n);
		struct pars_dht_message put = { .type = PARS_DHT_PUT_VALUE, .key = k, .has_record = true,
			.record_key = k, .value = PARS_BYTES_ARRAY(value) };
		pass(&r, PARS_MS(250));
		ck_assert_int_eq(serve(&r, 4, &put, &reply), PARS_OK);
	}
	ck_assert_uint_eq(COUNTER(&r, dht_record_full), 200 - 128);
	pars_contact_unref(r.book, self);
	pars_contact_unref(r.book, other);
	rig_done(&r);
}
END_TEST

/* A bucket full of peers that are gone, and one that waits for a place. */
START_TEST(the_dead_make_way_but_only_if_somebody_lives)
{
	struct rig r;
	struct pars_dht_event ask;
	uint32_t number = 1;
	rig_init(&r);
	fill(&r, 1, 120);
	size_t size = pars_dht_size(r.dht);
	ck_assert_uint_ge(size, 40);
	/* We are offline: hours of silence cost no entry. */
	for (int i = 0; i < 300; i++) {
		pass(&r, PARS_S(60));
		while (next_ask(&r, &ask))
			pars_dht_failed(r.dht, ask.ask);
	}
	ck_assert_uint_eq(pars_dht_size(r.dht), size);
	ck_assert_uint_eq(COUNTER(&r, dht_evicted), 0);
	/* One is heard again and none of the others: they go. */
	for (int i = 0; i < 300; i++) {
		pass(&r, PARS_S(60));
		struct pars_contact *c = peer(&r, number);
		while (next_ask(&r, &ask)) {
			if (ask.contact == c)
				answer_empty(&r, &ask);
			else
				pars_dht_failed(r.dht, ask.ask);
		}
		pars_contact_unref(r.book, c);
	}
	ck_assert_uint_eq(pars_dht_size(r.dht), 1);
	ck_assert_uint_eq(COUNTER(&r, dht_evicted), size - 1);
	ck_assert_uint_eq(r.left, size - 1);
	rig_done(&r);
}
END_TEST

/* Liars who tell of ever nearer ones: each answers, each knows better. */
START_TEST(a_lookup_that_never_ends_is_cut)
{
	struct rig r;
	struct pars_dht_event ask;
	struct pars_digest target = pars_sha256(PARS_BYTES_STR("key"));
	uint64_t distance = UINT64_MAX >> 8;
	rig_init(&r);
	fill(&r, 1, 3);
	find(&r);
	for (uint32_t next = 1000; next_ask(&r, &ask);) {
		struct pars_dht_message m = { 0 };
		for (; m.closer_count < PARS_DHT_PEERS_MAX; next++) {
			struct pars_contact *c = world_peer(r.book, next, 0x09000000 + (next << 3));
			c->key = target;
			pars_put_be64(c->key.b, pars_be64(target.b) ^ distance--);
			m.closer[m.closer_count++] = c;
		}
		ck_assert_int_eq(answer(&r, &ask, &m), PARS_OK);
		pars_dht_message_release(&m, r.book);
		ck_assert_uint_lt(next, 100000);
	}
	ck_assert_uint_eq(r.done_count, 1);
	ck_assert_uint_eq(r.done.asked, 400);
	ck_assert_uint_eq(COUNTER(&r, dht_lookup_cut), 1);
	rig_done(&r);
}
END_TEST

START_TEST(nodes_missing_near_a_key_are_noticed)
{
	struct rig r;
	struct pars_dht_event ask;
	rig_init(&r);
	fill(&r, 1, 200);
	/* Only the three farthest of what the table knows admit to be there. */
	find(&r);
	for (int i = 0; next_ask(&r, &ask); i++) {
		struct pars_digest target = pars_sha256(PARS_BYTES_STR("key"));
		if (pars_dht_shared_bits(&target, &ask.contact->key) >= 1)
			pars_dht_failed(r.dht, ask.ask);
		else
			answer_empty(&r, &ask);
	}
	ck_assert_uint_eq(r.done_count, 1);
	ck_assert(r.done.sparse);
	ck_assert_uint_eq(COUNTER(&r, dht_lookup_sparse), 1);
	rig_done(&r);
}
END_TEST

/* All paths ended where there are too few nodes: others of the table are asked
 * as well, and one of them knows who is really near. */
START_TEST(who_doubts_what_was_found_asks_others)
{
	struct rig r;
	struct pars_dht_event ask;
	struct pars_digest target = pars_sha256(PARS_BYTES_STR("key"));
	rig_init(&r);
	fill(&r, 1, 200);
	struct pars_contact *near = peer(&r, 250);
	near->key = target;
	near->key.b[2] ^= 0xff;
	pars_dht_find_node(r.dht, PARS_BYTES_STR("key"), true);
	while (next_ask(&r, &ask)) {
		struct pars_dht_message m = { 0 };
		if (COUNTER(&r, dht_lookup_doubted))
			m.closer[m.closer_count++] = pars_contact_ref(near);
		if (ask.contact != near && pars_dht_shared_bits(&target, &ask.contact->key) >= 3)
			pars_dht_failed(r.dht, ask.ask);
		else
			ck_assert_int_eq(answer(&r, &ask, &m), PARS_OK);
		pars_dht_message_release(&m, r.book);
	}
	ck_assert_uint_eq(r.done_count, 1);
	ck_assert_uint_ge(COUNTER(&r, dht_lookup_doubted), 1);
	ck_assert_uint_le(COUNTER(&r, dht_lookup_doubted), 5);
	ck_assert_ptr_eq(r.done.closest[0], near);
	pars_contact_unref(r.book, near);
	rig_done(&r);
}
END_TEST

/* For so many minutes all answer but this one; it tells of `friend` when it does. */
static void minutes(struct rig *r, int n, const struct pars_contact *one, bool answers,
	struct pars_contact *friend, unsigned *friend_asked)
{
	struct pars_dht_event ask;
	while (n--) {
		pass(r, PARS_S(60));
		while (next_ask(r, &ask)) {
			struct pars_dht_message m = { 0 };
			*friend_asked += ask.contact == friend;
			if (ask.contact == one && answers)
				m.closer[m.closer_count++] = pars_contact_ref(friend);
			if (ask.contact == one && !answers)
				pars_dht_failed(r->dht, ask.ask);
			else
				ck_assert_int_eq(answer(r, &ask, &m), PARS_OK);
			pars_dht_message_release(&m, r->book);
		}
	}
}

/* So the parts of a network that was split find each other. */
START_TEST(who_fell_silent_is_asked_again_and_heard)
{
	struct rig r;
	unsigned asked = 0;
	rig_init(&r);
	fill(&r, 1, 30);
	size_t size = pars_dht_size(r.dht);
	struct pars_contact *one = peer(&r, 7), *friend = peer(&r, 77);
	minutes(&r, 120, one, false, friend, &asked);
	ck_assert_uint_eq(COUNTER(&r, dht_evicted), 1);
	ck_assert_uint_eq(pars_dht_size(r.dht), size - 1);
	ck_assert_uint_eq(asked, 0);
	minutes(&r, 30, one, true, friend, &asked);
	ck_assert_uint_ge(asked, 1);
	ck_assert_uint_eq(pars_dht_size(r.dht), size + 1);
	pars_contact_unref(r.book, one);
	pars_contact_unref(r.book, friend);
	rig_done(&r);
}
END_TEST

UNIT_CASE(hostile, only_who_answers_enters, unroutable_peers_and_crowds_stay_out,
	lies_in_replies_are_left_out, replies_that_break_rules_are_blamed_and_worth_nothing,
	ten_thousand_addresses_become_eight, bad_records_are_refused_and_old_ones_change_nothing,
	the_newest_value_wins_and_the_forger_is_blamed, floods_meet_bounds,
	the_dead_make_way_but_only_if_somebody_lives, a_lookup_that_never_ends_is_cut,
	nodes_missing_near_a_key_are_noticed, who_doubts_what_was_found_asks_others,
	who_fell_silent_is_asked_again_and_heard);
