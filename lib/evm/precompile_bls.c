/* BLS12-381: 0x0b to 0x11 (EIP-2537), and 0x0a, which stands on it (EIP-4844). */
#include <stdlib.h>

#include "base/alloc.h"
#include "crypto/bls12_381.h"
#include "crypto/kzg.h"
#include "evm/precompile_impl.h"

#define SCALAR_SIZE 32
#define G1_TERM_SIZE (PARS_BLS_G1_SIZE + SCALAR_SIZE)
#define G2_TERM_SIZE (PARS_BLS_G2_SIZE + SCALAR_SIZE)
#define PAIR_SIZE (PARS_BLS_G1_SIZE + PARS_BLS_G2_SIZE)

static bool put_g1(struct pars_buf *out, const struct pars_bls_g1 *a)
{
	uint8_t raw[PARS_BLS_G1_SIZE];
	pars_bls_g1_write(a, raw);
	pars_buf_put(out, PARS_BYTES_ARRAY(raw));
	return true;
}

static bool put_g2(struct pars_buf *out, const struct pars_bls_g2 *a)
{
	uint8_t raw[PARS_BLS_G2_SIZE];
	pars_bls_g2_write(a, raw);
	pars_buf_put(out, PARS_BYTES_ARRAY(raw));
	return true;
}

uint64_t pars_precompile_bls_g1_add_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	(void)fork;
	return 375;
}

bool pars_precompile_bls_g1_add(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	struct pars_bls_g1 a, b;
	if (in.n != (size_t)2 * PARS_BLS_G1_SIZE || !pars_bls_g1_read(in.p, &a)
		|| !pars_bls_g1_read(in.p + PARS_BLS_G1_SIZE, &b))
		return false;
	pars_bls_g1_add(&a, &a, &b);
	return put_g1(out, &a);
}

uint64_t pars_precompile_bls_g2_add_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	(void)fork;
	return 600;
}

bool pars_precompile_bls_g2_add(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	struct pars_bls_g2 a, b;
	if (in.n != (size_t)2 * PARS_BLS_G2_SIZE || !pars_bls_g2_read(in.p, &a)
		|| !pars_bls_g2_read(in.p + PARS_BLS_G2_SIZE, &b))
		return false;
	pars_bls_g2_add(&a, &a, &b);
	return put_g2(out, &a);
}

/* What a thousandth of a product costs among so many: the last counts for all above. */
#define DISCOUNTS 128

static const uint16_t g1_discount[DISCOUNTS] = {
	1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677,
	673, 669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
	625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598,
	596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
	575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
	558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
	543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531,
	530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
};

static const uint16_t g2_discount[DISCOUNTS] = {
	1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717,
	711, 704, 699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
	643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607,
	606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
	580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562,
	561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
	546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535,
	534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
};

static uint64_t sum_gas(size_t terms, uint64_t one, const uint16_t discount[DISCOUNTS])
{
	return terms ? terms * one * discount[PARS_MIN(terms, DISCOUNTS) - 1] / 1000 : 0;
}

uint64_t pars_precompile_bls_g1_msm_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)fork;
	return sum_gas(in.n / G1_TERM_SIZE, 12000, g1_discount);
}

uint64_t pars_precompile_bls_g2_msm_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)fork;
	return sum_gas(in.n / G2_TERM_SIZE, 22500, g2_discount);
}

bool pars_precompile_bls_g1_msm(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	if (!in.n || in.n % G1_TERM_SIZE)
		return false;
	size_t n = in.n / G1_TERM_SIZE;
	struct pars_bls_g1 *a = pars_alloc_array(n, sizeof *a), sum;
	uint8_t (*k)[SCALAR_SIZE] = pars_alloc_array(n, sizeof *k);
	bool ok = true;
	for (size_t i = 0; i < n && ok; i++) {
		const uint8_t *term = in.p + i * G1_TERM_SIZE;
		ok = pars_bls_g1_read(term, &a[i]) && pars_bls_g1_in_subgroup(&a[i]);
		memcpy(k[i], term + PARS_BLS_G1_SIZE, SCALAR_SIZE);
	}
	if (ok) {
		pars_bls_g1_sum(&sum, a, (const uint8_t (*)[32])k, n);
		put_g1(out, &sum);
	}
	free(a);
	free(k);
	return ok;
}

