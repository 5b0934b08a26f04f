/* tests/sim/sessions.c - one session, many accidents, then equal replicas.
 *
 *   sessions [FIRST-SEED [COUNT]]     SEED=N: just that one, told in full
 *
 * Each seed draws a network and which kinds of accident it has; messages are
 * sent from random nodes meanwhile. Then everything heals, and all replicas
 * must become equal and hold all that was acknowledged. In some runs a member
 * lies all the while, and is put out in the end. CORPUS: a folder of folders
 * of files that strangers send, and that the liar's mutants come from. HOURS: of virtual time before the
 * healing; NODES: instead of a number drawn. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/sim/sim.h"

#define STEPS 60
#define HEAL_TIME PARS_S(1800) /* dial backoff goes up to 10 min */
#define ROGUE_PATIENCE 60       /* forgeries, a second apart */

struct run {
	struct sim *s;
	unsigned nodes, said;
	unsigned kinds;   /* bits of enum accident that happen in this run */
	unsigned forks;   /* twins so far */
	bool rogue;       /* there is one */
	const char *session;
};

enum accident {
	CRASH, POWER_CUT, PARTITION, ONE_WAY, HEAL, PAUSE, DISK_FULL, DISK_ERRORS, DISK_GOOD, CLOCK, SLOW, TWIN, GARBAGE, ROGUE,
	ACCIDENTS
};

struct corpus {
	struct pars_buf *files;
	size_t count;
};
static struct corpus corpus, frames, vertices;

static void load_file(struct corpus *into, const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return;
	into->files = pars_realloc(into->files, (into->count + 1) * sizeof *into->files);
	struct pars_buf *b = &into->files[into->count++];
	*b = (struct pars_buf){ 0 };
	pars_buf_added(b, fread(pars_buf_room(b, 65536), 1, 65536, f));
	fclose(f);
}

