/* Precompiles against published vectors: geth's and the EIPs' JSON lists, and the
 * point evaluations among the vectors of consensus clients (a folder a case, each
 * with a small YAML).
 *
 *   ETHEREUM_DATA=DIR precompile     prints "SUITE passed failed skipped" lines */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "evm/precompile.h"

struct tally {
	unsigned passed, failed, skipped;
};

static const struct {
	const char *file;
	uint16_t address;
	enum pars_fork fork;
	bool draft_gas; /* the list has a price that the EIP had before it was final */
} suites[] = {
	{ "geth/ecRecover", 0x01, PARS_FRONTIER },
	{ "geth/modexp", 0x05, PARS_BYZANTIUM },
	{ "geth/modexp_eip2565", 0x05, PARS_BERLIN },
	{ "geth/modexp_eip7883", 0x05, PARS_OSAKA },
	{ "geth/bn256Add", 0x06, PARS_ISTANBUL },
	{ "geth/bn256ScalarMul", 0x07, PARS_ISTANBUL },
	{ "geth/bn256Pairing", 0x08, PARS_ISTANBUL },
	{ "geth/blake2F", 0x09, PARS_ISTANBUL },
	{ "geth/fail-blake2f", 0x09, PARS_ISTANBUL },
	{ "geth/blsG1Add", 0x0b, PARS_PRAGUE },
	{ "geth/fail-blsG1Add", 0x0b, PARS_PRAGUE },
	{ "geth/blsG1Mul", 0x0c, PARS_PRAGUE },
	{ "geth/fail-blsG1Mul", 0x0c, PARS_PRAGUE },
	{ "geth/blsG1MultiExp", 0x0c, PARS_PRAGUE },
	{ "geth/fail-blsG1MultiExp", 0x0c, PARS_PRAGUE },
	{ "geth/blsG2Add", 0x0d, PARS_PRAGUE },
	{ "geth/fail-blsG2Add", 0x0d, PARS_PRAGUE },
	{ "geth/blsG2Mul", 0x0e, PARS_PRAGUE },
	{ "geth/fail-blsG2Mul", 0x0e, PARS_PRAGUE },
	{ "geth/blsG2MultiExp", 0x0e, PARS_PRAGUE },
	{ "geth/fail-blsG2MultiExp", 0x0e, PARS_PRAGUE },
	{ "geth/blsPairing", 0x0f, PARS_PRAGUE },
	{ "geth/fail-blsPairing", 0x0f, PARS_PRAGUE },
	{ "geth/blsMapG1", 0x10, PARS_PRAGUE },
	{ "geth/fail-blsMapG1", 0x10, PARS_PRAGUE },
	{ "geth/blsMapG2", 0x11, PARS_PRAGUE },
	{ "geth/fail-blsMapG2", 0x11, PARS_PRAGUE },
	{ "geth/p256Verify", 0x100, PARS_OSAKA },
	{ "eip-2537/add_G1_bls", 0x0b, PARS_PRAGUE },
	{ "eip-2537/fail-add_G1_bls", 0x0b, PARS_PRAGUE },
	{ "eip-2537/mul_G1_bls", 0x0c, PARS_PRAGUE },
	{ "eip-2537/fail-mul_G1_bls", 0x0c, PARS_PRAGUE },
	{ "eip-2537/msm_G1_bls", 0x0c, PARS_PRAGUE },
	{ "eip-2537/fail-msm_G1_bls", 0x0c, PARS_PRAGUE },
	{ "eip-2537/add_G2_bls", 0x0d, PARS_PRAGUE },
	{ "eip-2537/fail-add_G2_bls", 0x0d, PARS_PRAGUE },
	{ "eip-2537/mul_G2_bls", 0x0e, PARS_PRAGUE },
	{ "eip-2537/fail-mul_G2_bls", 0x0e, PARS_PRAGUE },
	{ "eip-2537/fail-msm_G2_bls", 0x0e, PARS_PRAGUE },
	{ "eip-2537/pairing_check_bls", 0x0f, PARS_PRAGUE },
	{ "eip-2537/fail-pairing_check_bls", 0x0f, PARS_PRAGUE },
	{ "eip-2537/map_fp_to_G1_bls", 0x10, PARS_PRAGUE },
	{ "eip-2537/fail-map_fp_to_G1_bls", 0x10, PARS_PRAGUE },
	{ "eip-2537/map_fp2_to_G2_bls", 0x11, PARS_PRAGUE },
	{ "eip-2537/fail-map_fp2_to_G2_bls", 0x11, PARS_PRAGUE },
	{ "eip-7951/test-vectors", 0x100, PARS_OSAKA, .draft_gas = true },
};

static bool wrong(struct tally *t, const char *suite, const char *name, const char *why)
{
	printf("  failed: %s: %s: %s\n", suite, name, why);
	t->failed++;
	return false;
}

/* `out` of NULL: the call must fail. `gas` of 0: not told. */
static void check(struct tally *t, const char *suite, const char *name, const struct pars_precompile *p,
	enum pars_fork fork, struct pars_bytes in, const struct pars_bytes *out, uint64_t gas)
{
	PARS_AUTO_BUF got = { 0 };
	if (gas && p->gas(in, fork) != gas) {
		wrong(t, suite, name, "gas");
		return;
	}
	bool ok = p->run(in, fork, &got);
	if (ok != (out != NULL))
		wrong(t, suite, name, ok ? "succeeds" : "fails");
	else if (out && !pars_bytes_equal(*out, pars_buf_bytes(&got)))
		wrong(t, suite, name, "output");
	else
		t->passed++;
}

