/* tests/sim/drill.c - as long as one node survives with the state, the network
 * lives: nodes with a session and history, clocks years apart and no way to set
 * them; all but one are destroyed; the one stays alone for weeks; as many new
 * nodes come, which know only its invitation; then a blackout parts everybody
 * from everybody, and all write alone. In the end all have everything.
 *
 * NODES (40), WEEKS (3), BLACKOUT_HOURS (6), SEED (1) from the environment;
 * VERBOSE=1 shows what the nodes log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/sim/sim.h"

#define WEEK PARS_S(7 * 86400)
#define PATIENCE PARS_S(4 * 3600)
#define MESSAGES 2 /* of each node, each time */

struct drill {
	struct sim *s;
	unsigned nodes, survivor, said;
	char session[80], invitation[1100];
};

static unsigned number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	return text && *text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static unsigned below(struct drill *d, unsigned n)
{
	return (unsigned)pars_rng_below(sim_rng(d->s), n);
}

static void tell(struct drill *d, const char *what, pars_usec since)
{
	printf("sim drill: %s after %.0f s, %llu vertices, %llu events\n", what, (double)(sim_now(d->s) - since) / 1e6,
		(unsigned long long)sim_vertices(d->s, d->survivor), (unsigned long long)sim_events(d->s));
	fflush(stdout);
}

/* No NTP, no GPS: years wrong, and drifting. */
static void wrong_clock(struct drill *d, unsigned node)
{
	const int64_t year_ns = (int64_t)31557600 * 1000000000;
	sim_clock(d->s, node, (int64_t)below(d, 21) * year_ns - 10 * year_ns, (int)below(d, 200));
}

static void join(struct drill *d, unsigned node, const char *what, const char *address)
{
	struct pars_fault fault = { 0 };
	enum pars_err err = PARS_OK;
	SIM_CALL(d->s, node, n, err, err = pars_session_join(n, what, address, "", &fault));
	if (err)
		sim_fail(d->s, "node %u does not join: %s", node, fault.text);
}

static void say(struct drill *d, unsigned node, unsigned times)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id = NULL;
	char text[64];
	while (times--) {
		enum pars_err err = PARS_OK;
		snprintf(text, sizeof text, "message %u from %u", d->said++, node);
		SIM_CALL(d->s, node, n, err, err = pars_session_send(n, d->session, text, &a, &id, NULL));
		if (err)
			sim_fail(d->s, "node %u cannot write: %s", node, pars_err_text(err));
		sim_acknowledged(d->s, node, id);
	}
}

static void all_say(struct drill *d)
{
	for (unsigned i = 0; i < d->nodes; i++) {
		say(d, i, MESSAGES);
		sim_run(d->s, PARS_MS(20));
	}
}

static bool is_member(struct drill *d, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	return sim_node(d->s, node) && !pars_session_show(sim_node(d->s, node), d->session, &a, &info, NULL) &&
		!strcmp(info.state, "member");
}

static void wait_members(struct drill *d)
{
	pars_usec since = sim_now(d->s);
	for (unsigned i = 0; i < d->nodes; i++)
		while (!is_member(d, i)) {
			if (sim_now(d->s) > since + PATIENCE)
				sim_fail(d->s, "node %u is still joining", i);
			sim_run(d->s, PARS_S(1));
		}
	tell(d, "all are members", since);
}

static void wait_equal(struct drill *d, const char *what)
{
	pars_usec since = sim_now(d->s), step = PARS_S(1);
	const char *wrong;
	while ((wrong = sim_check_equal(d->s, 0))) {
		if (sim_now(d->s) > since + PATIENCE)
			sim_fail(d->s, "%s: %s", what, wrong);
		sim_run(d->s, step);
		step = PARS_MIN(2 * step, PARS_S(60)); /* the check costs, too */
	}
	tell(d, what, since);
}

static void begin(struct drill *d)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault = { 0 };
	const char *id = NULL;
	enum pars_err err = PARS_OK;
	for (unsigned i = 0; i < d->nodes; i++)
		wrong_clock(d, i);
	sim_run(d->s, PARS_S(1)); /* until they listen: invitations name addresses */
	SIM_CALL(d->s, 0, n, err, err = pars_session_new(n, "drill", "", true, &a, &id, &fault));
	if (err)
		sim_fail(d->s, "session new: %s", fault.text);
	snprintf(d->session, sizeof d->session, "%s", id);
	sim_watch(d->s, d->session);
	for (unsigned i = 1; i < d->nodes; i++) {
		const char *invitation;
		if (pars_session_invite(sim_node(d->s, below(d, i)), d->session, &a, &invitation, &fault))
			sim_fail(d->s, "no invitation: %s", fault.text);
		join(d, i, invitation, NULL);
		sim_run(d->s, PARS_MS(200));
	}
}

static void destroy(struct drill *d)
{
	for (unsigned i = 0; i < d->nodes; i++)
		if (i != d->survivor)
			sim_destroy(d->s, i);
}

/* Everything that is known leads to the survivor. */
static void regrow(struct drill *d)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *invitation;
	if (pars_session_invite(sim_node(d->s, d->survivor), d->session, &a, &invitation, NULL))
		sim_fail(d->s, "the survivor cannot invite");
	snprintf(d->invitation, sizeof d->invitation, "%s", invitation);
	for (unsigned i = 0; i < d->nodes; i++) {
		if (i == d->survivor)
			continue;
		sim_restart(d->s, i);
		wrong_clock(d, i);
		join(d, i, d->invitation, NULL);
		sim_run(d->s, PARS_MS(200));
	}
}

static void blackout(struct drill *d, unsigned hours)
{
	unsigned *group = pars_alloc_array(SIM_NODES_MAX, sizeof *group);
	for (unsigned i = 0; i < d->nodes; i++)
		group[i] = i;
	sim_partition(d->s, group);
	free(group);
	for (unsigned h = 0; h < hours; h++) {
		sim_run(d->s, PARS_S(3600));
		say(d, below(d, d->nodes), 1);
	}
	sim_heal(d->s);
}

int main(void)
{
	struct drill d = { .nodes = PARS_MIN(PARS_MAX(number("NODES", 40), 2u), (unsigned)SIM_NODES_MAX) };
	struct sim_options o = { .seed = number("SEED", 1), .nodes = d.nodes, .delay_min_ms = 5, .delay_max_ms = 120,
		.loss_pct = 1, .verbose = number("VERBOSE", 0) };
	unsigned weeks = number("WEEKS", 3), hours = number("BLACKOUT_HOURS", 6);
	d.s = sim_new(&o);
	d.survivor = below(&d, d.nodes);
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
	blackout(&d, hours);
	wait_equal(&d, "equal after the blackout");
	printf("%u nodes, %u weeks alone, %u hours of blackout, %llu events\n1 passed, 0 failed\n", d.nodes, weeks, hours,
		(unsigned long long)sim_events(d.s));
	sim_free(d.s);
	return EXIT_SUCCESS;
}
