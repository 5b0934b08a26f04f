#include "evm/precompile.h"
#include "tests/unit/unit.h"

#define NEWEST (PARS_FORKS - 1)

static const struct pars_precompile *at(uint16_t number, enum pars_fork fork)
{
	struct pars_address a = pars_address_small(number);
	return pars_precompile_find(&a, fork);
}

static uint64_t gas(uint16_t number, enum pars_fork fork, struct pars_bytes in)
{
	return at(number, fork)->gas(in, fork);
}

/* The input and, NULL for a failure, what comes out, both in hex. */
static void expect(uint16_t number, enum pars_fork fork, struct pars_bytes in, const char *out)
{
	const struct pars_precompile *p = at(number, fork);
	ck_assert_ptr_nonnull(p);
	PARS_AUTO_BUF got = { 0 };
	pars_buf_put(&got, PARS_BYTES_STR("kept"));
	bool ok = p->run(in, fork, &got);
	ck_assert_msg(ok == (out != NULL), "%s", p->name);
	if (!out)
		return;
	struct pars_bytes want = unit_hex(out);
	ck_assert_uint_eq(got.n, 4 + want.n);
	ck_assert(!memcmp(pars_buf_bytes(&got).p, "kept", 4));
	ck_assert(!want.n || !memcmp(pars_buf_bytes(&got).p + 4, want.p, want.n));
}

START_TEST(table_is_sorted_and_found_by_address)
{
	for (size_t i = 0; i < pars_precompile_count; i++) {
		const struct pars_precompile *p = &pars_precompiles[i];
		ck_assert(!i || p[-1].address < p->address);
		ck_assert_ptr_eq(at(p->address, p->since), p);
		ck_assert_ptr_eq(at(p->address, NEWEST), p);
		if (p->since > PARS_FRONTIER)
			ck_assert_ptr_null(at(p->address, p->since - 1));
	}
	ck_assert_ptr_null(at(0, NEWEST));
	ck_assert_ptr_null(at(0x12, NEWEST));
	struct pars_address far = pars_address_small(1);
	far.b[0] = 1;
	ck_assert_ptr_null(pars_precompile_find(&far, NEWEST));
}
END_TEST

START_TEST(reserved_ones_are_the_networks_only)
{
	for (uint16_t n = 0x601; n <= 0x603; n++) {
		struct pars_address a = pars_address_small(n);
		ck_assert_ptr_null(pars_precompile_find(&a, NEWEST));
		const struct pars_precompile *p = pars_network_precompile_find(&a, NEWEST);
		ck_assert_ptr_nonnull(p);
		ck_assert(p->gas((struct pars_bytes){ 0 }, NEWEST) == UINT64_MAX);
		PARS_AUTO_BUF out = { 0 };
		ck_assert(!p->run((struct pars_bytes){ 0 }, NEWEST, &out));
	}
	for (size_t i = 1; i < pars_network_precompile_count; i++)
		ck_assert(pars_network_precompiles[i - 1].address < pars_network_precompiles[i].address);
	struct pars_address sha = pars_address_small(2);
	ck_assert_ptr_eq(pars_network_precompile_find(&sha, NEWEST), at(2, NEWEST));
}
END_TEST

START_TEST(forks_have_names)
{
	for (enum pars_fork f = 0; f < PARS_FORKS; f++)
		ck_assert_int_eq(pars_fork_by_name(pars_fork_name(f)), f);
	ck_assert_int_eq(pars_fork_by_name("merge"), PARS_PARIS);
	ck_assert_int_eq(pars_fork_by_name("Petersburg"), PARS_PETERSBURG);
	ck_assert_int_eq(pars_fork_by_name("Shang"), PARS_FORKS);
	ck_assert_int_eq(pars_fork_by_name(""), PARS_FORKS);
	ck_assert_ptr_null(pars_fork_name(PARS_FORKS));
}
END_TEST

