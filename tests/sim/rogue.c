#include "tests/sim/rogue.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "dag/vertex.h"
#include "net/host.h"
#include "session/payload.h"
#include "sync/message.h"

#define SYNC "/pars/sync/1.0.0"
#define TAG_SYNC 1
#define ALIAS 7        /* of the session, in our frames */
#define ALIAS_UNKNOWN 9
#define STREAMS_MAX 64
#define LIES_MAX 256

struct ear {
	pars_stream stream;
	pars_conn conn;
	bool stalled; /* waits for the rest of a frame */
};

struct rogue {
	struct pars_host *host;
	struct pars_rng rng;         /* of the host */
	struct pars_rng *sim_rng;
	struct pars_metrics metrics;
	struct pars_ed25519_pair member;
	struct pars_digest session;
	struct rogue_words words;
	struct ear ears[STREAMS_MAX];
	size_t ear_count;
	char peer_id[PARS_PEER_ID_TEXT];
	/* its chain: the next counter, the last vertex and the one before it */
	uint64_t n;
	struct pars_digest last, before_last;
	struct pars_buf join;
	struct pars_digest lies[LIES_MAX];
	size_t lie_count;
	bool forked;
};

static unsigned below(struct rogue *r, size_t n)
{
	return (unsigned)pars_rng_below(r->sim_rng, n);
}

/* -- vertices ---------------------------------------------------------------------- */

/* The chain runs beside everything else, so a vertex's lamport time is its
 * counter's. */
static struct pars_vertex draft(const struct rogue *r, uint64_t n, const struct pars_digest *parent)
{
	return (struct pars_vertex){ .session = r->session, .kind = n ? PARS_KIND_MESSAGE : PARS_KIND_JOIN, .n = n,
		.lamport = n + 1, .parents = { *parent }, .parent_count = 1 };
}

static void sign(const struct rogue *r, struct pars_vertex v, struct pars_buf *raw)
{
	PARS_AUTO_BUF payload = { 0 };
	char text[40];
	snprintf(text, sizeof text, "trust me %llu", (unsigned long long)v.n);
	pars_payload_encode(&(struct pars_payload){ .text = PARS_BYTES_STR(text) }, &payload);
	v.payload = pars_buf_bytes(&payload);
	pars_vertex_encode(&v, &r->member, raw);
}

/* Its next vertex, as the rules want it. */
static void speak(struct rogue *r, struct pars_buf *raw)
{
	struct pars_vertex v;
	sign(r, draft(r, r->n, &r->last), raw);
	enum pars_err err = pars_vertex_decode(pars_buf_bytes(raw), &v);
	assert(!err);
	r->n++;
	r->before_last = r->last;
	r->last = v.id;
}

static void mutate(struct rogue *r, struct pars_buf *b)
{
	for (unsigned i = 1 + below(r, 4); i && b->n; i--)
		b->mem[b->off + below(r, b->n)] ^= (uint8_t)(1 + below(r, 255));
	if (!below(r, 8))
		pars_buf_truncate(b, below(r, b->n + 1));
}

static struct pars_digest nothing(struct rogue *r)
{
	struct pars_digest d;
	pars_rng_bytes(r->sim_rng, d.b, sizeof d.b);
	return d;
}

/* -- frames ------------------------------------------------------------------------ */

static void put_vertex(struct pars_buf *out, uint64_t alias, struct pars_bytes raw)
{
	PARS_AUTO_BUF list = { 0 };
	pars_sync_add_vertex(&list, raw);
	pars_sync_put_vertices(out, alias, pars_buf_bytes(&list));
}

/* Of a vertex that nobody may take in. */
static void put_lie(struct rogue *r, struct pars_buf *out, uint64_t alias, struct pars_bytes raw)
{
	struct pars_vertex v;
	enum pars_err err = pars_vertex_decode(raw, &v);
	assert(!err);
	if (r->lie_count < LIES_MAX)
		r->lies[r->lie_count++] = v.id;
	put_vertex(out, alias, raw);
}

