/* node/dht.c - questions of the hash table on streams, and peers' questions. */
#include "node/dht.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"
#include "net/record.h"

#define ASKS_MAX 256             /* questions out at once */
#define ASK_TIME PARS_S(10)
#define DIAL_TIME PARS_S(4)      /* for one address, then the next is tried */
#define UNREACHABLE_MIN PARS_S(15) /* not dialled again so long, doubling … */
#define UNREACHABLE_MAX PARS_S(600) /* … up to this */
#define UNREACHABLE_PEERS 1024
#define STREAMS_MAX 512          /* of peers that ask us */
#define STREAM_IDLE PARS_S(60)
#define SAVED_MAX "512"          /* peers kept over restarts */
#define MODE_INTERVAL PARS_S(1)
#define SILENT 20                /* unanswered questions in a row */
#define RECORD_GRACE PARS_S(3600)

/* A question on its way. number 0: only the connection is wanted. An
 * announcement has no answer; the FIND_NODE sent behind it has, and that comes
 * when the announcement was dealt with. */
struct ask {
	TAILQ_ENTRY(ask) entry;
	uint64_t number;
	struct pars_contact *contact;
	enum pars_dht_type type;
	struct pars_buf out, in;
	pars_conn conn;              /* dialled, or in use */
	pars_stream stream;          /* 0: still dialling */
	size_t addr_at;              /* next address to dial */
	pars_usec dial_until, until;
};

/* A stream on which a peer asks. */
struct kad_stream {
	TAILQ_ENTRY(kad_stream) entry;
	pars_stream stream;
	pars_conn conn;
	struct pars_contact *from;
	struct pars_buf in;
	pars_usec idle_at;
};

/* A peer that no address led to. Alone, with a table full of such, a node
 * would otherwise dial all of them for each of its lookups, for ever. */
struct unreachable {
	struct pars_peer_id id;
	unsigned failures;
	pars_usec until;
};

/* -- what is told of whom ------------------------------------------------------------ */

bool node_addr_usable(const struct pars_node *node, const struct pars_multiaddr *a)
{
	struct pars_endpoint e;
	return pars_multiaddr_endpoint(a, &e) && e.port && (node->dht->private_ok || pars_addr_is_global(a));
}

static size_t usable(const struct pars_node *node, const struct pars_multiaddr *addrs, size_t n,
	struct pars_multiaddr *out, size_t max)
{
	size_t m = 0;
	for (size_t i = 0; i < n && m < max; i++)
		if (node_addr_usable(node, &addrs[i]))
			out[m++] = addrs[i];
	return m;
}

size_t node_own_addrs(const struct pars_node *node, struct pars_multiaddr *out, size_t max)
{
	return usable(node, out, pars_host_addrs(node->host, out, max), out, max);
}

/* Of its envelope counts what it proves, so it may come from anyone. kept: it was
 * proven before, and comes from our own disk. */
static void take_envelope(struct pars_node *node, struct pars_contact *c, struct pars_bytes envelope, bool kept)
{
	struct pars_record record;
	/* Neighbours tell each other the same few records all day: those that were
	 * found good need no second look. */
	if (!envelope.n || pars_bytes_equal(envelope, c->envelope))
		return;
	enum pars_err err = kept ? pars_record_reopen(envelope, &record) : pars_record_open(envelope, &record);
	if (err || !pars_peer_id_equal(&record.peer, &c->id)) {
		pars_count(&node->metrics, PARS_M_dht_bad_envelope);
		return;
	}
	record.count = usable(node, record.addrs, record.count, record.addrs, PARS_RECORD_ADDRS_MAX);
	pars_contact_set_record(c, envelope, record.seq, record.addrs, record.count);
}

static void take_envelopes(struct pars_node *node, const struct pars_dht_message *m)
{
	for (size_t i = 0; i < m->closer_count; i++)
		take_envelope(node, m->closer[i], m->closer_envelope[i], false);
	for (size_t i = 0; i < m->provider_count; i++)
		take_envelope(node, m->providers[i], m->provider_envelope[i], false);
}

