/* A vertex: any bytes; what is accepted has exactly one encoding. */
#include <stdlib.h>

#include "dag/vertex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[PARS_ED25519_SEED_SIZE] = { 1 };
	struct pars_vertex v, again;
	struct pars_ed25519_pair key;
	PARS_AUTO_BUF raw = { 0 };
	if (pars_vertex_decode(PARS_BYTES(data, size), &v))
		return 0;
	enum pars_err err = pars_vertex_verify(&v);
	if (err && err != PARS_E_PEER_SIGNATURE)
		abort();
	/* Signed anew by another key, all but author and signature stay. */
	pars_ed25519_pair_from_seed(&key, seed);
	pars_vertex_encode(&v, &key, &raw);
	if (pars_vertex_decode(pars_buf_bytes(&raw), &again) || raw.n != size || again.n != v.n ||
	    again.lamport != v.lamport || again.kind != v.kind || again.time_ns != v.time_ns ||
	    again.parent_count != v.parent_count || !pars_bytes_equal(again.payload, v.payload))
		abort();
	return 0;
}
