/* tests/bench/bench_precompile.c - precompiles, and what they stand on.
 *
 * Gas was priced against ecrecover, so the rate of each precompile, in millions of
 * gas a processor second, stands beside ecrecover's of the same run; where a library
 * does the work its bare call is a row of its own. Medians of many short runs, as
 * the machine may have other things to do. */
#include <dlfcn.h>
#include <gmp.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "evm/precompile.h"
#include "tests/bench/bench.h"

#define RUNS 15
#define RUN_S 0.02 /* at least so long is one of them */

/* Seconds that one call takes. */
static double cost(void (*work)(void *what), void *what)
{
	double each[RUNS];
	work(what);
	for (int i = 0; i < RUNS; i++) {
		size_t n = 0;
		double start = bench_cpu(), spent = 0;
		for (size_t batch = 1; spent < RUN_S; batch *= 2) {
			for (size_t j = 0; j < batch; j++)
				work(what);
			n += batch;
			spent = bench_cpu() - start;
		}
		each[i] = spent / (double)n;
	}
	return bench_median(each, RUNS);
}

struct call {
	const struct pars_precompile *p;
	struct pars_bytes in;
	struct pars_buf out;
};

static void run_call(void *what)
{
	struct call *c = what;
	pars_buf_truncate(&c->out, 0);
	if (!c->p->run(c->in, PARS_FORKS - 1, &c->out))
		bench_die("%s: a valid input fails", c->p->name);
}

/* Seconds a call; the result stays in *result when that is wanted. */
static double precompile(uint16_t number, struct pars_bytes in, struct pars_buf *result, const char *what,
	double limit)
{
	struct pars_address a = pars_address_small(number);
	struct call c = { .p = pars_precompile_find(&a, PARS_FORKS - 1), .in = in };
	double s = cost(run_call, &c), rate = (double)c.p->gas(in, PARS_FORKS - 1) / s / 1e6;
	char name[64];
	snprintf(name, sizeof name, "precompile_%s", what ? what : c.p->name);
	bench_row(name, rate, "Mgas/cpu-s", limit);
	if (result) {
		pars_buf_truncate(result, 0);
		pars_buf_put(result, pars_buf_bytes(&c.out));
	}
	pars_buf_done(&c.out);
	return s;
}

struct signature {
	uint8_t hash[32], r[32], s[32];
	unsigned parity;
};

static void recover(void *what)
{
	struct signature *s = what;
	uint8_t xy[64];
	if (!pars_secp256k1_recover(s->hash, s->r, s->s, s->parity, xy))
		bench_die("a good signature does not recover");
}

static void recover_bare(void *what)
{
	struct signature *s = what;
	secp256k1_ecdsa_recoverable_signature signature;
	secp256k1_pubkey key;
	uint8_t rs[64];
	memcpy(rs, s->r, 32);
	memcpy(rs + 32, s->s, 32);
	if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &signature, rs,
			(int)s->parity)
		|| !secp256k1_ecdsa_recover(secp256k1_context_static, &key, &signature, s->hash))
		bench_die("a good signature does not recover");
}

#define KECCAK_BLOCKS 64

static void keccak(void *what)
{
	uint8_t *data = what;
	struct pars_digest d = pars_keccak256(PARS_BYTES(data, KECCAK_BLOCKS * 136 - 1));
	memcpy(data, d.b, sizeof d.b);
}

struct nettle {
	void (*permute)(void *state);
	uint64_t state[25];
};

static void nettle_permute(void *what)
{
	struct nettle *n = what;
	for (int i = 0; i < KECCAK_BLOCKS; i++)
		n->permute(n->state);
}

struct powm {
	mpz_t base, exponent, modulus, result;
};

static void powm(void *what)
{
	struct powm *p = what;
	mpz_powm(p->result, p->base, p->exponent, p->modulus);
}

static void bench_hashes(void)
{
	static uint8_t data[KECCAK_BLOCKS * 136];
	struct nettle n = { 0 };
	/* Not linked: what it is compared with need not be there. */
	void *library = dlopen("libnettle.so.8", RTLD_NOW);
	if (library)
		*(void **)&n.permute = dlsym(library, "nettle_sha3_permute");
	double ours = cost(keccak, data), theirs = n.permute ? cost(nettle_permute, &n) : BENCH_NO_LIMIT;
	bench_row("keccak256_blocks_nettle_permutations", KECCAK_BLOCKS / ours, "per cpu-s", KECCAK_BLOCKS / theirs);
	if (library)
		dlclose(library);
}

