#include "net/host_impl.h"

#include <limits.h>

#define SATED_DIAL_ONE_IN 32 /* half a minute's rests */

/* What can be dialled, and who must answer. */
static enum pars_err check_addr(const struct pars_host *h, const struct pars_multiaddr *addr,
	struct pars_endpoint *ret_endpoint, struct pars_peer_id *ret_peer)
{
	struct pars_bytes p2p = pars_multiaddr_p2p(addr);
	*ret_peer = (struct pars_peer_id){ 0 };
	if (!pars_multiaddr_endpoint(addr, ret_endpoint) || !ret_endpoint->port)
		return PARS_E_INVALID;
	if (p2p.n && pars_peer_id_decode(p2p, ret_peer))
		return PARS_E_INVALID;
	return pars_peer_id_equal(ret_peer, &h->id) ? PARS_E_INVALID : PARS_OK;
}

enum pars_err pars_host_dial(struct pars_host *h, const struct pars_multiaddr *addr,
	pars_conn *ret)
{
	struct pars_endpoint endpoint;
	struct pars_peer_id peer;
	enum pars_err err = check_addr(h, addr, &endpoint, &peer);
	if (err)
		return err;
	if (h->paused)
		return PARS_E_PAUSED;
	if (h->conns.count >= h->limits.conns_max)
		return PARS_E_LIMIT;
	if (peer.n && pars_scores_is_banned(&h->scores, &peer, h->now.mono_us))
		return PARS_E_DENIED;
	struct conn *c = conn_add(h, h->next_conn++, false, &endpoint);
	c->expect = c->info.id = peer;
	c->info.addr = *addr;
	struct pars_effect *f = pars_effects_add(h->out, PARS_EF_DIAL);
	f->conn = c->info.conn;
	f->endpoint = endpoint;
	*ret = c->info.conn;
	return PARS_OK;
}

pars_conn pars_host_find(const struct pars_host *h, const struct pars_peer_id *id)
{
	for (const struct conn *c = h->first; c; c = c->next)
		if (c->state == CONN_UP && pars_peer_id_equal(&c->info.id, id))
			return c->info.conn;
	return 0;
}

enum pars_err pars_host_keep(struct pars_host *h, const struct pars_multiaddr *addr, unsigned tag)
{
	struct pars_endpoint endpoint;
	struct pars_peer_id peer;
	enum pars_err err = check_addr(h, addr, &endpoint, &peer);
	return err ? err : pars_dialer_add(&h->dialer, addr, tag, h->now.mono_us);
}

enum pars_err pars_host_unkeep(struct pars_host *h, const struct pars_multiaddr *addr)
{
	return pars_dialer_remove(&h->dialer, addr);
}

const struct pars_host_kept *pars_host_kept_next(struct pars_host *h, size_t *at)
{
	return *at < h->dialer.count ? &h->dialer.targets[(*at)++]->kept : NULL;
}

void pars_host_set_sated(struct pars_host *h, unsigned tags)
{
	h->sated = tags;
}

void pars_host_redial(struct pars_host *h)
{
	pars_dialer_forget_backoff(&h->dialer, h->now.mono_us);
}

static void dial_target(struct pars_host *h, struct pars_dial_target *t)
{
	struct pars_peer_id peer;
	pars_conn conn;
	if (!pars_peer_id_decode(pars_multiaddr_p2p(&t->kept.addr), &peer)
		&& (conn = pars_host_find(h, &peer))) {
		pars_dialer_connected(&h->dialer, t, conn, h->now.mono_us);
		return;
	}
	/* One now and then, still: those who are enough for each other may all be on
	 * one side of a network that was parted. */
	if (t->kept.tag < CHAR_BIT * sizeof h->sated && h->sated & 1u << t->kept.tag &&
	    pars_rng_below(h->rng, SATED_DIAL_ONE_IN)) {
		pars_dialer_rest(&h->dialer, t, h->now.mono_us);
		return;
	}
	enum pars_err err = pars_host_dial(h, &t->kept.addr, &conn);
	t->kept.tries++;
	t->kept.tried_us = h->now.mono_us;
	if (!err)
		pars_dialer_started(&h->dialer, t, conn);
	else if (err == PARS_E_LIMIT)
		pars_dialer_defer(&h->dialer, t, h->now.mono_us);
	else
		pars_dialer_failed(&h->dialer, t, pars_err_text(err), h->now.mono_us);
}

void dial_due(struct pars_host *h)
{
	struct pars_dial_target *t;
	while (!h->paused && (t = pars_dialer_due(&h->dialer, h->now.mono_us)))
		dial_target(h, t);
}

void dial_peer_up(struct pars_host *h, struct conn *c)
{
	pars_dialer_up(&h->dialer, c->info.conn, &c->info.id, h->now.mono_us);
}

void pars_host_close(struct pars_host *h, pars_conn conn)
{
	struct conn *c = conn_find(h, conn);
	if (c)
		conn_goodbye(h, c, PARS_YAMUX_NORMAL, PARS_OK, "closed by this node");
}

void pars_host_send_away(struct pars_host *h, pars_conn conn, pars_usec how_long)
{
	struct conn *c = conn_find(h, conn);
	if (!c)
		return;
	if (c->state == CONN_UP)
		pars_scores_send_away(&h->scores, &c->info.id, h->now.mono_us + how_long, h->now.mono_us);
	conn_goodbye(h, c, PARS_YAMUX_NORMAL, PARS_OK, "closed by this node to make room");
}

void pars_host_set_paused(struct pars_host *h, bool paused)
{
	if (paused)
		while (h->first)
			conn_goodbye(h, h->first, PARS_YAMUX_NORMAL, PARS_E_PAUSED,
				"this node is paused");
	else if (h->paused)
		pars_dialer_forget_backoff(&h->dialer, h->now.mono_us);
	h->paused = paused;
}

bool dial_blame(struct pars_host *h, const struct pars_peer_id *peer, enum pars_err err)
{
	struct pars_peer_id id = *peer; /* it may lie in a connection that ends here */
	if (!pars_scores_blame(&h->scores, &id, err, h->now.mono_us))
		return false;
	pars_count(h->metrics, PARS_M_peer_banned);
	for (struct conn *c = h->first, *next; c; c = next) {
		next = c->next;
		if (c->state == CONN_UP && pars_peer_id_equal(&c->info.id, &id))
			conn_end(h, c, END_ABORT, err, "banned for breaking the rules");
	}
	return true;
}

void pars_host_blame(struct pars_host *h, pars_conn conn, enum pars_err err)
{
	struct conn *c = conn_find(h, conn);
	if (c && c->state == CONN_UP)
		dial_blame(h, &c->info.id, err);
}

void pars_host_blame_peer(struct pars_host *h, const struct pars_peer_id *id, enum pars_err err)
{
	dial_blame(h, id, err);
}

const struct pars_scores *pars_host_scores(const struct pars_host *h)
{
	return &h->scores;
}

void pars_host_set_stake(struct pars_host *h, const struct pars_peer_id *id, unsigned stake)
{
	pars_scores_set_stake(&h->scores, id, stake, h->now.mono_us);
}
