#include "net/noise.h"

#include "codec/protobuf.h"
#include "net/noise_payload.h"
#include "tests/unit/unit.h"

#define MUXER "/yamux/1.0.0"

static void identity(struct pars_noise_identity *id, struct pars_ed25519_pair *key, uint8_t seed)
{
	uint8_t secret[32] = { seed };
	pars_ed25519_pair_from_seed(key, secret);
	pars_noise_identity_init(id, key, secret);
}

static struct pars_noise *handshake(const struct pars_noise_identity *id, bool initiator,
	const char *muxer)
{
	return pars_noise_new(&(struct pars_noise_config){ .identity = id, .initiator = initiator,
		.muxer = muxer, .ephemeral = { 9, initiator } });
}

static struct pars_bytes body(const struct pars_buf *framed)
{
	struct pars_bytes b = pars_buf_bytes(framed);
	ck_assert_uint_eq(pars_be16(b.p), b.n - 2);
	return PARS_BYTES(b.p + 2, b.n - 2);
}

/* A whole handshake; the result is that of its last step. */
static enum pars_err shake(const char *muxer_a, const char *muxer_b, bool *agreed)
{
	struct pars_noise_identity ia, ib;
	struct pars_ed25519_pair ka, kb;
	struct pars_noise_channel ca, cb;
	struct pars_peer_id pa, pb;
	enum pars_err err;
	PARS_AUTO_BUF m1 = { 0 };
	PARS_AUTO_BUF m2 = { 0 };
	PARS_AUTO_BUF m3 = { 0 };
	identity(&ia, &ka, 1);
	identity(&ib, &kb, 2);
	PARS_AUTO(pars_noise) a = handshake(&ia, true, muxer_a);
	PARS_AUTO(pars_noise) b = handshake(&ib, false, muxer_b);
	pars_noise_start(a, &m1);
	ck_assert_uint_eq(m1.n, 2 + 32);
	ck_assert_int_eq(pars_noise_step(b, body(&m1), &m2), PARS_OK);
	if ((err = pars_noise_step(a, body(&m2), &m3)))
		return err;
	if ((err = pars_noise_step(b, body(&m3), &m1)))
		return err;
	bool agreed_b;
	ck_assert(pars_noise_finish(a, &ca, &pa, agreed));
	ck_assert(pars_noise_finish(b, &cb, &pb, &agreed_b));
	ck_assert_int_eq(*agreed, agreed_b);
	uint8_t frame[2 + 5 + 16], plain[5];
	for (int i = 0; i < 3; i++) {
		pars_noise_seal(i & 1 ? &cb : &ca, PARS_BYTES_STR("hello"), frame);
		ck_assert_int_eq(pars_noise_open(i & 1 ? &ca : &cb, PARS_BYTES(frame + 2, 21), plain),
			PARS_OK);
		ck_assert_mem_eq(plain, "hello", 5);
	}
	pars_noise_channel_done(&ca);
	pars_noise_channel_done(&cb);
	return PARS_OK;
}

START_TEST(muxers_are_agreed_on_or_left_for_later)
{
	bool agreed;
	ck_assert_int_eq(shake(MUXER, MUXER, &agreed), PARS_OK);
	ck_assert(agreed);
	ck_assert_int_eq(shake(MUXER, NULL, &agreed), PARS_OK);
	ck_assert(!agreed);
	ck_assert_int_eq(shake(NULL, MUXER, &agreed), PARS_OK);
	ck_assert(!agreed);
	ck_assert_int_eq(shake(NULL, NULL, &agreed), PARS_OK);
	ck_assert(!agreed);
	ck_assert_int_eq(shake(MUXER, "/mplex/6.7.0", &agreed), PARS_E_PEER_UNSUPPORTED);
}
END_TEST

START_TEST(the_payload_is_bound_to_the_static_key)
{
	struct pars_noise_identity id;
	struct pars_ed25519_pair key;
	struct pars_noise_payload got;
	struct pars_peer_id peer;
	uint8_t other[32] = { 1 };
	PARS_AUTO_BUF out = { 0 };
	identity(&id, &key, 1);
	pars_peer_id_from_ed25519(&key.public, &peer);
	pars_noise_payload_encode(&out, PARS_BYTES_ARRAY(id.key), PARS_BYTES_ARRAY(id.signature), MUXER);
	/* Field 3 was once early data: it is there, and means nothing. */
	pars_pb_put_bytes(&out, 3, PARS_BYTES_STR("data"));
	ck_assert_int_eq(pars_noise_payload_decode(pars_buf_bytes(&out), id.pair.public, MUXER, &got),
		PARS_OK);
	ck_assert(pars_peer_id_equal(&got.peer, &peer));
	ck_assert(got.muxers && got.muxer);
	ck_assert_int_eq(pars_noise_payload_decode(pars_buf_bytes(&out), other, MUXER, &got),
		PARS_E_PEER_SIGNATURE);
	for (size_t n = 0; n < 36 + 2 + 64 + 2; n++)
		ck_assert_int_ne(pars_noise_payload_decode(PARS_BYTES(out.mem, n), id.pair.public, MUXER,
			&got), PARS_OK);
}
END_TEST

START_TEST(messages_out_of_turn_are_refused)
{
	struct pars_noise_identity id;
	struct pars_ed25519_pair key;
	static uint8_t big[PARS_NOISE_HANDSHAKE_MAX + 1];
	PARS_AUTO_BUF out = { 0 };
	identity(&id, &key, 1);
	PARS_AUTO(pars_noise) a = handshake(&id, true, MUXER);
	ck_assert_int_eq(pars_noise_step(a, PARS_BYTES_ARRAY(big), &out), PARS_E_PEER_TOO_LARGE);
	ck_assert_int_eq(pars_noise_step(a, PARS_BYTES(big, 31), &out), PARS_E_PEER_MALFORMED);
	/* An ephemeral key of zeros gives a secret of zeros. */
	ck_assert_int_eq(pars_noise_step(a, PARS_BYTES(big, 200), &out), PARS_E_PEER_CRYPTO);
}
END_TEST

UNIT_CASE(noise, muxers_are_agreed_on_or_left_for_later, the_payload_is_bound_to_the_static_key,
	messages_out_of_turn_are_refused);