static double bench_recover(void)
{
	struct signature s = { .hash = "thirty-two bytes that are signed" };
	uint8_t key[32] = { [31] = 7 }, in[128] = { 0 };
	if (!pars_secp256k1_sign(key, s.hash, s.r, s.s, &s.parity))
		bench_die("no signature");
	bench_row("secp256k1_recover", 1 / cost(recover, &s), "per cpu-s", 1 / cost(recover_bare, &s));
	memcpy(in, s.hash, 32);
	in[63] = (uint8_t)(27 + s.parity);
	memcpy(in + 64, s.r, 32);
	memcpy(in + 96, s.s, 32);
	double each = precompile(1, PARS_BYTES_ARRAY(in), NULL, NULL, BENCH_NO_LIMIT);
	return 3000 / each / 1e6;
}

static void bench_modexp(double base_rate)
{
	uint8_t in[96 + 3 * 256];
	struct powm p;
	memset(in, 0, 96);
	in[30] = in[62] = in[94] = 1; /* 256 bytes each */
	for (size_t i = 96; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 37 + 11);
	in[sizeof in - 1] |= 1;
	double each = precompile(5, PARS_BYTES_ARRAY(in), NULL, "modexp_2048_bits", base_rate);
	mpz_inits(p.base, p.exponent, p.modulus, p.result, NULL);
	mpz_import(p.base, 256, 1, 1, 1, 0, in + 96);
	mpz_import(p.exponent, 256, 1, 1, 1, 0, in + 96 + 256);
	mpz_import(p.modulus, 256, 1, 1, 1, 0, in + 96 + 512);
	bench_row("modexp_2048_bits_beside_gmp", 1 / each, "per cpu-s", 1 / cost(powm, &p));
	mpz_clears(p.base, p.exponent, p.modulus, p.result, NULL);
}

/* Pads a number's bytes to the right end of a field. */
static void put(uint8_t *field, size_t size, const char *hex)
{
	size_t n = strlen(hex) / 2;
	if (!pars_unhex(hex, field + size - n, n))
		bench_die("not hex: %s", hex);
}

static void bench_bn254(double base_rate)
{
	static const char *const g2[] = {
		"198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
		"1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
		"090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
		"12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
	};
	uint8_t in[4 * 192] = { [31] = 1, [63] = 2 };
	PARS_AUTO_BUF point = { 0 };
	for (size_t i = 64; i < 96; i++)
		in[i] = (uint8_t)(i * 59 + 200);
	precompile(7, PARS_BYTES(in, 96), &point, NULL, base_rate);
	memcpy(in + 64, pars_buf_bytes(&point).p, 64);
	precompile(6, PARS_BYTES(in, 128), NULL, NULL, base_rate);
	for (size_t i = 0; i < 4; i++) {
		memcpy(in + i * 192, pars_buf_bytes(&point).p, 64);
		for (size_t j = 0; j < 4; j++)
			put(in + i * 192 + 64 + j * 32, 32, g2[j]);
	}
	double two = precompile(8, PARS_BYTES(in, 2 * 192), NULL, "bn254_pairing_2", base_rate);
	precompile(8, PARS_BYTES(in, 4 * 192), NULL, "bn254_pairing_4", base_rate);
	bench_row("bn254_pairing_2_time", two * 1e3, "ms", BENCH_NO_LIMIT);
}

static const char *const bls_g1[] = {
	"17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
	"08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1",
};
static const char *const bls_g2[] = {
	"024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
	"13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e",
	"0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801",
	"0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be",
};

