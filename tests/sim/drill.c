/* tests/sim/drill.c - as long as one node survives with the state, the network
 * lives: nodes with sessions and history, clocks years apart and no way to set
 * them; all but one are destroyed; the one stays alone for weeks; as many new
 * nodes come, which know only its invitations; then the network falls into two
 * halves, which go on; then a blackout parts everybody from everybody, and all
 * write alone. In the end all have everything.
 *
 * One session holds all nodes, or MEMBERS of them each; the survivor is in all.
 * Every member takes in every join and message of its session, so the work
 * grows with NODES × MEMBERS.
 *
 * NODES (40), MEMBERS (all), CONNS (the default: connections at most of a node, with
 * many sessions of each but the survivor),
 * MESSAGES (2: of each node, each time), WEEKS (3), PARTED_HOURS (2),
 * BLACKOUT_HOURS (6), SEED (1)
 * from the environment; VERBOSE=1 shows what the nodes log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "tests/sim/sim.h"

#define WEEK PARS_S(7 * 86400)
#define JOIN_TIME PARS_MS(100)
#define PATIENCE PARS_S(4 * 3600)
#define TELL_INTERVAL PARS_S(60)

struct drill {
	struct sim *s;
	unsigned nodes, members, sessions, messages, survivor, said;
	char (*session)[80]; /* by number: node / members */
};

static unsigned below(struct drill *d, unsigned n)
{
	return (unsigned)pars_rng_below(sim_rng(d->s), n);
}

static const char *session_of(const struct drill *d, unsigned node)
{
	return d->session[node / d->members];
}

static void tell(struct drill *d, const char *what, pars_usec since)
{
	printf("sim drill: %s after %.0f s, %llu vertices, %llu events, %.0f s of processor\n", what,
		(double)(sim_now(d->s) - since) / 1e6, (unsigned long long)sim_vertices(d->s, d->survivor),
		(unsigned long long)sim_events(d->s), (double)clock() / CLOCKS_PER_SEC);
	fflush(stdout);
}

/* No NTP, no GPS: years wrong, and drifting. */
static void wrong_clock(struct drill *d, unsigned node)
{
	const int64_t year_ns = (int64_t)31557600 * 1000000000;
	sim_clock(d->s, node, (int64_t)below(d, 21) * year_ns - 10 * year_ns, (int)below(d, 200));
}

/* By an invitation of a member's. */
static void join(struct drill *d, unsigned node, unsigned session, unsigned member)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault = { 0 };
	const char *invitation;
	enum pars_err err = PARS_OK;
	if (pars_session_invite(sim_node(d->s, member), d->session[session], &a, &invitation, &fault))
		sim_fail(d->s, "no invitation: %s", fault.text);
	SIM_CALL(d->s, node, n, err, err = pars_session_join(n, invitation, NULL, "", &fault));
	if (err)
		sim_fail(d->s, "node %u does not join: %s", node, fault.text);
}

static void say(struct drill *d, unsigned node, unsigned times)
{
	while (times--) {
		enum pars_err err = sim_say(d->s, node, session_of(d, node), d->said++);
		if (err)
			sim_fail(d->s, "node %u cannot write: %s", node, pars_err_text(err));
	}
}

static void all_say(struct drill *d)
{
	for (unsigned i = 0; i < d->nodes; i++) {
		say(d, i, d->messages);
		sim_run(d->s, PARS_MS(20));
	}
}

static bool show(struct drill *d, unsigned node, unsigned session, struct pars_arena *a, struct pars_session_info *ret)
{
	return sim_node(d->s, node) && !pars_session_show(sim_node(d->s, node), d->session[session], a, ret, NULL);
}

static bool is_member(struct drill *d, unsigned node, unsigned session)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	return show(d, node, session, &a, &info) && !strcmp(info.state, "member");
}

/* A node is in its own session, the survivor in all. */
static bool is_joining(struct drill *d, unsigned node)
{
	bool joining = !is_member(d, node, node / d->members);
	for (unsigned k = 0; node == d->survivor && k < d->sessions; k++)
		joining |= !is_member(d, node, k);
	return joining;
}

static void wait_members(struct drill *d)
{
	pars_usec since = sim_now(d->s), said = since;
	for (unsigned i = 0; i < d->nodes; i++)
		while (is_joining(d, i)) {
			if (sim_now(d->s) > since + PATIENCE)
				sim_fail(d->s, "node %u is still joining", i);
			sim_run(d->s, PARS_S(1));
			if (sim_now(d->s) > said + TELL_INTERVAL) {
				said = sim_now(d->s);
				printf("sim drill: after %.0f s node %u of %u is still joining\n",
					(double)(said - since) / 1e6, i, d->nodes);
				fflush(stdout);
			}
		}
	tell(d, "all are members", since);
}

/* The survivor beside the first member of each session. */
static const char *check_survivor(struct drill *d)
{
	for (unsigned k = 0; k < d->sessions; k++) {
		PARS_AUTO_ARENA a = { 0 };
		struct pars_session_info mine, other;
		if (!show(d, d->survivor, k, &a, &mine) || !show(d, k * d->members, k, &a, &other) ||
		    strcmp(mine.fingerprint, other.fingerprint))
			return "the survivor differs";
	}
	return NULL;
}

