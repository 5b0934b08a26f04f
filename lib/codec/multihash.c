#include "codec/multihash.h"

#include <assert.h>

#include "codec/multibase.h"

#define IDENTITY 0x00
#define SHA2_256 0x12
#define SHA2_256_SIZE 32
#define IDENTITY_MAX 42
#define CID_V1 0x01
#define CODEC_LIBP2P_KEY 0x72

bool pars_peer_hash_valid(struct pars_bytes raw)
{
	if (raw.n < 3 || raw.p[1] != raw.n - 2)
		return false;
	if (raw.p[0] == IDENTITY)
		return raw.p[1] <= IDENTITY_MAX;
	return raw.p[0] == SHA2_256 && raw.p[1] == SHA2_256_SIZE;
}

static bool is_base58(struct pars_bytes text)
{
	return text.p[0] == '1' || (text.n > 1 && text.p[0] == 'Q' && text.p[1] == 'm');
}

enum pars_err pars_peer_hash_parse(struct pars_bytes text,
	uint8_t out[PARS_PEER_HASH_MAX], size_t *ret_n)
{
	uint8_t raw[2 + PARS_PEER_HASH_MAX];
	struct pars_bytes hash = PARS_BYTES(raw, 0);
	if (!text.n)
		return PARS_E_INVALID;
	if (is_base58(text)) {
		if (pars_base_decode(PARS_BASE58, text, raw, sizeof raw, &hash.n))
			return PARS_E_INVALID;
	} else {
		if (pars_multibase_decode(text, raw, sizeof raw, &hash.n))
			return PARS_E_INVALID;
		if (hash.n < 2 || raw[0] != CID_V1 || raw[1] != CODEC_LIBP2P_KEY)
			return PARS_E_INVALID;
		pars_bytes_take(&hash, 2);
	}
	if (!pars_peer_hash_valid(hash))
		return PARS_E_INVALID;
	memcpy(out, hash.p, hash.n);
	*ret_n = hash.n;
	return PARS_OK;
}

void pars_peer_hash_text(struct pars_bytes raw, char out[PARS_PEER_HASH_TEXT])
{
	enum pars_err err = pars_base_encode(PARS_BASE58, raw, out, PARS_PEER_HASH_TEXT);
	assert(!err);
}
