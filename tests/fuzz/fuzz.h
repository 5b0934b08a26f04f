/* tests/fuzz/fuzz.h - what fuzz targets share. */
#ifndef PARS_TESTS_FUZZ_H
#define PARS_TESTS_FUZZ_H

#include <assert.h>
#include <stdlib.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next piece of an input that is cut in pieces: a length byte, then up to
 * so many bytes. */
static inline struct pars_bytes fuzz_piece(struct pars_bytes *in)
{
	if (!in->n)
		return *in;
	size_t n = pars_bytes_take(in, 1).p[0];
	return pars_bytes_take(in, PARS_MIN(n, in->n));
}

#endif
