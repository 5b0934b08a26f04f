#include "gossip/message.h"

#include "tests/unit/unit.h"

/* Made by js-libp2p (gossipsub 17.1.1) from seed 00 01 … 1f, topic "news". */
static const char by_ed25519[] =
	"12b0010a2600240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8120e74686520666572727920"
	"72756e731a0818ea73ffad01e04122046e6577732a407d5b31050e782b3d2269d38cb6a92a77cd99902bb007bc1b7f079f8b03745e655a"
	"67fde1f9b3cd60056c4a782b66044033d91dd0bb86b1902a245644eee3130a32240801122003a107bff3ce10be1d70dd18e74bc09967e4"
	"d6309ba50d5f1ddc8664125531b8";
static const char by_secp256k1[] =
	"12b9010a27002508021221028c735423f3262f2034af0714f0ef43d8ec8da060d49373ecc6351f57ab13cc60120e746865206665727279"
	"2072756e731a0818ea73ffad01e04222046e6577732a473045022100f169ea1ebebb27b962edaa8cf3d440d38c280eab412d7f46daabf5"
	"4d674babb1022073d8a51515a533fa0789649825367ea5e0133d175853e1becb0cacc2e37456bd322508021221028c735423f3262f2034"
	"af0714f0ef43d8ec8da060d49373ecc6351f57ab13cc60";
static const char by_rsa[] =
	"12f5040a2212209cfb084a1292634576531d6bb0bff743b0284e070589cf3b500aa6274161203d120e7468652066657272792072756e73"
	"1a0818ea73ffad01e04322046e6577732a8002a2a7210da8103ada60a0e5d354c4048d06b1ba0580629acd88009c3100769b0e8b8fc91a"
	"17eeaaeecc6f0b7f816b0e8cf2201eb1cac3c0630f1e3386ad4c93ea658ca0bf9a1443ddc010a3ffc6c941a627f42a988ef715b90a2daf"
	"ee2ede8f511815ec5046b9ad2019aee936643655fde335a967dc48d65082ad95ba2c5e6152652aed13b6238396937132b3107a101a9fec"
	"cba7f132c5399f900afa0ababb79aeeeb7f0a6275c1771ff103696ed6b7e76e5af79d3d53eac9923c295e5a749241da64f585e51487c22"
	"60504d721f352e7e2005095ec3082639bf6591ea8cf462f6916d22c2797385d34b7c9ac7c4e973390c24c8aa84c6cd53a5f5085c70dc66"
	"32ab02080012a60230820122300d06092a864886f70d01010105000382010f003082010a0282010100a6ed475ff4ff71101e15e75af738"
	"e31773f42cc33a7d645e68b085aa3523de1101c389c428a2738ca9dbc0b52bfd43a967b5c5fb368d00299ef71e66e67f294b49c7eeb83f"
	"48cc5258ac0a5c8b5b15ce41990c1ee536cd25fa205b4dd6a7e02da3a9d42bce2c682bc7d9b8d003a65a4e1f8aa1994f5a8217c0e6bceb"
	"66eb9fd802127f39def20c2d79979d1c6f98773ed5561f3c4406d0324af61d7f5e63021e36ea6917c52ebf993c79c1bc3e490325619b88"
	"f8a9c1c82e4edeaf617d62e2efcfadb514b9ee69005bc719cc196eeadd71fe1d658515e8310f471958acf9ca117e5a582da7aabbaedf92"
	"b3a6b2822e5e52636092f53d3581f0dc1a64286798610203010001";
static const char without_signature[] = "1216120e7468652066657272792072756e7322046e657773";
static const char control[] =
	"0a08080112046e6577730a07080012036f6c641a420a100a046e6577731203696431120369643212050a036964331a060a046e65777322"
	"180a046e657773120e0a047065657212067265636f7264183c2a050a03696434";

static struct pars_gossip_item only_item(struct pars_bytes rpc)
{
	struct pars_gossip_reader r = { .rpc = rpc };
	struct pars_gossip_item item, none;
	ck_assert_int_eq(pars_gossip_read(&r, &item), PARS_OK);
	ck_assert_int_eq(pars_gossip_read(&r, &none), PARS_E_NOT_FOUND);
	return item;
}

