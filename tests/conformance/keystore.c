/* Key files of other wallets: opened, refused with another password, and written
 * and read again by ourselves. */
#include <stdio.h>

#include "rpc/keystore_file.h"
#include "tests/conformance/conformance.h"

static const char *check(struct pars_arena *arena, const json_t *test)
{
	struct pars_keystore ks, own;
	struct pars_fault fault;
	uint8_t key[PARS_KEYSTORE_KEY_SIZE], again[PARS_KEYSTORE_KEY_SIZE];
	const char *password = json_string_value(json_object_get(test, "password"));
	struct pars_u256 want = json_u256(json_object_get(test, "priv"));
	if (rpc_keystore_read(json_object_get(test, "json"), &ks, &fault))
		return pars_arena_sprintf(arena, "%s", fault.text);
	if (pars_keystore_open(&ks, PARS_BYTES_STR(password), key))
		return "not opened";
	struct pars_u256 got = pars_u256_from_be(key);
	if (!pars_u256_equal(&got, &want))
		return "another key";
	if (pars_keystore_open(&ks, PARS_BYTES_STR("another password"), again) != PARS_E_DENIED)
		return "opened by another password";
	struct pars_rng rng;
	pars_rng_init(&rng, key);
	if (pars_keystore_seal(key, PARS_BYTES_STR(password), true, &rng, &ks))
		return "not sealed";
	json_t *file = rpc_keystore_write(&ks);
	enum pars_err err = rpc_keystore_read(file, &own, &fault);
	json_decref(file);
	if (err || pars_keystore_open(&own, PARS_BYTES_STR(password), again) || memcmp(key, again, sizeof key))
		return "our own file is another";
	return NULL;
}

static void file(struct conformance *c, const char *path, json_t *root)
{
	const char *name;
	json_t *test;
	(void)path;
	json_object_foreach(root, name, test) {
		PARS_AUTO_ARENA arena = { 0 };
		conformance_case(c, name, check(&arena, test));
	}
}

int main(void)
{
	struct conformance c = { .suite = "keystore" };
	conformance_each(&c, "dev/keystore", file);
	return conformance_end(&c);
}
