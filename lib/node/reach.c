/* node/reach.c - whether others can dial this node: what peers see of us is
 * believed when several agree, and peers are asked to dial us back (AutoNAT).
 * We dial back for others, too, at no address but the one they come from. */
#include "node/reach.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"
#include "dht/contact.h"
#include "node/dht.h"

#define PROBE_TIME PARS_S(20)
#define PROBE_SOON PARS_S(15)    /* while nothing is known … */
#define PROBE_AGAIN PARS_S(900)  /* … and afterwards */
#define PROBES_MAX 3             /* peers asked at once */
#define AGREE 3                  /* peers whose outcome is believed … */
#define SERVICES_MAX 16
#define DIALS_PER_MINUTE 30      /* for others */

/* -- what peers see ------------------------------------------------------------------- */

/* Of a connection that was accepted the address is one that was dialled. What
 * a peer sees of one that we dialled has a port of no use, but the host may
 * stand with the port of our listener: a guess that dialling back checks. */
static void observe(struct pars_node *node, const struct pars_host_peer *p)
{
	struct node_reach *r = node->reach;
	struct pars_endpoint seen, own;
	struct pars_multiaddr addrs[8];
	uint32_t group = pars_addr_group(&p->addr);
	if (!p->observed.n || !pars_multiaddr_endpoint(&p->observed, &seen) || !group)
		return;
	if (p->inbound) {
		pars_observed_add(&r->observed, &seen, group, node->now.mono_us);
		return;
	}
	size_t n = pars_host_addrs(node->host, addrs, PARS_COUNT(addrs));
	for (size_t i = 0; i < n; i++)
		if (pars_multiaddr_endpoint(&addrs[i], &own) && own.family == seen.family) {
			seen.port = own.port;
			pars_observed_add(&r->observed, &seen, group, node->now.mono_us);
			return;
		}
}

static void tell_believed(struct pars_node *node)
{
	struct pars_endpoint list[4];
	struct pars_multiaddr addrs[4];
	size_t m = 0, n = pars_observed_believed(&node->reach->observed, node->now.mono_us, list, PARS_COUNT(list));
	for (size_t i = 0; i < n; i++) {
		pars_multiaddr_from_endpoint(&list[i], &addrs[m]);
		m += node_addr_usable(node, &addrs[m]);
	}
	pars_host_set_external(node->host, addrs, m);
}

/* -- asking to be dialled ----------------------------------------------------------------- */

static void probe_free(struct pars_node *node, struct reach_probe *p, bool reset)
{
	if (reset)
		pars_host_reset(node->host, p->stream);
	TAILQ_REMOVE(&node->reach->probes, p, entry);
	pars_buf_done(&p->in);
	free(p);
}

static void probe(struct pars_node *node, const struct pars_host_peer *peer, const struct pars_autonat *question)
{
	PARS_AUTO_BUF out = { 0 };
	pars_stream stream;
	uint32_t group = pars_addr_group(&peer->addr);
	if (pars_host_open(node->host, peer->conn, PARS_AUTONAT_PROTOCOL, TAG_AUTONAT, &stream))
		return;
	struct reach_probe *p = pars_alloc(sizeof *p);
	*p = (struct reach_probe){ .stream = stream, .group = group, .until = node->now.mono_us + PROBE_TIME };
	TAILQ_INSERT_TAIL(&node->reach->probes, p, entry);
	pars_autonat_encode(question, &out);
	if (pars_host_write(node->host, stream, pars_buf_bytes(&out)) < out.n)
		probe_free(node, p, true);
	else
		pars_host_finish(node->host, stream);
}

static void probe_some(struct pars_node *node)
{
	struct node_reach *r = node->reach;
	const struct pars_host_peer *peers[PROBES_MAX], *p;
	struct pars_autonat *question = pars_alloc(sizeof *question);
	size_t at = 0, seen = 0, n = 0;
	question->peer = *pars_host_id(node->host);
	question->count = node_own_addrs(node, question->addrs, PARS_AUTONAT_ADDRS_MAX);
	/* Any of them, each as likely (reservoir sampling). */
	while (question->count && (p = pars_host_peer_next(node->host, &at))) {
		if (!pars_host_peer_speaks(p, PARS_AUTONAT_PROTOCOL))
			continue;
		size_t place = seen++ < PROBES_MAX ? n++ : (size_t)pars_rng_below(&node->rng, seen);
		if (place < PROBES_MAX)
			peers[place] = p;
	}
	for (size_t i = 0; i < n; i++)
		probe(node, peers[i], question);
	free(question);
	r->probe_us = node->now.mono_us + (r->verdict == REACH_UNKNOWN ? PROBE_SOON : PROBE_AGAIN);
}