/* Points of n pairs or terms: the generator, its double, and so on. */
static void bench_bls_group(const char *const *generator, size_t words, uint16_t add, const char *msm_name,
	double base_rate)
{
	static uint8_t in[128 * 288];
	size_t point = words * 64, term = point + 32;
	char name[64];
	PARS_AUTO_BUF sum = { 0 };
	memset(in, 0, sizeof in);
	for (size_t i = 0; i < words; i++)
		put(in + i * 64, 64, generator[i]);
	memcpy(in + point, in, point);
	precompile(add, PARS_BYTES(in, 2 * point), &sum, NULL, base_rate);
	for (size_t i = 0; i < 128; i++) {
		/* All the same point would be the additions' special case. */
		struct pars_address a = pars_address_small(add);
		const struct pars_precompile *p = pars_precompile_find(&a, PARS_FORKS - 1);
		uint8_t two[2 * 256];
		memset(two, 0, sizeof two);
		for (size_t j = 0; j < words; j++)
			put(two + j * 64, 64, generator[j]);
		memcpy(two + point, pars_buf_bytes(&sum).p, point);
		memcpy(in + i * term, two + point, point);
		for (size_t j = 0; j < 32; j++)
			in[i * term + point + j] = (uint8_t)(i * 7 + j * 113 + 29);
		pars_buf_truncate(&sum, 0);
		if (!p->run(PARS_BYTES(two, 2 * point), PARS_FORKS - 1, &sum))
			bench_die("the points do not add");
	}
	static const size_t counts[] = { 1, 16, 128 };
	for (size_t i = 0; i < PARS_COUNT(counts); i++) {
		snprintf(name, sizeof name, "%s_%zu", msm_name, counts[i]);
		precompile(add + 1, PARS_BYTES(in, counts[i] * term), NULL, name, base_rate);
	}
}

static void bench_bls(double base_rate)
{
	static uint8_t in[4 * 384];
	bench_bls_group(bls_g1, 2, 0x0b, "bls12_g1msm", base_rate);
	bench_bls_group(bls_g2, 4, 0x0d, "bls12_g2msm", base_rate);
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 2; j++)
			put(in + i * 384 + j * 64, 64, bls_g1[j]);
		for (size_t j = 0; j < 4; j++)
			put(in + i * 384 + 128 + j * 64, 64, bls_g2[j]);
	}
	double two = precompile(0x0f, PARS_BYTES(in, 2 * 384), NULL, "bls12_pairing_2", base_rate);
	precompile(0x0f, PARS_BYTES(in, 4 * 384), NULL, "bls12_pairing_4", base_rate);
	bench_row("bls12_pairing_2_time", two * 1e3, "ms", BENCH_NO_LIMIT);
	precompile(0x10, PARS_BYTES(in, 64), NULL, NULL, base_rate);
	precompile(0x11, PARS_BYTES(in + 128, 128), NULL, NULL, base_rate);
}

static void bench_kzg(double base_rate)
{
	uint8_t in[192] = { [63] = 2 };
	put(in + 64, 32, "6a75e4fe63e5e148c853462a680c3e3ccedea34719d28f19bf1b35ae4eea37d6");
	put(in + 96, 48,
		"b49d88afcd7f6c61a8ea69eff5f609d2432b47e7e4cd50b02cdddb4e0c1460517e8df02e4e64dc55e3d8ca192d57193a");
	put(in + 144, 48,
		"a38758fca85407078c0a7e5fd6d38b34340c809baa0e1fed9deaabb11aa503062acbbe23fcbe620a21b40a83bfa71b89");
	struct pars_digest d = pars_sha256(PARS_BYTES(in + 96, 48));
	memcpy(in, d.b, 32);
	in[0] = 1;
	precompile(0x0a, PARS_BYTES_ARRAY(in), NULL, NULL, base_rate);
}

int main(void)
{
	static uint8_t data[1024], p256[160], block[213] = { [2] = 4, [3] = 0, [212] = 1 };
	bench_hashes();
	double rate = bench_recover();
	precompile(2, PARS_BYTES_ARRAY(data), NULL, "sha256_1k", rate);
	precompile(3, PARS_BYTES_ARRAY(data), NULL, "ripemd160_1k", rate);
	precompile(4, PARS_BYTES_ARRAY(data), NULL, "id_1k", rate);
	bench_modexp(rate);
	bench_bn254(rate);
	precompile(9, PARS_BYTES_ARRAY(block), NULL, "blake2f_1024_rounds", rate);
	bench_kzg(rate);
	bench_bls(rate);
	/* RFC 6979, A.2.5. */
	struct pars_digest d = pars_sha256(PARS_BYTES_STR("sample"));
	memcpy(p256, d.b, 32);
	put(p256 + 32, 32, "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
	put(p256 + 64, 32, "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
	put(p256 + 96, 32, "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
	put(p256 + 128, 32, "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
	precompile(0x100, PARS_BYTES_ARRAY(p256), NULL, NULL, rate);
	return 0;
}