/* What we tell of ourselves, in answers and announcements: whatever changed it
 * (a listener, an interface, what peers see of us). */
static void refresh_self(struct pars_node *node)
{
	struct node_dht *d = node->dht;
	if (d->told_version == pars_host_told_version(node->host))
		return;
	d->told_version = pars_host_told_version(node->host);
	d->mode_us = 0;
	node_dht_forgive(node); /* another address is perhaps another network */
	struct pars_multiaddr addrs[PARS_CONTACT_ADDRS_MAX];
	PARS_AUTO_BUF envelope = { 0 };
	size_t n = node_own_addrs(node, addrs, PARS_CONTACT_ADDRS_MAX);
	pars_contact_set_addrs(d->self, PARS_CONTACT_MET, addrs, n);
	pars_host_seal_record(node->host, &envelope);
	take_envelope(node, d->self, pars_buf_bytes(&envelope), false);
}

/* -- who cannot be reached --------------------------------------------------------------- */

static struct pars_bytes unreachable_key(const void *u)
{
	return pars_peer_id_bytes(&((const struct unreachable *)u)->id);
}

static bool is_unreachable(const struct pars_node *node, const struct pars_contact *c)
{
	const struct unreachable *u = pars_map_get(&node->dht->unreachable, pars_peer_id_bytes(&c->id));
	return u && node->now.mono_us < u->until;
}

void node_dht_forgive(struct pars_node *node)
{
	pars_map_done_values(&node->dht->unreachable);
}

static void not_reached(struct pars_node *node, const struct pars_contact *c)
{
	struct pars_map *map = &node->dht->unreachable;
	struct unreachable *u = pars_map_get(map, pars_peer_id_bytes(&c->id));
	if (!u && map->count == UNREACHABLE_PEERS)
		node_dht_forgive(node);
	if (!u) {
		u = pars_alloc(sizeof *u);
		u->id = c->id;
		pars_map_put(map, u);
	}
	pars_usec wait = PARS_MIN(UNREACHABLE_MIN << PARS_MIN(u->failures, 10u), UNREACHABLE_MAX);
	u->failures++;
	u->until = node->now.mono_us + wait / 2 + pars_rng_below(&node->rng, wait / 2);
}

/* If it is the first one in a while, the network is back, for all. */
static void reached(struct pars_node *node, const struct pars_peer_id *id)
{
	if (node_peers_count(node) <= 1)
		node_dht_forgive(node);
	else
		free(pars_map_remove(&node->dht->unreachable, pars_peer_id_bytes(id)));
}

/* -- asking -------------------------------------------------------------------------- */

static void ask_free(struct pars_node *node, struct ask *a)
{
	struct node_dht *d = node->dht;
	TAILQ_REMOVE(&d->asks, a, entry);
	d->ask_count--;
	pars_contact_unref(d->contacts, a->contact);
	pars_buf_done(&a->out);
	pars_buf_done(&a->in);
	free(a);
}

static void ask_failed(struct pars_node *node, struct ask *a)
{
	uint64_t number = a->number;
	if (a->stream)
		pars_host_reset(node->host, a->stream);
	ask_free(node, a);
	if (number)
		pars_dht_failed(node->dht->dht, number);
}

/* The connection is there. */
static void ask_connected(struct pars_node *node, struct ask *a, pars_conn conn)
{
	a->conn = conn;
	if (!a->number) {
		ask_free(node, a);
		return;
	}
	struct pars_bytes out = pars_buf_bytes(&a->out);
	if (pars_host_open(node->host, conn, node->dht->protocol, TAG_KAD, &a->stream) ||
	    pars_host_write(node->host, a->stream, out) < out.n)
		ask_failed(node, a);
}