START_TEST(ecrecover)
{
	/* EIP-155's example. */
	uint8_t in[128] = { 0 };
	memcpy(in, unit_hex("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53").p, 32);
	in[63] = 27;
	memcpy(in + 64, unit_hex("28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
		"67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83").p, 64);
	expect(1, 0, PARS_BYTES_ARRAY(in), "0000000000000000000000009d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
	in[63] = 29;
	expect(1, 0, PARS_BYTES_ARRAY(in), "");
	in[63] = 27;
	in[32] = 1;
	expect(1, 0, PARS_BYTES_ARRAY(in), "");
	expect(1, 0, (struct pars_bytes){ 0 }, "");
	ck_assert_uint_eq(gas(1, 0, (struct pars_bytes){ 0 }), 3000);
}
END_TEST

START_TEST(hashes_and_identity)
{
	struct pars_bytes abc = PARS_BYTES_STR("abc"), none = { 0 };
	expect(2, 0, abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect(3, 0, abc, "0000000000000000000000008eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
	expect(3, 0, none, "0000000000000000000000009c1185a5c5e9fc54612808977ee8f548b2258d31");
	expect(4, 0, abc, "616263");
	expect(4, 0, none, "");
	uint8_t long_one[33] = { 0 };
	static const uint64_t base[] = { 60, 600, 15 }, word[] = { 12, 120, 3 };
	for (uint16_t n = 2; n <= 4; n++) {
		ck_assert_uint_eq(gas(n, 0, none), base[n - 2]);
		ck_assert_uint_eq(gas(n, 0, abc), base[n - 2] + word[n - 2]);
		ck_assert_uint_eq(gas(n, 0, PARS_BYTES(long_one, 32)), base[n - 2] + word[n - 2]);
		ck_assert_uint_eq(gas(n, 0, PARS_BYTES_ARRAY(long_one)), base[n - 2] + 2 * word[n - 2]);
	}
}
END_TEST

/* The vectors of EIP-152: BLAKE2b of "abc", by 12, 0 and 1 rounds. */
START_TEST(blake2f)
{
	static const char rest[] =
		"48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5"
		"d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b"
		"6162630000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000000"
		"0300000000000000" "0000000000000000" "01";
	uint8_t in[214] = { 0 };
	memcpy(in + 4, unit_hex(rest).p, 209);
	struct pars_bytes all = PARS_BYTES(in, 213);
	in[3] = 12;
	ck_assert_uint_eq(gas(9, NEWEST, all), 12);
	expect(9, NEWEST, all, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
	in[3] = 0;
	expect(9, NEWEST, all, "08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5"
		"d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b");
	in[3] = 1;
	expect(9, NEWEST, all, "b63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fb"
		"a551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421");
	in[212] = 2;
	expect(9, NEWEST, all, NULL);
	in[212] = 1;
	expect(9, NEWEST, PARS_BYTES(in, 212), NULL);
	expect(9, NEWEST, PARS_BYTES(in, 214), NULL);
	memset(in, 0xff, 4);
	ck_assert_uint_eq(gas(9, NEWEST, all), UINT32_MAX);
}
END_TEST

/* Three lengths, then what follows in hex. */
static struct pars_bytes modexp_in(uint64_t base, uint64_t exponent, uint64_t modulus, const char *rest)
{
	static uint8_t in[96 + 256];
	memset(in, 0, sizeof in);
	pars_put_be64(in + 24, base);
	pars_put_be64(in + 56, exponent);
	pars_put_be64(in + 88, modulus);
	struct pars_bytes more = unit_hex(rest);
	if (more.n)
		memcpy(in + 96, more.p, more.n);
	return PARS_BYTES(in, 96 + more.n);
}

START_TEST(modexp)
{
	const enum pars_fork f = PARS_BYZANTIUM;
	/* 3^5 mod 100 = 43; each number in other lengths, too. */
	expect(5, f, modexp_in(1, 1, 1, "030564"), "2b");
	expect(5, f, modexp_in(2, 2, 3, "0003" "0005" "000064"), "00002b");
	/* Behind the end of the input there are zeros: 3^0x0500 mod 0x6400. */
	expect(5, f, modexp_in(1, 2, 2, "0305"), "0000");
	expect(5, f, modexp_in(1, 1, 2, "030564"), "00f3"); /* 243 mod 0x6400 */
	expect(5, f, modexp_in(1, 2, 1, "02010011"), "01"); /* 2^256 mod 17 */
	expect(5, f, modexp_in(0, 0, 1, "02"), "01");
	expect(5, f, modexp_in(0, 0, 1, "01"), "00");
	expect(5, f, modexp_in(0, 1, 1, "0502"), "00");
	expect(5, f, modexp_in(1, 1, 4, "0305"), "00000000");
	expect(5, f, (struct pars_bytes){ 0 }, "");
	expect(5, f, modexp_in(0, UINT64_MAX, 0, ""), "");
	/* EIP-198's first example: Fermat's little theorem for secp256k1's field. */
	expect(5, f, modexp_in(1, 32, 32, "03"
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e"
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
		"0000000000000000000000000000000000000000000000000000000000000001");
}
END_TEST

START_TEST(modexp_gas)
{
	struct pars_bytes fermat = modexp_in(1, 32, 32, "03"
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e"
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
	ck_assert_uint_eq(gas(5, PARS_BYZANTIUM, fermat), 13056);
	ck_assert_uint_eq(gas(5, PARS_BERLIN, fermat), 1360);
	ck_assert_uint_eq(gas(5, PARS_OSAKA, fermat), 4080);
	struct pars_bytes none = { 0 };
	ck_assert_uint_eq(gas(5, PARS_BYZANTIUM, none), 0);
	ck_assert_uint_eq(gas(5, PARS_BERLIN, none), 200);
	ck_assert_uint_eq(gas(5, PARS_OSAKA, none), 500);
	/* Lengths that nobody has: dear, and no memory taken. */
	ck_assert(gas(5, PARS_BERLIN, modexp_in(0, 0, UINT64_MAX, "")) == UINT64_MAX);
	ck_assert(gas(5, PARS_BERLIN, modexp_in(8, UINT64_MAX, 8, "")) > UINT64_MAX / 8);
	expect(5, PARS_BERLIN, modexp_in(8, UINT64_MAX, 8, ""), NULL);
	struct pars_bytes wide = modexp_in(1, 1, 1, "");
	((uint8_t *)wide.p)[0] = 1; /* a length above 2^248 */
	ck_assert(gas(5, PARS_BERLIN, wide) == UINT64_MAX);
	/* EIP-7823. */
	ck_assert_uint_eq(gas(5, PARS_OSAKA, modexp_in(1024, 0, 1024, "")), 2 * 128 * 128);
	ck_assert(gas(5, PARS_OSAKA, modexp_in(1025, 0, 1, "")) == UINT64_MAX);
	ck_assert(gas(5, PARS_OSAKA, modexp_in(1, 1025, 1, "")) == UINT64_MAX);
	ck_assert(gas(5, PARS_OSAKA, modexp_in(1, 1, 1025, "")) == UINT64_MAX);
	expect(5, PARS_OSAKA, modexp_in(0, 1025, 0, ""), NULL);
}
END_TEST

/* RFC 6979, A.2.5: P-256 with SHA-256 of "sample". */
START_TEST(p256verify)
{
	uint8_t in[161] = { 0 };
	struct pars_digest d = pars_sha256(PARS_BYTES_STR("sample"));
	memcpy(in, d.b, 32);
	memcpy(in + 32, unit_hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
		"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299").p, 128);
	struct pars_bytes all = PARS_BYTES(in, 160);
	ck_assert_uint_eq(gas(0x100, NEWEST, all), 6900);
	expect(0x100, NEWEST, all, "0000000000000000000000000000000000000000000000000000000000000001");
	expect(0x100, NEWEST, PARS_BYTES(in, 161), "");
	expect(0x100, NEWEST, PARS_BYTES(in, 159), "");
	in[0] ^= 1;
	expect(0x100, NEWEST, all, "");
	in[0] ^= 1;
	in[159] ^= 1; /* no point of the curve */
	expect(0x100, NEWEST, all, "");
	in[159] ^= 1;
	memset(in + 32, 0, 32);
	expect(0x100, NEWEST, all, "");
}
END_TEST

/* The curves' own tests are in crypto; here is what a call adds. */
START_TEST(bn254_pads_and_prices)
{
	static const char one[] = "0000000000000000000000000000000000000000000000000000000000000001";
	static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
	static const char twice[] = "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
		"15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4";
	uint8_t in[200] = { [31] = 1, [63] = 2, [95] = 1, [127] = 2, [128] = 0xff };
	expect(6, NEWEST, PARS_BYTES(in, 128), twice);
	expect(6, NEWEST, PARS_BYTES(in, 129), twice); /* what is too much is not read */
	expect(6, NEWEST, PARS_BYTES(in, 64), "0000000000000000000000000000000000000000000000000000000000000001"
		"0000000000000000000000000000000000000000000000000000000000000002");
	expect(6, NEWEST, (struct pars_bytes){ 0 }, "0000000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000000");
	expect(6, NEWEST, PARS_BYTES(in, 32), NULL); /* (1, 0) */
	in[95] = 2;
	expect(7, NEWEST, PARS_BYTES(in, 96), twice);
	expect(8, NEWEST, (struct pars_bytes){ 0 }, one);
	expect(8, NEWEST, PARS_BYTES(in, 191), NULL);
	expect(8, NEWEST, PARS_BYTES(in, 192), NULL);
	memset(in, 0, sizeof in);
	expect(8, NEWEST, PARS_BYTES(in, 192), one);
	/* The generators alone: not one. */
	in[31] = 1;
	in[63] = 2;
	memcpy(in + 64, unit_hex("198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
		"1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
		"090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
		"12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa").p, 128);
	expect(8, NEWEST, PARS_BYTES(in, 192), zero);
	static const uint64_t before[] = { 500, 40000, 180000 }, since[] = { 150, 6000, 79000 };
	for (uint16_t n = 6; n <= 8; n++) {
		ck_assert_uint_eq(gas(n, PARS_BYZANTIUM, PARS_BYTES(in, 192)), before[n - 6]);
		ck_assert_uint_eq(gas(n, PARS_ISTANBUL, PARS_BYTES(in, 192)), since[n - 6]);
	}
}
END_TEST

/* Infinity is all zeros, so that lengths can be tried with zeros alone. */
START_TEST(bls_lengths_and_prices)
{
	static const struct {
		uint16_t number;
		size_t size;
		bool many;
		size_t out;
		uint64_t gas, gas_of_three;
	} rows[] = {
		{ 0x0b, 256, false, 128, 375, 375 },
		{ 0x0c, 160, true, 128, 12000, 3 * 12000 * 848 / 1000 },
		{ 0x0d, 512, false, 256, 600, 600 },
		{ 0x0e, 288, true, 256, 22500, 3 * 22500 * 923 / 1000 },
		{ 0x0f, 384, true, 32, 70300, 135500 },
		{ 0x10, 64, false, 128, 5500, 5500 },
		{ 0x11, 128, false, 256, 23800, 23800 },
	};
	static const uint8_t zeros[200 * 288];
	for (size_t i = 0; i < PARS_COUNT(rows); i++) {
		const struct pars_precompile *p = at(rows[i].number, NEWEST);
		size_t n = rows[i].size;
		PARS_AUTO_BUF out = { 0 };
		ck_assert(p->run(PARS_BYTES(zeros, n), NEWEST, &out));
		ck_assert_uint_eq(out.n, rows[i].out);
		expect(rows[i].number, NEWEST, (struct pars_bytes){ 0 }, NULL);
		expect(rows[i].number, NEWEST, PARS_BYTES(zeros, n - 1), NULL);
		expect(rows[i].number, NEWEST, PARS_BYTES(zeros, n + 1), NULL);
		ck_assert(p->run(PARS_BYTES(zeros, 3 * n), NEWEST, &out) == rows[i].many);
		ck_assert_uint_eq(p->gas(PARS_BYTES(zeros, n), NEWEST), rows[i].gas);
		ck_assert_uint_eq(p->gas(PARS_BYTES(zeros, 3 * n), NEWEST), rows[i].gas_of_three);
	}
	ck_assert_uint_eq(gas(0x0c, NEWEST, PARS_BYTES(zeros, 128 * 160)), 128 * 12 * 519);
	ck_assert_uint_eq(gas(0x0c, NEWEST, PARS_BYTES(zeros, 200 * 160)), 200 * 12 * 519);
	ck_assert_uint_eq(gas(0x0e, NEWEST, PARS_BYTES(zeros, 200 * 288)), 200 * 22500 / 1000 * 524);
}
END_TEST

START_TEST(kzg_point_evaluation)
{
	uint8_t in[193] = { 0 };
	struct pars_digest d;
	in[96] = in[144] = 0xc0; /* the polynomial zero is zero at zero */
	d = pars_sha256(PARS_BYTES(in + 96, 48));
	memcpy(in, d.b, 32);
	in[0] = 1;
	static const char answer[] = "0000000000000000000000000000000000000000000000000000000000001000"
		"73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
	expect(0x0a, PARS_CANCUN, PARS_BYTES(in, 192), answer);
	expect(0x0a, PARS_CANCUN, PARS_BYTES(in, 193), NULL);
	expect(0x0a, PARS_CANCUN, PARS_BYTES(in, 191), NULL);
	in[0] = 2; /* another version */
	expect(0x0a, PARS_CANCUN, PARS_BYTES(in, 192), NULL);
	in[0] = 1;
	in[95] = 1;
	expect(0x0a, PARS_CANCUN, PARS_BYTES(in, 192), NULL);
	ck_assert_uint_eq(gas(0x0a, PARS_CANCUN, PARS_BYTES(in, 192)), 50000);
}
END_TEST

UNIT_CASE(precompile, table_is_sorted_and_found_by_address, reserved_ones_are_the_networks_only,
	forks_have_names, ecrecover, hashes_and_identity, blake2f, modexp, modexp_gas, p256verify,
	bn254_pads_and_prices, bls_lengths_and_prices, kzg_point_evaluation);