static void check_text(struct pars_bytes got, const char *want)
{
	ck_assert_msg(pars_bytes_equal(got, PARS_BYTES_STR(want)), "%.*s is not %s", (int)got.n, (const char *)got.p, want);
}

START_TEST(signed_by_js)
{
	static const char *const all[] = { by_ed25519, by_secp256k1, by_rsa };
	for (size_t i = 0; i < PARS_COUNT(all); i++) {
		struct pars_gossip_item item = only_item(unit_hex(all[i]));
		struct pars_gossip_message m = item.message;
		ck_assert_int_eq(item.type, PARS_GOSSIP_PUBLISH);
		check_text(m.topic, "news");
		check_text(m.data, "the ferry runs");
		ck_assert_int_eq(pars_gossip_message_verify(&m), PARS_OK);
		/* Said again it is the same, byte by byte. */
		PARS_AUTO_BUF again = { 0 };
		pars_gossip_message_encode(&m, &again);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&again), unit_hex(all[i])));
		/* Only a key that does not fit into the author's id has to come along. */
		m.key = (struct pars_bytes){ 0 };
		ck_assert_int_eq(pars_gossip_message_verify(&m), all[i] == by_rsa ? PARS_E_PEER_MALFORMED : PARS_OK);
		m.data = PARS_BYTES_STR("the ferry sank");
		m.key = item.message.key;
		ck_assert_int_eq(pars_gossip_message_verify(&m), PARS_E_PEER_SIGNATURE);
	}
}
END_TEST

START_TEST(keys_of_others)
{
	struct pars_gossip_message a = only_item(unit_hex(by_ed25519)).message, b = only_item(unit_hex(by_secp256k1)).message;
	struct pars_bytes from = a.from;
	a.key = b.key;
	ck_assert_int_eq(pars_gossip_message_verify(&a), PARS_E_PEER_MALFORMED);
	a.from = b.from;
	ck_assert_int_ne(pars_gossip_message_verify(&a), PARS_OK);
	a.from = PARS_BYTES(from.p, from.n - 1);
	ck_assert_int_eq(pars_gossip_message_verify(&a), PARS_E_PEER_MALFORMED);
}
END_TEST

START_TEST(our_own_signatures)
{
	static const uint8_t seed[32] = { 3 };
	struct pars_ed25519_pair key;
	struct pars_gossip_signature room;
	struct pars_gossip_id id;
	PARS_AUTO_BUF out = { 0 };
	pars_ed25519_pair_from_seed(&key, seed);
	struct pars_gossip_message m = { .data = PARS_BYTES("", 0), .topic = PARS_BYTES_STR("t") };
	pars_gossip_message_sign(&m, &key, 0x0102030405060708, &room);
	pars_gossip_message_encode(&m, &out);
	struct pars_gossip_message got = only_item(pars_buf_bytes(&out)).message;
	ck_assert_int_eq(pars_gossip_message_verify(&got), PARS_OK);
	pars_gossip_message_id(&got, PARS_GOSSIP_SIGNED, &id);
	ck_assert_uint_eq(id.n, got.from.n + 8);
	ck_assert_mem_eq(id.b + got.from.n, "\1\2\3\4\5\6\7\10", 8);
	ck_assert(got.data.p && !got.data.n); /* empty is not absent: it was signed */
}
END_TEST

START_TEST(policies)
{
	struct pars_gossip_message is_signed = only_item(unit_hex(by_ed25519)).message, m;
	struct pars_gossip_message bare = only_item(unit_hex(without_signature)).message;
	ck_assert_int_eq(pars_gossip_message_check(&is_signed, PARS_GOSSIP_SIGNED), PARS_OK);
	ck_assert_int_eq(pars_gossip_message_check(&bare, PARS_GOSSIP_UNSIGNED), PARS_OK);
	ck_assert_int_eq(pars_gossip_message_check(&is_signed, PARS_GOSSIP_UNSIGNED), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_gossip_message_check(&bare, PARS_GOSSIP_SIGNED), PARS_E_PEER_MALFORMED);
	m = bare;
	m.seqno = PARS_BYTES("", 0); /* must be absent, not empty */
	ck_assert_int_eq(pars_gossip_message_check(&m, PARS_GOSSIP_UNSIGNED), PARS_E_PEER_MALFORMED);
	m = is_signed;
	m.seqno.n = 7;
	ck_assert_int_eq(pars_gossip_message_check(&m, PARS_GOSSIP_SIGNED), PARS_E_PEER_MALFORMED);
	m = is_signed;
	m.signature = (struct pars_bytes){ 0 };
	ck_assert_int_eq(pars_gossip_message_check(&m, PARS_GOSSIP_SIGNED), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_gossip_message_verify(&m), PARS_E_PEER_MALFORMED);
}
END_TEST