/* Somebody else's question to the same peer dials already? */
static const struct ask *dialling(const struct pars_node *node, const struct ask *but)
{
	const struct ask *a;
	TAILQ_FOREACH(a, &node->dht->asks, entry)
		if (a != but && a->contact == but->contact && a->conn && !a->stream)
			return a;
	return NULL;
}

static void ask_dial(struct pars_node *node, struct ask *a)
{
	struct pars_multiaddr addr;
	const struct ask *other = dialling(node, a);
	if (other) {
		a->conn = other->conn;
		a->addr_at = other->addr_at;
		a->dial_until = other->dial_until;
		return;
	}
	while (pars_contact_addr(a->contact, &a->addr_at, &addr)) {
		if (!node_addr_usable(node, &addr) || !pars_multiaddr_set_p2p(&addr, pars_peer_id_bytes(&a->contact->id)))
			continue;
		if (!pars_host_dial(node->host, &addr, &a->conn)) {
			a->dial_until = node->now.mono_us + DIAL_TIME;
			return;
		}
	}
	not_reached(node, a->contact);
	ask_failed(node, a);
}

static struct ask *ask_new(struct pars_node *node, uint64_t number, struct pars_contact *c)
{
	struct ask *a = pars_alloc(sizeof *a);
	a->number = number;
	a->contact = pars_contact_ref(c);
	a->until = node->now.mono_us + ASK_TIME;
	TAILQ_INSERT_TAIL(&node->dht->asks, a, entry);
	node->dht->ask_count++;
	return a;
}

static void ask_start(struct pars_node *node, struct ask *a)
{
	pars_conn conn = pars_host_find(node->host, &a->contact->id);
	if (conn)
		ask_connected(node, a, conn);
	else if (is_unreachable(node, a->contact))
		ask_failed(node, a);
	else
		ask_dial(node, a);
}

static void ask(struct pars_node *node, const struct pars_dht_event *ev)
{
	if (node->dht->ask_count >= ASKS_MAX || node->paused) {
		pars_dht_failed(node->dht->dht, ev->ask);
		return;
	}
	struct ask *a = ask_new(node, ev->ask, ev->contact);
	a->type = ev->message->type;
	pars_dht_message_encode(ev->message, &a->out);
	if (a->type == PARS_DHT_ADD_PROVIDER) {
		struct pars_dht_message behind = { .type = PARS_DHT_FIND_NODE, .key = ev->message->key };
		pars_dht_message_encode(&behind, &a->out);
	}
	ask_start(node, a);
}

void node_dht_reach(struct pars_node *node, struct pars_contact *c)
{
	if (node->dht->ask_count < ASKS_MAX && !node->paused && c != node->dht->self)
		ask_start(node, ask_new(node, 0, c));
}

void node_dht_meet(struct pars_node *node, const struct pars_peer_id *id, const struct pars_multiaddr *addrs,
	size_t n)
{
	struct node_dht *d = node->dht;
	struct pars_contact *c = pars_contact_get(d->contacts, id);
	pars_contact_set_addrs(c, PARS_CONTACT_HEARSAY, addrs, n);
	if (c != d->self && d->dht)
		pars_dht_learn(d->dht, c);
	if (c != d->self)
		node_dht_reach(node, c);
	pars_contact_unref(d->contacts, c);
}

/* -- whole messages out of streams ----------------------------------------------------- */

static enum pars_err bad_message(struct pars_node *node, enum pars_err err)
{
	pars_count(&node->metrics, PARS_M_dht_bad_message);
	return err;
}

/* OK with a whole message; NOT_READY: more must come. Its bytes lie in `in`
 * until they are dropped. */
static enum pars_err next_message(struct pars_node *node, const struct pars_buf *in, struct pars_bytes *ret,
	size_t *ret_size)
{
	enum pars_err err = pars_uvarint_message(pars_buf_bytes(in), PARS_DHT_MESSAGE_MAX, ret, ret_size);
	return err && err != PARS_E_NOT_READY ? bad_message(node, err) : err;
}