/* As many as there are groups that could say so, at most AGREE. */
static size_t needed(const struct pars_node *node)
{
	return PARS_MIN(node->reach->outcome_count, (size_t)AGREE);
}

static void judge(struct pars_node *node)
{
	struct node_reach *r = node->reach;
	size_t reached = 0, enough = needed(node);
	enum reach_verdict before = r->verdict;
	for (size_t i = 0; i < r->outcome_count; i++)
		reached += r->outcomes[i].reached;
	if (enough && reached >= enough)
		r->verdict = REACH_PUBLIC;
	else if (enough && r->outcome_count - reached >= enough)
		r->verdict = REACH_PRIVATE;
	if (r->verdict != before) {
		r->probe_us = node->now.mono_us + PROBE_SOON;
		node->dht->mode_us = 0;
		pars_effects_notify(&node->fx, PARS_TOPIC_STATUS, "reachability");
	}
}

/* The newest outcome of each group counts. */
static void outcome(struct pars_node *node, uint32_t group, bool reached)
{
	struct node_reach *r = node->reach;
	size_t i = 0;
	while (i < r->outcome_count && r->outcomes[i].group != group)
		i++;
	if (i == r->outcome_count)
		i = r->outcome_count < REACH_OUTCOMES ? r->outcome_count++ : REACH_OUTCOMES - 1;
	memmove(r->outcomes + 1, r->outcomes, i * sizeof *r->outcomes);
	r->outcomes[0].group = group;
	r->outcomes[0].reached = reached;
	judge(node);
}

/* -- whole messages ------------------------------------------------------------------------- */

static enum pars_err message_of(const struct pars_buf *in, struct pars_autonat *ret)
{
	struct pars_bytes raw;
	size_t size;
	enum pars_err err = pars_uvarint_message(pars_buf_bytes(in), PARS_AUTONAT_MESSAGE_MAX, &raw, &size);
	return err ? err : pars_autonat_decode(raw, ret);
}

static void probe_received(struct pars_node *node, struct reach_probe *p, const struct pars_host_event *ev)
{
	struct pars_autonat *m = pars_alloc(sizeof *m);
	pars_buf_put(&p->in, ev->data);
	pars_host_consumed(node->host, p->stream, ev->data.n);
	enum pars_err err = message_of(&p->in, m);
	if (err != PARS_E_NOT_READY) {
		if (err)
			pars_host_blame(node->host, ev->conn, err);
		else if (m->is_response && (m->status == PARS_AUTONAT_OK || m->status == PARS_AUTONAT_DIAL_ERROR))
			outcome(node, p->group, m->status == PARS_AUTONAT_OK);
		probe_free(node, p, true);
	}
	free(m);
}

/* -- dialling back for others ------------------------------------------------------------------ */

static void service_free(struct pars_node *node, struct reach_service *s, bool reset)
{
	if (reset)
		pars_host_reset(node->host, s->stream);
	TAILQ_REMOVE(&node->reach->services, s, entry);
	node->reach->service_count--;
	pars_buf_done(&s->in);
	free(s);
}

static void respond(struct pars_node *node, struct reach_service *s, enum pars_autonat_status status)
{
	struct pars_autonat *m = pars_alloc(sizeof *m);
	PARS_AUTO_BUF out = { 0 };
	m->is_response = true;
	m->status = status;
	if (status == PARS_AUTONAT_OK)
		m->addr = s->addr;
	pars_autonat_encode(m, &out);
	free(m);
	(void)!pars_host_write(node->host, s->stream, pars_buf_bytes(&out));
	pars_host_finish(node->host, s->stream);
	service_free(node, s, false);
}