/* Appends the bytes of hex text, with or without 0x; false: it is none. */
static bool put_hex(struct pars_buf *b, const char *hex)
{
	if (!strncmp(hex, "0x", 2))
		hex += 2;
	size_t n = strlen(hex) / 2;
	if (strlen(hex) % 2 || !pars_unhex(hex, pars_buf_room(b, n), n))
		return false;
	pars_buf_added(b, n);
	return true;
}

static bool run_list(const char *dir, const char *file, const struct pars_precompile *p, enum pars_fork fork,
	bool with_gas)
{
	struct tally t = { 0 };
	char *path = pars_sprintf("%s/dev/precompile/%s.json", dir, file);
	json_error_t error;
	json_t *list = json_load_file(path, 0, &error), *one;
	size_t i;
	if (!json_array_size(list))
		wrong(&t, file, path, "no list of vectors");
	json_array_foreach(list, i, one) {
		const char *name = json_string_value(json_object_get(one, "Name"));
		const char *input = json_string_value(json_object_get(one, "Input"));
		const char *expected = json_string_value(json_object_get(one, "Expected"));
		PARS_AUTO_BUF in = { 0 }, out = { 0 };
		if (!name || !input || !put_hex(&in, input) || (expected && !put_hex(&out, expected))
			|| (!expected && !json_object_get(one, "ExpectedError"))) {
			wrong(&t, file, name ? name : "?", "not a vector");
			continue;
		}
		struct pars_bytes want = pars_buf_bytes(&out);
		check(&t, file, name, p, fork, pars_buf_bytes(&in), expected ? &want : NULL,
			with_gas ? (uint64_t)json_integer_value(json_object_get(one, "Gas")) : 0);
	}
	json_decref(list);
	free(path);
	printf("%s %u %u %u\n", file, t.passed, t.failed, t.skipped);
	return !t.failed;
}

/* The text of "KEY: 'VALUE'" on a line of its own; false: none. */
static bool field(const char *text, const char *key, char *value, size_t size)
{
	const char *at = strstr(text, key);
	if (!at)
		return false;
	at += strlen(key) + strspn(at + strlen(key), ": '");
	size_t n = strcspn(at, "'\n");
	if (n >= size)
		return false;
	memcpy(value, at, n);
	value[n] = '\0';
	return true;
}

static void run_kzg_case(struct tally *t, const char *suite, const char *name, const char *path)
{
	static const char *const parts[] = { "z", "y", "commitment", "proof" };
	const struct pars_address address = pars_address_small(0x0a);
	char text[4096], hex[4][1024], output[16], key[32];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = '\0';
	bool ok = field(text, "\noutput", output, sizeof output);
	for (size_t i = 0; i < PARS_COUNT(parts) && ok; i++) {
		snprintf(key, sizeof key, "\n  %s:", parts[i]);
		ok = field(text, key, hex[i], sizeof hex[i]);
	}
	PARS_AUTO_BUF commitment = { 0 }, in = { 0 };
	if (!ok || !put_hex(&commitment, hex[2])) {
		wrong(t, suite, name, "not a vector");
		return;
	}
	struct pars_digest versioned = pars_sha256(pars_buf_bytes(&commitment));
	versioned.b[0] = 1;
	pars_buf_put(&in, pars_digest_bytes(&versioned));
	for (size_t i = 0; i < PARS_COUNT(parts) && ok; i++)
		ok = put_hex(&in, hex[i]);
	if (!ok) {
		wrong(t, suite, name, "not a vector");
		return;
	}
	/* EIP-4844: how many elements a blob has, and their modulus. */
	uint8_t want[64];
	memset(want, 0, 32);
	want[30] = 0x10;
	ok = pars_unhex("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", want + 32, 32);
	struct pars_bytes out = PARS_BYTES_ARRAY(want);
	check(t, suite, name, pars_precompile_find(&address, PARS_CANCUN), PARS_CANCUN, pars_buf_bytes(&in),
		strcmp(output, "true") ? NULL : &out, 50000);
}

static bool run_kzg(const char *dir)
{
	static const char suite[] = "kzg-verify/kzg-mainnet";
	struct tally t = { 0 };
	char *folder = pars_sprintf("%s/dev/%s", dir, suite);
	DIR *d = opendir(folder);
	for (struct dirent *e; d && (e = readdir(d)); ) {
		if (e->d_name[0] == '.')
			continue;
		char *path = pars_sprintf("%s/%s/data.yaml", folder, e->d_name);
		run_kzg_case(&t, suite, e->d_name, path);
		free(path);
	}
	if (d)
		closedir(d);
	if (!t.passed)
		wrong(&t, suite, folder, "no vectors");
	free(folder);
	printf("%s %u %u %u\n", suite, t.passed, t.failed, t.skipped);
	return !t.failed;
}

int main(void)
{
	const char *dir = getenv("ETHEREUM_DATA");
	if (!dir) {
		fprintf(stderr, "precompile: ETHEREUM_DATA names no folder\n");
		return 1;
	}
	bool ok = true;
	for (size_t i = 0; i < PARS_COUNT(suites); i++) {
		struct pars_address address = pars_address_small(suites[i].address);
		const struct pars_precompile *p = pars_precompile_find(&address, suites[i].fork);
		ok &= p && run_list(dir, suites[i].file, p, suites[i].fork, !suites[i].draft_gas);
	}
	ok &= run_kzg(dir);
	return ok ? 0 : 1;
}