static enum pars_err decode(struct pars_node *node, struct pars_bytes raw, struct pars_dht_message *ret)
{
	enum pars_err err = pars_dht_message_decode(raw, node->dht->contacts, ret);
	return err ? bad_message(node, err) : PARS_OK;
}

/* A refused answer is the peer's fault, a late one is not. */
static void ask_received(struct pars_node *node, struct ask *a, struct pars_bytes data)
{
	struct node_dht *d = node->dht;
	struct pars_dht_message m;
	struct pars_bytes raw;
	size_t size;
	pars_buf_put(&a->in, data);
	pars_host_consumed(node->host, a->stream, data.n);
	enum pars_err err = next_message(node, &a->in, &raw, &size);
	if (err == PARS_E_NOT_READY)
		return;
	if (!err)
		err = decode(node, raw, &m);
	if (err) {
		pars_host_blame(node->host, a->conn, err);
		ask_failed(node, a);
		return;
	}
	take_envelopes(node, &m);
	bool announced = a->type == PARS_DHT_ADD_PROVIDER && m.type == PARS_DHT_FIND_NODE;
	uint64_t number = a->number;
	pars_conn conn = a->conn;
	err = pars_dht_answered(d->dht, number, announced ? NULL : &m);
	pars_dht_message_release(&m, d->contacts);
	pars_host_reset(node->host, a->stream);
	ask_free(node, a);
	if (err)
		pars_host_blame(node->host, conn, err);
}

/* Without an answer. Who takes one message a stream ends it well behind an
 * announcement. */
static void ask_ended(struct pars_node *node, struct ask *a, bool well)
{
	if (!well || a->type != PARS_DHT_ADD_PROVIDER) {
		ask_failed(node, a);
		return;
	}
	uint64_t number = a->number;
	pars_host_reset(node->host, a->stream);
	ask_free(node, a);
	(void)!pars_dht_answered(node->dht->dht, number, NULL);
}

/* -- answering --------------------------------------------------------------------------- */

static void stream_free(struct pars_node *node, struct kad_stream *s, bool reset)
{
	struct node_dht *d = node->dht;
	if (reset)
		pars_host_reset(node->host, s->stream);
	TAILQ_REMOVE(&d->streams, s, entry);
	d->stream_count--;
	pars_contact_unref(d->contacts, s->from);
	pars_buf_done(&s->in);
	free(s);
}

static void stream_opened(struct pars_node *node, const struct pars_host_event *ev)
{
	struct node_dht *d = node->dht;
	if (!d->serving || d->stream_count >= STREAMS_MAX) {
		pars_host_reset(node->host, ev->stream);
		return;
	}
	struct kad_stream *s = pars_alloc(sizeof *s);
	s->stream = ev->stream;
	s->conn = ev->conn;
	s->from = pars_contact_get(d->contacts, &ev->peer);
	s->idle_at = node->now.mono_us + STREAM_IDLE;
	TAILQ_INSERT_TAIL(&d->streams, s, entry);
	d->stream_count++;
}

static enum pars_err answer(struct pars_node *node, struct kad_stream *s, struct pars_bytes raw)
{
	struct node_dht *d = node->dht;
	struct pars_dht_message request, reply;
	PARS_AUTO_BUF out = { 0 };
	bool has_answer;
	enum pars_err err = decode(node, raw, &request);
	if (err)
		return err;
	take_envelopes(node, &request);
	err = pars_dht_serve(d->dht, s->from, &request, &reply, &has_answer);
	if (!err && has_answer) {
		pars_dht_message_encode(&reply, &out);
		pars_dht_message_release(&reply, d->contacts);
		if (pars_host_writable(node->host, s->stream) < out.n ||
		    pars_host_write(node->host, s->stream, pars_buf_bytes(&out)) < out.n)
			err = PARS_E_BUSY; /* it asks and does not read */
	}
	pars_dht_message_release(&request, d->contacts);
	return err;
}

