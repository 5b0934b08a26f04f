/* Precompiles against published vectors: geth's and the EIPs' JSON lists, and the
 * point evaluations among the vectors of consensus clients (a folder a case, each
 * with a small YAML). Each list has a line of its own with what passed and failed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "evm/precompile.h"
#include "tests/conformance/conformance.h"

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

/* `out` of NULL: the call must fail. `gas` of 0: not told. Gives what is wrong. */
static const char *check(const struct pars_precompile *p, enum pars_fork fork, struct pars_bytes in,
	const struct pars_bytes *out, uint64_t gas)
{
	PARS_AUTO_BUF got = { 0 };
	if (gas && p->gas(in, fork) != gas)
		return "gas";
	bool ok = p->run(in, fork, &got);
	if (ok != (out != NULL))
		return ok ? "succeeds" : "fails";
	return out && !pars_bytes_equal(*out, pars_buf_bytes(&got)) ? "output" : NULL;
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

static void run_list(struct conformance *c, const char *file, const struct pars_precompile *p,
	enum pars_fork fork, bool with_gas)
{
	struct conformance before = *c;
	char *path = pars_sprintf("dev/precompile/%s.json", file);
	json_t *list = conformance_file(path), *one;
	size_t i;
	c->path = path;
	if (!p || !json_array_size(list))
		conformance_case(c, file, p ? "no list of vectors" : "no such precompile");
	json_array_foreach(list, i, one) {
		const char *name = json_string_value(json_object_get(one, "Name"));
		const char *input = json_string_value(json_object_get(one, "Input"));
		const char *expected = json_string_value(json_object_get(one, "Expected"));
		PARS_AUTO_BUF in = { 0 }, out = { 0 };
		if (!p || !name || !input || !put_hex(&in, input) || (expected && !put_hex(&out, expected))
			|| (!expected && !json_object_get(one, "ExpectedError"))) {
			conformance_case(c, name ? name : "?", "not a vector");
			continue;
		}
		struct pars_bytes want = pars_buf_bytes(&out);
		conformance_case(c, name, check(p, fork, pars_buf_bytes(&in), expected ? &want : NULL,
			with_gas ? (uint64_t)json_integer_value(json_object_get(one, "Gas")) : 0));
	}
	json_decref(list);
	free(path);
	c->path = NULL;
	printf("%s: %u passed, %u failed\n", file, c->passed - before.passed, c->failed - before.failed);
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

static const char *kzg_case(const char *path)
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
	if (!ok || !put_hex(&commitment, hex[2]))
		return "not a vector";
	struct pars_digest versioned = pars_sha256(pars_buf_bytes(&commitment));
	versioned.b[0] = 1;
	pars_buf_put(&in, pars_digest_bytes(&versioned));
	for (size_t i = 0; i < PARS_COUNT(parts); i++)
		if (!put_hex(&in, hex[i]))
			return "not a vector";
	/* EIP-4844: how many elements a blob has, and their modulus. */
	uint8_t want[64] = { [30] = 0x10 };
	ok = pars_unhex("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", want + 32, 32);
	struct pars_bytes out = PARS_BYTES_ARRAY(want);
	return check(pars_precompile_find(&address, PARS_CANCUN), PARS_CANCUN, pars_buf_bytes(&in),
		ok && !strcmp(output, "true") ? &out : NULL, 50000);
}

static void run_kzg(struct conformance *c)
{
	static const char suite[] = "kzg-verify/kzg-mainnet";
	struct conformance before = *c;
	char *folder = pars_sprintf("%s", conformance_path("dev/kzg-verify/kzg-mainnet"));
	DIR *d = opendir(folder);
	c->path = suite;
	for (struct dirent *e; d && (e = readdir(d)); ) {
		if (e->d_name[0] == '.')
			continue;
		char *path = pars_sprintf("%s/%s/data.yaml", folder, e->d_name);
		conformance_case(c, e->d_name, kzg_case(path));
		free(path);
	}
	if (d)
		closedir(d);
	else
		conformance_case(c, folder, "no vectors");
	free(folder);
	c->path = NULL;
	printf("%s: %u passed, %u failed\n", suite, c->passed - before.passed, c->failed - before.failed);
}

int main(void)
{
	struct conformance c = { .suite = "precompiles" };
	for (size_t i = 0; i < PARS_COUNT(suites); i++) {
		struct pars_address address = pars_address_small(suites[i].address);
		const struct pars_precompile *p = pars_precompile_find(&address, suites[i].fork);
		run_list(&c, suites[i].file, p, suites[i].fork, !suites[i].draft_gas);
	}
	run_kzg(&c);
	return conformance_end(&c);
}
