#include "crypto/peer_id.h"

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "codec/multihash.h"
#include "codec/protobuf.h"

#define HASH_IDENTITY 0x00
#define HASH_SHA2_256 0x12
#define IDENTITY_MAX 42

/* A SubjectPublicKeyInfo of RSA with 8192 bits has 1062 bytes. */
#define KEY_DATA_MAX 1100
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define SECP256K1_SIZE 33

enum key_type { KEY_RSA, KEY_ED25519, KEY_SECP256K1, KEY_ECDSA };

_Static_assert(PARS_PEER_ID_MAX == PARS_PEER_HASH_MAX, "one size of peer ids");
_Static_assert(PARS_PEER_ID_TEXT == PARS_PEER_HASH_TEXT, "one size of their text");

static void set_hash(struct pars_peer_id *id, uint8_t function, struct pars_bytes digest)
{
	id->b[0] = function;
	id->b[1] = (uint8_t)digest.n;
	memcpy(id->b + 2, digest.p, digest.n);
	id->n = (uint8_t)(2 + digest.n);
}

void pars_peer_id_from_key(struct pars_bytes public_key_message, struct pars_peer_id *ret)
{
	*ret = (struct pars_peer_id){ 0 };
	if (public_key_message.n <= IDENTITY_MAX) {
		set_hash(ret, HASH_IDENTITY, public_key_message);
		return;
	}
	struct pars_digest d = pars_sha256(public_key_message);
	set_hash(ret, HASH_SHA2_256, pars_digest_bytes(&d));
}

void pars_peer_id_from_ed25519(const struct pars_ed25519_public *key, struct pars_peer_id *ret)
{
	uint8_t message[PARS_PUBLIC_KEY_ED25519_SIZE];
	pars_public_key_encode(key, message);
	pars_peer_id_from_key(PARS_BYTES_ARRAY(message), ret);
}

enum pars_err pars_peer_id_decode(struct pars_bytes raw, struct pars_peer_id *ret)
{
	if (!pars_peer_hash_valid(raw))
		return PARS_E_PEER_MALFORMED;
	*ret = (struct pars_peer_id){ .n = (uint8_t)raw.n };
	memcpy(ret->b, raw.p, raw.n);
	return PARS_OK;
}

enum pars_err pars_peer_id_parse(const char *text, struct pars_peer_id *ret)
{
	struct pars_peer_id id = { 0 };
	size_t n;
	enum pars_err err = pars_peer_hash_parse(PARS_BYTES_STR(text), id.b, &n);
	if (err)
		return err;
	id.n = (uint8_t)n;
	*ret = id;
	return PARS_OK;
}

void pars_peer_id_text(const struct pars_peer_id *id, char out[PARS_PEER_ID_TEXT])
{
	pars_peer_hash_text(pars_peer_id_bytes(id), out);
}

struct pars_digest pars_peer_id_dht(const struct pars_peer_id *id)
{
	return pars_sha256(pars_peer_id_bytes(id));
}

void pars_public_key_encode(const struct pars_ed25519_public *key,
	uint8_t out[PARS_PUBLIC_KEY_ED25519_SIZE])
{
	static const uint8_t head[] = { 0x08, KEY_ED25519, 0x12, PARS_ED25519_PUBLIC_SIZE };
	memcpy(out, head, sizeof head);
	memcpy(out + sizeof head, key->b, sizeof key->b);
}

/* Only the one deterministic encoding is a key: were a second accepted, one
 * key would own several peer ids. */
static bool key_decode(struct pars_bytes message, enum key_type *ret_type,
	struct pars_bytes *ret_data)
{
	struct pars_pb_field type, data;
	struct pars_bytes in = message;
	PARS_AUTO_BUF again = { 0 };
	if (!in.n || pars_pb_next(&in, &type) || type.key != PARS_PB_KEY(1, PARS_PB_VARINT))
		return false;
	if (!in.n || pars_pb_next(&in, &data) || data.key != PARS_PB_KEY(2, PARS_PB_BYTES) || in.n)
		return false;
	if (type.value > KEY_ECDSA || data.data.n > KEY_DATA_MAX)
		return false;
	pars_pb_put_varint(&again, 1, type.value);
	pars_pb_put_bytes(&again, 2, data.data);
	*ret_type = (enum key_type)type.value;
	*ret_data = data.data;
	return pars_bytes_equal(pars_buf_bytes(&again), message);
}

static EVP_PKEY *der_key(struct pars_bytes der)
{
	const uint8_t *at = der.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.n);
	if (key && at != der.p + der.n) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

/* OpenSSL has no call for a bare compressed point, but reads it as the end of
 * a SubjectPublicKeyInfo whose front is always the same. */
static EVP_PKEY *secp256k1_key(struct pars_bytes point)
{
	static const uint8_t front[] = {
		0x30, 0x36, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
		0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a, 0x03, 0x22, 0x00,
	};
	uint8_t der[sizeof front + SECP256K1_SIZE];
	if (point.n != SECP256K1_SIZE || (point.p[0] != 2 && point.p[0] != 3))
		return NULL;
	memcpy(der, front, sizeof front);
	memcpy(der + sizeof front, point.p, point.n);
	return der_key(PARS_BYTES_ARRAY(der));
}

static bool ecdsa_curve_allowed(EVP_PKEY *key)
{
	static const char *const curves[] = { "prime256v1", "secp384r1", "secp521r1" };
	char name[32];
	size_t n;
	if (EVP_PKEY_get_group_name(key, name, sizeof name, &n) != 1)
		return false;
	for (size_t i = 0; i < PARS_COUNT(curves); i++)
		if (!strcmp(name, curves[i]))
			return true;
	return false;
}

static bool key_allowed(enum key_type type, EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);
	switch (type) {
	case KEY_RSA:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA
			&& bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
	case KEY_ECDSA:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && ecdsa_curve_allowed(key);
	case KEY_SECP256K1:
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
	case KEY_ED25519:
		break;
	}
	return false;
}

/* RSA is PKCS #1 v1.5 and both elliptic ones DER ECDSA, all over SHA-256:
 * what OpenSSL does by default. */
static bool evp_verify(EVP_PKEY *key, struct pars_bytes message, struct pars_bytes signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1
		&& EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static enum pars_err ed25519_verify(struct pars_bytes data, struct pars_bytes message,
	struct pars_bytes signature)
{
	struct pars_ed25519_public key;
	if (data.n != sizeof key.b)
		return PARS_E_PEER_MALFORMED;
	memcpy(key.b, data.p, sizeof key.b);
	if (signature.n != PARS_ED25519_SIGNATURE_SIZE
		|| !pars_ed25519_verify(&key, message, signature.p))
		return PARS_E_PEER_SIGNATURE;
	return PARS_OK;
}

enum pars_err pars_public_key_verify(struct pars_bytes public_key_message,
	struct pars_bytes message, struct pars_bytes signature)
{
	enum key_type type;
	struct pars_bytes data;
	if (!key_decode(public_key_message, &type, &data))
		return PARS_E_PEER_MALFORMED;
	if (type == KEY_ED25519)
		return ed25519_verify(data, message, signature);
	EVP_PKEY *key = type == KEY_SECP256K1 ? secp256k1_key(data) : der_key(data);
	enum pars_err err = PARS_OK;
	if (!key || !key_allowed(type, key))
		err = PARS_E_PEER_MALFORMED;
	else if (!evp_verify(key, message, signature))
		err = PARS_E_PEER_SIGNATURE;
	EVP_PKEY_free(key);
	return err;
}
