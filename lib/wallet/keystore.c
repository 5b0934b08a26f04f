#include "wallet/keystore.h"

#include "crypto/password.h"
#include "crypto/secp256k1.h"

#define DERIVED_SIZE 32 /* the first half encrypts, the second proves the password */

static bool derive(const struct pars_keystore *ks, struct pars_bytes password, uint8_t out[DERIVED_SIZE])
{
	struct pars_bytes salt = PARS_BYTES(ks->salt, ks->salt_n);
	if (ks->is_scrypt)
		return pars_scrypt(password, salt, ks->n, ks->r, ks->p, out, DERIVED_SIZE);
	return pars_pbkdf2_sha256(password, salt, ks->rounds, out, DERIVED_SIZE);
}

static struct pars_digest mac(const struct pars_keystore *ks, const uint8_t derived[DERIVED_SIZE])
{
	uint8_t text[DERIVED_SIZE / 2 + PARS_KEYSTORE_KEY_SIZE];
	memcpy(text, derived + DERIVED_SIZE / 2, DERIVED_SIZE / 2);
	memcpy(text + DERIVED_SIZE / 2, ks->ciphertext, ks->ciphertext_n);
	struct pars_digest d = pars_keccak256(PARS_BYTES(text, DERIVED_SIZE / 2 + ks->ciphertext_n));
	pars_wipe(text, sizeof text);
	return d;
}

static bool address_of(const uint8_t key[PARS_KEYSTORE_KEY_SIZE], struct pars_address *ret)
{
	uint8_t xy[64];
	if (!pars_secp256k1_public(key, xy))
		return false;
	*ret = pars_address_of_key(xy);
	return true;
}

enum pars_err pars_keystore_open(const struct pars_keystore *ks, struct pars_bytes password,
	uint8_t ret_key[PARS_KEYSTORE_KEY_SIZE])
{
	uint8_t derived[DERIVED_SIZE], key[PARS_KEYSTORE_KEY_SIZE] = { 0 };
	struct pars_address address;
	if (!ks->ciphertext_n || ks->ciphertext_n > sizeof key || !derive(ks, password, derived))
		return PARS_E_INVALID;
	struct pars_digest proof = mac(ks, derived);
	enum pars_err err = PARS_OK;
	if (!pars_secret_equal(pars_digest_bytes(&proof), PARS_BYTES_ARRAY(ks->mac)))
		err = PARS_E_DENIED;
	else
		pars_aes128_ctr(derived, ks->iv, PARS_BYTES(ks->ciphertext, ks->ciphertext_n),
			key + sizeof key - ks->ciphertext_n);
	if (!err && (!address_of(key, &address) || (ks->has_address && !pars_address_equal(&address, &ks->address))))
		err = PARS_E_INVALID;
	if (!err)
		memcpy(ret_key, key, sizeof key);
	pars_wipe(derived, sizeof derived);
	pars_wipe(key, sizeof key);
	return err;
}

enum pars_err pars_keystore_seal(const uint8_t key[PARS_KEYSTORE_KEY_SIZE], struct pars_bytes password,
	bool light, struct pars_rng *rng, struct pars_keystore *ret)
{
	uint8_t derived[DERIVED_SIZE];
	struct pars_keystore ks = {
		.has_address = true, .ciphertext_n = PARS_KEYSTORE_KEY_SIZE, .salt_n = 32,
		.is_scrypt = true, .n = light ? 4096 : 262144, .r = 8, .p = 1,
	};
	if (!address_of(key, &ks.address))
		return PARS_E_INVALID;
	pars_rng_bytes(rng, ks.id, sizeof ks.id);
	ks.id[6] = (uint8_t)((ks.id[6] & 0x0f) | 0x40); /* random, RFC 9562 */
	ks.id[8] = (uint8_t)((ks.id[8] & 0x3f) | 0x80);
	pars_rng_bytes(rng, ks.iv, sizeof ks.iv);
	pars_rng_bytes(rng, ks.salt, ks.salt_n);
	if (!derive(&ks, password, derived))
		return PARS_E_INVALID;
	pars_aes128_ctr(derived, ks.iv, PARS_BYTES(key, PARS_KEYSTORE_KEY_SIZE), ks.ciphertext);
	struct pars_digest proof = mac(&ks, derived);
	memcpy(ks.mac, proof.b, sizeof ks.mac);
	pars_wipe(derived, sizeof derived);
	*ret = ks;
	return PARS_OK;
}
