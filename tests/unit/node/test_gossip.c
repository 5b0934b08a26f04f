/* Sessions whose topics have one name: a vertex goes to its own session, and of
 * one that is nobody's here the sender is not to blame. */
#include "codec/cid.h"
#include "codec/multibase.h"
#include "codec/uvarint.h"
#include "dag/vertex.h"
#include "gossip/gossip.h"
#include "node/node.h"
#include "tests/unit/node/bed.h"

#define TOPIC_TAG 9

static struct pars_digest session_id(const struct bed *b)
{
	struct pars_digest id;
	ck_assert_int_eq(pars_cid_parse(b->session, id.b), PARS_OK);
	return id;
}

static struct pars_digest tag_of(const struct pars_digest *session)
{
	return pars_sha256(pars_digest_bytes(session));
}

/* Node 1 and the rogue, who speaks pubsub. */
static struct bed *open_bed(void)
{
	const char *protocol = pars_gossip_protocols[PARS_GOSSIP_1_1];
	struct bed *b = bed_new();
	struct pars_host *rogue = b->party[0].host;
	enum pars_err err = PARS_OK;
	size_t at = 0;
	bed_session(b);
	pars_host_serve(rogue, protocol, 2);
	bed_rogue_connect(b, 1);
	BED_CALL(b, 0, err = pars_host_open(rogue, pars_host_peer_next(rogue, &at)->conn, protocol, 3, &b->rogue_stream));
	ck_assert_int_eq(err, PARS_OK);
	bed_run(b);
	return b;
}

/* In the topic of the bed's session. */
static void publish(struct bed *b, struct pars_bytes data)
{
	struct pars_digest id = session_id(b), tag = tag_of(&id);
	char topic[40] = "/pars/s/";
	PARS_AUTO_BUF rpc = { 0 };
	PARS_AUTO_BUF out = { 0 };
	ck_assert_int_eq(pars_base_encode(PARS_BASE64URL, PARS_BYTES(tag.b, TOPIC_TAG), topic + 8, sizeof topic - 8), PARS_OK);
	pars_gossip_message_encode(&(struct pars_gossip_message){ .topic = PARS_BYTES_STR(topic), .data = data }, &rpc);
	pars_buf_put_uvarint(&out, rpc.n);
	pars_buf_put(&out, pars_buf_bytes(&rpc));
	bed_rogue_send(b, pars_buf_bytes(&out));
	bed_pass(b, PARS_S(1));
}

static void genesis(uint8_t author, struct pars_buf *raw, struct pars_digest *ret_id)
{
	struct pars_ed25519_pair key;
	uint8_t seed[32] = { 200, author };
	pars_ed25519_pair_from_seed(&key, seed);
	pars_vertex_encode(&(struct pars_vertex){ .kind = PARS_KIND_GENESIS }, &key, raw);
	*ret_id = pars_sha256(pars_buf_bytes(raw));
}

START_TEST(a_vertex_in_its_topic)
{
	struct bed *b = open_bed();
	PARS_AUTO_BUF raw = { 0 };
	struct pars_ed25519_pair key;
	uint8_t seed[32] = { 200, 1 };
	struct pars_digest id = session_id(b);
	struct pars_vertex join = { .session = id, .kind = PARS_KIND_JOIN, .lamport = 1, .parents = { id }, .parent_count = 1 };
	pars_ed25519_pair_from_seed(&key, seed);
	pars_vertex_encode(&join, &key, &raw);
	publish(b, pars_buf_bytes(&raw));
	ck_assert_uint_eq(bed_vertices(b, 1), 3);
	ck_assert_uint_eq(bed_vertices(b, 2), 3);
	bed_free(b);
}
END_TEST

START_TEST(a_vertex_of_a_strangers_session)
{
	struct bed *b = open_bed();
	struct pars_digest id;
	PARS_AUTO_BUF raw = { 0 };
	genesis(1, &raw, &id);
	publish(b, pars_buf_bytes(&raw));
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_gossip_ignored), 1);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_gossip_rejected), 0);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_bad_rule), 0);
	ck_assert_uint_eq(bed_counter(b, 2, PARS_M_gossip_received), bed_counter(b, 2, PARS_M_gossip_delivered)); /* it did not go on */
	ck_assert_int_eq(bed_rogue_score(b, 1), 0);
	ck_assert(bed_rogue_connected(b));
	bed_free(b);
}
END_TEST

START_TEST(what_is_no_vertex_has_somebody_to_blame)
{
	struct bed *b = open_bed();
	publish(b, PARS_BYTES_STR("no vertex"));
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_malformed), 1);
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_gossip_rejected), 1);
	ck_assert_int_lt(bed_rogue_score(b, 1), 0);
	bed_free(b);
}
END_TEST

/* Node 1 has both; only somebody who carries may be given a tag of choice. */
static struct pars_session *carry_alike(struct bed *b, const struct pars_digest *id, bool alike)
{
	struct pars_digest first = session_id(b), tag = tag_of(&first);
	struct pars_session *s = NULL;
	enum pars_err err = PARS_OK;
	tag.b[alike ? TOPIC_TAG : 0] ^= 1;
	BED_CALL(b, 1, err = pars_sessions_carry(b->party[1].node->sessions, id, &tag, &s));
	ck_assert_int_eq(err, PARS_OK);
	return s;
}

START_TEST(two_of_our_sessions_in_one_topic)
{
	for (int alike = 0; alike < 2; alike++) {
		struct bed *b = open_bed();
		struct pars_digest id;
		PARS_AUTO_BUF raw = { 0 };
		genesis(1, &raw, &id);
		struct pars_session *s = carry_alike(b, &id, alike);
		publish(b, pars_buf_bytes(&raw));
		ck_assert_uint_eq(pars_dag_sum(s->dag)->count, alike);
		ck_assert_uint_eq(bed_counter(b, 1, PARS_M_gossip_ignored), !alike);
		ck_assert_int_eq(bed_rogue_score(b, 1), 0);
		ck_assert_uint_eq(bed_vertices(b, 1), 2);
		bed_free(b);
	}
}
END_TEST

UNIT_CASE(gossip, a_vertex_in_its_topic, a_vertex_of_a_strangers_session, what_is_no_vertex_has_somebody_to_blame,
	two_of_our_sessions_in_one_topic);