/* In the order of names, so that a seed means the same everywhere. */
static void load_corpus(struct corpus *into, const char *path, int depth)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char name[600];
		snprintf(name, sizeof name, "%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && depth)
			load_corpus(into, name, depth - 1);
		else if (list[i]->d_name[0] != '.')
			load_file(into, name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void load_all(const char *folder)
{
	char path[600];
	load_corpus(&corpus, folder, 1);
	snprintf(path, sizeof path, "%s/sync", folder);
	load_corpus(&frames, path, 0);
	for (size_t i = 0; i < frames.count; i++)
		if (frames.files[i].n)
			pars_buf_drop(&frames.files[i], 1); /* the fuzz target's: how it is cut */
	snprintf(path, sizeof path, "%s/vertex", folder);
	load_corpus(&vertices, path, 0);
}

static unsigned below(struct run *r, unsigned n)
{
	return (unsigned)pars_rng_below(sim_rng(r->s), n);
}

static void open_session(struct run *r)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault = { 0 };
	const char *id = NULL;
	enum pars_err err = PARS_OK;
	SIM_CALL(r->s, 0, n, err, err = pars_session_new(n, "sim", "node 0", false, &a, &id, &fault));
	if (err)
		sim_fail(r->s, "session new: %s", fault.text);
	sim_watch(r->s, id);
	for (unsigned i = 1; i < r->nodes; i++) {
		/* Through any node before it: they form a tree, not a star. */
		sim_join(r->s, i, id, below(r, i));
	}
}

/* A full disk may be in the way. */
static void say(struct run *r, unsigned node)
{
	(void)!sim_say(r->s, node, "sim", r->said++);
}

static void partition(struct run *r)
{
	unsigned group[SIM_NODES_MAX];
	for (unsigned i = 0; i < r->nodes; i++)
		group[i] = below(r, 2);
	sim_partition(r->s, group);
}

static void pause_or_resume(struct run *r, unsigned node)
{
	enum pars_err err = PARS_OK;
	bool pause = below(r, 2);
	SIM_CALL(r->s, node, n, err, pause ? pars_pause(n) : pars_resume(n));
	(void)err;
}

/* One key on two nodes, once a run: the last node becomes another's copy. */
static void twin(struct run *r, unsigned node)
{
	if (r->forks || node == r->nodes - 1 || r->nodes < 3)
		return;
	enum pars_err err = PARS_OK;
	sim_twin(r->s, node, r->nodes - 1);
	r->forks++;
	/* The copy may know nobody, and be known to nobody at its address. */
	if (sim_is_up(r->s, r->nodes - 1))
		SIM_CALL(r->s, r->nodes - 1, n, err, err = pars_peer_add(n, sim_address(r->s, node), NULL));
	if (err)
		sim_fail(r->s, "the twin adds no peer: %s", pars_err_text(err));
}

static void garbage(struct run *r, unsigned node)
{
	uint8_t noise[500];
	struct pars_bytes bytes = PARS_BYTES_ARRAY(noise);
	pars_rng_bytes(sim_rng(r->s), noise, sizeof noise);
	if (corpus.count && below(r, 4))
		bytes = pars_buf_bytes(&corpus.files[below(r, (unsigned)corpus.count)]);
	sim_garbage(r->s, node, bytes);
}

static void meet_rogue(struct run *r, unsigned node)
{
	if (!r->rogue)
		sim_rogue_new(r->s, &(struct rogue_words){ frames.files, vertices.files, frames.count, vertices.count });
	else if (!sim_rogue_is_heard(r->s))
		sim_rogue_become_another(r->s);
	r->rogue = true;
	sim_rogue_dial(r->s, node);
}

static void jump_clock(struct run *r, unsigned node)
{
	int64_t years = (int64_t)below(r, 41) - 20, day_ns = 86400000000000;
	sim_clock(r->s, node, years * 365 * day_ns, (int)below(r, 2000));
}

/* Often just when the disk is at it, with something to tell that waits for it. */
static void cut_power(struct run *r, unsigned node)
{
	if (below(r, 2)) {
		say(r, node);
		sim_run(r->s, pars_rng_below(sim_rng(r->s), PARS_MS(25)));
	}
	if (sim_is_up(r->s, node))
		sim_power_cut(r->s, node);
}

static void accident(struct run *r, unsigned node, enum accident what)
{
	static const char *const names[] = { "crash", "power cut", "partition", "one way", "heal", "pause", "disk full",
		"disk errors", "disk good", "clock", "slow", "twin", "garbage", "rogue" };
	struct sim *s = r->s;
	if (getenv("SEED")) /* told as it happens */
		fprintf(stderr, "%10.6f %u accident: %s\n", (double)sim_now(s) / 1e6, node, names[what]);
	switch (what) {
	case CRASH: sim_crash(s, node); break;
	case POWER_CUT: cut_power(r, node); break;
	case PARTITION: partition(r); break;
	case ONE_WAY: sim_block(s, node, below(r, r->nodes)); break;
	case HEAL: sim_heal(s); break;
	case PAUSE: pause_or_resume(r, node); break;
	case DISK_FULL: sim_disk(s, node, true, 0); break;
	case DISK_ERRORS: sim_disk(s, node, false, 1 + below(r, 200)); break;
	case DISK_GOOD: sim_disk(s, node, false, 0); break;
	case CLOCK: jump_clock(r, node); break;
	case SLOW: sim_slow(s, node, below(r, 500)); break;
	case TWIN: twin(r, node); break;
	case GARBAGE: garbage(r, node); break;
	case ROGUE: meet_rogue(r, node); break;
	case ACCIDENTS: break;
	}
}

static void something(struct run *r)
{
	unsigned node = below(r, r->nodes);
	enum accident what = below(r, ACCIDENTS);
	if (!sim_is_up(r->s, node)) {
		sim_restart(r->s, node);
	} else if (below(r, 2)) {
		for (unsigned i = below(r, 4) + 1; i && sim_is_up(r->s, node); i--)
			say(r, node);
	} else if (r->kinds & 1u << what) {
		accident(r, node, what);
	}
}

static void heal(struct run *r)
{
	sim_heal(r->s);
	for (unsigned i = 0; i < r->nodes; i++) {
		enum pars_err err = PARS_OK;
		sim_disk(r->s, i, false, 0);
		sim_slow(r->s, i, 0);
		if (!sim_is_up(r->s, i))
			sim_restart(r->s, i);
		SIM_CALL(r->s, i, n, err, pars_resume(n));
		if (err)
			sim_fail(r->s, "node %u does not resume: %s", i, pars_err_text(err));
	}
}

/* Time passes, and the rogue lies. What it says truly, or signs twice, is in
 * everybody's set: while they are to become equal it only lies. */
static void pass(struct run *r, pars_usec time, bool speaks)
{
	for (unsigned i = r->rogue ? below(r, 6) : 0; i; i--) {
		if (!sim_rogue_is_heard(r->s) && !below(r, 4))
			meet_rogue(r, below(r, r->nodes));
		sim_rogue_lie(r->s, speaks);
		sim_run(r->s, time / 8);
		time -= time / 8;
	}
	sim_run(r->s, time);
}

/* For whoever replays a failure. */
static void tell(struct run *r)
{
	for (unsigned i = 0; i < r->nodes; i++) {
		PARS_AUTO_ARENA a = { 0 };
		struct pars_peer_page page;
		struct pars_sync_page syncs;
		struct pars_node *n = sim_node(r->s, i);
		struct pars_peer_score score;
		fprintf(stderr, "node %u: %s, %llu vertices\n", i, n ? sim_address(r->s, i) : "down",
			n ? (unsigned long long)sim_vertices(r->s, i) : 0);
		if (!n || pars_peer_list(n, NULL, PARS_PAGE_MAX, &a, &page, NULL) ||
		    pars_sync_list(n, NULL, NULL, PARS_PAGE_MAX, &a, &syncs, NULL))
			continue;
		for (size_t k = 0; k < page.count; k++)
			fprintf(stderr, "  %s %s %s %s%s score %lld, next dial in %llu s, failed %llu times: %s\n",
				page.list[k].peer_id, page.list[k].address, page.list[k].source,
				page.list[k].connected ? "connected" : "not connected", page.list[k].inbound ? " inbound" : "",
				(long long)page.list[k].score, (unsigned long long)page.list[k].next_dial_us / 1000000,
				(unsigned long long)page.list[k].failures, page.list[k].last_error);
		for (size_t k = 0; k < page.count; k++)
			if (page.list[k].score && !pars_peer_score_get(n, page.list[k].peer_id, &a, &score, NULL))
				for (size_t j = 0; j < score.reasons.count; j++)
					fprintf(stderr, "  %s: %s\n", page.list[k].peer_id, score.reasons.list[j]);
		for (size_t k = 0; k < syncs.count; k++)
			fprintf(stderr, "  sync with %s: %s, %llu in, %llu out\n", syncs.list[k].peer_id, syncs.list[k].state,
				(unsigned long long)syncs.list[k].vertices_in, (unsigned long long)syncs.list[k].vertices_out);
	}
}

/* Who forges is put out, and what waited for its parents goes with it. */
static void put_out_rogue(struct run *r)
{
	for (unsigned i = 0; i < r->nodes; i++) {
		for (unsigned tries = 0; !sim_rogue_is_banned(r->s, i); tries++) {
			if (tries == ROGUE_PATIENCE) {
				tell(r);
				sim_fail(r->s, "node %u endures a member that forges", i);
			}
			if (!(tries % 10))
				sim_rogue_dial(r->s, i);
			sim_rogue_forge(r->s);
			sim_run(r->s, PARS_S(1));
		}
	}
}

/* How many authors may be forked. */
static unsigned forks(const struct run *r)
{
	return r->forks + sim_rogue_is_forked(r->s);
}

static void run_seed(uint64_t seed, bool verbose, uint64_t *events)
{
	const char *nodes = getenv("NODES"), *hours = getenv("HOURS");
	struct sim_options o = { .seed = seed, .nodes = 2 + (unsigned)(seed % 5), .delay_min_ms = 1,
		.delay_max_ms = 1 + (unsigned)(seed * 7 % 120), .loss_pct = (unsigned)(seed % 7), .verbose = verbose };
	if (nodes && *nodes)
		o.nodes = PARS_MIN(PARS_MAX((unsigned)strtoul(nodes, NULL, 10), 1u), (unsigned)SIM_NODES_MAX);
	struct run r = { .s = sim_new(&o), .nodes = o.nodes };
	unsigned steps = hours && *hours ? (unsigned)(strtod(hours, NULL) * 2400) : STEPS;
	const char *wrong;
	/* Few kinds at a time show more than always all of them. */
	r.kinds = (unsigned)pars_rng_u64(sim_rng(r.s)) | 1u << HEAL | 1u << DISK_GOOD;
	open_session(&r);
	for (unsigned i = 0; i < steps; i++) {
		pass(&r, pars_rng_below(sim_rng(r.s), PARS_S(3)), true);
		something(&r);
	}
	heal(&r);
	pars_usec healed = sim_now(r.s);
	while ((wrong = sim_check_equal(r.s, forks(&r))) && sim_now(r.s) < healed + HEAL_TIME)
		pass(&r, PARS_S(1), false);
	if (!wrong && r.rogue) {
		put_out_rogue(&r);
		wrong = sim_check_rogue_gone(r.s);
	}
	if (!wrong)
		wrong = sim_check_equal(r.s, forks(&r));
	if (wrong && verbose)
		tell(&r);
	if (wrong)
		sim_fail(r.s, "%s (%u nodes, healed %.0f s ago)", wrong, o.nodes, (double)(sim_now(r.s) - healed) / 1e6);
	if (verbose)
		fprintf(stderr, "seed %llu: %u nodes, %llu vertices, equal after %.1f s, %llu events\n",
			(unsigned long long)seed, o.nodes, (unsigned long long)sim_vertices(r.s, 0),
			(double)(sim_now(r.s) - healed) / 1e6, (unsigned long long)sim_events(r.s));
	*events += sim_events(r.s);
	sim_free(r.s);
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1, count = argc > 2 ? strtoull(argv[2], NULL, 10) : 100;
	uint64_t events = 0;
	const char *only = getenv("SEED"), *folder = getenv("CORPUS");
	load_all(folder ? folder : "tests/fuzz/corpus");
	if (only && *only) {
		run_seed(strtoull(only, NULL, 10), true, &events);
		return EXIT_SUCCESS;
	}
	for (uint64_t seed = first; seed < first + count; seed++)
		run_seed(seed, false, &events);
	printf("sim sessions: %llu seeds, %llu events\n", (unsigned long long)count, (unsigned long long)events);
	printf("%llu passed, 0 failed\n", (unsigned long long)count);
	return EXIT_SUCCESS;
}