static void put_signed(struct rogue *r, struct pars_buf *out, uint64_t alias, struct pars_vertex v)
{
	PARS_AUTO_BUF raw = { 0 };
	sign(r, v, &raw);
	put_lie(r, out, alias, pars_buf_bytes(&raw));
}

static void put_forged(struct rogue *r, struct pars_buf *out)
{
	PARS_AUTO_BUF raw = { 0 };
	sign(r, draft(r, r->n, &r->last), &raw);
	raw.mem[raw.off + raw.n - 1] ^= 1; /* the signature's last byte */
	put_lie(r, out, ALIAS, pars_buf_bytes(&raw));
}

static void put_mutant_vertex(struct rogue *r, struct pars_buf *out)
{
	PARS_AUTO_BUF raw = { 0 };
	if (r->words.vertex_count && below(r, 2))
		pars_buf_put(&raw, pars_buf_bytes(&r->words.vertices[below(r, r->words.vertex_count)]));
	else
		sign(r, draft(r, r->n, &r->last), &raw);
	mutate(r, &raw);
	put_vertex(out, ALIAS, pars_buf_bytes(&raw));
}

/* Heads, vectors, ids and ranges of what nobody has. */
static void put_claim(struct rogue *r, struct pars_buf *out)
{
	uint8_t body[320];
	enum pars_sync_type type = PARS_SYNC_VECTOR + below(r, 3);
	struct pars_sync_state state = { .count = pars_rng_u64(r->sim_rng) >> below(r, 64), .lamport = below(r, 1000),
		.head_count = below(r, 3) };
	for (size_t i = 0; i < state.head_count; i++)
		state.heads[i] = nothing(r);
	pars_rng_bytes(r->sim_rng, body, sizeof body);
	if (below(r, 2))
		pars_sync_put_heads(out, ALIAS, &state, below(r, 4));
	else /* a want is of whole ids */
		pars_sync_put_packed(out, type, ALIAS, PARS_BYTES(body, (1 + below(r, 20)) * PARS_SYNC_SHORT_ID));
}

static void put_mutant_frame(struct rogue *r, struct pars_buf *out)
{
	if (r->words.frame_count && below(r, 2))
		pars_buf_put(out, pars_buf_bytes(&r->words.frames[below(r, r->words.frame_count)]));
	else
		put_claim(r, out);
	mutate(r, out);
}

static void put_foreign(struct rogue *r, struct pars_buf *out)
{
	struct pars_vertex v = draft(r, r->n, &r->last);
	struct pars_digest other = nothing(r);
	v.session = other;
	if (below(r, 2))
		pars_sync_put_hello(out, ALIAS_UNKNOWN, &other);
	put_signed(r, out, below(r, 2) ? ALIAS : ALIAS_UNKNOWN, v);
}

/* -- talking ------------------------------------------------------------------------- */

static void drop_ear(struct rogue *r, pars_stream stream)
{
	for (size_t i = 0; i < r->ear_count; i++)
		if (r->ears[i].stream == stream)
			r->ears[i--] = r->ears[--r->ear_count];
}

/* How each stream starts: the session is shared, and the join is true. */
static void greet(struct rogue *r, pars_conn conn, pars_stream stream)
{
	PARS_AUTO_BUF out = { 0 };
	struct pars_digest tag = pars_sha256(pars_digest_bytes(&r->session));
	if (r->ear_count == STREAMS_MAX)
		return;
	r->ears[r->ear_count++] = (struct ear){ .stream = stream, .conn = conn };
	pars_sync_put_hello(&out, ALIAS, &tag);
	put_vertex(&out, ALIAS, pars_buf_bytes(&r->join));
	pars_host_write(r->host, stream, pars_buf_bytes(&out));
}

