/* node/presence.c - announces that this node serves its sessions, and seeks
 * other nodes that serve them (the specification's AnnouncePresence and
 * FindSessionPeers), so that a session's id or invitation is enough to meet. */
#include "node/dht.h"

#include <stdlib.h>

#include "base/alloc.h"

#define ENOUGH 3                 /* nodes that serve a session; then none is sought */
#define SEEK_FIRST PARS_S(2)
#define SEEK_MAX PARS_S(600)
#define FIND_MAX 20              /* of them, asked of the table at once … */
#define MEET_FIRST 3             /* … and met at once; of the others one in … */
#define MEET_ONE_IN 4
#define KEY_SIZE 34              /* sha2-256 multihash of a rendezvous key */
#define DAYS 3                   /* today, and its neighbours: clocks differ */

/* One of our sessions, as the hash table sees it. */
struct presence {
	TAILQ_ENTRY(presence) entry;
	uint32_t session;
	int64_t day;                 /* of `told` */
	bool announced;
	uint8_t told[KEY_SIZE];      /* what we announce ourselves under */
	pars_dht_op ops[DAYS];       /* seeking, or 0 */
	unsigned found;              /* by this seeking */
	pars_usec seek_us, delay;
};

static struct presence *find(struct pars_node *node, uint32_t session)
{
	struct presence *p;
	TAILQ_FOREACH(p, &node->presences, entry)
		if (p->session == session)
			return p;
	return NULL;
}

static bool key_of(const struct pars_session *s, int64_t day, uint8_t out[KEY_SIZE])
{
	struct pars_digest key;
	if (!pars_session_rendezvous(s, day, &key))
		return false;
	out[0] = 0x12;
	out[1] = 0x20;
	memcpy(out + 2, key.b, sizeof key.b);
	return true;
}

static void announce(struct pars_node *node, struct presence *p, const struct pars_session *s)
{
	p->day = pars_session_day(node->now.wall_ns);
	if ((p->announced = key_of(s, p->day, p->told)))
		pars_dht_provide(node->dht->dht, PARS_BYTES_ARRAY(p->told));
}

static void unannounce(struct pars_node *node, struct presence *p)
{
	if (p->announced)
		pars_dht_unprovide(node->dht->dht, PARS_BYTES_ARRAY(p->told));
	p->announced = false;
}

/* A private session's place moves with the day. */
static void move(struct pars_node *node, struct presence *p)
{
	const struct pars_session *s = pars_sessions_by_num(node->sessions, p->session);
	if (!s->is_private || p->day == pars_session_day(node->now.wall_ns))
		return;
	unannounce(node, p);
	announce(node, p, s);
}

static void add(struct pars_node *node, const struct pars_session *s)
{
	struct presence *p = pars_alloc(sizeof *p);
	*p = (struct presence){ .session = s->num, .seek_us = node->now.mono_us, .delay = SEEK_FIRST };
	TAILQ_INSERT_TAIL(&node->presences, p, entry);
	announce(node, p, s);
}

/* Sooner the fewer nodes are known to serve it. */
static void plan(struct pars_node *node, struct presence *p)
{
	p->seek_us = node->now.mono_us + p->delay / 2 + pars_rng_below(&node->rng, p->delay);
	p->delay = PARS_MIN(2 * p->delay, SEEK_MAX);
}

static bool seeking(const struct presence *p)
{
	for (size_t i = 0; i < DAYS; i++)
		if (p->ops[i])
			return true;
	return false;
}

static void start_seeking(struct pars_node *node, struct presence *p)
{
	const struct pars_session *s = pars_sessions_by_num(node->sessions, p->session);
	uint8_t key[KEY_SIZE];
	p->found = 0;
	for (int i = 0; i < (s->is_private ? DAYS : 1); i++) {
		if (key_of(s, pars_session_day(node->now.wall_ns) + (i == 2 ? -1 : i), key))
			p->ops[i] = pars_dht_find_providers(node->dht->dht, PARS_BYTES_ARRAY(key), FIND_MAX);
	}
}

static void seek(struct pars_node *node, struct presence *p)
{
	size_t equal;
	move(node, p);
	if (node_sync_shared(node, p->session, &equal) >= ENOUGH) {
		p->delay = SEEK_FIRST;
		p->seek_us = node->now.mono_us + SEEK_MAX;
		return;
	}
	if (node_dht_size(node) && !node_dht_is_alone(node)) /* else nobody would say anything */
		start_seeking(node, p);
	if (seeking(p))
		p->seek_us = PARS_NEVER; /* until it is done */
	else
		plan(node, p);
}

void node_presence_event(struct pars_node *node, const struct pars_dht_event *ev)
{
	struct presence *p;
	size_t i = 0;
	TAILQ_FOREACH(p, &node->presences, entry) {
		for (i = 0; i < DAYS && p->ops[i] != ev->op; i++)
			;
		if (i < DAYS)
			break;
	}
	if (!p)
		return;
	if (ev->type == PARS_DHT_EV_PROVIDER) {
		/* A few, and not the same few for everybody: all of them together stay
		 * connected, and nobody has to serve all. */
		if (p->found++ < MEET_FIRST || !pars_rng_below(&node->rng, MEET_ONE_IN))
			node_dht_reach(node, ev->contact);
		return;
	}
	p->ops[i] = 0;
	if (!seeking(p))
		plan(node, p);
}

void node_presence_hurry(struct pars_node *node)
{
	struct presence *p;
	TAILQ_FOREACH(p, &node->presences, entry)
		if (!seeking(p)) {
			p->delay = SEEK_FIRST;
			p->seek_us = node->now.mono_us;
		}
}

/* Sessions that are carried no longer. */
static void drop_gone(struct pars_node *node)
{
	struct presences all = TAILQ_HEAD_INITIALIZER(all);
	struct presence *p;
	TAILQ_CONCAT(&all, &node->presences, entry);
	while ((p = TAILQ_FIRST(&all))) {
		TAILQ_REMOVE(&all, p, entry);
		if (pars_sessions_by_num(node->sessions, p->session)) {
			TAILQ_INSERT_TAIL(&node->presences, p, entry);
			continue;
		}
		unannounce(node, p);
		for (size_t i = 0; i < DAYS; i++)
			if (p->ops[i])
				pars_dht_cancel(node->dht->dht, p->ops[i]);
		free(p);
	}
}

void node_presence_tick(struct pars_node *node)
{
	const struct pars_session *s;
	struct presence *p;
	size_t at = 0;
	if (node->presence_version != pars_sessions_version(node->sessions)) {
		drop_gone(node);
		while ((s = pars_sessions_next(node->sessions, &at)))
			if (!find(node, s->num))
				add(node, s);
		node->presence_version = pars_sessions_version(node->sessions);
	}
	TAILQ_FOREACH(p, &node->presences, entry)
		if (node->now.mono_us >= p->seek_us)
			seek(node, p);
}

pars_usec node_presence_deadline(const struct pars_node *node)
{
	const struct presence *p;
	pars_usec at = node->presence_version != pars_sessions_version(node->sessions) ? node->now.mono_us : PARS_NEVER;
	TAILQ_FOREACH(p, &node->presences, entry)
		at = PARS_MIN(at, p->seek_us);
	return at;
}

void node_presence_done(struct pars_node *node)
{
	struct presence *p, *next;
	for (p = TAILQ_FIRST(&node->presences); p; p = next) {
		next = TAILQ_NEXT(p, entry);
		free(p);
	}
	TAILQ_INIT(&node->presences);
}
