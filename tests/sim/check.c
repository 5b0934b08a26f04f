/* What must be true: after every event, and of equal replicas in the end. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/metric.h"
#include "tests/sim/disk.h"
#include "tests/sim/sim_impl.h"

#define UNCHECKED_MAX 50 /* steps without anything new */

/* -- after every event ------------------------------------------------------------- */

static void check_growth(struct sim *s, unsigned node)
{
	uint64_t v = sim_vertices(s, node);
	if (v < s->nodes[node].vertices)
		sim_fail(s, "node %u had %llu vertices and has %llu", node,
			(unsigned long long)s->nodes[node].vertices, (unsigned long long)v);
	s->nodes[node].vertices = v;
}

/* What arrives after a message of its author has a higher counter: causal
 * order, seen by a reader who follows. */
static void check_arrivals(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct sim_node *n = &s->nodes[node];
	struct pars_message_page page;
	if (pars_session_read(n->node, n->session, PARS_ORDER_ARRIVAL, n->arrival[0] ? n->arrival : NULL, PARS_PAGE_MAX,
	    &a, &page, NULL))
		return;
	for (size_t i = 0; i < page.count; i++)
		for (size_t k = i + 1; k < page.count; k++)
			if (!strcmp(page.list[i].author, page.list[k].author) && !page.list[i].forked &&
			    page.list[k].n <= page.list[i].n)
				sim_fail(s, "node %u read %s before what it follows", node, page.list[i].id);
	snprintf(n->arrival, sizeof n->arrival, "%s", page.next);
}

/* What its callers were told is saved is there, whatever happened. */
static void check_acknowledged(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	for (size_t i = 0; i < s->acknowledged_count; i++) {
		struct pars_vertex_info v;
		if (s->acknowledged[i].node == node && !s->acknowledged[i].promise &&
		    pars_dag_show(s->nodes[node].node, s->acknowledged[i].id, &a, &v, NULL))
			sim_fail(s, "node %u has lost %s, which it had acknowledged", node, s->acknowledged[i].id);
	}
}

/* Taken in since the node was opened, as it counts itself. */
static uint64_t taken_in(const struct pars_node *node)
{
	const uint64_t *m = pars_node_metrics(node)->value;
	return m[PARS_M_vertex_created] + m[PARS_M_vertex_accepted];
}

/* Looking costs more than most steps do: after a step that took nothing in, one
 * in so many is looked at. The checker's own reads do not fail. */
void sim_check_node(struct sim *s, unsigned node, bool opened)
{
	uint64_t before = s->nodes[node].vertices, taken = taken_in(s->nodes[node].node);
	if (!s->nodes[node].session[0] || (!opened && taken == s->nodes[node].taken && s->nodes[node].unchecked++ < UNCHECKED_MAX))
		return;
	s->nodes[node].taken = taken;
	s->nodes[node].unchecked = 0;
	disk_set_errors(node, 0);
	check_growth(s, node);
	if (s->nodes[node].vertices != before)
		check_arrivals(s, node);
	if (opened)
		check_acknowledged(s, node);
	disk_set_errors(node, s->nodes[node].disk_errors);
}

/* -- what was acknowledged ----------------------------------------------------------- */

void sim_watch(struct sim *s, const char *session)
{
	snprintf(s->session, sizeof s->session, "%s", session);
	for (unsigned i = 0; i < s->o.nodes; i++)
		sim_watch_at(s, i, session);
}

void sim_watch_at(struct sim *s, unsigned node, const char *session)
{
	snprintf(s->nodes[node].session, sizeof s->nodes[node].session, "%s", session);
}

void sim_acknowledged(struct sim *s, unsigned node, const char *vertex)
{
	s->acknowledged = pars_realloc(s->acknowledged, (s->acknowledged_count + 1) * sizeof *s->acknowledged);
	s->acknowledged[s->acknowledged_count].node = node;
	uint64_t promise = pars_promised(s->nodes[node].node);
	bool waits = promise > pars_saved(s->nodes[node].node);
	s->acknowledged[s->acknowledged_count].promise = waits ? promise : 0;
	s->untold += waits;
	snprintf(s->acknowledged[s->acknowledged_count].session, 80, "%s", s->nodes[node].session);
	snprintf(s->acknowledged[s->acknowledged_count++].id, 80, "%s", vertex);
}