static void drain(struct rogue *r)
{
	struct pars_host_event ev;
	pars_stream stream;
	while (pars_host_next(r->host, &ev)) {
		if (ev.type == PARS_HOST_PEER_UP && pars_host_open(r->host, ev.conn, SYNC, TAG_SYNC, &stream))
			continue; /* full: it will hang up some time */
		if (ev.type == PARS_HOST_STREAM_OPENED && ev.tag == TAG_SYNC)
			greet(r, ev.conn, ev.stream);
		else if (ev.type == PARS_HOST_STREAM_DATA)
			pars_host_consumed(r->host, ev.stream, ev.data.n); /* and never minds */
		else if (ev.type == PARS_HOST_STREAM_CLOSED)
			drop_ear(r, ev.stream);
	}
}

static void end(struct rogue *r)
{
	pars_host_tick(r->host);
	drain(r);
	pars_host_flush(r->host);
	drain(r);
}

enum lie { TRUTH, TWICE, BACKWARDS, FORK, LAMPORT, ORPHAN, FOREIGN, FORGED, MUTANT_VERTEX, MUTANT_FRAME, CLAIM, STALL, HANG_UP, LIES };

static void compose(struct rogue *r, enum lie what, struct pars_buf *out)
{
	PARS_AUTO_BUF raw = { 0 };
	PARS_AUTO_BUF later = { 0 };
	struct pars_vertex v = draft(r, r->n, &r->last);
	struct pars_digest missing;
	switch (what) {
	case TRUTH:
		speak(r, &raw);
		put_vertex(out, ALIAS, pars_buf_bytes(&raw));
		break;
	case TWICE: /* what the peer has, and what it has since the frame before */
		speak(r, &raw);
		put_vertex(out, ALIAS, pars_buf_bytes(&r->join));
		put_vertex(out, ALIAS, pars_buf_bytes(&raw));
		put_vertex(out, ALIAS, pars_buf_bytes(&raw));
		break;
	case BACKWARDS:
		speak(r, &raw);
		speak(r, &later);
		put_vertex(out, ALIAS, pars_buf_bytes(&later));
		put_vertex(out, ALIAS, pars_buf_bytes(&raw));
		break;
	case FORK:
		v = draft(r, r->n - 1, &r->before_last);
		v.time_ns = 1 + below(r, 1000);
		r->forked = true;
		sign(r, v, &raw);
		put_vertex(out, ALIAS, pars_buf_bytes(&raw));
		break;
	case LAMPORT:
		v.lamport += 1 + below(r, 1000000);
		put_signed(r, out, ALIAS, v);
		break;
	case ORPHAN:
		missing = nothing(r);
		put_signed(r, out, ALIAS, draft(r, r->n + below(r, 3), &missing));
		break;
	case FOREIGN: put_foreign(r, out); break;
	case FORGED: put_forged(r, out); break;
	case MUTANT_VERTEX: put_mutant_vertex(r, out); break;
	case MUTANT_FRAME: put_mutant_frame(r, out); break;
	case CLAIM: put_claim(r, out); break;
	case STALL:
		put_claim(r, out);
		pars_buf_truncate(out, below(r, out->n));
		break;
	case HANG_UP: case LIES: break;
	}
}

static void tell(struct rogue *r, struct ear *to, enum lie what)
{
	PARS_AUTO_BUF out = { 0 };
	if (what == HANG_UP) {
		pars_host_close(r->host, to->conn);
		return;
	}
	if (to->stalled)
		return;
	compose(r, what, &out);
	to->stalled = what == STALL;
	pars_host_write(r->host, to->stream, pars_buf_bytes(&out));
}

static bool is_heard(const struct rogue *r, pars_conn conn)
{
	for (size_t i = 0; i < r->ear_count; i++)
		if (r->ears[i].conn == conn)
			return true;
	return false;
}

