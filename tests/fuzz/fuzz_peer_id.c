/* Peer ids as text and bytes, and public keys of all types. */
#include "base/alloc.h"
#include "crypto/peer_id.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct pars_peer_id *id)
{
	struct pars_peer_id back;
	char text[PARS_PEER_ID_TEXT];
	pars_peer_id_text(id, text);
	enum pars_err err = pars_peer_id_parse(text, &back);
	assert(!err && pars_peer_id_equal(id, &back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t signature[64];
	struct pars_bytes in = PARS_BYTES(data, size);
	struct pars_peer_id id;
	char *text = pars_alloc(size + 1);
	if (size)
		memcpy(text, data, size);
	if (!pars_peer_id_parse(text, &id))
		check(&id);
	free(text);
	if (!pars_peer_id_decode(in, &id))
		check(&id);
	enum pars_err err = pars_public_key_verify(in, PARS_BYTES_STR("message"),
		PARS_BYTES_ARRAY(signature));
	assert(err == PARS_E_PEER_MALFORMED || err == PARS_E_PEER_SIGNATURE);
	if (err == PARS_E_PEER_SIGNATURE) { /* it is a key, so it names a peer */
		pars_peer_id_from_key(in, &id);
		check(&id);
	}
	return 0;
}