/* Who waited for the disk is told. */
void sim_tell_saved(struct sim *s, unsigned node)
{
	uint64_t saved = pars_saved(s->nodes[node].node);
	for (size_t i = 0; i < s->acknowledged_count && s->untold; i++)
		if (s->acknowledged[i].node == node && s->acknowledged[i].promise && s->acknowledged[i].promise <= saved) {
			s->acknowledged[i].promise = 0;
			s->untold--;
		}
}

/* Who waited for the disk of a node that is gone is never told. */
void sim_tell_nobody(struct sim *s, unsigned node)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->acknowledged_count; i++)
		if (s->acknowledged[i].node == node && s->acknowledged[i].promise)
			s->untold--;
		else
			s->acknowledged[kept++] = s->acknowledged[i];
	s->acknowledged_count = kept;
}

/* -- in the end ------------------------------------------------------------------------ */

/* Of all its sessions, by the way whose cost does not grow with their members. */
uint64_t sim_vertices(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_status st;
	pars_status_get(s->nodes[node].node, &a, &st);
	return st.vertices;
}

static const char *check_messages(struct sim *s, unsigned one, unsigned another)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_message_page first, other;
	const char *session = s->nodes[one].session;
	if (pars_session_read(s->nodes[one].node, session, PARS_ORDER_CANONICAL, NULL, PARS_PAGE_MAX, &a, &first, NULL) ||
	    pars_session_read(s->nodes[another].node, session, PARS_ORDER_CANONICAL, NULL, PARS_PAGE_MAX, &a, &other, NULL))
		return "a node cannot read";
	if (other.count != first.count)
		return "two nodes read different numbers of messages";
	for (size_t k = 0; k < first.count; k++)
		if (strcmp(first.list[k].id, other.list[k].id) || strcmp(first.list[k].text, other.list[k].text))
			return "two nodes read messages in different order";
	return NULL;
}

/* Two nodes that watch the same session; or one, beside itself. */
static const char *check_pair(struct sim *s, unsigned one, unsigned another, unsigned forks)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info first, info;
	if (pars_session_show(s->nodes[one].node, s->nodes[one].session, &a, &first, NULL) ||
	    pars_session_show(s->nodes[another].node, s->nodes[one].session, &a, &info, NULL))
		return "a node does not know the session";
	if (info.vertices != first.vertices || strcmp(info.fingerprint, first.fingerprint))
		return "two replicas differ";
	if (info.forked > forks)
		return "an author is forked who is not";
	return strcmp(info.state, "member") ? "a node is still joining" : NULL;
}

static const char *check_kept(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	for (size_t k = 0; k < s->acknowledged_count; k++) {
		struct pars_vertex_info v;
		if (!s->acknowledged[k].promise && !strcmp(s->acknowledged[k].session, s->nodes[node].session) &&
		    pars_dag_show(s->nodes[node].node, s->acknowledged[k].id, &a, &v, NULL))
			return "an acknowledged vertex is missing";
	}
	return NULL;
}

/* The first that watches the same session. */
static unsigned first_with(const struct sim *s, unsigned node)
{
	unsigned i = 0;
	while (strcmp(s->nodes[i].session, s->nodes[node].session))
		i++;
	return i;
}

const char *sim_check_equal(struct sim *s, unsigned forks)
{
	const char *wrong = NULL;
	for (unsigned i = 0; i < s->o.nodes; i++)
		if (!s->nodes[i].node)
			return "a node is down";
	for (unsigned i = 0; i < s->o.nodes && !wrong; i++)
		wrong = check_pair(s, first_with(s, i), i, forks);
	for (unsigned i = 0; i < s->o.nodes && !wrong; i++)
		if (!(wrong = check_kept(s, i)))
			wrong = check_messages(s, first_with(s, i), i);
	return wrong;
}
