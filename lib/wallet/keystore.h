/* wallet/keystore.h - one account's key under a password: Web3 Secret Storage,
 * version 3, what geth and wallets write and read.
 *
 * The file is JSON, which rpc/keystore_file.h reads and writes; this is what it
 * says. Opening and sealing take a second and up to half a gigabyte (crypto/password.h). */
#ifndef PARS_WALLET_KEYSTORE_H
#define PARS_WALLET_KEYSTORE_H

#include "base/err.h"
#include "crypto/address.h"
#include "crypto/rng.h"

#define PARS_KEYSTORE_SALT_MAX 64
#define PARS_KEYSTORE_KEY_SIZE 32

struct pars_keystore {
	uint8_t id[16];                /* a UUID */
	bool has_address;
	struct pars_address address;   /* as the file says; proved by opening */
	uint8_t iv[16], mac[32];
	uint8_t ciphertext[PARS_KEYSTORE_KEY_SIZE];
	size_t ciphertext_n;           /* shorter ones lack leading zeros */
	uint8_t salt[PARS_KEYSTORE_SALT_MAX];
	size_t salt_n;
	bool is_scrypt;                /* else PBKDF2 with HMAC-SHA256 */
	uint64_t n, r, p;              /* scrypt */
	uint64_t rounds;               /* PBKDF2 */
};

/* DENIED: the password is another. INVALID: parameters beyond the bounds, or
 * the key is not the address'. Wipe the key after use. */
PARS_MUST enum pars_err pars_keystore_open(const struct pars_keystore *ks, struct pars_bytes password,
	uint8_t ret_key[PARS_KEYSTORE_KEY_SIZE]);
/* With scrypt as geth has it (n 262144, r 8, p 1) or, `light`, at a 64th of its
 * cost. INVALID: it is no key of secp256k1. */
PARS_MUST enum pars_err pars_keystore_seal(const uint8_t key[PARS_KEYSTORE_KEY_SIZE], struct pars_bytes password,
	bool light, struct pars_rng *rng, struct pars_keystore *ret);

#endif
