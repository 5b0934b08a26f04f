#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/sim/disk.h"
#include "tests/sim/sim_impl.h"

#define JOB_TIME PARS_MS(1)
#define DISK_TIME_MAX PARS_MS(20)
#define SWEEP_EVENTS 4096 /* from one sweep of the dead links to the next */

void sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "sim: ");
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nsim: at %.6f s, event %llu; replay with SEED=%llu\n", (double)s->now / 1e6,
		(unsigned long long)s->events, (unsigned long long)s->o.seed);
	exit(EXIT_FAILURE);
}

/* -- effects ---------------------------------------------------------------------------- */

/* A disk has synced what was written before it was asked; of what is written until
 * it answers, all or nothing. */
static void do_job(struct sim *s, unsigned node, struct pars_job *job)
{
	struct timed t = { .at = s->now + JOB_TIME, .node = node, .life = s->nodes[node].life,
		.ev = { .type = PARS_EV_JOB_DONE, .job = job } };
	if (job->kind != PARS_JOB_COMPUTES) {
		t.at = s->now + 1 + pars_rng_below(&s->rng, DISK_TIME_MAX);
		t.ran = pars_rng_below(&s->rng, 2);
	}
	if (t.ran)
		job->run(job);
	sim_push(s, t);
}

static void carry_out(struct sim *s, unsigned node, const struct pars_effect *f)
{
	struct sim_node *n = &s->nodes[node];
	switch (f->type) {
	case PARS_EF_DIAL:
		sim_dial(s, node, f);
		break;
	case PARS_EF_SEND:
		sim_send(s, node, f);
		break;
	case PARS_EF_CLOSE:
	case PARS_EF_ABORT:
		sim_close_end(s, node, f->conn);
		break;
	case PARS_EF_LISTEN:
		n->listening = true;
		sim_to_node(s, node, s->now, (struct pars_event){ .type = PARS_EV_LISTENING, .listener = f->listener,
			.local = sim_endpoint(node) });
		break;
	case PARS_EF_UNLISTEN:
		n->listening = false;
		break;
	case PARS_EF_RESOLVE:
		sim_to_node(s, node, s->now, (struct pars_event){ .type = PARS_EV_RESOLVED, .query = f->query,
			.text = "there is no such name" });
		break;
	case PARS_EF_JOB:
		do_job(s, node, f->job);
		break;
	case PARS_EF_LOG:
		if (s->o.verbose)
			fprintf(stderr, "%10.6f %u %s\n", (double)s->now / 1e6, node, f->text);
		break;
	case PARS_EF_NOTIFY:
		break;
	}
}

static pars_usec due_at(const struct sim *s, unsigned node)
{
	const struct sim_node *n = &s->nodes[node];
	pars_usec at = node == ROGUE ? rogue_deadline(s->rogue) : pars_node_deadline(n->node);
	if (at != PARS_NEVER)
		at = sim_time_of(s, node, at);
	return PARS_MAX(PARS_MIN(at, n->sent_count ? n->sent_due : PARS_NEVER), s->now + 1);
}

/* One is under way at most; it may go off too early, and is set anew then. */
void sim_set_timer(struct sim *s, unsigned node)
{
	struct sim_node *n = &s->nodes[node];
	pars_usec at = due_at(s, node);
	if (at >= n->timer_at)
		return;
	n->timer_at = at;
	sim_push(s, (struct timed){ .at = at, .node = node, .life = n->life, .timer = true, .timer_number = ++n->timer_number });
}

/* What a step left in s->fx. Carrying out may push, never step. */
void sim_act(struct sim *s, unsigned node)
{
	struct pars_effects fx = s->fx;
	for (size_t i = 0; i < fx.count; i++)
		carry_out(s, node, &fx.list[i]);
	sim_set_timer(s, node);
}

/* -- steps ------------------------------------------------------------------------------ */

struct pars_node *sim_begin(struct sim *s, unsigned node)
{
	pars_step_begin(s->nodes[node].node, sim_node_time(s, node));
	return s->nodes[node].node;
}

