/* Both roles of the handshake, and the payload inside it, which the input
 * alone could never reach through the encryption. The first byte picks. */
#include "net/noise.h"
#include "net/noise_payload.h"
#include "tests/fuzz/fuzz.h"

#define MUXER "/yamux/1.0.0"

static struct pars_noise *handshake(const struct pars_noise_identity *id, bool initiator)
{
	struct pars_noise_config config = { .identity = id, .initiator = initiator, .muxer = MUXER,
		.ephemeral = { 1, 2, 3, initiator } };
	return pars_noise_new(&config);
}

static void feed(const struct pars_noise_identity *id, bool initiator, struct pars_bytes in)
{
	PARS_AUTO(pars_noise) n = handshake(id, initiator);
	PARS_AUTO_BUF out = { 0 };
	if (initiator)
		pars_noise_start(n, &out);
	while (in.n && !pars_noise_step(n, fuzz_piece(&in), &out))
		continue;
}

/* The input is laid over a message of an honest peer. */
static void disturb(const struct pars_noise_identity *id, struct pars_bytes in)
{
	PARS_AUTO(pars_noise) a = handshake(id, true);
	PARS_AUTO(pars_noise) b = handshake(id, false);
	PARS_AUTO_BUF first = { 0 };
	PARS_AUTO_BUF second = { 0 };
	PARS_AUTO_BUF third = { 0 };
	pars_noise_start(a, &first);
	enum pars_err err = pars_noise_step(b, PARS_BYTES(first.mem + 2, first.n - 2), &second);
	assert(!err);
	bool changed = false;
	for (size_t i = 0; i < in.n && 2 + i < second.n; i++) {
		second.mem[2 + i] ^= in.p[i];
		changed |= in.p[i];
	}
	err = pars_noise_step(a, PARS_BYTES(second.mem + 2, second.n - 2), &third);
	assert(!changed == !err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t secret[32] = { 7 };
	struct pars_bytes in = PARS_BYTES(data, size);
	struct pars_ed25519_pair key;
	struct pars_noise_identity id;
	struct pars_noise_payload payload;
	if (!size)
		return 0;
	pars_ed25519_pair_from_seed(&key, secret);
	pars_noise_identity_init(&id, &key, secret);
	uint8_t how = pars_bytes_take(&in, 1).p[0] % 4;
	if (how < 2)
		feed(&id, how, in);
	else if (how == 2)
		disturb(&id, in);
	else if (!pars_noise_payload_decode(in, id.pair.public, MUXER, &payload))
		assert(payload.peer.n && (payload.muxers || !payload.muxer));
	return 0;
}