bool pars_precompile_bls_g2_msm(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	if (!in.n || in.n % G2_TERM_SIZE)
		return false;
	size_t n = in.n / G2_TERM_SIZE;
	struct pars_bls_g2 *a = pars_alloc_array(n, sizeof *a), sum;
	uint8_t (*k)[SCALAR_SIZE] = pars_alloc_array(n, sizeof *k);
	bool ok = true;
	for (size_t i = 0; i < n && ok; i++) {
		const uint8_t *term = in.p + i * G2_TERM_SIZE;
		ok = pars_bls_g2_read(term, &a[i]) && pars_bls_g2_in_subgroup(&a[i]);
		memcpy(k[i], term + PARS_BLS_G2_SIZE, SCALAR_SIZE);
	}
	if (ok) {
		pars_bls_g2_sum(&sum, a, (const uint8_t (*)[32])k, n);
		put_g2(out, &sum);
	}
	free(a);
	free(k);
	return ok;
}

uint64_t pars_precompile_bls_pairing_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)fork;
	return 37700 + 32600 * (uint64_t)(in.n / PAIR_SIZE);
}

bool pars_precompile_bls_pairing(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	if (!in.n || in.n % PAIR_SIZE)
		return false;
	size_t n = in.n / PAIR_SIZE;
	struct pars_bls_g1 *p = pars_alloc_array(n, sizeof *p);
	struct pars_bls_g2 *q = pars_alloc_array(n, sizeof *q);
	bool ok = true;
	for (size_t i = 0; i < n && ok; i++) {
		const uint8_t *pair = in.p + i * PAIR_SIZE;
		ok = pars_bls_g1_read(pair, &p[i]) && pars_bls_g2_read(pair + PARS_BLS_G1_SIZE, &q[i])
			&& pars_bls_g1_in_subgroup(&p[i]) && pars_bls_g2_in_subgroup(&q[i]);
	}
	if (ok) {
		uint8_t word[32] = { [31] = pars_bls_pairing_is_one(p, q, n) };
		pars_buf_put(out, PARS_BYTES_ARRAY(word));
	}
	free(p);
	free(q);
	return ok;
}

uint64_t pars_precompile_bls_map_g1_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	(void)fork;
	return 5500;
}

bool pars_precompile_bls_map_g1(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	struct pars_bls_g1 a;
	return in.n == PARS_BLS_FP_SIZE && pars_bls_map_to_g1(in.p, &a) && put_g1(out, &a);
}

uint64_t pars_precompile_bls_map_g2_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	(void)fork;
	return 23800;
}

bool pars_precompile_bls_map_g2(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	struct pars_bls_g2 a;
	return in.n == PARS_BLS_FP2_SIZE && pars_bls_map_to_g2(in.p, &a) && put_g2(out, &a);
}

uint64_t pars_precompile_kzg_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	(void)fork;
	return 50000;
}

/* The commitment's versioned hash, z, y, commitment, proof. Answers how many elements
 * a blob has and what they are modulo. */
bool pars_precompile_kzg(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	static const uint8_t answer[64] = {
		[30] = 0x10,
		[32] = 0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
		0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
	};
	(void)fork;
	if (in.n != 192)
		return false;
	struct pars_digest versioned = pars_sha256(PARS_BYTES(in.p + 96, 48));
	versioned.b[0] = 1;
	if (memcmp(versioned.b, in.p, 32) || !pars_kzg_verify(in.p + 96, in.p + 32, in.p + 64, in.p + 144))
		return false;
	pars_buf_put(out, PARS_BYTES_ARRAY(answer));
	return true;
}
