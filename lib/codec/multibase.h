/* codec/multibase.h - bytes as text (multiformats/multibase; RFC 4648 without
 * padding; base-x for base36 and base58btc).
 *
 * Decoding is strict: one text per value, lower case only where the alphabet
 * has one case, no bits left over. Base36 and base58 cost the square of the
 * length, so all sizes are bounded by PARS_BASE_MAX. */
#ifndef PARS_CODEC_MULTIBASE_H
#define PARS_CODEC_MULTIBASE_H

#include "base/bytes.h"
#include "base/err.h"

#define PARS_BASE_MAX 512 /* bytes of the binary form */

/* Named by the multibase prefix. */
enum pars_base {
	PARS_BASE16 = 'f',
	PARS_BASE32 = 'b',
	PARS_BASE36 = 'k',
	PARS_BASE58 = 'z',
	PARS_BASE64URL = 'u',
};

/* Without prefix. Writes text and NUL to out[0..cap). TOO_LARGE: in.n >
 * PARS_BASE_MAX or it does not fit. */
PARS_MUST enum pars_err pars_base_encode(enum pars_base base, struct pars_bytes in,
	char *out, size_t cap);
/* INVALID: not a text of this base; TOO_LARGE: more than cap or
 * PARS_BASE_MAX bytes. */
PARS_MUST enum pars_err pars_base_decode(enum pars_base base, struct pars_bytes text,
	uint8_t *out, size_t cap, size_t *ret_n);

/* The same with the prefix in front. INVALID also for an unknown prefix. */
PARS_MUST enum pars_err pars_multibase_encode(enum pars_base base, struct pars_bytes in,
	char *out, size_t cap);
PARS_MUST enum pars_err pars_multibase_decode(struct pars_bytes text,
	uint8_t *out, size_t cap, size_t *ret_n);

#endif
