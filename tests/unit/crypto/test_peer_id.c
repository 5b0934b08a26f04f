#include "crypto/peer_id.h"

#include <openssl/evp.h>

#include "base/alloc.h"
#include "codec/protobuf.h"
#include "tests/unit/crypto/key_vectors.h"
#include "tests/unit/unit.h"

static struct pars_bytes hex_of(const char *hex)
{
	return unit_hex(hex);
}

/* The Data field of a key message of the vectors. */
static struct pars_bytes key_data(const char *hex)
{
	struct pars_bytes in = hex_of(hex);
	struct pars_pb_field f = { 0 };
	while (in.n)
		ck_assert_int_eq(pars_pb_next(&in, &f), PARS_OK);
	return f.data;
}

/* A signature made by OpenSSL with a private key in DER. */
static struct pars_bytes sign(struct pars_bytes der, struct pars_bytes message, struct pars_buf *out)
{
	const uint8_t *at = der.p;
	size_t n = 2048;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)der.n);
	ck_assert_ptr_nonnull(key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	uint8_t *room = pars_buf_room(out, n);
	ck_assert_int_eq(EVP_DigestSign(ctx, room, &n, message.p, message.n), 1);
	pars_buf_added(out, n);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return pars_buf_bytes(out);
}

static void check_pair(const char *public_hex, struct pars_bytes private_der)
{
	PARS_AUTO_BUF out = { 0 };
	struct pars_bytes message = PARS_BYTES_STR("noise-libp2p-static-key:x");
	struct pars_bytes key = hex_of(public_hex), signature = sign(private_der, message, &out);
	ck_assert_int_eq(pars_public_key_verify(key, message, signature), PARS_OK);
	ck_assert_int_eq(pars_public_key_verify(key, PARS_BYTES_STR("other"), signature),
		PARS_E_PEER_SIGNATURE);
	out.mem[out.n / 2] ^= 1;
	ck_assert_int_eq(pars_public_key_verify(key, message, signature), PARS_E_PEER_SIGNATURE);
	ck_assert_int_eq(pars_public_key_verify(key, message, PARS_BYTES(NULL, 0)),
		PARS_E_PEER_SIGNATURE);
}

START_TEST(all_four_key_types_of_the_spec_verify)
{
	uint8_t sec1[7 + 32 + 9];
	static const uint8_t front[] = { 0x30, 0x2e, 2, 1, 1, 4, 32 };
	static const uint8_t curve[] = { 0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 10 };
	check_pair(RSA_PUBLIC, key_data(RSA_PRIVATE));
	check_pair(ECDSA_PUBLIC, key_data(ECDSA_PRIVATE));
	memcpy(sec1, front, sizeof front);
	memcpy(sec1 + 7, key_data(SECP256K1_PRIVATE).p, 32);
	memcpy(sec1 + 39, curve, sizeof curve);
	check_pair(SECP256K1_PUBLIC, PARS_BYTES_ARRAY(sec1));
}
END_TEST

START_TEST(ed25519_key_of_the_spec)
{
	struct pars_bytes private = key_data(ED25519_PRIVATE), message = PARS_BYTES_STR("hello");
	struct pars_ed25519_pair pair;
	uint8_t key[PARS_PUBLIC_KEY_ED25519_SIZE], signature[PARS_ED25519_SIGNATURE_SIZE];
	ck_assert_uint_eq(private.n, 64);
	pars_ed25519_pair_from_seed(&pair, private.p);
	ck_assert_mem_eq(pair.public.b, private.p + 32, 32);
	pars_public_key_encode(&pair.public, key);
	ck_assert(pars_bytes_equal(PARS_BYTES_ARRAY(key), hex_of(ED25519_PUBLIC)));
	pars_ed25519_sign(&pair, message, signature);
	ck_assert_int_eq(pars_public_key_verify(PARS_BYTES_ARRAY(key), message,
		PARS_BYTES_ARRAY(signature)), PARS_OK);
	ck_assert_int_eq(pars_public_key_verify(PARS_BYTES_ARRAY(key), message,
		PARS_BYTES(signature, 63)), PARS_E_PEER_SIGNATURE);
}
END_TEST

START_TEST(only_the_one_encoding_is_a_key)
{
	static const char *const bad[] = {
		"",
		"0801",                                   /* no data */
		"1220" "1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e", /* no type */
		/* order, second type, long varint, unknown field, unknown type, short */
		"12201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e0801",
		"0801080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e",
		"08810012201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e",
		"080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e1801",
		"080412201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e",
		"0801121f1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce2",
		/* no points, no DER */
		"08021221047777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99",
		"08021221020000000000000000000000000000000000000000000000000000000000000000",
		"08001203300100",
		"0803120100",
	};
	uint8_t signature[64] = { 0 };
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		ck_assert_msg(pars_public_key_verify(hex_of(bad[i]), PARS_BYTES_STR("m"),
			PARS_BYTES_ARRAY(signature)) == PARS_E_PEER_MALFORMED, "%s", bad[i]);
}
END_TEST