static void stream_received(struct pars_node *node, struct kad_stream *s, struct pars_bytes data)
{
	struct pars_bytes raw;
	size_t size;
	enum pars_err err;
	pars_buf_put(&s->in, data);
	pars_host_consumed(node->host, s->stream, data.n);
	s->idle_at = node->now.mono_us + STREAM_IDLE;
	while (!(err = next_message(node, &s->in, &raw, &size))) {
		if ((err = answer(node, s, raw)))
			break;
		pars_buf_drop(&s->in, size);
	}
	if (err == PARS_E_NOT_READY)
		return;
	pars_conn conn = s->conn;
	stream_free(node, s, true);
	pars_host_blame(node->host, conn, err);
}

/* -- the table's own events ----------------------------------------------------------------- */

/* Peers that answered are tried first after a restart, and now and then while
 * we run. Those that fell silent, too: when a network was split and is whole
 * again, they are the way to its other half. */
static void table_changed(struct pars_node *node, const struct pars_dht_event *ev)
{
	if (ev->ok)
		pars_run(node->store, "INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?)",
			PARS_BLOB(pars_peer_id_bytes(&ev->contact->id)), PARS_BLOB(ev->contact->addrs),
			PARS_BLOB(ev->contact->envelope), PARS_INT(node->now.wall_ns));
}

static void stored(struct pars_node *node, const struct pars_dht_event *ev)
{
	pars_run(node->store, "INSERT OR REPLACE INTO kad_record VALUES (?, ?, ?)", PARS_BLOB(ev->key),
		PARS_BLOB(ev->value), PARS_INT(node->now.wall_ns));
}

static void drain(struct pars_node *node)
{
	struct pars_dht_event ev;
	while (pars_dht_next(node->dht->dht, &ev)) {
		switch (ev.type) {
		case PARS_DHT_EV_ASK:
			ask(node, &ev);
			break;
		case PARS_DHT_EV_TABLE:
			table_changed(node, &ev);
			break;
		case PARS_DHT_EV_STORED:
			stored(node, &ev);
			break;
		case PARS_DHT_EV_FORGOT:
			pars_run(node->store, "DELETE FROM kad_record WHERE key = ?", PARS_BLOB(ev.key));
			break;
		case PARS_DHT_EV_PROVIDER:
		case PARS_DHT_EV_DONE:
			if (!node_kad_event(node, &ev) && !node_boot_event(node, &ev))
				node_presence_event(node, &ev);
			break;
		}
	}
}

/* -- events of the host ------------------------------------------------------------------------ */

static struct ask *ask_of(struct pars_node *node, pars_stream stream)
{
	struct ask *a;
	TAILQ_FOREACH(a, &node->dht->asks, entry)
		if (a->stream == stream)
			return a;
	return NULL;
}

static struct kad_stream *stream_of(struct pars_node *node, pars_stream stream)
{
	struct kad_stream *s;
	TAILQ_FOREACH(s, &node->dht->streams, entry)
		if (s->stream == stream)
			return s;
	return NULL;
}

/* By whatever way: it may have dialled us meanwhile. */
static void peer_up(struct pars_node *node, const struct pars_host_event *ev)
{
	struct ask *a, *next;
	reached(node, &ev->peer);
	for (a = TAILQ_FIRST(&node->dht->asks); a; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (!a->stream && pars_peer_id_equal(&a->contact->id, &ev->peer))
			ask_connected(node, a, ev->conn);
	}
}

static void conn_gone(struct pars_node *node, pars_conn conn)
{
	struct ask *a, *next;
	bool waits = false;
	/* All of them first: one must not wait for another's that is gone, too. */
	TAILQ_FOREACH(a, &node->dht->asks, entry)
		if (a->conn == conn && !a->stream) {
			a->conn = 0;
			waits = true;
		}
	for (a = TAILQ_FIRST(&node->dht->asks); a && waits; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (!a->conn)
			ask_dial(node, a);
	}
}

/* The limits on IP groups rest on a contact's first address: one in the group
 * that the peer is seen in comes first. False when it claims none such. */