/* A stream that was reset does not end the talk. */
static void reopen(struct rogue *r)
{
	const struct pars_host_peer *p;
	pars_stream stream;
	size_t at = 0;
	while ((p = pars_host_peer_next(r->host, &at)))
		if (!is_heard(r, p->conn) && pars_host_open(r->host, p->conn, SYNC, TAG_SYNC, &stream))
			break; /* full */
}

void rogue_step(struct rogue *r, struct pars_time now, const struct pars_event *ev, struct pars_effects *out)
{
	pars_host_begin(r->host, now, out);
	if (ev)
		pars_host_step(r->host, ev);
	end(r);
}

void rogue_dial(struct rogue *r, struct pars_time now, const char *address, struct pars_effects *out)
{
	struct pars_multiaddr addr;
	pars_conn conn;
	enum pars_err err = pars_multiaddr_parse(address, &addr, NULL);
	assert(!err);
	pars_host_begin(r->host, now, out);
	err = pars_host_dial(r->host, &addr, &conn);
	assert(!err || err == PARS_E_LIMIT);
	end(r);
}

void rogue_lie(struct rogue *r, struct pars_time now, bool speaks, struct pars_effects *out)
{
	enum lie what = speaks ? below(r, LIES) : LAMPORT + below(r, LIES - LAMPORT);
	pars_host_begin(r->host, now, out);
	if (r->ear_count)
		tell(r, &r->ears[below(r, r->ear_count)], what);
	reopen(r);
	end(r);
}

void rogue_forge(struct rogue *r, struct pars_time now, struct pars_effects *out)
{
	pars_host_begin(r->host, now, out);
	for (size_t i = 0; i < r->ear_count; i++)
		tell(r, &r->ears[i], FORGED);
	reopen(r);
	end(r);
}

pars_usec rogue_deadline(const struct rogue *r)
{
	return pars_host_deadline(r->host);
}

bool rogue_is_forked(const struct rogue *r)
{
	return r->forked;
}

size_t rogue_lies(const struct rogue *r, const struct pars_digest **ret)
{
	*ret = r->lies;
	return r->lie_count;
}

const char *rogue_peer_id(const struct rogue *r)
{
	return r->peer_id;
}

bool rogue_is_heard(const struct rogue *r)
{
	return r->ear_count;
}

static void open_host(struct rogue *r)
{
	struct pars_ed25519_pair node;
	uint8_t seed[PARS_RNG_SEED_SIZE];
	pars_rng_bytes(r->sim_rng, seed, sizeof seed);
	pars_rng_init(&r->rng, seed);
	pars_ed25519_pair_from_seed(&node, seed);
	r->host = pars_host_new(&(struct pars_host_config){ .key = &node, .agent = "rogue", .protocol_version = "pars/0.1.0",
		.limits = pars_host_default_limits, .metrics = &r->metrics, .rng = &r->rng });
	pars_host_serve(r->host, SYNC, TAG_SYNC);
	pars_peer_id_text(pars_host_id(r->host), r->peer_id);
}

static void close_host(struct rogue *r)
{
	pars_host_free(r->host);
	pars_rng_done(&r->rng);
	r->ear_count = 0;
}

void rogue_become_another(struct rogue *r, struct pars_time now, struct pars_effects *out)
{
	pars_host_begin(r->host, now, out);
	pars_host_set_paused(r->host, true);
	end(r);
	close_host(r);
	open_host(r);
}

struct rogue *rogue_new(struct pars_rng *rng, const struct pars_digest *session, const struct rogue_words *words)
{
	struct rogue *r = pars_alloc(sizeof *r);
	uint8_t seed[PARS_ED25519_SEED_SIZE];
	r->sim_rng = rng;
	r->session = r->last = *session;
	r->words = *words;
	pars_rng_bytes(rng, seed, sizeof seed);
	pars_ed25519_pair_from_seed(&r->member, seed);
	open_host(r);
	speak(r, &r->join);
	return r;
}

void rogue_free(struct rogue *r)
{
	if (!r)
		return;
	close_host(r);
	pars_buf_done(&r->join);
	free(r);
}
