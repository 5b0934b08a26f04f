#include "daemon/net_internal.h"

#include <stdlib.h>

#include "base/alloc.h"

static struct pars_bytes flow_key(const void *value)
{
	const struct flow *f = value;
	return PARS_BYTES(&f->id, sizeof f->id);
}

struct net *net_new(struct event_base *base, struct inbox *inbox)
{
	struct net *n = pars_alloc(sizeof *n);
	n->base = base;
	n->inbox = inbox;
	/* The ids are numbers that we or the node count up: nobody chooses them. */
	pars_map_init(&n->by_id, flow_key, 1);
	return n;
}

void net_round(struct event_base *base, bool wait)
{
	/* One round in any case: with a full inbox sockets stay readable for ever. */
	event_base_loop(base, EVLOOP_ONCE | (wait ? 0 : EVLOOP_NONBLOCK));
}

static struct flow *find(struct net *n, pars_conn id)
{
	return pars_map_get(&n->by_id, PARS_BYTES(&id, sizeof id));
}

void net_effect(struct net *n, const struct pars_effect *e)
{
	struct flow *f = find(n, e->conn);
	switch (e->type) {
	case PARS_EF_DIAL:
		flow_dial(n, e->conn, &e->endpoint);
		break;
	case PARS_EF_LISTEN:
		net_listen_start(n, e->listener, &e->endpoint);
		break;
	case PARS_EF_UNLISTEN:
		net_listen_stop(n, e->listener);
		break;
	/* The connection may have ended since the node last heard of it. */
	case PARS_EF_SEND:
		if (f)
			flow_send(f, e->data);
		break;
	case PARS_EF_CLOSE:
		if (f)
			flow_close(f);
		break;
	case PARS_EF_ABORT:
		if (f)
			flow_abort(f);
		break;
	case PARS_EF_RESOLVE:
	case PARS_EF_JOB:
	case PARS_EF_LOG:
	case PARS_EF_NOTIFY:
		break;
	}
}

void net_flush(struct net *n)
{
	while (n->touched) {
		struct flow *f = n->touched;
		n->touched = f->next_touched;
		f->touched = false;
		flow_flush(f);
	}
}

size_t net_count(const struct net *n)
{
	size_t count = 0;
	for (const struct flow *f = n->flows; f; f = f->next)
		count++;
	return count;
}

bool net_is_busy(const struct net *n)
{
	for (const struct flow *f = n->flows; f; f = f->next)
		if (f->out && evbuffer_get_length(f->out))
			return true;
	return false;
}

void net_drop_all(struct net *n)
{
	while (n->flows)
		flow_free(n->flows);
	net_listen_stop_all(n);
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
