#include "net/noise_payload.h"

#include "codec/protobuf.h"

/* Field numbers of NoiseHandshakePayload and NoiseExtensions. */
enum { IDENTITY_KEY = 1, IDENTITY_SIG = 2, EXTENSIONS = 4 };
enum { STREAM_MUXERS = 2 };

static const char domain[] = "noise-libp2p-static-key:";
#define DOMAIN_SIZE (sizeof domain - 1)
#define SIGNED_SIZE (DOMAIN_SIZE + PARS_X25519_SIZE)

static void signed_text(const uint8_t static_public[PARS_X25519_SIZE], uint8_t out[SIGNED_SIZE])
{
	memcpy(out, domain, DOMAIN_SIZE);
	memcpy(out + DOMAIN_SIZE, static_public, PARS_X25519_SIZE);
}

void pars_noise_payload_sign(const struct pars_ed25519_pair *key,
	const uint8_t static_public[PARS_X25519_SIZE],
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE])
{
	uint8_t text[SIGNED_SIZE];
	signed_text(static_public, text);
	pars_ed25519_sign(key, PARS_BYTES_ARRAY(text), signature);
}

void pars_noise_payload_encode(struct pars_buf *out, struct pars_bytes public_key,
	struct pars_bytes signature, const char *muxer)
{
	PARS_AUTO_BUF extensions = { 0 };
	pars_pb_put_bytes(out, IDENTITY_KEY, public_key);
	pars_pb_put_bytes(out, IDENTITY_SIG, signature);
	if (!muxer)
		return;
	pars_pb_put_bytes(&extensions, STREAM_MUXERS, PARS_BYTES_STR(muxer));
	pars_pb_put_bytes(out, EXTENSIONS, pars_buf_bytes(&extensions));
}

static enum pars_err decode_extensions(struct pars_bytes in, const char *muxer,
	struct pars_noise_payload *p)
{
	struct pars_pb_field f;
	enum pars_err err;
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		if (f.key != PARS_PB_KEY(STREAM_MUXERS, PARS_PB_BYTES))
			continue;
		p->muxers = true;
		p->muxer |= pars_bytes_equal(f.data, PARS_BYTES_STR(muxer));
	}
	return PARS_OK;
}

enum pars_err pars_noise_payload_decode(struct pars_bytes in,
	const uint8_t static_public[PARS_X25519_SIZE], const char *muxer,
	struct pars_noise_payload *ret)
{
	struct pars_noise_payload p = { 0 };
	struct pars_bytes key = { 0 }, signature = { 0 };
	struct pars_pb_field f;
	uint8_t text[SIGNED_SIZE];
	enum pars_err err;
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		switch (f.key) {
		case PARS_PB_KEY(IDENTITY_KEY, PARS_PB_BYTES):
			key = f.data;
			break;
		case PARS_PB_KEY(IDENTITY_SIG, PARS_PB_BYTES):
			signature = f.data;
			break;
		case PARS_PB_KEY(EXTENSIONS, PARS_PB_BYTES):
			if ((err = decode_extensions(f.data, muxer, &p)))
				return err;
			break;
		}
	}
	signed_text(static_public, text);
	if ((err = pars_public_key_verify(key, PARS_BYTES_ARRAY(text), signature)))
		return err;
	pars_peer_id_from_key(key, &p.peer);
	*ret = p;
	return PARS_OK;
}