static bool seen_first(const struct pars_host_peer *p, struct pars_multiaddr *addrs, size_t n)
{
	uint32_t group = pars_addr_group(&p->addr);
	for (size_t i = 0; i < n; i++)
		if (pars_addr_group(&addrs[i]) == group) {
			struct pars_multiaddr first = addrs[i];
			addrs[i] = addrs[0];
			addrs[0] = first;
			return true;
		}
	return false;
}

/* Who dials us from one place and claims to live in another could be many in
 * the table while being one: such a peer is heard, and not entered. */
static void identified(struct pars_node *node, pars_conn conn)
{
	struct node_dht *d = node->dht;
	const struct pars_host_peer *p = pars_host_peer(node->host, conn);
	struct pars_multiaddr addrs[PARS_CONTACT_ADDRS_MAX];
	if (!p)
		return;
	struct pars_contact *c = pars_contact_get(d->contacts, &p->id);
	size_t n = usable(node, p->listen, p->listen_count, addrs, PARS_CONTACT_ADDRS_MAX);
	bool lives_there = seen_first(p, addrs, n) || !p->inbound || d->private_ok;
	take_envelope(node, c, p->record, false);
	pars_contact_set_addrs(c, PARS_CONTACT_MET, addrs, n);
	if (!pars_host_peer_speaks(p, d->protocol))
		pars_dht_drop(d->dht, c);
	else if (n && lives_there)
		pars_dht_learn(d->dht, c);
	else if (n)
		pars_count(&node->metrics, PARS_M_dht_foreign_address);
	pars_contact_unref(d->contacts, c);
}

static void stream_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct ask *a = ask_of(node, ev->stream);
	struct kad_stream *s = a ? NULL : stream_of(node, ev->stream);
	switch (ev->type) {
	case PARS_HOST_STREAM_OPENED:
		if (ev->inbound)
			stream_opened(node, ev);
		break;
	case PARS_HOST_STREAM_DATA:
		if (a)
			ask_received(node, a, ev->data);
		else if (s)
			stream_received(node, s, ev->data);
		break;
	case PARS_HOST_STREAM_FIN:
		if (a)
			ask_ended(node, a, true);
		else if (s)
			pars_host_finish(node->host, s->stream);
		break;
	case PARS_HOST_STREAM_CLOSED:
		if (a) {
			a->stream = 0;
			ask_ended(node, a, !ev->err);
		} else if (s) {
			stream_free(node, s, false);
		}
		break;
	default:
		break;
	}
}

void node_dht_event(struct pars_node *node, const struct pars_host_event *ev)
{
	if (!node->dht->dht)
		return;
	switch (ev->type) {
	case PARS_HOST_PEER_UP:
		peer_up(node, ev);
		break;
	case PARS_HOST_PEER_DOWN:
	case PARS_HOST_DIAL_FAILED:
		conn_gone(node, ev->conn);
		break;
	case PARS_HOST_PEER_IDENTIFIED:
		identified(node, ev->conn);
		break;
	default:
		if (ev->stream && ev->tag == TAG_KAD)
			stream_event(node, ev);
		break;
	}
	drain(node);
}

/* -- time ------------------------------------------------------------------------------------------ */

static void asks_due(struct pars_node *node)
{
	struct ask *a, *next;
	for (a = TAILQ_FIRST(&node->dht->asks); a; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (node->now.mono_us >= a->until) {
			if (!a->stream)
				not_reached(node, a->contact);
			ask_failed(node, a);
		} else if (!a->stream && a->conn && node->now.mono_us >= a->dial_until) {
			pars_host_close(node->host, a->conn); /* DIAL_FAILED follows: the next address */
		}
	}
}

static void streams_due(struct pars_node *node)
{
	struct kad_stream *s, *next;
	for (s = TAILQ_FIRST(&node->dht->streams); s; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (node->now.mono_us >= s->idle_at)
			stream_free(node, s, true);
	}
}

