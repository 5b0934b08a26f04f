/* node/pubsub.c - the calls of pars.h about topics: those of sessions are
 * shown, others may be joined for as long as the node runs. */
#include "node/gossip.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "codec/cbor.h"

#define RESERVED "/pars/" /* topics with a meaning of their own */

/* -- joining, publishing ----------------------------------------------------------- */

static enum pars_err check_topic(const char *topic, struct pars_fault *fault)
{
	size_t n = strlen(topic);
	if (!n || n > PARS_GOSSIP_TOPIC_MAX)
		return pars_fail(fault, PARS_E_INVALID, "topic: %zu bytes; expected 1 to %d", n, PARS_GOSSIP_TOPIC_MAX);
	if (!strncmp(topic, RESERVED, strlen(RESERVED)))
		return pars_fail(fault, PARS_E_INVALID, "topic: names that begin with %s belong to the node itself", RESERVED);
	return PARS_OK;
}

enum pars_err pars_pubsub_join(struct pars_node *node, const char *topic, bool is_signed, struct pars_fault *fault)
{
	enum pars_err err = check_topic(topic, fault);
	if (err)
		return err;
	err = pars_gossip_subscribe(node->gossip->router, topic, is_signed ? PARS_GOSSIP_SIGNED : PARS_GOSSIP_UNSIGNED,
		&pars_gossip_default_topic);
	if (err == PARS_E_EXISTS)
		return pars_fail(fault, err, "this topic is joined already");
	return err ? pars_fail(fault, err, "too many topics are known") : PARS_OK;
}

static bool is_joined(const struct pars_node *node, const char *topic)
{
	struct pars_gossip_topic_info info;
	size_t at = 0;
	while (pars_gossip_topic_next(node->gossip->router, &at, &info))
		if (info.subscribed && !strcmp(info.name, topic))
			return true;
	return false;
}

static enum pars_err not_joined(struct pars_fault *fault)
{
	return pars_fail(fault, PARS_E_NOT_FOUND, "this topic is not joined: `parsctl gossip join TOPIC` does that");
}

enum pars_err pars_pubsub_leave(struct pars_node *node, const char *topic, struct pars_fault *fault)
{
	enum pars_err err = check_topic(topic, fault);
	if (err)
		return err;
	if (!is_joined(node, topic))
		return not_joined(fault);
	pars_gossip_unsubscribe(node->gossip->router, topic);
	return PARS_OK;
}

enum pars_err pars_pubsub_publish(struct pars_node *node, const char *topic, struct pars_bytes data, bool is_signed,
	struct pars_arena *a, const char **ret_id, uint64_t *ret_peers, struct pars_fault *fault)
{
	struct pars_gossip_id id;
	struct gossip_peer *p;
	enum pars_err err = check_topic(topic, fault);
	if (err)
		return err;
	if (node->paused)
		return pars_fail(fault, PARS_E_PAUSED, "the node is paused: resume it first");
	err = pars_gossip_publish(node->gossip->router, topic, is_signed ? PARS_GOSSIP_SIGNED : PARS_GOSSIP_UNSIGNED, data,
		&id);
	if (err == PARS_E_TOO_LARGE)
		return pars_fail(fault, err, "data: %zu bytes; a message holds at most %zu", data.n, PARS_GOSSIP_DATA_MAX);
	if (err == PARS_E_EXISTS)
		return pars_fail(fault, err, "the very same message went round a moment ago; unsigned ones are known by their "
			"content alone");
	if (err)
		return pars_fail(fault, err, "too much waits to be sent");
	char *hex = pars_arena_alloc(a, 2 * (size_t)id.n + 1);
	pars_hex(pars_gossip_id_bytes(&id), hex);
	*ret_id = hex;
	*ret_peers = 0;
	TAILQ_FOREACH(p, &node->gossip->peers, entry)
		*ret_peers += pars_gossip_reaches(node->gossip->router, p->peer, topic);
	return PARS_OK;
}

/* -- messages of joined topics --------------------------------------------------------- */

static void drop_first(struct node_gossip *g)
{
	struct pubsub_message *m = TAILQ_FIRST(&g->messages);
	TAILQ_REMOVE(&g->messages, m, entry);
	g->message_count--;
	g->message_bytes -= m->data.n;
	pars_buf_done(&m->data);
	free(m->topic);
	free(m);
}

void node_pubsub_took(struct pars_node *node, const char *topic, const struct pars_peer_id *from, bool is_signed,
	struct pars_bytes data)
{
	struct node_gossip *g = node->gossip;
	struct pubsub_message *m = pars_alloc(sizeof *m);
	m->number = ++g->last_number;
	m->wall_ns = node->now.wall_ns;
	m->topic = pars_strdup(topic);
	m->from = *from;
	m->is_signed = is_signed;
	pars_buf_put(&m->data, data);
	TAILQ_INSERT_TAIL(&g->messages, m, entry);
	g->message_count++;
	g->message_bytes += data.n;
	while (g->message_count > PUBSUB_KEPT || (g->message_bytes > PUBSUB_KEPT_BYTES && g->message_count > 1))
		drop_first(g);
	pars_effects_notify(&node->fx, PARS_TOPIC_PUBSUB, topic);
}

