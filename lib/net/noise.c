#include "net/noise.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/noise_payload.h"

#define KEY_SIZE PARS_X25519_SIZE
#define TAG_SIZE PARS_AEAD_TAG_SIZE

/* Exactly 32 bytes: it is the first hash as it stands. */
static const char protocol_name[] = "Noise_XX_25519_ChaChaPoly_SHA256";
_Static_assert(sizeof protocol_name - 1 == PARS_SHA256_SIZE, "name is a hash");

/* Noise's SymmetricState. */
struct symmetric {
	struct pars_digest chain, hash;
	uint8_t key[PARS_AEAD_KEY_SIZE];
	uint64_t counter;
	bool keyed;
};

enum step { EXPECT_E, EXPECT_E_EE_S_ES, EXPECT_S_SE, DONE };

struct pars_noise {
	const struct pars_noise_identity *identity;
	const struct pars_peer_id *expect;
	const char *muxer;
	bool initiator;
	enum step step; /* what is to be received next */
	struct symmetric s;
	struct pars_x25519_pair ephemeral;
	uint8_t remote_ephemeral[KEY_SIZE];
	struct pars_noise_payload remote;
};

static void mix_hash(struct symmetric *s, struct pars_bytes data)
{
	s->hash = pars_sha256_2(pars_digest_bytes(&s->hash), data);
}

/* Noise's HKDF is RFC 5869's with the chaining key as salt and no info. */
static void mix_key(struct symmetric *s, const uint8_t secret[KEY_SIZE])
{
	uint8_t out[64];
	pars_hkdf_sha256(pars_digest_bytes(&s->chain), PARS_BYTES(secret, KEY_SIZE),
		(struct pars_bytes){ 0 }, out, sizeof out);
	memcpy(s->chain.b, out, 32);
	memcpy(s->key, out + 32, 32);
	s->keyed = true;
	s->counter = 0;
	pars_wipe(out, sizeof out);
}

static bool mix_dh(struct symmetric *s, const uint8_t secret[KEY_SIZE],
	const uint8_t public[KEY_SIZE])
{
	uint8_t shared[KEY_SIZE];
	if (!pars_x25519(secret, public, shared))
		return false;
	mix_key(s, shared);
	pars_wipe(shared, sizeof shared);
	return true;
}

static void encrypt_and_hash(struct symmetric *s, struct pars_bytes plain, struct pars_buf *out)
{
	size_t n = plain.n;
	uint8_t *to = pars_buf_room(out, plain.n + TAG_SIZE);
	if (s->keyed) {
		PARS_AUTO(pars_aead) a = pars_aead_new(s->key, true);
		pars_aead_seal(a, s->counter++, pars_digest_bytes(&s->hash), plain, to);
		n += TAG_SIZE;
	} else if (n) {
		memcpy(to, plain.p, n);
	}
	pars_buf_added(out, n);
	mix_hash(s, PARS_BYTES(to, n));
}

/* Takes `n` bytes of ciphertext (with tag when keyed) from *in. */
static enum pars_err decrypt_and_hash(struct symmetric *s, struct pars_bytes *in, size_t n,
	uint8_t *out)
{
	if (in->n < n)
		return PARS_E_PEER_MALFORMED;
	struct pars_bytes sealed = pars_bytes_take(in, n);
	if (s->keyed) {
		PARS_AUTO(pars_aead) a = pars_aead_new(s->key, false);
		if (!pars_aead_open(a, s->counter++, pars_digest_bytes(&s->hash), sealed, out))
			return PARS_E_PEER_CRYPTO;
	} else if (n) {
		memcpy(out, sealed.p, n);
	}
	mix_hash(s, sealed);
	return PARS_OK;
}

void pars_noise_identity_init(struct pars_noise_identity *id, const struct pars_ed25519_pair *key,
	const uint8_t secret[PARS_X25519_SIZE])
{
	pars_x25519_pair_from_secret(&id->pair, secret);
	pars_public_key_encode(&key->public, id->key);
	pars_noise_payload_sign(key, id->pair.public, id->signature);
}

void pars_noise_identity_wipe(struct pars_noise_identity *id)
{
	pars_wipe(id, sizeof *id);
}

