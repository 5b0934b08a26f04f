#include "net/host_impl.h"

#include "net/identify.h"
#include "net/record.h"

/* Keeps our own message below the 4 KiB some implementations read: addresses
 * stand in it twice, in clear and in the signed record. */
#define ADDRS_SIZE_MAX ((size_t)1200)

const char *const serve_protocols[ROLE_COUNT] = {
	[ROLE_IDENTIFY] = "/ipfs/id/1.0.0",
	[ROLE_PUSH] = "/ipfs/id/push/1.0.0",
	[ROLE_PING] = "/ipfs/ping/1.0.0",
};

static struct pars_yamux *yamux_of(const struct stream *s)
{
	return pars_connection_yamux(s->conn->pipe);
}

bool serve_may_open(struct conn *c, enum role role)
{
	switch (role) {
	case ROLE_PING:
		return c->roles[ROLE_PING] < PINGS_INBOUND_MAX;
	case ROLE_IDENTIFY:
	case ROLE_PUSH:
		return c->roles[role] < IDENTIFY_INBOUND_MAX;
	case ROLE_USER:
	case ROLE_COUNT:
		break;
	}
	return true;
}

/* Unix time, pushed up where the clock stood still or went back, so that each
 * record of ours is newer than the one before. */
static uint64_t next_seq(struct pars_host *h)
{
	uint64_t now = h->now.wall_ns > 0 ? (uint64_t)h->now.wall_ns / 1000000 : 0;
	return h->record_seq = PARS_MAX(now, h->record_seq + 1);
}

static size_t addrs_within_bound(const struct pars_multiaddr *addrs, size_t count)
{
	size_t n = 0, size = 0;
	while (n < count && (size += addrs[n].n) <= ADDRS_SIZE_MAX)
		n++;
	return n;
}

/* Our addresses, as many as may be told. */
static void fill_record(struct pars_host *h, struct pars_record *r)
{
	r->peer = h->id;
	r->seq = next_seq(h);
	r->count = addrs_within_bound(r->addrs, pars_host_addrs(h, r->addrs, PARS_RECORD_ADDRS_MAX));
}

void pars_host_seal_record(struct pars_host *h, struct pars_buf *out)
{
	struct pars_record record;
	fill_record(h, &record);
	pars_record_seal(&record, &h->key, out);
}

static void write_identify(struct pars_host *h, struct stream *s)
{
	struct pars_record record;
	struct pars_identify m = { 0 };
	struct pars_multiaddr observed;
	uint8_t key[PARS_PUBLIC_KEY_ED25519_SIZE];
	PARS_AUTO_BUF sealed = { 0 };
	PARS_AUTO_BUF message = { 0 };

	fill_record(h, &record);
	pars_record_seal(&record, &h->key, &sealed);
	pars_public_key_encode(&h->key.public, key);
	pars_multiaddr_from_endpoint(&s->conn->remote, &observed);
	m.public_key = PARS_BYTES_ARRAY(key);
	m.observed = pars_multiaddr_bytes(&observed);
	m.protocol_version = PARS_BYTES_STR(h->protocol_version);
	m.agent = PARS_BYTES_STR(h->agent);
	m.record = pars_buf_bytes(&sealed);
	for (size_t i = 0; i < record.count; i++)
		m.listen[m.listen_count++] = pars_multiaddr_bytes(&record.addrs[i]);
	for (size_t i = 0; i < h->served_count && i < PARS_IDENTIFY_PROTOCOLS_MAX; i++)
		m.protocols[m.protocol_count++] = PARS_BYTES_STR(h->names[i]);
	pars_identify_encode(&m, &message);
	pars_yamux_write(yamux_of(s), s->ys, pars_buf_bytes(&message));
	pars_yamux_finish(yamux_of(s), s->ys);
	s->conn->told = h->told_version;
}

/* Asks who the peer is, again if an earlier question was lost with its stream. */
void serve_ask(struct pars_host *h, struct conn *c)
{
	if (!c->info.identified && !c->identify_running)
		c->identify_running = stream_open(h, c, ROLE_IDENTIFY, serve_protocols[ROLE_IDENTIFY], 0);
}

static void push_to(struct pars_host *h, struct conn *c)
{
	struct stream *s = stream_open(h, c, ROLE_PUSH, serve_protocols[ROLE_PUSH], 0);
	if (!s)
		return;
	c->push_running = true;
	write_identify(h, s);
}

