/* node/room.c - room for others: connections that nobody uses are closed, the
 * least used first; who was served makes way for who was turned away; and no
 * more members are dialled than are of use. */
#include "node/node.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "dht/contact.h"

#define CONNS_HIGH(max) ((max) * 3 / 4) /* beyond that many connections … */
#define CONNS_LOW(max) ((max) * 5 / 8)  /* … idle ones are closed down to here */
#define OUTBOUND_MIN 8          /* networks that our own connections lead to */
#define IDLE_TIME PARS_S(20)
#define ROOM_INTERVAL PARS_S(30)
#define LOOK_AGAIN PARS_S(3)    /* after one was lost, or turned away */
#define SERVED_TIME PARS_S(30)  /* connected so long, a member has met others … */
#define STRANGER_TIME PARS_S(10) /* … and somebody else got an answer … */
#define AWAY_TIME PARS_S(300)   /* … and is not taken back, as others wait */
#define SHARERS_ENOUGH 12       /* members of each session: more are not dialled, */
#define SATED_SESSIONS_MAX 64   /* unless there are so many sessions that asking takes long */

/* Kept ones, those that share a session, and those a person vouched for stay. */
static bool is_idle(struct pars_node *node, const struct pars_host_peer *p)
{
	return node->now.mono_us - p->used_us >= IDLE_TIME && !node_sync_shares(node, p->conn) &&
		!node_trust_verified(node, &p->id) && !node_peers_kept(node, p->conn);
}

/* How many networks (IP groups) our own dials lead to, without one of them. */
static size_t outbound_groups(struct pars_node *node, pars_conn without)
{
	const struct pars_host_peer *p;
	uint32_t seen[OUTBOUND_MIN + 1];
	size_t at = 0, n = 0;
	while (n < PARS_COUNT(seen) && (p = pars_host_peer_next(node->host, &at))) {
		uint32_t group = pars_addr_group(&p->addr);
		size_t i = 0;
		while (i < n && seen[i] != group)
			i++;
		if (i == n && !p->inbound && p->conn != without)
			seen[n++] = group;
	}
	return n;
}

/* Whoever dials us is not chosen by us, and one attacker sits in few networks;
 * so connections that we chose, into several networks, are always left. */
static pars_conn least_used(struct pars_node *node)
{
	const struct pars_host_peer *p;
	struct { pars_conn conn; pars_usec used; } in = { 0, PARS_NEVER }, out = { 0, PARS_NEVER };
	size_t at = 0;
	bool spare = outbound_groups(node, 0) > OUTBOUND_MIN;
	while ((p = pars_host_peer_next(node->host, &at))) {
		if (p->used_us >= (p->inbound ? in.used : out.used) || !is_idle(node, p))
			continue;
		if (!p->inbound && !spare && outbound_groups(node, p->conn) < outbound_groups(node, 0))
			continue; /* the only one of its network */
		if (p->inbound) {
			in.conn = p->conn;
			in.used = p->used_us;
		} else {
			out.conn = p->conn;
			out.used = p->used_us;
		}
	}
	return in.conn ? in.conn : out.conn;
}

struct served {
	pars_conn conn;
	bool stranger;
	pars_usec since;
};

/* Strangers before members, and of each who has been here longest. */
static int compare_served(const void *x, const void *y)
{
	const struct served *a = x, *b = y;
	if (a->stranger != b->stranger)
		return a->stranger ? -1 : 1;
	return (a->since > b->since) - (a->since < b->since);
}

/* Members that have all we have, and others with whom no session is shared. */
static size_t find_served(struct pars_node *node, struct served *out)
{
	const struct pars_host_peer *p;
	size_t at = 0, n = 0;
	while ((p = pars_host_peer_next(node->host, &at))) {
		pars_usec age = node->now.mono_us - p->since_us;
		bool stranger = age >= STRANGER_TIME && !node_sync_shares(node, p->conn) && !node_peers_kept(node, p->conn);
		bool done = stranger || (age >= SERVED_TIME && node_sync_is_equal(node, p->conn));
		if (p->inbound && done && !node_trust_verified(node, &p->id))
			out[n++] = (struct served){ p->conn, stranger, p->since_us };
	}
	qsort(out, n, sizeof *out, compare_served);
	return n;
}

static void send_away(struct pars_node *node, size_t most)
{
	struct served *list = pars_alloc_array(node_peers_count(node) + 1, sizeof *list);
	size_t n = find_served(node, list);
	for (size_t i = 0; i < PARS_MIN(n, most); i++)
		pars_host_send_away(node->host, list[i].conn, AWAY_TIME);
	free(list);
}

/* How many were turned away. They may know nobody else: the last survivor of a
 * session, whose address everybody has, would serve the first hundred for ever. */
static size_t turned_away(struct pars_node *node)
{
	uint64_t refused = node->metrics.value[PARS_M_conn_refused], n = refused - node->refused_seen;
	node->refused_seen = refused;
	return (size_t)n;
}

static void make_room(struct pars_node *node)
{
	size_t n = node_peers_count(node), waiting = turned_away(node), half = node->conns_high / 2;
	pars_conn conn;
	if (n <= node->conns_high && !waiting)
		return;
	for (; n > node->conns_low && (conn = least_used(node)); n--)
		pars_host_close(node->host, conn);
	if (waiting && n > half)
		send_away(node, PARS_MIN(waiting, n - half));
}

/* Every session has members enough: a thousand members are not all dialled. A dozen
 * who all want to join only wait for each other, though. */
static bool is_sated(struct pars_node *node)
{
	const struct pars_session *s;
	size_t at = 0, equal;
	if (pars_sessions_count(node->sessions) > SATED_SESSIONS_MAX || node_peers_count(node) < SHARERS_ENOUGH)
		return false;
	while ((s = pars_sessions_next(node->sessions, &at)))
		if (!(s->is_member || s->is_carried) || node_sync_shared(node, s->num, &equal) < SHARERS_ENOUGH)
			return false;
	return true;
}

static void set_sated(struct pars_node *node)
{
	pars_host_set_sated(node->host, is_sated(node) ? 1u << SOURCE_SESSION | 1u << SOURCE_ANCHOR : 0);
}

void node_room_init(struct pars_node *node, unsigned conns_max)
{
	node->conns_high = CONNS_HIGH(conns_max);
	node->conns_low = CONNS_LOW(conns_max);
	node->room_us = PARS_NEVER;
}

void node_room_changed(struct pars_node *node, bool more)
{
	node->room_us = PARS_MIN(node->room_us, more ? node->now.mono_us + ROOM_INTERVAL : node->looked_us + LOOK_AGAIN);
}

void node_room_tick(struct pars_node *node)
{
	if (node->metrics.value[PARS_M_conn_refused] != node->refused_seen)
		node_room_changed(node, false);
	if (node->now.mono_us < node->room_us)
		return;
	make_room(node);
	set_sated(node);
	node->looked_us = node->now.mono_us;
	node->room_us = node_peers_count(node) ? node->now.mono_us + ROOM_INTERVAL : PARS_NEVER;
}

pars_usec node_room_deadline(const struct pars_node *node)
{
	return node->room_us;
}