/* A server is one whom others can dial. */
static bool wants_to_serve(const struct pars_node *node)
{
	const struct node_dht *d = node->dht;
	return d->mode == PARS_KAD_SERVER || (d->mode == PARS_KAD_AUTO && node_reach_public(node));
}

static void update_mode(struct pars_node *node)
{
	struct node_dht *d = node->dht;
	if (node->now.mono_us < d->mode_us)
		return;
	d->mode_us = node->now.mono_us + MODE_INTERVAL;
	bool serve = wants_to_serve(node);
	if (serve == d->serving)
		return;
	d->serving = serve;
	if (serve)
		pars_host_serve(node->host, d->protocol, TAG_KAD);
	else
		pars_host_unserve(node->host, d->protocol);
	node_log(node, PARS_LOG_INFO, serve ? "others can dial this node: it serves the hash table"
		: "this node cannot be dialled: it asks the hash table without serving it");
}

void node_dht_begin(struct pars_node *node)
{
	if (node->dht->dht)
		pars_dht_begin(node->dht->dht, node->now.mono_us);
}

void node_dht_tick(struct pars_node *node)
{
	if (!node->dht->dht)
		return;
	refresh_self(node);
	update_mode(node);
	asks_due(node);
	streams_due(node);
	pars_dht_tick(node->dht->dht);
	node_kad_tick(node);
	node_presence_tick(node);
	drain(node);
}

pars_usec node_dht_deadline(const struct pars_node *node)
{
	const struct node_dht *d = node->dht;
	const struct ask *a;
	const struct kad_stream *s;
	if (!d->dht)
		return PARS_NEVER;
	pars_usec at = PARS_MIN(pars_dht_deadline(d->dht), node_presence_deadline(node));
	TAILQ_FOREACH(a, &d->asks, entry)
		at = PARS_MIN(at, !a->stream && a->conn ? a->dial_until : a->until);
	TAILQ_FOREACH(s, &d->streams, entry)
		at = PARS_MIN(at, s->idle_at);
	return at;
}

bool node_dht_silent(const struct pars_node *node)
{
	struct pars_dht_stats st = { 0 };
	if (node->dht->dht)
		pars_dht_stats(node->dht->dht, &st);
	return st.silent >= SILENT;
}

size_t node_dht_size(const struct pars_node *node)
{
	return node->dht->dht ? pars_dht_size(node->dht->dht) : 0;
}

/* -- opening ------------------------------------------------------------------------------------------ */

static size_t decode_addrs(struct pars_bytes list, struct pars_multiaddr *out, size_t max)
{
	size_t n = 0;
	while (list.n >= 2 && n < max) {
		size_t size = pars_be16(list.p);
		pars_bytes_take(&list, 2);
		if (size > list.n)
			break;
		n += !pars_multiaddr_decode(pars_bytes_take(&list, size), &out[n]);
	}
	return n;
}

size_t node_dht_learn_saved(struct pars_node *node, size_t from, size_t most)
{
	struct node_dht *d = node->dht;
	struct pars_multiaddr addrs[PARS_CONTACT_ADDRS_MAX];
	struct pars_peer_id id;
	size_t count = 0;
	pars_run(node->store, "DELETE FROM contact WHERE peer NOT IN (SELECT peer FROM contact ORDER BY seen_ns DESC "
		"LIMIT " SAVED_MAX ")");
	struct pars_stmt *q = pars_query(node->store, "SELECT peer, addresses, envelope FROM contact ORDER BY seen_ns DESC, peer "
		"LIMIT ? OFFSET ?", PARS_INT(PARS_MIN(most, (size_t)INT64_MAX)), PARS_INT(from));
	while (pars_row(q)) {
		if (pars_peer_id_decode(pars_col_bytes(q, 0), &id))
			continue;
		struct pars_contact *c = pars_contact_get(d->contacts, &id);
		size_t n = decode_addrs(pars_col_bytes(q, 1), addrs, PARS_CONTACT_ADDRS_MAX);
		pars_contact_set_addrs(c, PARS_CONTACT_HEARSAY, addrs, n);
		take_envelope(node, c, pars_col_bytes(q, 2), true);
		if (c != d->self)
			pars_dht_learn(d->dht, c);
		pars_contact_unref(d->contacts, c);
		count++;
	}
	return count;
}