START_TEST(ids)
{
	struct pars_gossip_message m = only_item(unit_hex(without_signature)).message;
	struct pars_digest d = pars_sha256(m.data);
	struct pars_gossip_id id, other;
	pars_gossip_message_id(&m, PARS_GOSSIP_UNSIGNED, &id);
	ck_assert(pars_bytes_equal(pars_gossip_id_bytes(&id), pars_digest_bytes(&d)));
	ck_assert(!pars_gossip_id_from_key_form(&id));
	ck_assert(!pars_gossip_id_set(&id, PARS_BYTES("", 0)));
	static const uint8_t long_one[64];
	ck_assert(!pars_gossip_id_set(&id, PARS_BYTES_ARRAY(long_one)));

	static const char *const all[] = { by_ed25519, by_secp256k1 };
	for (size_t i = 0; i < PARS_COUNT(all); i++) { /* as js says them, and back */
		m = only_item(unit_hex(all[i])).message;
		pars_gossip_message_id(&m, PARS_GOSSIP_SIGNED, &id);
		other = id;
		pars_gossip_id_to_key_form(&other);
		ck_assert_uint_eq(other.n, m.key.n + 8);
		ck_assert_mem_eq(other.b, m.key.p, m.key.n);
		ck_assert(pars_gossip_id_from_key_form(&other));
		ck_assert(pars_bytes_equal(pars_gossip_id_bytes(&id), pars_gossip_id_bytes(&other)));
	}
	m = only_item(unit_hex(by_rsa)).message;
	pars_gossip_message_id(&m, PARS_GOSSIP_SIGNED, &id);
	other = id;
	pars_gossip_id_to_key_form(&other);
	ck_assert(pars_bytes_equal(pars_gossip_id_bytes(&id), pars_gossip_id_bytes(&other)));
}
END_TEST

static void check_ids(struct pars_gossip_item *item, const char *const *want)
{
	struct pars_bytes raw;
	for (; *want; want++) {
		ck_assert(pars_gossip_next_id(item, &raw));
		check_text(raw, *want);
	}
	ck_assert(!pars_gossip_next_id(item, &raw));
}

START_TEST(control_of_js)
{
	struct pars_gossip_reader r = { .rpc = unit_hex(control) };
	struct pars_gossip_item item;
	struct pars_bytes id, record;
	static const struct { enum pars_gossip_item_type type; const char *topic, *ids[3]; } want[] = {
		{ PARS_GOSSIP_SUBSCRIBE, "news", { NULL } }, { PARS_GOSSIP_UNSUBSCRIBE, "old", { NULL } },
		{ PARS_GOSSIP_IHAVE, "news", { "id1", "id2" } }, { PARS_GOSSIP_IWANT, "", { "id3" } },
		{ PARS_GOSSIP_GRAFT, "news", { NULL } }, { PARS_GOSSIP_PRUNE, "news", { NULL } },
		{ PARS_GOSSIP_IDONTWANT, "", { "id4" } },
	};
	for (size_t i = 0; i < PARS_COUNT(want); i++) {
		ck_assert_int_eq(pars_gossip_read(&r, &item), PARS_OK);
		ck_assert_int_eq(item.type, want[i].type);
		check_text(item.topic, want[i].topic);
		if (item.type != PARS_GOSSIP_PRUNE) {
			check_ids(&item, want[i].ids);
			continue;
		}
		ck_assert_uint_eq(item.backoff_s, 60);
		ck_assert(pars_gossip_next_peer(&item, &id, &record));
		check_text(id, "peer");
		check_text(record, "record");
		ck_assert(!pars_gossip_next_peer(&item, &id, &record));
	}
	ck_assert_int_eq(pars_gossip_read(&r, &item), PARS_E_NOT_FOUND);
}
END_TEST

