#include "rpc/keystore_file.h"

#include <string.h>

static enum pars_err wrong(struct pars_fault *fault, const char *name, const char *why)
{
	return pars_fail(fault, PARS_E_INVALID, "key file: \"%s\" %s", name, why);
}

/* Bytes from hex digits, with or without 0x; false: no such text, or not of such a
 * length. */
static bool take_hex(const json_t *o, const char *name, uint8_t *out, size_t min, size_t max, size_t *n)
{
	const char *text = json_string_value(json_object_get(o, name));
	if (!text)
		return false;
	if (!strncmp(text, "0x", 2))
		text += 2;
	size_t digits = strlen(text);
	*n = digits / 2;
	return digits % 2 == 0 && *n >= min && *n <= max && pars_unhex(text, out, *n);
}

static bool take_number(const json_t *o, const char *name, uint64_t *ret)
{
	const json_t *v = json_object_get(o, name);
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*ret = (uint64_t)json_integer_value(v);
	return true;
}

static enum pars_err take_kdf(const json_t *crypto, struct pars_keystore *ks, struct pars_fault *fault)
{
	const char *kdf = json_string_value(json_object_get(crypto, "kdf"));
	const json_t *params = json_object_get(crypto, "kdfparams");
	uint64_t size;
	if (!kdf || (strcmp(kdf, "scrypt") && strcmp(kdf, "pbkdf2")))
		return pars_fail(fault, PARS_E_UNSUPPORTED, "key file: \"kdf\" is neither scrypt nor pbkdf2");
	ks->is_scrypt = !strcmp(kdf, "scrypt");
	if (!take_hex(params, "salt", ks->salt, 0, sizeof ks->salt, &ks->salt_n))
		return wrong(fault, "salt", "must be at most 64 bytes in hexadecimal");
	if (!take_number(params, "dklen", &size) || size != 32)
		return wrong(fault, "dklen", "must be 32");
	if (ks->is_scrypt) {
		if (!take_number(params, "n", &ks->n) || !take_number(params, "r", &ks->r) || !take_number(params, "p", &ks->p))
			return wrong(fault, "kdfparams", "must have the numbers n, r and p");
		return PARS_OK;
	}
	const char *prf = json_string_value(json_object_get(params, "prf"));
	if (!prf || strcmp(prf, "hmac-sha256"))
		return pars_fail(fault, PARS_E_UNSUPPORTED, "key file: \"prf\" is not hmac-sha256");
	return take_number(params, "c", &ks->rounds) ? PARS_OK : wrong(fault, "c", "must be a number");
}

/* 8-4-4-4-12 digits; files without are read all the same. */
static void take_id(const json_t *file, struct pars_keystore *ks)
{
	const char *text = json_string_value(json_object_get(file, "id"));
	char digits[33] = "";
	size_t n = 0;
	for (; text && *text && n < 32; text++)
		if (*text != '-')
			digits[n++] = *text;
	if (n != 32 || *text || !pars_unhex(digits, ks->id, sizeof ks->id))
		memset(ks->id, 0, sizeof ks->id);
}

enum pars_err rpc_keystore_read(const json_t *file, struct pars_keystore *ret, struct pars_fault *fault)
{
	struct pars_keystore ks = { 0 };
	size_t n;
	uint64_t version;
	if (!json_is_object(file))
		return pars_fail(fault, PARS_E_INVALID, "key file: not a JSON object");
	if (!take_number(file, "version", &version) || version != 3)
		return pars_fail(fault, PARS_E_UNSUPPORTED, "key file: \"version\" is not 3");
	const json_t *crypto = json_object_get(file, "crypto");
	if (!crypto)
		crypto = json_object_get(file, "Crypto"); /* some wallets' */
	if (!json_is_object(crypto))
		return wrong(fault, "crypto", "is missing");
	const char *cipher = json_string_value(json_object_get(crypto, "cipher"));
	if (!cipher || strcmp(cipher, "aes-128-ctr"))
		return pars_fail(fault, PARS_E_UNSUPPORTED, "key file: \"cipher\" is not aes-128-ctr");
	if (!take_hex(json_object_get(crypto, "cipherparams"), "iv", ks.iv, sizeof ks.iv, sizeof ks.iv, &n))
		return wrong(fault, "iv", "must be 16 bytes in hexadecimal");
	if (!take_hex(crypto, "ciphertext", ks.ciphertext, 1, sizeof ks.ciphertext, &ks.ciphertext_n))
		return wrong(fault, "ciphertext", "must be at most 32 bytes in hexadecimal");
	if (!take_hex(crypto, "mac", ks.mac, sizeof ks.mac, sizeof ks.mac, &n))
		return wrong(fault, "mac", "must be 32 bytes in hexadecimal");
	if (json_object_get(file, "address")) {
		if (!take_hex(file, "address", ks.address.b, sizeof ks.address.b, sizeof ks.address.b, &n))
			return wrong(fault, "address", "must be 20 bytes in hexadecimal");
		ks.has_address = true;
	}
	take_id(file, &ks);
	enum pars_err err = take_kdf(crypto, &ks, fault);
	if (!err)
		*ret = ks;
	return err;
}

static json_t *hex(const uint8_t *p, size_t n)
{
	char text[2 * PARS_KEYSTORE_SALT_MAX + 1];
	pars_hex(PARS_BYTES(p, n), text);
	return json_string(text);
}

json_t *rpc_keystore_write(const struct pars_keystore *ks)
{
	char d[33], id[37];
	pars_hex(PARS_BYTES_ARRAY(ks->id), d);
	snprintf(id, sizeof id, "%.8s-%.4s-%.4s-%.4s-%.12s", d, d + 8, d + 12, d + 16, d + 20);
	json_t *params = ks->is_scrypt
		? json_pack("{s:i, s:I, s:I, s:I, s:o}", "dklen", 32, "n", (json_int_t)ks->n, "r", (json_int_t)ks->r,
			"p", (json_int_t)ks->p, "salt", hex(ks->salt, ks->salt_n))
		: json_pack("{s:i, s:I, s:s, s:o}", "dklen", 32, "c", (json_int_t)ks->rounds, "prf", "hmac-sha256",
			"salt", hex(ks->salt, ks->salt_n));
	json_t *crypto = json_pack("{s:s, s:{s:o}, s:o, s:s, s:o, s:o}", "cipher", "aes-128-ctr",
		"cipherparams", "iv", hex(ks->iv, sizeof ks->iv), "ciphertext", hex(ks->ciphertext, ks->ciphertext_n),
		"kdf", ks->is_scrypt ? "scrypt" : "pbkdf2", "kdfparams", params, "mac", hex(ks->mac, sizeof ks->mac));
	json_t *file = json_pack("{s:o, s:s, s:i}", "crypto", crypto, "id", id, "version", 3);
	if (ks->has_address)
		json_object_set_new(file, "address", hex(ks->address.b, sizeof ks->address.b));
	return file;
}