struct pars_noise *pars_noise_new(const struct pars_noise_config *config)
{
	struct pars_noise *n = pars_alloc(sizeof *n);
	n->identity = config->identity;
	n->expect = config->expect;
	n->muxer = config->muxer;
	n->initiator = config->initiator;
	n->step = config->initiator ? EXPECT_E_EE_S_ES : EXPECT_E;
	pars_x25519_pair_from_secret(&n->ephemeral, config->ephemeral);
	memcpy(n->s.hash.b, protocol_name, sizeof n->s.hash.b);
	n->s.chain = n->s.hash;
	mix_hash(&n->s, (struct pars_bytes){ 0 }); /* the empty prologue counts too */
	return n;
}

void pars_noise_free(struct pars_noise *n)
{
	if (!n)
		return;
	pars_wipe(n, sizeof *n);
	free(n);
}

static size_t begin_message(struct pars_buf *out)
{
	size_t at = out->n;
	pars_buf_put_byte(out, 0);
	pars_buf_put_byte(out, 0);
	return at;
}

static void end_message(struct pars_buf *out, size_t at)
{
	pars_put_be16(out->mem + out->off + at, (uint16_t)(out->n - at - PARS_NOISE_LENGTH_SIZE));
}

static void write_ephemeral(struct pars_noise *n, struct pars_buf *out)
{
	pars_buf_put(out, PARS_BYTES_ARRAY(n->ephemeral.public));
	mix_hash(&n->s, PARS_BYTES_ARRAY(n->ephemeral.public));
}

static void write_payload(struct pars_noise *n, struct pars_buf *out)
{
	PARS_AUTO_BUF payload = { 0 };
	pars_noise_payload_encode(&payload, PARS_BYTES_ARRAY(n->identity->key),
		PARS_BYTES_ARRAY(n->identity->signature), n->muxer);
	encrypt_and_hash(&n->s, pars_buf_bytes(&payload), out);
}

void pars_noise_start(struct pars_noise *n, struct pars_buf *out)
{
	size_t at = begin_message(out);
	assert(n->initiator);
	write_ephemeral(n, out);
	encrypt_and_hash(&n->s, (struct pars_bytes){ 0 }, out);
	end_message(out, at);
}

static enum pars_err read_ephemeral(struct pars_noise *n, struct pars_bytes *in)
{
	if (in->n < KEY_SIZE)
		return PARS_E_PEER_MALFORMED;
	struct pars_bytes e = pars_bytes_take(in, KEY_SIZE);
	memcpy(n->remote_ephemeral, e.p, KEY_SIZE);
	mix_hash(&n->s, e);
	return PARS_OK;
}

/* s, then the DH that its message names, then the payload that it signs. */
static enum pars_err read_static(struct pars_noise *n, struct pars_bytes in)
{
	uint8_t remote_static[KEY_SIZE], plain[PARS_NOISE_HANDSHAKE_MAX];
	enum pars_err err = decrypt_and_hash(&n->s, &in, KEY_SIZE + TAG_SIZE, remote_static);
	if (err)
		return err;
	/* es for the initiator, se for the responder: its own e, their s. */
	if (!mix_dh(&n->s, n->ephemeral.secret, remote_static))
		return PARS_E_PEER_CRYPTO;
	if (in.n < TAG_SIZE || in.n > sizeof plain)
		return PARS_E_PEER_MALFORMED;
	size_t size = in.n - TAG_SIZE;
	if ((err = decrypt_and_hash(&n->s, &in, in.n, plain)))
		return err;
	err = pars_noise_payload_decode(PARS_BYTES(plain, size), remote_static,
		n->muxer ? n->muxer : "", &n->remote);
	if (err)
		return err;
	if (n->expect && !pars_peer_id_equal(n->expect, &n->remote.peer))
		return PARS_E_PEER_WRONG_ID;
	if (n->muxer && n->remote.muxers && !n->remote.muxer)
		return PARS_E_PEER_UNSUPPORTED;
	return PARS_OK;
}

