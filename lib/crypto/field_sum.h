/* crypto/field_sum.h - sums of many multiples of points, over field_curve.h.
 *
 * A template, included once for each group with POINT set. */

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define P(name) PASTE(POINT, name)

/* By windows of c bits: in each, points with the same digit are summed first
 * (Pippenger, 1976). A digit is d - 2^(c-1), so that both signs share a bucket;
 * adding 2^(c-1) at each window beforehand makes it so without carries. All
 * scalars are below 2^bits, bits <= 250. */
static inline void P(sum_many)(struct POINT *r, const struct P(term) *terms, size_t n, unsigned bits)
{
	unsigned c = sum_window(n, bits), windows = (bits + 2 + c - 1) / c;
	size_t half = (size_t)1 << (c - 1);
	struct POINT *bucket = pars_alloc_array(half, sizeof *bucket);
	struct pars_u256 *k = pars_alloc_array(n, sizeof *k), bias = PARS_U256(0);
	for (unsigned w = 0; w < windows; w++)
		bias.w[(c * w + c - 1) / 64] |= (uint64_t)1 << ((c * w + c - 1) % 64);
	for (size_t i = 0; i < n; i++) {
		memcpy(k[i].w, terms[i].k, sizeof k[i].w);
		pars_u256_add(&k[i], &k[i], &bias);
	}
	memset(r, 0, sizeof *r);
	for (unsigned w = windows; w-- > 0; ) {
		memset(bucket, 0, half * sizeof *bucket);
		for (size_t i = 0; i < n; i++) {
			size_t d = sum_digit(&k[i], c * w, c);
			struct P(affine) minus = terms[i].point;
			if (d > half) {
				P(add_affine)(&bucket[d - half - 1], &bucket[d - half - 1], &minus);
			} else if (d < half) {
				P(affine_neg)(&minus);
				P(add_affine)(&bucket[half - d - 1], &bucket[half - d - 1], &minus);
			}
		}
		/* The bucket of d counts d times: once in each of d running sums. */
		struct POINT run, sum;
		memset(&run, 0, sizeof run);
		memset(&sum, 0, sizeof sum);
		for (size_t d = half; d-- > 0; ) {
			P(add)(&run, &run, &bucket[d]);
			P(add)(&sum, &sum, &run);
		}
		for (unsigned j = 0; j < c; j++)
			P(double)(r, r);
		P(add)(r, r, &sum);
	}
	free(bucket);
	free(k);
}

static inline void P(sum)(struct POINT *r, const struct P(term) *terms, size_t n, unsigned bits)
{
	if (n <= TERMS_MAX)
		P(sum_few)(r, terms, n);
	else
		P(sum_many)(r, terms, n, bits);
}

#undef P
#undef PASTE
#undef PASTE_
