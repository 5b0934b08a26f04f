/* node/dht.c - the hash table as a part of the node: its events, the host's, its
 * records on disk, and whether it serves. */
#include "node/dht.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"

#define MODE_INTERVAL PARS_S(1)
#define RECORD_GRACE PARS_S(3600)

/* -- whole messages out of streams ----------------------------------------------------- */

static enum pars_err bad_message(struct pars_node *node, enum pars_err err)
{
	pars_count(&node->metrics, PARS_M_dht_bad_message);
	return err;
}

enum pars_err node_dht_next_message(struct pars_node *node, const struct pars_buf *in, struct pars_bytes *ret,
	size_t *ret_size)
{
	enum pars_err err = pars_uvarint_message(pars_buf_bytes(in), PARS_DHT_MESSAGE_MAX, ret, ret_size);
	return err && err != PARS_E_NOT_READY ? bad_message(node, err) : err;
}

enum pars_err node_dht_decode(struct pars_node *node, struct pars_bytes raw, struct pars_dht_message *ret)
{
	enum pars_err err = pars_dht_message_decode(raw, node->dht->contacts, ret);
	return err ? bad_message(node, err) : PARS_OK;
}

/* -- the table's own events ----------------------------------------------------------------- */

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
			node_ask(node, &ev);
			break;
		case PARS_DHT_EV_TABLE:
			node_told_keep(node, &ev);
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
	size_t n = node_addrs_usable(node, p->listen, p->listen_count, addrs, PARS_CONTACT_ADDRS_MAX);
	bool lives_there = seen_first(p, addrs, n) || !p->inbound || d->private_ok;
	node_told_envelope(node, c, p->record, false);
	pars_contact_set_addrs(c, PARS_CONTACT_MET, addrs, n);
	if (!pars_host_peer_speaks(p, d->protocol))
		pars_dht_drop(d->dht, c);
	else if (n && lives_there)
		pars_dht_learn(d->dht, c);
	else if (n)
		pars_count(&node->metrics, PARS_M_dht_foreign_address);
	pars_contact_unref(d->contacts, c);
}

void node_dht_event(struct pars_node *node, const struct pars_host_event *ev)
{
	if (!node->dht->dht)
		return;
	switch (ev->type) {
	case PARS_HOST_PEER_UP:
		node_ask_peer_up(node, ev);
		break;
	case PARS_HOST_PEER_DOWN:
	case PARS_HOST_DIAL_FAILED:
		node_ask_conn_gone(node, ev->conn);
		break;
	case PARS_HOST_PEER_IDENTIFIED:
		identified(node, ev->conn);
		break;
	default:
		if (ev->stream && ev->tag == TAG_KAD && !node_ask_event(node, ev))
			node_answer_event(node, ev);
		break;
	}
	drain(node);
}

/* -- time ------------------------------------------------------------------------------------------ */

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
	node_told_refresh(node);
	update_mode(node);
	node_ask_tick(node);
	node_answer_tick(node);
	pars_dht_tick(node->dht->dht);
	node_kad_tick(node);
	node_presence_tick(node);
	drain(node);
}

pars_usec node_dht_deadline(const struct pars_node *node)
{
	const struct node_dht *d = node->dht;
	if (!d->dht)
		return PARS_NEVER;
	pars_usec at = PARS_MIN(pars_dht_deadline(d->dht), node_presence_deadline(node));
	return PARS_MIN(at, PARS_MIN(node_ask_deadline(node), node_answer_deadline(node)));
}

bool node_dht_is_alone(const struct pars_node *node)
{
	struct pars_dht_stats st = { 0 };
	if (node->dht->dht)
		pars_dht_stats(node->dht->dht, &st);
	return st.alone;
}

size_t node_dht_size(const struct pars_node *node)
{
	return node->dht->dht ? pars_dht_size(node->dht->dht) : 0;
}

/* -- opening ------------------------------------------------------------------------------------------ */

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
	node_unreachable_init(node);
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
	if (!d)
		return;
	node_ask_done(node);
	node_answer_done(node);
	node_dht_forgive(node);
	node_kad_done(node);
	pars_dht_free(d->dht);
	pars_contact_unref(d->contacts, d->self);
	pars_contacts_free(d->contacts);
	free(d);
}