static void service_opened(struct pars_node *node, const struct pars_host_event *ev)
{
	struct node_reach *r = node->reach;
	const struct pars_host_peer *p = pars_host_peer(node->host, ev->conn);
	struct pars_endpoint from;
	if (!p || r->service_count >= SERVICES_MAX || !pars_multiaddr_endpoint(&p->addr, &from)) {
		pars_host_reset(node->host, ev->stream);
		return;
	}
	struct reach_service *s = pars_alloc(sizeof *s);
	*s = (struct reach_service){ .stream = ev->stream, .from = from, .until = node->now.mono_us + PROBE_TIME };
	TAILQ_INSERT_TAIL(&r->services, s, entry);
	r->service_count++;
}

static bool within_rate(struct pars_node *node)
{
	struct node_reach *r = node->reach;
	if (node->now.mono_us - r->minute_us >= PARS_S(60)) {
		r->minute_us = node->now.mono_us;
		r->dials = 0;
	}
	return r->dials++ < DIALS_PER_MINUTE;
}

/* Nobody can make us dial a third party. */
static bool comes_from(const struct reach_service *s, const struct pars_multiaddr *a)
{
	struct pars_endpoint e;
	return pars_multiaddr_endpoint(a, &e) && e.port && e.family == s->from.family &&
		!memcmp(e.ip, s->from.ip, e.family == PARS_IP4 ? 4 : 16);
}

static void dial_back(struct pars_node *node, struct reach_service *s, const struct pars_autonat *m,
	const struct pars_peer_id *peer)
{
	size_t i = 0;
	if (m->is_response || !pars_peer_id_equal(&m->peer, peer)) {
		respond(node, s, PARS_AUTONAT_BAD_REQUEST);
		return;
	}
	while (i < m->count && !comes_from(s, &m->addrs[i]))
		i++;
	if (i == m->count || !within_rate(node)) {
		respond(node, s, PARS_AUTONAT_DIAL_REFUSED);
		return;
	}
	s->addr = m->addrs[i];
	if (!pars_multiaddr_set_p2p(&s->addr, pars_peer_id_bytes(peer)) ||
	    pars_host_dial(node->host, &s->addr, &s->dialled))
		respond(node, s, PARS_AUTONAT_DIAL_REFUSED);
}

static void service_received(struct pars_node *node, struct reach_service *s, const struct pars_host_event *ev)
{
	struct pars_autonat *m = pars_alloc(sizeof *m);
	const struct pars_host_peer *p = pars_host_peer(node->host, ev->conn);
	pars_buf_put(&s->in, ev->data);
	pars_host_consumed(node->host, s->stream, ev->data.n);
	enum pars_err err = s->dialled || !p ? PARS_E_PEER_PROTOCOL : message_of(&s->in, m);
	if (!err) {
		struct pars_peer_id peer = p->id;
		dial_back(node, s, m, &peer);
	} else if (err != PARS_E_NOT_READY) {
		service_free(node, s, true);
		pars_host_blame(node->host, ev->conn, err);
	}
	free(m);
}

static void dialled(struct pars_node *node, pars_conn conn, bool reached)
{
	struct reach_service *s;
	TAILQ_FOREACH(s, &node->reach->services, entry)
		if (s->dialled == conn)
			break;
	if (!s)
		return;
	if (reached)
		pars_host_close(node->host, conn); /* it was dialled for the answer only */
	respond(node, s, reached ? PARS_AUTONAT_OK : PARS_AUTONAT_DIAL_ERROR);
}

/* -- events and time ------------------------------------------------------------------------------ */

static void stream_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct reach_probe *p;
	struct reach_service *s;
	TAILQ_FOREACH(p, &node->reach->probes, entry)
		if (p->stream == ev->stream)
			break;
	TAILQ_FOREACH(s, &node->reach->services, entry)
		if (s->stream == ev->stream)
			break;
	switch (ev->type) {
	case PARS_HOST_STREAM_OPENED:
		if (ev->inbound)
			service_opened(node, ev);
		break;
	case PARS_HOST_STREAM_DATA:
		if (p)
			probe_received(node, p, ev);
		else if (s)
			service_received(node, s, ev);
		break;
	case PARS_HOST_STREAM_CLOSED:
		if (p)
			probe_free(node, p, false);
		else if (s)
			service_free(node, s, false);
		break;
	default:
		break;
	}
}