/* Responder: <- e; -> e, ee, s, es. */
static enum pars_err step_1(struct pars_noise *n, struct pars_bytes in, struct pars_buf *out)
{
	uint8_t ignored[PARS_NOISE_HANDSHAKE_MAX];
	enum pars_err err = read_ephemeral(n, &in);
	if (err)
		return err;
	if (in.n > sizeof ignored)
		return PARS_E_PEER_MALFORMED;
	/* The payload here is in the clear and means nothing. */
	if ((err = decrypt_and_hash(&n->s, &in, in.n, ignored)))
		return err;
	size_t at = begin_message(out);
	write_ephemeral(n, out);
	if (!mix_dh(&n->s, n->ephemeral.secret, n->remote_ephemeral))
		return PARS_E_PEER_CRYPTO;
	encrypt_and_hash(&n->s, PARS_BYTES_ARRAY(n->identity->pair.public), out);
	if (!mix_dh(&n->s, n->identity->pair.secret, n->remote_ephemeral))
		return PARS_E_PEER_CRYPTO;
	write_payload(n, out);
	end_message(out, at);
	n->step = EXPECT_S_SE;
	return PARS_OK;
}

/* Initiator: <- e, ee, s, es; -> s, se. */
static enum pars_err step_2(struct pars_noise *n, struct pars_bytes in, struct pars_buf *out)
{
	enum pars_err err = read_ephemeral(n, &in);
	if (err)
		return err;
	if (!mix_dh(&n->s, n->ephemeral.secret, n->remote_ephemeral))
		return PARS_E_PEER_CRYPTO;
	if ((err = read_static(n, in)))
		return err;
	size_t at = begin_message(out);
	encrypt_and_hash(&n->s, PARS_BYTES_ARRAY(n->identity->pair.public), out);
	if (!mix_dh(&n->s, n->identity->pair.secret, n->remote_ephemeral))
		return PARS_E_PEER_CRYPTO;
	write_payload(n, out);
	end_message(out, at);
	n->step = DONE;
	return PARS_OK;
}

/* Responder: <- s, se. */
static enum pars_err step_3(struct pars_noise *n, struct pars_bytes in)
{
	enum pars_err err = read_static(n, in);
	if (!err)
		n->step = DONE;
	return err;
}

enum pars_err pars_noise_step(struct pars_noise *n, struct pars_bytes message,
	struct pars_buf *out)
{
	if (message.n > PARS_NOISE_HANDSHAKE_MAX)
		return PARS_E_PEER_TOO_LARGE;
	switch (n->step) {
	case EXPECT_E:
		return step_1(n, message, out);
	case EXPECT_E_EE_S_ES:
		return step_2(n, message, out);
	case EXPECT_S_SE:
		return step_3(n, message);
	case DONE:
		break;
	}
	return PARS_E_PEER_PROTOCOL;
}

bool pars_noise_finish(struct pars_noise *n, struct pars_noise_channel *ret,
	struct pars_peer_id *peer, bool *muxer_agreed)
{
	uint8_t keys[64];
	if (n->step != DONE)
		return false;
	pars_hkdf_sha256(pars_digest_bytes(&n->s.chain), (struct pars_bytes){ 0 },
		(struct pars_bytes){ 0 }, keys, sizeof keys);
	/* The initiator sends with the first key, the responder with the second. */
	*ret = (struct pars_noise_channel){
		.send = pars_aead_new(keys + (n->initiator ? 0 : 32), true),
		.receive = pars_aead_new(keys + (n->initiator ? 32 : 0), false),
	};
	pars_wipe(keys, sizeof keys);
	*peer = n->remote.peer;
	*muxer_agreed = n->muxer && n->remote.muxer;
	return true;
}

void pars_noise_channel_done(struct pars_noise_channel *c)
{
	pars_aead_free(c->send);
	pars_aead_free(c->receive);
	*c = (struct pars_noise_channel){ 0 };
}

void pars_noise_seal(struct pars_noise_channel *c, struct pars_bytes plain, uint8_t *frame)
{
	assert(plain.n <= PARS_NOISE_PLAIN_MAX);
	pars_aead_seal(c->send, c->sent++, (struct pars_bytes){ 0 }, plain,
		frame + PARS_NOISE_LENGTH_SIZE);
	pars_put_be16(frame, (uint16_t)(plain.n + TAG_SIZE));
}

enum pars_err pars_noise_open(struct pars_noise_channel *c, struct pars_bytes sealed,
	uint8_t *out)
{
	if (!pars_aead_open(c->receive, c->received++, (struct pars_bytes){ 0 }, sealed, out))
		return PARS_E_PEER_CRYPTO;
	return PARS_OK;
}