void node_pubsub_done(struct pars_node *node)
{
	while (node->gossip->message_count)
		drop_first(node->gossip);
}

static const char *hex_of(struct pars_arena *a, struct pars_bytes data)
{
	char *text = pars_arena_alloc(a, 2 * data.n + 3);
	text[0] = '0';
	text[1] = 'x';
	pars_hex(data, text + 2);
	return text;
}

static const char *text_of(struct pars_arena *a, struct pars_bytes data)
{
	if (!pars_utf8_valid(data) || (data.n && memchr(data.p, 0, data.n)))
		return NULL;
	char *text = pars_arena_alloc(a, data.n + 1);
	if (data.n)
		memcpy(text, data.p, data.n);
	text[data.n] = '\0';
	return text;
}

/* From the end, where readers mostly are. */
static const struct pubsub_message *first_after(const struct pubsub_messages *list, uint64_t number)
{
	const struct pubsub_message *m = TAILQ_LAST(list, pubsub_messages), *first = NULL;
	for (; m && m->number > number; m = TAILQ_PREV(m, pubsub_messages, entry))
		first = m;
	return first;
}

enum pars_err pars_pubsub_read(struct pars_node *node, const char *topic, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_pubsub_page *ret, struct pars_fault *fault)
{
	const struct pubsub_message *m;
	uint64_t after = node->gossip->last_number;
	if (strcmp(cursor, "end")) {
		enum pars_err err = node_cursor_number(*cursor ? cursor : NULL, &after, fault);
		if (err)
			return err;
	}
	if (!is_joined(node, topic))
		return not_joined(fault);
	*ret = (struct pars_pubsub_page){ .list = pars_arena_alloc(a, (limit + 1) * sizeof *ret->list) };
	for (m = first_after(&node->gossip->messages, after); m; m = TAILQ_NEXT(m, entry)) {
		if (strcmp(topic, m->topic))
			continue;
		if ((ret->more = ret->count == limit))
			break;
		struct pars_bytes data = pars_buf_bytes(&m->data);
		after = m->number;
		ret->list[ret->count++] = (struct pars_pubsub_message){ .wall_ns = m->wall_ns,
			.topic = pars_arena_string(a, PARS_BYTES_STR(m->topic)), .from = node_peer_text(a, &m->from),
			.is_signed = m->is_signed, .text = text_of(a, data), .data = hex_of(a, data) };
	}
	ret->next = pars_arena_sprintf(a, "%llu", (unsigned long long)after);
	return PARS_OK;
}

/* -- listing ------------------------------------------------------------------------------ */

/* Cursors are places in the router's lists. */
enum pars_err pars_pubsub_topics(struct pars_node *node, const char *cursor, size_t limit, struct pars_arena *a,
	struct pars_pubsub_topics *ret, struct pars_fault *fault)
{
	struct pars_gossip_topic_info info;
	uint64_t from;
	enum pars_err err = node_cursor_number(cursor, &from, fault);
	if (err)
		return err;
	size_t at = from, here;
	*ret = (struct pars_pubsub_topics){ .list = pars_arena_alloc(a, limit * sizeof *ret->list) };
	for (here = at; pars_gossip_topic_next(node->gossip->router, &at, &info); here = at) {
		if (ret->count == limit) {
			ret->next = pars_arena_sprintf(a, "%zu", here);
			break;
		}
		ret->list[ret->count++] = (struct pars_pubsub_topic){ .topic = pars_arena_string(a, PARS_BYTES_STR(info.name)),
			.joined = info.subscribed, .is_signed = info.policy == PARS_GOSSIP_SIGNED, .peers = info.peers,
			.mesh = info.mesh + info.fanout, .published = info.published, .delivered = info.delivered,
			.duplicates = info.duplicates };
	}
	return PARS_OK;
}

enum pars_err pars_pubsub_mesh(struct pars_node *node, const char *topic, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_pubsub_mesh *ret, struct pars_fault *fault)
{
	struct pars_gossip_member_info info;
	uint64_t from;
	enum pars_err err = node_cursor_number(cursor, &from, fault);
	if (err)
		return err;
	size_t at = from, here;
	*ret = (struct pars_pubsub_mesh){ .list = pars_arena_alloc(a, limit * sizeof *ret->list) };
	for (here = at; pars_gossip_member_next(node->gossip->router, &at, &info); here = at) {
		if (topic && strcmp(topic, info.topic))
			continue;
		if (ret->count == limit) {
			ret->next = pars_arena_sprintf(a, "%zu", here);
			break;
		}
		ret->list[ret->count++] = (struct pars_pubsub_member){ .topic = pars_arena_string(a, PARS_BYTES_STR(info.topic)),
			.peer_id = node_peer_text(a, &info.id), .protocol = pars_gossip_protocols[info.version],
			.mesh = info.mesh || info.fanout, .direct = info.direct, .outbound = info.outbound,
			.score = (int64_t)info.score, .backoff_us = info.backoff_us, .queued = info.queued };
	}
	return PARS_OK;
}
