#include "daemon/net_internal.h"

#include <stdlib.h>

#include "base/alloc.h"

static struct pars_bytes conn_key(const void *value)
{
	const struct conn *c = value;
	return PARS_BYTES(&c->id, sizeof c->id);
}

struct net *net_new(struct event_base *base, struct inbox *inbox)
{
	struct net *n = pars_alloc(sizeof *n);
	n->base = base;
	n->inbox = inbox;
	/* The ids are numbers that we or the node count up: nobody chooses them. */
	pars_map_init(&n->by_id, conn_key, 1);
	return n;
}

static struct conn *find(struct net *n, pars_conn id)
{
	return pars_map_get(&n->by_id, PARS_BYTES(&id, sizeof id));
}

void net_effect(struct net *n, const struct pars_effect *e)
{
	struct conn *c = find(n, e->conn);
	switch (e->type) {
	case PARS_EF_DIAL:
		dial_start(n, e->conn, &e->endpoint);
		break;
	case PARS_EF_LISTEN:
		listen_start(n, e->listener, &e->endpoint);
		break;
	case PARS_EF_UNLISTEN:
		listen_stop(n, e->listener);
		break;
	/* The connection may have ended since the node last heard of it. */
	case PARS_EF_SEND:
		if (c)
			conn_send(c, e->data);
		break;
	case PARS_EF_CLOSE:
		if (c)
			conn_close(c);
		break;
	case PARS_EF_ABORT:
		if (c)
			conn_abort(c);
		break;
	case PARS_EF_JOB:
	case PARS_EF_LOG:
	case PARS_EF_NOTIFY:
		break;
	}
}

void net_flush(struct net *n)
{
	while (n->touched) {
		struct conn *c = n->touched;
		n->touched = c->next_touched;
		c->touched = false;
		conn_flush(c);
	}
}

bool net_is_busy(const struct net *n)
{
	for (const struct conn *c = n->conns; c; c = c->next)
		if (c->out && evbuffer_get_length(c->out))
			return true;
	return false;
}

void net_drop_all(struct net *n)
{
	while (n->conns)
		conn_free(n->conns);
	listen_stop_all(n);
}

void net_free(struct net *n)
{
	if (!n)
		return;
	net_drop_all(n);
	pars_map_done(&n->by_id);
	if (n->dns)
		evdns_base_free(n->dns, 0);
	free(n);
}