/* As the daemon does: a step that failed did not happen, and the node is
 * opened anew. */
enum pars_err sim_end(struct sim *s, unsigned node)
{
	enum pars_err err = pars_step_end(s->nodes[node].node, &s->fx);
	if (err) {
		if (s->o.verbose)
			fprintf(stderr, "%10.6f %u step failed: %s\n", (double)s->now / 1e6, node, pars_err_text(err));
		sim_crash(s, node);
		sim_push(s, (struct timed){ .at = s->now + REOPEN_TIME, .node = node, .life = s->nodes[node].life, .reopen = true });
		return err;
	}
	sim_act(s, node);
	sim_tell_saved(s, node);
	sim_check_node(s, node, false);
	return PARS_OK;
}

/* False: it does not come to that, as who was meant is gone or hears no more. */
static bool is_heard(struct sim *s, struct timed *t)
{
	struct sim_node *n = &s->nodes[t->node];
	if ((t->node != ROGUE && !n->node) || n->life != t->life || (t->timer && t->timer_number != n->timer_number))
		return false;
	if (t->link) {
		struct link_end *e = &t->link->end[t->side];
		if (!e->open)
			return false;
		if (t->ev.type == PARS_EV_CONN_CLOSED)
			sim_shut_end(s, e);
	}
	return true;
}

/* Its time may have been put off since. */
static bool is_due(struct sim *s, const struct timed *t)
{
	s->nodes[t->node].timer_at = PARS_NEVER;
	if (due_at(s, t->node) <= s->now + 1)
		return true;
	sim_set_timer(s, t->node);
	return false;
}

struct pars_event sim_sent_event(const struct taken_up *t)
{
	return (struct pars_event){ .type = PARS_EV_CONN_SENT, .conn = t->conn, .size = t->size };
}

static void tell_sent(struct sim_node *n)
{
	for (size_t i = 0; i < n->sent_count; i++) {
		struct pars_event ev = sim_sent_event(&n->sent[i]);
		pars_step_event(n->node, &ev);
	}
	n->sent_count = 0;
}

static void into_step(struct sim *s, struct timed *t)
{
	if (t->ev.type == PARS_EV_JOB_DONE && t->ev.job && !t->ran)
		t->ev.job->run(t->ev.job);
	if (t->timer)
		s->nodes[t->node].timer_at = PARS_NEVER;
	else
		pars_step_event(s->nodes[t->node].node, &t->ev);
	t->ev.job = NULL; /* the node has it */
}

/* The next event, if it is one of this node's at this very moment. */
static bool pop_another(struct sim *s, const struct timed *first, struct timed *ret)
{
	const struct timed *t = s->heap;
	if (!s->count || t->at > s->now || t->node != first->node || t->reopen ||
	    (t->link && !sim_reachable(s, t->link->end[!t->side].node, t->node)))
		return false;
	*ret = sim_pop(s);
	if (ret->link)
		ret->link->references--;
	return true;
}

/* A node digests all that has come in one step, as the daemon lets it. */
static void deliver(struct sim *s, struct timed *t)
{
	struct timed more;
	if (!is_heard(s, t) || (t->timer && !is_due(s, t)))
		return;
	s->events++;
	if (t->node == ROGUE) {
		sim_to_rogue(s, t);
		return;
	}
	sim_begin(s, t->node);
	tell_sent(&s->nodes[t->node]);
	into_step(s, t);
	while (pop_another(s, t, &more)) {
		if (is_heard(s, &more)) {
			s->events++;
			into_step(s, &more);
		}
		sim_drop(&more);
	}
	enum pars_err err = sim_end(s, t->node);
	if (err && pars_err_class(err) != PARS_CLASS_SYSTEM)
		sim_fail(s, "node %u: a step failed with %s", t->node, pars_err_name(err));
}

/* -- running ---------------------------------------------------------------------------- */

