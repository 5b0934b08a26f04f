/* node/told.c - what is told of peers and of ourselves: addresses, and the signed
 * records that prove them; the peers among them that are kept over restarts. */
#include "node/dht.h"

#include "net/record.h"

#define SAVED_MAX "512" /* peers kept over restarts */

bool node_addr_usable(const struct pars_node *node, const struct pars_multiaddr *a)
{
	struct pars_endpoint e;
	return pars_multiaddr_endpoint(a, &e) && e.port && (node->dht->private_ok || pars_addr_is_global(a));
}

size_t node_addrs_usable(const struct pars_node *node, const struct pars_multiaddr *addrs, size_t n,
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
	return node_addrs_usable(node, out, pars_host_addrs(node->host, out, max), out, max);
}

void node_told_envelope(struct pars_node *node, struct pars_contact *c, struct pars_bytes envelope, bool kept)
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
	record.count = node_addrs_usable(node, record.addrs, record.count, record.addrs, PARS_RECORD_ADDRS_MAX);
	pars_contact_set_record(c, envelope, record.seq, record.addrs, record.count);
}

void node_told_envelopes(struct pars_node *node, const struct pars_dht_message *m)
{
	for (size_t i = 0; i < m->closer_count; i++)
		node_told_envelope(node, m->closer[i], m->closer_envelope[i], false);
	for (size_t i = 0; i < m->provider_count; i++)
		node_told_envelope(node, m->providers[i], m->provider_envelope[i], false);
}

void node_told_refresh(struct pars_node *node)
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
	node_told_envelope(node, d->self, pars_buf_bytes(&envelope), false);
}

/* -- kept over restarts -------------------------------------------------------------- */

/* Peers that answered are tried first after a restart, and now and then while
 * we run. Those that fell silent, too: when a network was split and is whole
 * again, they are the way to its other half. */
void node_told_keep(struct pars_node *node, const struct pars_dht_event *ev)
{
	if (ev->ok)
		pars_run(node->store, "INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?)",
			PARS_BLOB(pars_peer_id_bytes(&ev->contact->id)), PARS_BLOB(ev->contact->addrs),
			PARS_BLOB(ev->contact->envelope), PARS_INT(node->now.wall_ns));
}

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
		node_told_envelope(node, c, pars_col_bytes(q, 2), true);
		if (c != d->self)
			pars_dht_learn(d->dht, c);
		pars_contact_unref(d->contacts, c);
		count++;
	}
	return count;
}
