/* A sync stream over an empty replica that claims to know every tag: frames,
 * vectors, wants, ranges, in any order and cut anywhere. */
#include <stdlib.h>

#include "sync/range.h"
#include "sync/sync.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void state(void *ctx, uint32_t session, struct pars_sync_state *ret)
{
	(void)ctx, (void)session;
	*ret = (struct pars_sync_state){ .count = 3, .lamport = 100, .head_count = 1, .heads = { { { 7 } } } };
}

static int64_t own_past(void *ctx, uint32_t session, const struct pars_digest *id)
{
	(void)ctx, (void)session;
	return id->b[0] & 1 ? 1 : -1;
}

static uint64_t own_count(void *ctx, uint32_t session)
{
	(void)ctx, (void)session;
	return 2;
}

static bool find(void *ctx, uint32_t session, const uint8_t *short_id, struct pars_digest *ret)
{
	(void)ctx, (void)session;
	*ret = (struct pars_digest){ { short_id[0] } };
	return short_id[0] & 1;
}

static bool read_vertex(void *ctx, uint32_t session, const struct pars_digest *id, struct pars_buf *out)
{
	(void)ctx, (void)session;
	pars_buf_put(out, pars_digest_bytes(id));
	return id->b[0] & 1;
}

static size_t chains(void *ctx, uint32_t session, struct pars_sync_chain *out, size_t max)
{
	(void)ctx, (void)session;
	if (max)
		out[0] = (struct pars_sync_chain){ .author = 1, .count = 40, .own = true };
	return 1;
}

static bool chain_lamport(void *ctx, uint32_t session, uint32_t author, uint64_t n, uint64_t *ret)
{
	(void)ctx, (void)session;
	*ret = n;
	return author == 1 && n < 40;
}

static void chain_read(void *ctx, uint32_t session, uint32_t author, uint64_t n,
	void (*put)(void *put_ctx, struct pars_bytes raw), void *put_ctx)
{
	(void)ctx, (void)session, (void)author;
	put(put_ctx, PARS_BYTES(&n, sizeof n));
}

static uint64_t range_sum(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, uint8_t fingerprint[PARS_SYNC_FINGERPRINT])
{
	(void)ctx, (void)session;
	memset(fingerprint, (int)from->lamport, PARS_SYNC_FINGERPRINT);
	return to->lamport - from->lamport;
}

static size_t range_ids(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, struct pars_digest *out, size_t max)
{
	(void)ctx, (void)session, (void)to;
	size_t n = from->lamport % (max + 1);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct pars_digest){ { (uint8_t)i } };
	return n;
}

static void drain(struct pars_sync *s, pars_usec now)
{
	struct pars_sync_event ev;
	size_t batches = 0, wrong = 0;
	while (pars_sync_next(s, &ev)) {
		struct pars_bytes in = ev.data, raw;
		if (ev.type != PARS_SYNC_EV_VERTICES)
			continue;
		while (!pars_sync_vertex_next(&in, &raw))
			wrong += raw.n & 1;
		batches++;
	}
	while (batches--)
		if (pars_sync_batch_done(s, now, wrong))
			return;
	for (int i = 0; i < 20; i++) {
		struct pars_bytes out = pars_sync_output(s, now);
		if (!out.n)
			break;
		pars_sync_sent(s, out.n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pars_digest tag = { "0123456789abcdef0123456789abcde" };
	struct pars_sync_replica r = { NULL, state, own_past, own_count, find, read_vertex, chains, chain_lamport,
		chain_read, range_sum, range_ids };
	struct pars_metrics metrics = { 0 };
	if (!size)
		return 0;
	/* The first byte: who opened, and how the rest is cut. */
	struct pars_sync *s = pars_sync_new(&r, &metrics, data[0] & 1);
	struct pars_bytes in = PARS_BYTES(data + 1, size - 1);
	PARS_AUTO_BUF hello = { 0 };
	size_t chunk = data[0] >> 1 ? data[0] >> 1 : 1;
	pars_sync_offer(s, 1, &tag);
	pars_sync_put_hello(&hello, 1, &tag);
	enum pars_err err = PARS_OK;
	if (data[0] & 1)
		drain(s, 1000); /* says its own hello */
	else
		err = pars_sync_input(s, 1000, pars_buf_bytes(&hello));
	for (pars_usec now = 1000; !err && in.n; now += PARS_MS(300)) {
		err = pars_sync_input(s, now, pars_bytes_take(&in, PARS_MIN(chunk * chunk, in.n)));
		if (err)
			break;
		drain(s, now);
		pars_sync_acknowledge(s);
	}
	pars_sync_free(s);
	return 0;
}