/* The next thing that happens until then; false: nothing does. */
static bool happen(struct sim *s, pars_usec end)
{
	if (!s->count || s->heap[0].at > end)
		return false;
	struct timed t = sim_pop(s);
	s->now = PARS_MAX(s->now, t.at);
	if (t.link && !sim_reachable(s, t.link->end[!t.side].node, t.node)) {
		sim_hold(s, t);
		return true;
	}
	if (t.link)
		t.link->references--;
	if (t.reopen && !s->nodes[t.node].node && s->nodes[t.node].life == t.life)
		sim_restart(s, t.node);
	else if (!t.reopen)
		deliver(s, &t);
	sim_drop(&t);
	if (s->events >= s->sweep_at) {
		sim_sweep_links(s);
		s->sweep_at = s->events + SWEEP_EVENTS;
	}
	return true;
}

void sim_run(struct sim *s, pars_usec duration)
{
	pars_usec end = s->now + duration;
	while (happen(s, end))
		;
	s->now = end;
}

void sim_run_events(struct sim *s, uint64_t events, pars_usec most)
{
	pars_usec end = s->now + most;
	events += s->events;
	while (s->events < events)
		if (!happen(s, end)) {
			s->now = end;
			return;
		}
}

struct sim *sim_new(const struct sim_options *options)
{
	struct sim *s = pars_alloc(sizeof *s);
	uint8_t seed[PARS_RNG_SEED_SIZE] = { 0 };
	s->o = *options;
	s->now = PARS_S(1000);
	memcpy(seed, &options->seed, sizeof options->seed);
	pars_rng_init(&s->rng, seed);
	disk_reset(&s->rng);
	sim_net_init(s);
	for (unsigned i = 0; i < PARTIES; i++)
		s->nodes[i].timer_at = PARS_NEVER;
	for (unsigned i = 0; i < s->o.nodes; i++) {
		s->nodes[i].conns_max = s->o.conns_max;
		snprintf(s->nodes[i].path, sizeof s->nodes[i].path, "/%u/parsd.db", i);
		sim_restart(s, i);
	}
	return s;
}

void sim_free(struct sim *s)
{
	for (unsigned i = 0; i < PARTIES; i++) {
		pars_node_free(s->nodes[i].node);
		free(s->nodes[i].sent);
	}
	for (size_t i = 0; i < s->count; i++)
		sim_drop(&s->heap[i]);
	sim_net_done(s);
	rogue_free(s->rogue);
	pars_effects_done(&s->fx);
	free(s->heap);
	free(s->acknowledged);
	free(s);
}

/* -- what stories ask and say -------------------------------------------------------------- */

struct pars_node *sim_node(struct sim *s, unsigned node)
{
	return s->nodes[node].node;
}

bool sim_is_up(const struct sim *s, unsigned node)
{
	return s->nodes[node].node;
}

unsigned sim_count(const struct sim *s)
{
	return s->o.nodes;
}

struct pars_rng *sim_rng(struct sim *s)
{
	return &s->rng;
}

pars_usec sim_now(const struct sim *s)
{
	return s->now;
}

uint64_t sim_events(const struct sim *s)
{
	return s->events;
}

const char *sim_address(struct sim *s, unsigned node)
{
	return s->nodes[node].address;
}

void sim_join(struct sim *s, unsigned node, const char *session, unsigned via)
{
	struct pars_fault fault = { 0 };
	enum pars_err err = PARS_OK;
	SIM_CALL(s, node, n, err, err = pars_session_join(n, session, sim_address(s, via), "", &fault));
	if (err)
		sim_fail(s, "session join: %s", fault.text);
}

enum pars_err sim_say(struct sim *s, unsigned node, const char *session, unsigned number)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id = NULL;
	char text[64];
	enum pars_err err = PARS_OK;
	snprintf(text, sizeof text, "message %u from %u", number, node);
	SIM_CALL(s, node, n, err, err = pars_session_send(n, session, text, &a, &id, NULL));
	if (!err)
		sim_acknowledged(s, node, id);
	return err;
}

unsigned sim_setting(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	return text && *text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}