/* A clock that went wrong makes no record old at once: it gets an hour for its
 * owner to say it again. */
static pars_usec age_of(const struct pars_node *node, int64_t received_ns)
{
	pars_usec most = pars_dht_default_limits.expiry - RECORD_GRACE;
	int64_t age_ns = node->now.wall_ns - received_ns;
	return age_ns < 0 ? 0 : PARS_MIN((pars_usec)age_ns / 1000, most);
}

static void restore(struct pars_node *node)
{
	struct pars_stmt *q = pars_query(node->store, "SELECT key, value, received_ns FROM kad_record");
	while (pars_row(q))
		pars_dht_restore(node->dht->dht, pars_col_bytes(q, 0), pars_col_bytes(q, 1),
			age_of(node, pars_col_int(q, 2)));
	q = pars_query(node->store, "SELECT key FROM kad_provide");
	while (pars_row(q))
		pars_dht_provide(node->dht->dht, pars_col_bytes(q, 0));
	q = pars_query(node->store, "SELECT key, value FROM kad_own");
	while (pars_row(q)) {
		enum pars_err err;
		pars_dht_put(node->dht->dht, pars_col_bytes(q, 0), pars_col_bytes(q, 1), &err);
	}
}

void node_dht_init(struct pars_node *node, const struct pars_node_config *config)
{
	struct node_dht *d = node->dht = pars_alloc(sizeof *d);
	bool dev = !strcmp(node->network, "dev"), main = !strcmp(node->network, "mainnet");
	TAILQ_INIT(&d->asks);
	TAILQ_INIT(&d->streams);
	TAILQ_INIT(&d->lookups);
	d->next_lookup = 1;
	pars_map_init(&d->unreachable, unreachable_key, pars_rng_u64(&node->rng));
	d->contacts = pars_contacts_new(pars_rng_u64(&node->rng));
	pars_contacts_set_private_ok(d->contacts, dev || config->private_addresses);
	d->self = pars_contact_get(d->contacts, pars_host_id(node->host));
	d->mode = config->kad_mode;
	d->private_ok = dev || config->private_addresses;
	/* Networks must not run into one another. */
	if (config->kad_protocol)
		snprintf(d->protocol, sizeof d->protocol, "%s", config->kad_protocol);
	else
		snprintf(d->protocol, sizeof d->protocol, main ? "/pars/kad/1.0.0" : "/pars/%s/kad/1.0.0", node->network);
	if (d->mode == PARS_KAD_OFF)
		return;
	struct pars_dht_config c = { .self = d->self, .contacts = d->contacts, .limits = pars_dht_default_limits,
		.metrics = &node->metrics, .rng = &node->rng };
	c.limits.private_ok = d->private_ok;
	d->dht = pars_dht_new(&c);
	pars_dht_begin(d->dht, node->now.mono_us);
	restore(node);
}

void node_dht_done(struct pars_node *node)
{
	struct node_dht *d = node->dht;
	struct ask *a, *next_ask;
	struct kad_stream *s, *next_stream;
	if (!d)
		return;
	for (a = TAILQ_FIRST(&d->asks); a; a = next_ask) {
		next_ask = TAILQ_NEXT(a, entry);
		ask_free(node, a);
	}
	for (s = TAILQ_FIRST(&d->streams); s; s = next_stream) {
		next_stream = TAILQ_NEXT(s, entry);
		stream_free(node, s, false);
	}
	node_dht_forgive(node);
	node_kad_done(node);
	pars_dht_free(d->dht);
	pars_contact_unref(d->contacts, d->self);
	pars_contacts_free(d->contacts);
	free(d);
}