/* A connection becomes ready for it by something that touches it. */
void serve_pushes(struct pars_host *h)
{
	for (struct conn *c = h->told_changed ? h->first : NULL; c; c = c->next)
		conn_touch(h, c);
	h->told_changed = false;
	struct conn *c;
	TAILQ_FOREACH(c, &h->touched, touched_entry)
		if (c->state == CONN_UP && c->told != h->told_version && !c->push_running
			&& pars_host_peer_speaks(&c->info, serve_protocols[ROLE_PUSH]))
			push_to(h, c);
}

void serve_opened(struct pars_host *h, struct stream *s)
{
	if (s->inbound && s->role == ROLE_IDENTIFY)
		write_identify(h, s);
}

static void identify_data(struct pars_host *h, struct stream *s, struct pars_bytes data)
{
	if (s->kept.n + data.n > PARS_IDENTIFY_TOTAL_MAX) {
		pars_count(h->metrics, PARS_M_identify_bad);
		stream_end(h, s, true, PARS_E_PEER_TOO_LARGE);
		return;
	}
	pars_buf_put(&s->kept, data);
}

static void echo(struct pars_host *h, struct stream *s, struct pars_bytes data)
{
	pars_yamux_write(yamux_of(s), s->ys, data);
	/* One who sends pings and never reads the answers. */
	if (s->ys->out.n > PINGS_UNSENT_MAX)
		stream_end(h, s, true, PARS_E_PEER_PROTOCOL);
}

static void ping_answer(struct pars_host *h, struct stream *s, struct pars_bytes data)
{
	struct pars_bytes rest = pars_buf_bytes(&s->kept);
	struct conn *c = s->conn;
	pars_bytes_take(&rest, s->ping_n);
	if (data.n > rest.n || memcmp(data.p, rest.p, data.n)) {
		stream_end(h, s, true, PARS_E_PEER_PROTOCOL);
		return;
	}
	s->ping_n += data.n;
	if (s->ping_n < PING_SIZE)
		return;
	c->info.rtt_us = PARS_MAX(h->now.mono_us - s->opened_us, (pars_usec)1);
	host_event(h, PARS_HOST_PONG, c)->rtt_us = c->info.rtt_us;
	stream_end_if_finished(h, s);
}

/* Identify goes to who opened the stream, push to who accepted it. */
static bool reads_identify(const struct stream *s)
{
	return (s->role == ROLE_IDENTIFY && !s->inbound) || (s->role == ROLE_PUSH && s->inbound);
}

void serve_data(struct pars_host *h, struct stream *s, struct pars_bytes data)
{
	if (reads_identify(s))
		identify_data(h, s, data);
	else if (s->role == ROLE_PING && s->inbound)
		echo(h, s, data);
	else if (s->role == ROLE_PING)
		ping_answer(h, s, data);
	/* Nothing is expected on the others. */
}

void serve_fin(struct pars_host *h, struct stream *s)
{
	struct conn *c = s->conn;
	if (reads_identify(s)) {
		if (peer_identify(h, c, pars_buf_bytes(&s->kept), s->role == ROLE_PUSH))
			host_event(h, PARS_HOST_PEER_IDENTIFIED, c);
		else
			pars_count(h->metrics, PARS_M_identify_bad);
	}
	pars_yamux_finish(yamux_of(s), s->ys);
	stream_end_if_finished(h, s);
}

void serve_ended(struct pars_host *h, struct stream *s, enum pars_err err)
{
	if (s->role == ROLE_PUSH && !s->inbound)
		s->conn->push_running = false;
	if (s->role == ROLE_IDENTIFY && !s->inbound)
		s->conn->identify_running = false;
	if (s->role == ROLE_PING && !s->inbound && s->ping_n < PING_SIZE)
		host_event(h, PARS_HOST_PONG, s->conn)->err = err ? err : PARS_E_PEER_CLOSED;
}

enum pars_err pars_host_ping(struct pars_host *h, pars_conn conn)
{
	struct conn *c = conn_find(h, conn);
	if (!c || c->state != CONN_UP)
		return PARS_E_NOT_FOUND;
	struct stream *s = stream_open(h, c, ROLE_PING, serve_protocols[ROLE_PING], 0);
	if (!s)
		return PARS_E_LIMIT;
	pars_rng_bytes(h->rng, pars_buf_room(&s->kept, PING_SIZE), PING_SIZE);
	pars_buf_added(&s->kept, PING_SIZE);
	pars_yamux_write(yamux_of(s), s->ys, pars_buf_bytes(&s->kept));
	pars_yamux_finish(yamux_of(s), s->ys);
	return PARS_OK;
}
