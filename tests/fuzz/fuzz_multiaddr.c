/* Binary and text forms, both as input; either way round gives the same. */
#include "base/alloc.h"
#include "codec/multiaddr.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct pars_multiaddr *a)
{
	struct pars_multiaddr b, c = *a;
	struct pars_endpoint e;
	struct pars_fault fault;
	char text[PARS_MULTIADDR_TEXT];
	pars_multiaddr_text(a, text);
	enum pars_err err = pars_multiaddr_parse(text, &b, &fault);
	assert(!err && pars_multiaddr_equal(a, &b));
	err = pars_multiaddr_decode(pars_multiaddr_bytes(a), &b);
	assert(!err && pars_multiaddr_equal(a, &b));
	struct pars_bytes p2p = pars_multiaddr_p2p(a);
	if (p2p.n) {
		assert(pars_multiaddr_set_p2p(&c, p2p) && pars_multiaddr_equal(a, &c));
		assert(pars_multiaddr_set_p2p(&c, PARS_BYTES(NULL, 0)));
	}
	if (pars_multiaddr_endpoint(a, &e)) {
		pars_multiaddr_from_endpoint(&e, &b);
		assert(pars_multiaddr_set_p2p(&b, p2p) && pars_multiaddr_equal(a, &b));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_multiaddr a;
	struct pars_fault fault;
	char *text = pars_alloc(size + 1);
	if (size)
		memcpy(text, data, size);
	if (!pars_multiaddr_parse(text, &a, &fault))
		check(&a);
	if (!pars_multiaddr_decode(PARS_BYTES(data, size), &a))
		check(&a);
	free(text);
	return 0;
}
