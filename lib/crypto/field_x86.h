/* crypto/field_x86.h - fp_mul of field.h for processors with two carry chains (BMI2 and
 * ADX), of four or of six words. Part of that template.
 *
 * A row of a product makes two words for each word, of which the lower is added where
 * the row stands and the higher one place up. With a carry flag for each of the two
 * nothing has to wait; the compiler knows no way to say so. */
#ifndef PARS_CRYPTO_FIELD_X86_H
#define PARS_CRYPTO_FIELD_X86_H

static inline bool fp_has_x86(void)
{
	return __builtin_cpu_supports("adx") && __builtin_cpu_supports("bmi2");
}

/* t[j] += high word of before + low word of a[i] * b[j] */
#define PRODUCT(j) \
	"adcxq %[high], %[t" #j "]\n\t" \
	"mulxq 8*" #j "(%[b]), %[low], %[high]\n\t" \
	"adoxq %[low], %[t" #j "]\n\t"

/* t[k] = t[j] + high word of before + low word of m * p[j], where k = j - 1 */
#define REDUCTION(j, k) \
	"adcxq %[t" #j "], %[t" #k "]\n\t" \
	"mulxq 8*" #j "(%[p]), %[low], %[t" #j "]\n\t" \
	"adoxq %[low], %[t" #k "]\n\t"

/* t += a[i] * b, then t = (t + m p) / 2^64. `top` is t's highest word. */
#define ROW(i, top, products, reductions) \
	"movq 8*" #i "(%[a]), %%rdx\n\t" \
	"xorl %k[low], %k[low]\n\t" \
	"mulxq (%[b]), %[low], %[high]\n\t" \
	"adoxq %[low], %[t0]\n\t" \
	products \
	"movl $0, %k[low]\n\t" \
	"adcxq %[low], %[high]\n\t" \
	"adoxq %[low], %[high]\n\t" \
	"movq %[inverse], %%rdx\n\t" \
	"imulq %[t0], %%rdx\n\t" \
	"xorl %k[low], %k[low]\n\t" \
	"mulxq (%[p]), %[low], %[next]\n\t" \
	"adcxq %[t0], %[low]\n\t" \
	"movq %[next], %[t0]\n\t" \
	reductions \
	"movl $0, %k[low]\n\t" \
	"adcxq %[low], " top "\n\t" \
	"adoxq %[high], " top "\n\t"

#define PRODUCTS_4 PRODUCT(1) PRODUCT(2) PRODUCT(3)
#define PRODUCTS_6 PRODUCTS_4 PRODUCT(4) PRODUCT(5)
#define REDUCTIONS_4 REDUCTION(1, 0) REDUCTION(2, 1) REDUCTION(3, 2)
#define REDUCTIONS_6 REDUCTIONS_4 REDUCTION(4, 3) REDUCTION(5, 4)
#define ROW_4(i) ROW(i, "%[t3]", PRODUCTS_4, REDUCTIONS_4)
#define ROW_6(i) ROW(i, "%[t5]", PRODUCTS_6, REDUCTIONS_6)

static inline void fp_mul_x86(struct fp *r, const struct fp *a, const struct fp *b)
{
	static const uint64_t inverse = FIELD_NEGATIVE_INVERSE;
	uint64_t low, high, next;
	struct fp t = { { 0 } };
	__asm__(
#if LIMBS == 4
		ROW_4(0) ROW_4(1) ROW_4(2) ROW_4(3)
#else
		ROW_6(0) ROW_6(1) ROW_6(2) ROW_6(3) ROW_6(4) ROW_6(5)
#endif
		: [t0] "+&r"(t.l[0]), [t1] "+&r"(t.l[1]), [t2] "+&r"(t.l[2]), [t3] "+&r"(t.l[3]),
#if LIMBS == 6
		  [t4] "+&r"(t.l[4]), [t5] "+&r"(t.l[5]),
#endif
		  [low] "=&r"(low), [high] "=&r"(high), [next] "=&r"(next)
		: [a] "r"(a->l), [b] "r"(b->l), [p] "r"(fp_modulus.l), [inverse] "m"(inverse),
		  "m"(*a), "m"(*b), "m"(fp_modulus)
		: "rdx", "cc");
	fp_reduce(r, &t);
}

#endif
