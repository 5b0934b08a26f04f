/* Signatures made in all ways, from records of seven bytes: by one of four keys, off by
 * points of small order, with one of these for a key or for R, and then with a byte
 * spoilt. Checked together and alone the result is the same; what libsodium takes, and
 * what was made to be valid, is. */
#include <sodium/crypto_sign_ed25519.h>

#include "crypto/ed25519.h"
#include "tests/crypto/small_order.h"
#include "tests/fuzz/fuzz.h"

#define RECORD 7
#define CLAIMS 66

struct made {
	struct pars_ed25519_public key;
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE], message[1];
	bool must_be_valid;
};

static void make(const uint8_t record[RECORD], struct made *m)
{
	static struct pars_ed25519_pair pairs[4]; /* made once, as it takes long */
	struct pars_ed25519_pair *pair = &pairs[record[0] & 3];
	uint8_t seed[PARS_ED25519_SEED_SIZE] = { record[0] & 3 };
	m->message[0] = record[1];
	m->must_be_valid = true;
	if (!memcmp(pair, &(struct pars_ed25519_pair){ 0 }, sizeof *pair))
		pars_ed25519_pair_from_seed(pair, seed);
	small_order_sign(pair, record[2] % SMALL_ORDER_POINTS, record[3] % SMALL_ORDER_POINTS, record[4],
		PARS_BYTES_ARRAY(m->message), &m->key, m->signature);
	if (record[0] & 4) {
		m->must_be_valid = false;
		memcpy(m->key.b, small_order[record[2] % SMALL_ORDER_ENCODINGS], sizeof m->key.b);
	}
	if (record[0] & 8) {
		m->must_be_valid = (record[0] & 4) && (record[0] & 16);
		memcpy(m->signature, small_order[record[3] % SMALL_ORDER_ENCODINGS], 32);
		if (record[0] & 16)
			memset(m->signature + 32, 0, 32);
	}
	if (record[6] && record[5] < 96) {
		m->must_be_valid = false;
		*(record[5] < 64 ? &m->signature[record[5]] : &m->key.b[record[5] - 64]) ^= record[6];
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct made made[CLAIMS];
	static struct pars_ed25519_claim claims[CLAIMS];
	size_t n = PARS_MIN(size / RECORD, (size_t)CLAIMS);
	for (size_t i = 0; i < n; i++) {
		make(data + RECORD * i, &made[i]);
		claims[i] = (struct pars_ed25519_claim){ .key = &made[i].key,
			.message = PARS_BYTES_ARRAY(made[i].message), .signature = made[i].signature };
	}
	pars_ed25519_verify_each(claims, n);
	for (size_t i = 0; i < n; i++) {
		const struct made *m = &made[i];
		bool alone = pars_ed25519_verify(&m->key, PARS_BYTES_ARRAY(m->message), m->signature);
		bool strict = !crypto_sign_ed25519_verify_detached(m->signature, m->message, 1, m->key.b);
		assert(claims[i].is_valid == alone);
		assert(alone || !(strict || m->must_be_valid));
	}
	return 0;
}