START_TEST(a_key_under_another_type_is_refused)
{
	PARS_AUTO_BUF m = { 0 };
	uint8_t signature[64] = { 0 };
	pars_pb_put_varint(&m, 1, 3);
	pars_pb_put_bytes(&m, 2, key_data(RSA_PUBLIC));
	ck_assert_int_eq(pars_public_key_verify(pars_buf_bytes(&m), PARS_BYTES_STR("m"),
		PARS_BYTES_ARRAY(signature)), PARS_E_PEER_MALFORMED);
}
END_TEST

START_TEST(ids_of_the_spec_parse_and_print)
{
	static const char *const texts[] = {
		"QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
		"12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
	};
	struct pars_peer_id id, cid;
	char text[PARS_PEER_ID_TEXT];
	for (size_t i = 0; i < PARS_COUNT(texts); i++) {
		ck_assert_int_eq(pars_peer_id_parse(texts[i], &id), PARS_OK);
		pars_peer_id_text(&id, text);
		ck_assert_str_eq(text, texts[i]);
		ck_assert_int_eq(pars_peer_id_decode(pars_peer_id_bytes(&id), &cid), PARS_OK);
		ck_assert(pars_peer_id_equal(&id, &cid));
	}
	ck_assert_int_eq(pars_peer_id_parse(
		"bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", &cid), PARS_OK);
	ck_assert_int_eq(pars_peer_id_parse(texts[0], &id), PARS_OK);
	ck_assert(pars_peer_id_equal(&id, &cid));
	/* The same as kubo writes it, in base36. */
	ck_assert_int_eq(pars_peer_id_parse(
		"k2k4r8l9ja7hkzynavdqup76ou46tnvuaqegbd04a4o1mpbsey0meucb", &id), PARS_OK);
	ck_assert_uint_eq(id.n, 34);
}
END_TEST

START_TEST(id_of_seed_one)
{
	uint8_t seed[32] = { [31] = 1 };
	struct pars_ed25519_pair pair;
	struct pars_peer_id id;
	char text[PARS_PEER_ID_TEXT];
	pars_ed25519_pair_from_seed(&pair, seed);
	pars_peer_id_from_ed25519(&pair.public, &id);
	pars_peer_id_text(&id, text);
	ck_assert_str_eq(text, "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");
	ck_assert_uint_eq(id.n, 38);
}
END_TEST

START_TEST(long_keys_are_named_by_hash)
{
	struct pars_peer_id id;
	pars_peer_id_from_key(hex_of(RSA_PUBLIC), &id);
	ck_assert_uint_eq(id.n, 34);
	ck_assert_uint_eq(id.b[0], 0x12);
	pars_peer_id_from_key(hex_of(SECP256K1_PUBLIC), &id);
	ck_assert_uint_eq(id.n, 2 + 37);
	ck_assert_uint_eq(id.b[0], 0);
}
END_TEST

START_TEST(other_texts_are_no_ids)
{
	static const char *const bad[] = {
		"", "1", "Qm", "12D3KooW", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5",
		"QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5NN",
		"12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5S0",
		"bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqx",
		"bafybeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", /* not libp2p-key */
		"111111111111111111111111111111111111111111111111111111111111111111111111111111",
	};
	struct pars_peer_id id;
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		ck_assert_msg(pars_peer_id_parse(bad[i], &id) == PARS_E_INVALID, "%s", bad[i]);
}
END_TEST

START_TEST(other_multihashes_are_no_ids)
{
	static const char *const bad[] = { "", "00", "0000", "0002aa", "1220aa", "1100", "130120aa" };
	struct pars_peer_id id;
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		ck_assert_msg(pars_peer_id_decode(hex_of(bad[i]), &id) == PARS_E_PEER_MALFORMED,
			"%s", bad[i]);
}
END_TEST

UNIT_CASE(peer_id, all_four_key_types_of_the_spec_verify, ed25519_key_of_the_spec,
	only_the_one_encoding_is_a_key, a_key_under_another_type_is_refused,
	ids_of_the_spec_parse_and_print, id_of_seed_one, long_keys_are_named_by_hash,
	other_texts_are_no_ids, other_multihashes_are_no_ids);