static void wait_equal(struct drill *d, const char *what)
{
	pars_usec since = sim_now(d->s), step = PARS_S(1);
	const char *wrong;
	while ((wrong = sim_check_equal(d->s, 0)) || (wrong = check_survivor(d))) {
		if (sim_now(d->s) > since + PATIENCE)
			sim_fail(d->s, "%s: %s", what, wrong);
		sim_run(d->s, step);
		step = PARS_MIN(2 * step, PARS_S(60)); /* the check costs, too */
	}
	tell(d, what, since);
}

static void open_session(struct drill *d, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault = { 0 };
	const char *id = NULL;
	enum pars_err err = PARS_OK;
	SIM_CALL(d->s, node, n, err, err = pars_session_new(n, "drill", "", true, &a, &id, &fault));
	if (err)
		sim_fail(d->s, "session new: %s", fault.text);
	snprintf(d->session[node / d->members], sizeof d->session[0], "%s", id);
}

static void begin(struct drill *d)
{
	for (unsigned i = 0; i < d->nodes; i++)
		wrong_clock(d, i);
	sim_run(d->s, PARS_S(1)); /* until they listen: invitations name addresses */
	for (unsigned i = 0; i < d->nodes; i++) {
		unsigned first = i - i % d->members;
		if (i == first)
			open_session(d, i);
		else
			join(d, i, i / d->members, first + below(d, i - first));
		sim_watch_at(d->s, i, session_of(d, i));
		sim_run(d->s, JOIN_TIME);
	}
	for (unsigned k = 0; k < d->sessions; k++)
		if (k != d->survivor / d->members)
			join(d, d->survivor, k, k * d->members);
}

static void destroy(struct drill *d)
{
	for (unsigned i = 0; i < d->nodes; i++)
		if (i != d->survivor)
			sim_destroy(d->s, i);
}

/* In one session everything that is known leads to the survivor, which has to make
 * room again and again. With many, the first of each meets it and invites others. */
static unsigned who_invites(struct drill *d, unsigned node)
{
	unsigned first = node - node % d->members, before = node - first;
	if (first <= d->survivor && d->survivor < node)
		before--;
	if (d->sessions == 1 || !before)
		return d->survivor;
	unsigned i = first + below(d, before);
	return first <= d->survivor && d->survivor <= i ? i + 1 : i;
}

static void regrow(struct drill *d)
{
	for (unsigned i = 0; i < d->nodes; i++) {
		if (i == d->survivor)
			continue;
		sim_restart(d->s, i);
		wrong_clock(d, i);
		join(d, i, i / d->members, who_invites(d, i));
		sim_run(d->s, JOIN_TIME);
	}
}

/* Each node in a group of its own, or in one of so many; some of them write. */
static void part(struct drill *d, unsigned groups, unsigned hours)
{
	unsigned *group = pars_alloc_array(SIM_NODES_MAX, sizeof *group);
	for (unsigned i = 0; i < d->nodes; i++)
		group[i] = groups < d->nodes ? below(d, groups) : i;
	sim_partition(d->s, group);
	free(group);
	for (unsigned h = 0; h < hours; h++) {
		sim_run(d->s, PARS_S(3600));
		say(d, below(d, d->nodes), 1);
	}
	sim_heal(d->s);
}

static void start(struct drill *d)
{
	d->nodes = PARS_MIN(PARS_MAX(sim_setting("NODES", 40), 2u), (unsigned)SIM_NODES_MAX);
	d->members = PARS_MIN(PARS_MAX(sim_setting("MEMBERS", d->nodes), 2u), d->nodes);
	d->sessions = (d->nodes + d->members - 1) / d->members;
	d->messages = sim_setting("MESSAGES", 2);
	d->session = pars_alloc_array(d->sessions, sizeof *d->session);
	struct sim_options o = { .seed = sim_setting("SEED", 1), .nodes = d->nodes, .delay_min_ms = 5, .delay_max_ms = 120,
		.loss_pct = 1, .conns_max = sim_setting("CONNS", 0), .verbose = sim_setting("VERBOSE", 0) };
	d->s = sim_new(&o);
	d->survivor = below(d, d->nodes);
	if (d->sessions > 1) /* it meets members of all of them */
		sim_conns(d->s, d->survivor, 0);
}

int main(void)
{
	struct drill d = { 0 };
	unsigned weeks = sim_setting("WEEKS", 3), parted = sim_setting("PARTED_HOURS", 2), hours = sim_setting("BLACKOUT_HOURS", 6);
	start(&d);
	begin(&d);
	wait_members(&d);
	all_say(&d);
	wait_equal(&d, "equal before");
	destroy(&d);
	sim_run(d.s, weeks * WEEK / 2);
	say(&d, d.survivor, 1);
	sim_run(d.s, weeks * WEEK / 2);
	regrow(&d);
	wait_members(&d);
	all_say(&d);
	wait_equal(&d, "equal when regrown");
	if (parted) {
		part(&d, 2, parted);
		wait_equal(&d, "equal after the two halves met");
	}
	part(&d, d.nodes, hours);
	wait_equal(&d, "equal after the blackout");
	printf("%u nodes, %u in a session, %u weeks alone, %u hours in halves, %u hours of blackout, %llu events\n"
		"1 passed, 0 failed\n", d.nodes, d.members, weeks, parted, hours, (unsigned long long)sim_events(d.s));
	sim_free(d.s);
	free(d.session);
	return EXIT_SUCCESS;
}
