/* What a node tells of itself and believes of others in the hash table, seen by
 * a peer that writes the messages by hand. */
#include "codec/uvarint.h"
#include "dht/message.h"
#include "net/record.h"
#include "tests/unit/node/bed.h"

#define DIGEST "6b1e7a0f4f0c6b1e7a0f4f0c6b1e7a0f4f0c6b1e7a0f4f0c6b1e7a0f4f0c0000"

struct rig {
	struct bed *b;
	struct pars_contacts *book;
	uint8_t key[34]; /* the multihash of DIGEST */
};

/* The rogue has a stream of the hash table to node 1. */
static struct rig rig_new(void)
{
	struct rig r = { .b = bed_new(), .book = pars_contacts_new(1), .key = { 0x12, 0x20 } };
	struct pars_kad_info kad;
	PARS_AUTO_ARENA a = { 0 };
	enum pars_err err = PARS_OK;
	size_t at = 0;
	ck_assert(pars_unhex(DIGEST, r.key + 2, 32));
	pars_contacts_set_private_ok(r.book, true);
	bed_rogue_connect(r.b, 1);
	pars_kad_get(r.b->party[1].node, &a, &kad);
	struct pars_host *rogue = r.b->party[0].host;
	BED_CALL(r.b, 0, err = pars_host_open(rogue, pars_host_peer_next(rogue, &at)->conn, kad.protocol, 1,
		&r.b->rogue_stream));
	ck_assert(!err);
	bed_run(r.b);
	r.b->rogue_stream_closed = false;
	return r;
}

static void rig_done(struct rig *r)
{
	ck_assert_uint_eq(pars_contacts_count(r->book), 0);
	pars_contacts_free(r->book);
	bed_free(r->b);
}

static void send(struct rig *r, const struct pars_dht_message *m)
{
	PARS_AUTO_BUF out = { 0 };
	pars_dht_message_encode(m, &out);
	pars_buf_truncate(&r->b->received, 0);
	bed_rogue_send(r->b, pars_buf_bytes(&out));
}

/* -- what it tells ------------------------------------------------------------------- */

static bool tells(const struct pars_multiaddr *addrs, size_t n, const char *text)
{
	struct pars_multiaddr wanted;
	ck_assert(!pars_multiaddr_parse(text, &wanted, NULL));
	for (size_t i = 0; i < n; i++)
		if (pars_bytes_equal(pars_multiaddr_bytes(&addrs[i]), pars_multiaddr_bytes(&wanted)))
			return true;
	return false;
}

/* Node 1 provides DIGEST: its answer has its address and its signed record. */
static void check_tells(struct rig *r, const char *now, const char *before)
{
	struct pars_dht_message reply;
	struct pars_multiaddr addrs[PARS_CONTACT_ADDRS_MAX];
	struct pars_record record;
	uint64_t size;
	size_t n = 0, at = 0;
	send(r, &(struct pars_dht_message){ .type = PARS_DHT_GET_PROVIDERS, .key = PARS_BYTES_ARRAY(r->key) });
	struct pars_bytes raw = pars_buf_bytes(&r->b->received);
	ck_assert(!pars_uvarint_get(&raw, &size) && size == raw.n);
	ck_assert(!pars_dht_message_decode(raw, r->book, &reply));
	ck_assert_uint_eq(reply.provider_count, 1);
	while (n < PARS_COUNT(addrs) && pars_contact_addr(reply.providers[0], &at, &addrs[n]))
		n++;
	ck_assert(tells(addrs, n, now));
	ck_assert(!tells(addrs, n, before));
	ck_assert(!pars_record_open(reply.provider_envelope[0], &record));
	ck_assert(tells(record.addrs, record.count, now));
	ck_assert(!tells(record.addrs, record.count, before));
	pars_dht_message_release(&reply, r->book);
}

static void move_to(struct rig *r, const uint8_t ip[4])
{
	struct pars_endpoint e = { .family = PARS_IP4 };
	memcpy(e.ip, ip, 4);
	BED_CALL(r->b, 1, pars_node_set_interfaces(r->b->party[1].node, &e, 1));
	bed_run(r->b);
}

START_TEST(announcements_follow_every_change_of_address)
{
	struct rig r = rig_new();
	uint64_t op;
	enum pars_err err = PARS_OK;
	BED_CALL(r.b, 1, err = pars_kad_start(r.b->party[1].node, PARS_KAD_PROVIDE, DIGEST, (struct pars_bytes){ 0 }, &op, NULL));
	ck_assert(!err);
	check_tells(&r, "/ip4/10.0.0.2/tcp/4001", "/ip4/10.1.1.1/tcp/4001");
	/* It listens on all interfaces, and these change. */
	bed_feed(r.b, 1, (struct pars_event){ .type = PARS_EV_LISTENING, .local = { .family = PARS_IP4, .port = 4001 } });
	move_to(&r, (const uint8_t[]){ 10, 1, 1, 1 });
	check_tells(&r, "/ip4/10.1.1.1/tcp/4001", "/ip4/10.0.0.2/tcp/4001");
	move_to(&r, (const uint8_t[]){ 10, 2, 2, 2 });
	check_tells(&r, "/ip4/10.2.2.2/tcp/4001", "/ip4/10.1.1.1/tcp/4001");
	rig_done(&r);
}
END_TEST

/* -- what it believes ------------------------------------------------------------------ */

/* Announces that `number` provides DIGEST, with an envelope. */
static void announce(struct rig *r, const struct pars_peer_id *id, struct pars_bytes envelope)
{
	struct pars_contact *c = pars_contact_get(r->book, id);
	pars_contact_set_record(c, envelope, 1, NULL, 0);
	send(r, &(struct pars_dht_message){ .type = PARS_DHT_ADD_PROVIDER, .key = PARS_BYTES_ARRAY(r->key),
		.provider_count = 1, .providers = { c } });
	pars_contact_unref(r->book, c);
}

static struct pars_ed25519_pair key_of(uint8_t number, struct pars_peer_id *ret)
{
	struct pars_ed25519_pair key;
	uint8_t seed[32] = { 150, number };
	pars_ed25519_pair_from_seed(&key, seed);
	pars_peer_id_from_ed25519(&key.public, ret);
	return key;
}

START_TEST(envelopes_that_prove_nothing_are_counted)
{
	struct rig r = rig_new();
	struct pars_peer_id one, other;
	PARS_AUTO_BUF sealed = { 0 };
	struct pars_ed25519_pair key = key_of(1, &one);
	key_of(2, &other);
	pars_record_seal(&(struct pars_record){ .peer = one, .seq = 1 }, &key, &sealed);
	announce(&r, &one, pars_buf_bytes(&sealed));
	ck_assert_uint_eq(bed_counter(r.b, 1, PARS_M_dht_bad_envelope), 0);
	/* No envelope at all; another peer's; one whose signature is wrong. */
	announce(&r, &one, PARS_BYTES_STR("not sealed"));
	ck_assert_uint_eq(bed_counter(r.b, 1, PARS_M_dht_bad_envelope), 1);
	announce(&r, &other, pars_buf_bytes(&sealed));
	ck_assert_uint_eq(bed_counter(r.b, 1, PARS_M_dht_bad_envelope), 2);
	sealed.mem[sealed.off + sealed.n - 1] ^= 1;
	announce(&r, &one, pars_buf_bytes(&sealed));
	ck_assert_uint_eq(bed_counter(r.b, 1, PARS_M_dht_bad_envelope), 3);
	rig_done(&r);
}
END_TEST

UNIT_CASE(kad, announcements_follow_every_change_of_address, envelopes_that_prove_nothing_are_counted);
