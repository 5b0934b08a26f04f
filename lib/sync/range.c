#include "sync/range.h"

#include <stdlib.h>

#include "codec/uvarint.h"

enum mode { SKIP, FINGERPRINT, IDS };

/* Writes one body after the other, each with its length (4 bytes) in front. */
struct writer {
	struct pars_buf *out, body;
	struct pars_sync_bound at; /* where the last entry ended */
	unsigned entries;
};

static void finish_body(struct writer *w)
{
	uint8_t length[4];
	if (w->entries) {
		pars_put_be32(length, (uint32_t)w->body.n);
		pars_buf_put(w->out, PARS_BYTES_ARRAY(length));
		pars_buf_put(w->out, pars_buf_bytes(&w->body));
	}
	pars_buf_done(&w->body);
	w->at = (struct pars_sync_bound){ 0 };
	w->entries = 0;
}

static int compare(const struct pars_sync_bound *a, const struct pars_sync_bound *b)
{
	if (a->lamport != b->lamport)
		return a->lamport < b->lamport ? -1 : 1;
	return memcmp(a->id.b, b->id.b, sizeof a->id.b);
}

static void put_bound(struct pars_buf *out, enum mode mode, const struct pars_sync_bound *to)
{
	size_t n = sizeof to->id.b;
	while (n && !to->id.b[n - 1])
		n--;
	pars_buf_put_byte(out, (uint8_t)mode);
	pars_buf_put_uvarint(out, to->lamport);
	pars_buf_put_uvarint(out, n);
	pars_buf_put(out, PARS_BYTES(to->id.b, n));
}

/* Begins an entry for [from, to), skipping what lies between. */
static void put_entry(struct writer *w, enum mode mode, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to)
{
	if (w->entries == PARS_RANGE_ENTRIES_MAX || w->body.n > PARS_SYNC_CONTROL_MAX * 3 / 4)
		finish_body(w);
	if (compare(&w->at, from))
		put_bound(&w->body, SKIP, from);
	put_bound(&w->body, mode, to);
	w->at = *to;
	w->entries++;
}

static void put_fingerprint(struct writer *w, const struct pars_sync_replica *r, uint32_t session,
	const struct pars_sync_bound *from, const struct pars_sync_bound *to)
{
	uint8_t fp[PARS_SYNC_FINGERPRINT];
	r->range_sum(r->ctx, session, from, to, fp);
	put_entry(w, FINGERPRINT, from, to);
	pars_buf_put(&w->body, PARS_BYTES_ARRAY(fp));
}

static void put_ids(struct writer *w, const struct pars_sync_replica *r, uint32_t session,
	const struct pars_sync_bound *from, const struct pars_sync_bound *to)
{
	struct pars_digest ids[PARS_RANGE_IDS_MAX];
	size_t n = r->range_ids(r->ctx, session, from, to, ids, PARS_RANGE_IDS_MAX);
	put_entry(w, IDS, from, to);
	pars_buf_put_uvarint(&w->body, n);
	for (size_t i = 0; i < n; i++)
		pars_buf_put(&w->body, PARS_BYTES(ids[i].b, PARS_SYNC_SHORT_ID));
}

/* The i-th of 16 borders inside [from, to): by lamport time while there is
 * more than one, then by the next half byte of the id. */
static struct pars_sync_bound border(const struct pars_sync_bound *from, const struct pars_sync_bound *to,
	unsigned i)
{
	struct pars_sync_bound b = { 0 };
	uint64_t span = to->lamport - from->lamport;
	if (span > 1) {
		b.lamport = from->lamport + (uint64_t)((unsigned __int128)span * i / PARS_RANGE_SPLIT);
		return b;
	}
	/* Here ids lie between from->id and to->id (or the end of the lamport
	 * time): interpolate on the first eight bytes where they differ. */
	size_t same = 0;
	if (!span)
		while (same < 24 && from->id.b[same] == to->id.b[same])
			same++;
	uint64_t lo = pars_be64(from->id.b + same);
	uint64_t hi = span ? UINT64_MAX : pars_be64(to->id.b + same);
	b.lamport = from->lamport;
	memcpy(b.id.b, from->id.b, same);
	pars_put_be64(b.id.b + same, lo + (uint64_t)((unsigned __int128)(hi - lo) * i / PARS_RANGE_SPLIT));
	return b;
}

static void put_split(struct writer *w, const struct pars_sync_replica *r, uint32_t session,
	const struct pars_sync_bound *from, const struct pars_sync_bound *to)
{
	struct pars_sync_bound at = *from;
	for (unsigned i = 1; i <= PARS_RANGE_SPLIT; i++) {
		struct pars_sync_bound next = i < PARS_RANGE_SPLIT ? border(from, to, i) : *to;
		if (compare(&at, &next) >= 0)
			continue; /* too narrow for 16 */
		put_fingerprint(w, r, session, &at, &next);
		at = next;
	}
}

