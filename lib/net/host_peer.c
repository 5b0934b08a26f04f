#include "net/host_impl.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "net/identify.h"
#include "net/record.h"

/* These texts are shown to people, so no control characters or half-encoded
 * ones get in. */
static void take_agent(struct conn *c, struct pars_bytes agent)
{
	size_t n = PARS_MIN(agent.n, (size_t)AGENT_MAX);
	for (size_t i = 0; i < n; i++)
		c->agent[i] = (char)(agent.p[i] >= ' ' && agent.p[i] < 0x7f ? agent.p[i] : '?');
	c->agent[n] = '\0';
}

static bool protocol_valid(struct pars_bytes name)
{
	if (!name.n || name.n > PROTOCOL_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < ' ' || name.p[i] >= 0x7f)
			return false;
	return true;
}

static void take_protocols(struct conn *c, const struct pars_identify *m)
{
	size_t size = 0, count = 0;
	for (size_t i = 0; i < m->protocol_count; i++)
		if (protocol_valid(m->protocols[i]))
			size += m->protocols[i].n + 1;
	free(c->protocol_text);
	free((void *)c->info.protocols);
	char *at = c->protocol_text = pars_alloc(size);
	const char **list = pars_alloc_array(m->protocol_count + 1, sizeof *list);
	for (size_t i = 0; i < m->protocol_count; i++) {
		struct pars_bytes name = m->protocols[i];
		if (!protocol_valid(name))
			continue;
		memcpy(at, name.p, name.n);
		list[count++] = at;
		at += name.n + 1;
	}
	c->info.protocols = list;
	c->info.protocol_count = count;
}

/* Room for so many, in place of what was there. */
static struct pars_multiaddr *listen_room(struct conn *c, size_t count)
{
	struct pars_multiaddr *room = pars_alloc_array(count + 1, sizeof *room);
	free((void *)c->info.listen);
	c->info.listen = room;
	c->info.listen_count = 0;
	return room;
}

/* False: it is there, but no record of this peer. An older one than we have
 * is passed over. */
static bool take_record(struct conn *c, struct pars_bytes envelope)
{
	struct pars_record record;
	if (pars_record_open(envelope, &record) || !pars_peer_id_equal(&record.peer, &c->info.id))
		return false;
	if (c->info.record.n && record.seq < c->info.record_seq)
		return true;
	pars_buf_drop(&c->record, c->record.n);
	pars_buf_put(&c->record, envelope);
	c->info.record = pars_buf_bytes(&c->record);
	c->info.record_seq = record.seq;
	memcpy(listen_room(c, record.count), record.addrs, record.count * sizeof record.addrs[0]);
	c->info.listen_count = record.count;
	return true;
}

static void take_plain_listen(struct conn *c, const struct pars_identify *m)
{
	struct pars_multiaddr *list = listen_room(c, PEER_LISTEN_MAX);
	for (size_t i = 0; i < m->listen_count && c->info.listen_count < PEER_LISTEN_MAX; i++)
		c->info.listen_count += !pars_multiaddr_decode(m->listen[i], &list[c->info.listen_count]);
}

bool peer_identify(struct pars_host *h, struct conn *c, struct pars_bytes messages, bool push)
{
	struct pars_identify m;
	struct pars_peer_id id;
	if (pars_identify_decode(messages, &m))
		return false;
	if (m.public_key.n) {
		pars_peer_id_from_key(m.public_key, &id);
		if (!pars_peer_id_equal(&id, &c->info.id))
			return false;
	}
	if (m.record.n && !take_record(c, m.record))
		return false;
	/* In a push, what is absent is unchanged. */
	if (!m.record.n && (m.listen_count || !push))
		take_plain_listen(c, &m);
	if (m.protocol_count || !push)
		take_protocols(c, &m);
	if (m.agent.n)
		take_agent(c, m.agent);
	if (m.observed.n && pars_multiaddr_decode(m.observed, &c->info.observed))
		c->info.observed.n = 0;
	h->identified += !c->info.identified;
	c->info.identified = true;
	return true;
}

void peer_done(struct conn *c)
{
	free(c->protocol_text);
	free((void *)c->info.protocols);
	free((void *)c->info.listen);
	pars_buf_done(&c->record);
}

static const struct pars_host_peer *peer(struct pars_host *h, struct conn *c)
{
	c->info.score = pars_scores_get(&h->scores, &c->info.id, h->now.mono_us);
	return &c->info;
}

const struct pars_host_peer *pars_host_peer(struct pars_host *h, pars_conn conn)
{
	struct conn *c = conn_find(h, conn);
	return c && c->state == CONN_UP ? peer(h, c) : NULL;
}

bool pars_host_peer_speaks(const struct pars_host_peer *p, const char *protocol)
{
	for (size_t i = 0; i < p->protocol_count; i++)
		if (!strcmp(p->protocols[i], protocol))
			return true;
	return false;
}

const struct pars_host_peer *pars_host_peer_next(struct pars_host *h, size_t *at)
{
	/* It goes on where the last call ended, and need not count up to there. */
	bool goes_on = h->walk && h->walk_at == *at;
	struct conn *c = goes_on ? h->walk : h->first;
	for (size_t i = goes_on ? *at : 0; c && (c->state != CONN_UP || i < *at); c = c->next)
		i += c->state == CONN_UP;
	if (!c)
		return NULL;
	h->walk = c->next;
	h->walk_at = ++*at;
	return peer(h, c);
}

size_t pars_host_peer_count(const struct pars_host *h)
{
	return h->up;
}

size_t pars_host_identified_count(const struct pars_host *h)
{
	return h->identified;
}