void node_reach_event(struct pars_node *node, const struct pars_host_event *ev)
{
	const struct pars_host_peer *p;
	switch (ev->type) {
	case PARS_HOST_PEER_UP:
		dialled(node, ev->conn, true);
		break;
	case PARS_HOST_DIAL_FAILED:
		dialled(node, ev->conn, false);
		break;
	case PARS_HOST_PEER_IDENTIFIED:
		if ((p = pars_host_peer(node->host, ev->conn))) {
			observe(node, p);
			tell_believed(node);
		}
		break;
	default:
		if (ev->stream && ev->tag == TAG_AUTONAT)
			stream_event(node, ev);
		break;
	}
}

static void services_due(struct pars_node *node)
{
	struct reach_service *s, *next;
	for (s = TAILQ_FIRST(&node->reach->services); s; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (node->now.mono_us < s->until)
			continue;
		if (s->dialled)
			pars_host_close(node->host, s->dialled);
		service_free(node, s, true);
	}
}

void node_reach_tick(struct pars_node *node)
{
	struct node_reach *r = node->reach;
	struct reach_probe *p, *next;
	if (node->now.mono_us >= r->probe_us)
		probe_some(node);
	for (p = TAILQ_FIRST(&r->probes); p; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (node->now.mono_us >= p->until)
			probe_free(node, p, true);
	}
	services_due(node);
}

pars_usec node_reach_deadline(const struct pars_node *node)
{
	const struct node_reach *r = node->reach;
	const struct reach_probe *p;
	const struct reach_service *s;
	pars_usec at = r->probe_us;
	TAILQ_FOREACH(p, &r->probes, entry)
		at = PARS_MIN(at, p->until);
	TAILQ_FOREACH(s, &r->services, entry)
		at = PARS_MIN(at, s->until);
	return at;
}

/* -- opening and telling ------------------------------------------------------------------------------ */

void node_reach_init(struct pars_node *node)
{
	struct node_reach *r = node->reach = pars_alloc(sizeof *r);
	TAILQ_INIT(&r->probes);
	TAILQ_INIT(&r->services);
	/* In a network of private addresses whoever listens can be dialled. */
	r->probe_us = node->dht->private_ok ? PARS_NEVER : node->now.mono_us + PROBE_SOON;
	pars_host_serve(node->host, PARS_AUTONAT_PROTOCOL, TAG_AUTONAT);
}

void node_reach_done(struct pars_node *node)
{
	struct node_reach *r = node->reach;
	struct reach_probe *p, *next_probe;
	struct reach_service *s, *next_service;
	if (!r)
		return;
	for (p = TAILQ_FIRST(&r->probes); p; p = next_probe) {
		next_probe = TAILQ_NEXT(p, entry);
		probe_free(node, p, false);
	}
	for (s = TAILQ_FIRST(&r->services); s; s = next_service) {
		next_service = TAILQ_NEXT(s, entry);
		service_free(node, s, false);
	}
	free(r);
}

bool node_reach_public(const struct pars_node *node)
{
	struct pars_multiaddr addrs[16];
	return node_own_addrs(node, addrs, PARS_COUNT(addrs)) &&
		(node->dht->private_ok || node->reach->verdict == REACH_PUBLIC);
}

const char *node_reach_reason(const struct pars_node *node)
{
	struct pars_multiaddr addrs[16];
	if (!node_own_addrs(node, addrs, PARS_COUNT(addrs)))
		return "it listens on no address that nodes elsewhere could dial";
	if (node->dht->private_ok)
		return "it listens, and in this network private addresses count";
	switch (node->reach->verdict) {
	case REACH_PUBLIC:
		return "other nodes dialled it and reached it";
	case REACH_PRIVATE:
		return "other nodes tried to dial it and did not reach it: a router or firewall stands before it";
	case REACH_UNKNOWN:
		break;
	}
	return "no other node has tried to dial it yet";
}