void pars_range_open(const struct pars_sync_replica *r, uint32_t session, struct pars_buf *out)
{
	struct writer w = { .out = out };
	struct pars_sync_state state;
	r->state(r->ctx, session, &state);
	struct pars_sync_bound from = { 0 }, top = { .lamport = state.lamport + 1 },
		end = { .lamport = PARS_SYNC_LAMPORT_END };
	put_split(&w, r, session, &from, &top);
	if (compare(&top, &end) < 0)
		put_fingerprint(&w, r, session, &top, &end);
	finish_body(&w);
}

/* -- answering ------------------------------------------------------------------- */

static enum pars_err get_bound(struct pars_bytes *in, enum mode *mode, struct pars_sync_bound *to)
{
	uint64_t n;
	*to = (struct pars_sync_bound){ 0 };
	if (!in->n)
		return PARS_E_PEER_MALFORMED;
	*mode = pars_bytes_take(in, 1).p[0];
	if (pars_uvarint_get(in, &to->lamport) || pars_uvarint_get(in, &n))
		return PARS_E_PEER_MALFORMED;
	if (*mode > IDS || to->lamport > PARS_SYNC_LAMPORT_END || n > sizeof to->id.b || n > in->n)
		return PARS_E_PEER_MALFORMED;
	struct pars_bytes prefix = pars_bytes_take(in, n);
	if (n)
		memcpy(to->id.b, prefix.p, n);
	return PARS_OK;
}

static enum pars_err answer_fingerprint(const struct pars_sync_replica *r, uint32_t session,
	const struct pars_sync_bound *from, const struct pars_sync_bound *to, struct pars_bytes *in,
	struct writer *w)
{
	uint8_t fp[PARS_SYNC_FINGERPRINT];
	if (in->n < sizeof fp)
		return PARS_E_PEER_MALFORMED;
	struct pars_bytes theirs = pars_bytes_take(in, sizeof fp);
	uint64_t count = r->range_sum(r->ctx, session, from, to, fp);
	if (!memcmp(theirs.p, fp, sizeof fp))
		return PARS_OK;
	if (count <= PARS_RANGE_IDS_MAX)
		put_ids(w, r, session, from, to);
	else
		put_split(w, r, session, from, to);
	return PARS_OK;
}

static int compare_short(const void *a, const void *b)
{
	return memcmp(a, b, PARS_SYNC_SHORT_ID);
}

/* They listed all theirs in the range. Ours may be many more: give those in
 * bounded portions, the rest follows when the range is compared again. */
static enum pars_err answer_ids(const struct pars_sync_replica *r, uint32_t session,
	const struct pars_sync_bound *from, const struct pars_sync_bound *to, struct pars_bytes *in,
	struct pars_range_diff *diff)
{
	enum { OURS_MAX = 1024 };
	uint8_t theirs[PARS_RANGE_IDS_MAX][PARS_SYNC_SHORT_ID] = { 0 };
	uint64_t n;
	if (pars_uvarint_get(in, &n) || n > PARS_RANGE_IDS_MAX || n * PARS_SYNC_SHORT_ID > in->n)
		return PARS_E_PEER_MALFORMED;
	struct pars_bytes list = pars_bytes_take(in, n * PARS_SYNC_SHORT_ID);
	if (n)
		memcpy(theirs, list.p, list.n);
	qsort(theirs, n, sizeof theirs[0], compare_short);
	for (size_t i = 0; i < n; i++) {
		struct pars_digest id;
		if (!r->find(r->ctx, session, theirs[i], &id))
			pars_buf_put(&diff->want, PARS_BYTES_ARRAY(theirs[i]));
	}
	struct pars_digest *ours = malloc(OURS_MAX * sizeof *ours);
	if (!ours)
		abort();
	size_t count = r->range_ids(r->ctx, session, from, to, ours, OURS_MAX);
	for (size_t i = 0; i < count; i++)
		if (!bsearch(ours[i].b, theirs, n, sizeof theirs[0], compare_short))
			pars_buf_put(&diff->give, pars_digest_bytes(&ours[i]));
	free(ours);
	return PARS_OK;
}

static enum pars_err answer_all(const struct pars_sync_replica *r, uint32_t session,
	struct pars_bytes in, struct writer *w, struct pars_range_diff *diff)
{
	struct pars_sync_bound from = { 0 }, to;
	unsigned entries = 0;
	for (; in.n; from = to) {
		enum mode mode;
		enum pars_err err = get_bound(&in, &mode, &to);
		if (err)
			return err;
		if (compare(&from, &to) >= 0)
			return PARS_E_PEER_MALFORMED;
		if (mode == SKIP)
			continue;
		if (++entries > PARS_RANGE_ENTRIES_MAX)
			return PARS_E_PEER_TOO_LARGE;
		err = mode == FINGERPRINT ? answer_fingerprint(r, session, &from, &to, &in, w)
			: answer_ids(r, session, &from, &to, &in, diff);
		if (err)
			return err;
	}
	return PARS_OK;
}

enum pars_err pars_range_answer(const struct pars_sync_replica *r, uint32_t session,
	struct pars_bytes in, struct pars_buf *out, struct pars_range_diff *diff)
{
	struct writer w = { .out = out };
	enum pars_err err = answer_all(r, session, in, &w, diff);
	finish_body(&w);
	return err;
}
