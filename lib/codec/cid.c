#include "codec/cid.h"

#include <assert.h>

#include "codec/multibase.h"

/* version 1, codec dag-cbor, multihash sha2-256 of 32 bytes */
static const uint8_t prefix[4] = { 0x01, 0x71, 0x12, 0x20 };

void pars_cid_encode(const uint8_t digest[32], uint8_t out[PARS_CID_SIZE])
{
	memcpy(out, prefix, sizeof prefix);
	memcpy(out + sizeof prefix, digest, 32);
}

enum pars_err pars_cid_decode(struct pars_bytes raw, uint8_t ret_digest[32])
{
	if (raw.n != PARS_CID_SIZE || memcmp(raw.p, prefix, sizeof prefix))
		return PARS_E_PEER_MALFORMED;
	memcpy(ret_digest, raw.p + sizeof prefix, 32);
	return PARS_OK;
}

void pars_cid_text(const uint8_t digest[32], char out[PARS_CID_TEXT])
{
	uint8_t raw[PARS_CID_SIZE];
	pars_cid_encode(digest, raw);
	enum pars_err err = pars_multibase_encode(PARS_BASE32, PARS_BYTES_ARRAY(raw), out, PARS_CID_TEXT);
	assert(!err);
}

enum pars_err pars_cid_parse(const char *text, uint8_t ret_digest[32])
{
	uint8_t raw[PARS_CID_SIZE];
	size_t n;
	if (text[0] != PARS_BASE32 || pars_multibase_decode(PARS_BYTES_STR(text), raw, sizeof raw, &n) ||
	    pars_cid_decode(PARS_BYTES(raw, n), ret_digest))
		return PARS_E_INVALID;
	return PARS_OK;
}