START_TEST(control_round_trip)
{
	PARS_AUTO_BUF rpc = { 0 }, in = { 0 }, peers = { 0 };
	struct pars_bytes news = PARS_BYTES_STR("news");
	const struct pars_gossip_id list[] = { { 3, "id1" }, { 3, "id2" }, { 3, "id3" }, { 3, "id4" } };
	pars_gossip_put_subscription(&rpc, true, news);
	pars_gossip_put_subscription(&rpc, false, PARS_BYTES_STR("old"));
	pars_gossip_put_ids(&in, PARS_GOSSIP_IHAVE, news, list, 2);
	pars_gossip_put_ids(&in, PARS_GOSSIP_IWANT, news, list + 2, 1);
	pars_gossip_put_graft(&in, news);
	pars_gossip_put_peer(&peers, PARS_BYTES_STR("peer"), PARS_BYTES_STR("record"));
	pars_gossip_put_prune(&in, news, pars_buf_bytes(&peers), 60);
	pars_gossip_put_ids(&in, PARS_GOSSIP_IDONTWANT, news, list + 3, 1);
	pars_gossip_put_control(&rpc, pars_buf_bytes(&in));
	ck_assert(pars_bytes_equal(pars_buf_bytes(&rpc), unit_hex(control))); /* as js says it */
}
END_TEST

/* Whatever is cut off or changed, nothing is read beyond the end, lists that
 * were passed as good end, and no other text passes for the author's. */
START_TEST(damaged)
{
	static const char *const all[] = { by_ed25519, control, without_signature };
	for (size_t k = 0; k < PARS_COUNT(all); k++) {
		struct pars_bytes whole = unit_hex(all[k]);
		uint8_t copy[512];
		ck_assert_uint_le(whole.n, sizeof copy);
		for (size_t n = 0; n < whole.n; n++)
			for (unsigned bit = 0; bit < 9; bit++) {
				memcpy(copy, whole.p, whole.n);
				size_t size = bit < 8 ? whole.n : n; /* the ninth time it is cut */
				copy[n] ^= (uint8_t)(bit < 8 ? 1u << bit : 0);
				struct pars_gossip_reader r = { .rpc = PARS_BYTES(copy, size) };
				struct pars_gossip_item item;
				struct pars_bytes id, record;
				enum pars_err err;
				while (!(err = pars_gossip_read(&r, &item))) {
					struct pars_gossip_item again = item;
					while (pars_gossip_next_id(&item, &id))
						ck_assert(id.p >= copy && id.p + id.n <= copy + size);
					while (pars_gossip_next_peer(&again, &id, &record))
						;
					if (item.type == PARS_GOSSIP_PUBLISH && !pars_gossip_message_verify(&item.message)) {
						check_text(item.message.topic, "news");
						check_text(item.message.data, "the ferry runs");
					}
				}
				ck_assert(err == PARS_E_NOT_FOUND || err == PARS_E_PEER_MALFORMED);
			}
	}
}
END_TEST

START_TEST(malformed)
{
	static const char *const all[] = {
		"0a",             /* no length */
		"0a05",           /* no subscription */
		"0a020a01",       /* a subscription that is cut inside */
		"1203120161",     /* a message without a topic */
		"12021200",       /* the same, with data */
		"1a030a020a05",   /* an IHAVE that is cut inside */
		"1a042202120a",   /* a PRUNE that is cut inside */
		"ffffffffffffffffffffff",
		"0b",             /* a group */
	};
	struct pars_gossip_item item;
	for (size_t i = 0; i < PARS_COUNT(all); i++) {
		struct pars_gossip_reader r = { .rpc = unit_hex(all[i]) };
		ck_assert_int_eq(pars_gossip_read(&r, &item), PARS_E_PEER_MALFORMED);
	}
	struct pars_gossip_reader empty = { 0 };
	ck_assert_int_eq(pars_gossip_read(&empty, &item), PARS_E_NOT_FOUND);
	/* Fields of later versions are passed over. */
	struct pars_gossip_reader later = { .rpc = unit_hex("52021234" "1a0432020801") };
	ck_assert_int_eq(pars_gossip_read(&later, &item), PARS_E_NOT_FOUND);
}
END_TEST

UNIT_CASE(message, signed_by_js, keys_of_others, our_own_signatures, policies, ids, control_of_js, control_round_trip,
	damaged, malformed);
