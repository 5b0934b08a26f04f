/* node/ask.c - questions of the hash table on their way to peers: a connection, a
 * stream, an answer. */
#include "node/dht.h"

#include <stdlib.h>

#include "base/alloc.h"

#define ASKS_MAX 256        /* questions out at once */
#define ASK_TIME PARS_S(10)
#define DIAL_TIME PARS_S(4) /* for one address, then the next is tried */

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

/* -- dialling ----------------------------------------------------------------------- */

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
	node_not_reached(node, a->contact);
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
	else if (node_is_unreachable(node, a->contact))
		ask_failed(node, a);
	else
		ask_dial(node, a);
}

void node_ask(struct pars_node *node, const struct pars_dht_event *ev)
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

void node_ask_peer_up(struct pars_node *node, const struct pars_host_event *ev)
{
	struct ask *a, *next;
	node_reached(node, &ev->peer);
	for (a = TAILQ_FIRST(&node->dht->asks); a; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (!a->stream && pars_peer_id_equal(&a->contact->id, &ev->peer))
			ask_connected(node, a, ev->conn);
	}
}

void node_ask_conn_gone(struct pars_node *node, pars_conn conn)
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

/* -- answers ------------------------------------------------------------------------ */

/* A refused answer is the peer's fault, a late one is not. */
static void ask_received(struct pars_node *node, struct ask *a, struct pars_bytes data)
{
	struct node_dht *d = node->dht;
	struct pars_dht_message m;
	struct pars_bytes raw;
	size_t size;
	pars_buf_put(&a->in, data);
	pars_host_consumed(node->host, a->stream, data.n);
	enum pars_err err = node_dht_next_message(node, &a->in, &raw, &size);
	if (err == PARS_E_NOT_READY)
		return;
	if (!err)
		err = node_dht_decode(node, raw, &m);
	if (err) {
		pars_host_blame(node->host, a->conn, err);
		ask_failed(node, a);
		return;
	}
	node_told_envelopes(node, &m);
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

static struct ask *ask_of(struct pars_node *node, pars_stream stream)
{
	struct ask *a;
	TAILQ_FOREACH(a, &node->dht->asks, entry)
		if (a->stream == stream)
			return a;
	return NULL;
}

bool node_ask_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct ask *a = ask_of(node, ev->stream);
	if (!a)
		return false;
	if (ev->type == PARS_HOST_STREAM_DATA) {
		ask_received(node, a, ev->data);
	} else if (ev->type == PARS_HOST_STREAM_FIN) {
		ask_ended(node, a, true);
	} else if (ev->type == PARS_HOST_STREAM_CLOSED) {
		a->stream = 0;
		ask_ended(node, a, !ev->err);
	}
	return true;
}

/* -- time --------------------------------------------------------------------------- */

void node_ask_tick(struct pars_node *node)
{
	struct ask *a, *next;
	for (a = TAILQ_FIRST(&node->dht->asks); a; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (node->now.mono_us >= a->until) {
			if (!a->stream)
				node_not_reached(node, a->contact);
			ask_failed(node, a);
		} else if (!a->stream && a->conn && node->now.mono_us >= a->dial_until) {
			pars_host_close(node->host, a->conn); /* DIAL_FAILED follows: the next address */
		}
	}
}

pars_usec node_ask_deadline(const struct pars_node *node)
{
	const struct ask *a;
	pars_usec at = PARS_NEVER;
	TAILQ_FOREACH(a, &node->dht->asks, entry)
		at = PARS_MIN(at, !a->stream && a->conn ? a->dial_until : a->until);
	return at;
}

void node_ask_done(struct pars_node *node)
{
	struct ask *a, *next;
	for (a = TAILQ_FIRST(&node->dht->asks); a; a = next) {
		next = TAILQ_NEXT(a, entry);
		ask_free(node, a);
	}
}
