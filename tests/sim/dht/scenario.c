#include "tests/sim/dht/scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "dht/table.h"
#include "tests/sim/dht/measure.h"

#define DOUBLING PARS_S(30) /* the network grows twofold in this time */
#define BOOTSTRAP 5         /* the first nodes are known to all, and never end */
#define ENEMIES 400

bool scenario_quiet;
const char *const scenario_figures[4] = { "hops", "messages", "lookup_cpu", "bytes_node" };

void scenario_row(const struct run *run, const char *scenario, const char *what, double value,
	const char *unit)
{
	if (scenario_quiet)
		return;
	printf("{\"metric\":\"dht_%s_%u_%s\",\"value\":%.6g,\"unit\":\"%s\",\"limit\":null,\"ratio\":null}\n",
		scenario, run->nodes, what, value, unit);
	fflush(stdout);
}

static void demand(struct run *run, const char *what, double value, double least)
{
	if (value < least && !run->failure[0])
		snprintf(run->failure, sizeof run->failure, "%s: %.4f, not %.4f", what, value, least);
}

/* One point of a curve over time. */
static void report_at(const struct run *run, const char *name, double seconds, const struct measure *m)
{
	char metric[64];
	snprintf(metric, sizeof metric, "at_%.0f_success", seconds);
	if (!run->brief)
		scenario_row(run, name, metric, measure_success(m), "of 1");
}

static void report(const struct run *run, const char *name, const char *what, const struct measure *m)
{
	static const char *const parts[] = { "success", "hops", "hops_p99", "messages", "ms" };
	double values[] = { measure_success(m), measure_hops(m), measure_hops_p99(m), measure_messages(m),
		measure_ms(m) };
	char metric[64];
	for (size_t i = 0; i < PARS_COUNT(parts); i++) {
		snprintf(metric, sizeof metric, "%s_%s", what, parts[i]);
		scenario_row(run, name, metric, values[i], i ? "" : "of 1");
	}
}

static void finish(struct run *run, struct net *net, struct asker *a)
{
	if (net_wrong(net))
		snprintf(run->failure, sizeof run->failure, "%s", net_wrong(net));
	asker_free(a);
}

/* -- a network --------------------------------------------------------------------------- */

static unsigned env_or(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	return text && *text ? (unsigned)atoi(text) : otherwise;
}

/* In all that churn may ask for, and the enemies of an eclipse. */
static struct net *make_net(const struct run *run)
{
	struct net_options o = { .seed = run->seed, .nodes_max = 2 * run->nodes + ENEMIES + 200,
		.wire = run->wire, .delay_min_ms = 20, .delay_max_ms = 120,
		.limits = pars_dht_default_limits, .check_every = run->nodes <= 2000 ? 1 : run->nodes / 100 };
	/* What is tuned by simulation. */
	o.limits.alpha = env_or("ALPHA", o.limits.alpha);
	o.limits.paths = env_or("PATHS", o.limits.paths);
	return net_new(&o);
}

static void join(struct net *net)
{
	uint32_t i = net_add(net, 0, NULL, 0);
	if (i)
		net_introduce(net, i, net_anyone(net) == i ? 0 : net_anyone(net));
}

/* What nodes take that know nobody. */
static size_t bare_bytes(const struct run *run)
{
	size_t before = heap_bytes();
	struct net *net = make_net(run);
	for (uint32_t i = 0; i < run->nodes; i++)
		net_add(net, 0, NULL, 0);
	size_t bytes = heap_bytes() - before;
	net_free(net);
	return bytes;
}

struct net *scenario_grow(struct run *run)
{
	run->bare_bytes = bare_bytes(run);
	size_t before = heap_bytes();
	double cpu = cpu_seconds();
	struct net *net = make_net(run);
	for (uint32_t i = 0; i < run->nodes && !net_wrong(net); i++) {
		net_run_until(net, (pars_usec)((double)DOUBLING * log2((double)i + 1)));
		uint32_t other = i ? net_anyone(net) : 0;
		net_add(net, 0, NULL, 0);
		if (i)
			net_introduce(net, i, other);
	}
	net_run_until(net, net_now(net) + PARS_S(90));
	run->grow_cpu = cpu_seconds() - cpu;
	run->grown_bytes = heap_bytes() - before;
	return net;
}

static unsigned questions(const struct run *run, unsigned full)
{
	return run->brief ? full / 20 : full;
}

static void run_for(struct net *net, pars_usec span)
{
	net_run_until(net, net_now(net) + span);
}

/* The bootstrap list, which the node tries while it has few peers. */
static void bootstrap_all(struct net *net)
{
	for (uint32_t i = BOOTSTRAP; i < net_count(net); i++)
		if (net_node(net, i)->dht && net_node(net, i)->role == NET_HONEST)
			net_introduce(net, i, (uint32_t)net_random(net, BOOTSTRAP));
}

static double entries_mean(struct net *net)
{
	size_t sum = 0, live = 0;
	for (uint32_t i = 0; i < net_count(net); i++)
		if (net_node(net, i)->dht) {
			sum += pars_dht_size(net_node(net, i)->dht);
			live++;
		}
	return live ? (double)sum / (double)live : 0;
}

/* -- static ---------------------------------------------------------------------------------- */

static void report_stores(struct run *run, struct net *net, struct asker *a)
{
	struct measure put = { 0 }, get = { 0 }, provide = { 0 }, find = { 0 };
	unsigned n = questions(run, 2000);
	size_t before = heap_bytes();
	asker_ask(a, ASK_PUT, true, n, &put);
	double per_record = (double)(heap_bytes() - before) / (double)(put.stored ? put.stored : 1);
	asker_ask(a, ASK_GET, true, n, &get);
	asker_ask(a, ASK_PROVIDE, true, n, &provide);
	asker_ask(a, ASK_PROVIDERS, true, n, &find);
	report(run, "static", "put", &put);
	report(run, "static", "get", &get);
	report(run, "static", "provide", &provide);
	report(run, "static", "providers", &find);
	scenario_row(run, "static", "bytes_record", per_record, "B");
	demand(run, "values found", measure_success(&get), 0.999);
	demand(run, "providers found", measure_success(&find), 0.999);
	(void)net;
}

/* The heap held the network and little else when it had grown. */
static void report_growth(const struct run *run, struct net *net)
{
	double entries = entries_mean(net), bytes = (double)run->grown_bytes / run->nodes;
	double bare = (double)run->bare_bytes / run->nodes;
	scenario_row(run, "static", "join_cpu", run->grow_cpu, "s");
	scenario_row(run, "static", "join_events", (double)net_events(net) / run->grow_cpu, "events/cpu-s");
	scenario_row(run, "static", "entries", entries, "entries/node");
	scenario_row(run, "static", "bytes_node", bytes, "B");
	scenario_row(run, "static", "bytes_entry", (bytes - bare) / entries, "B");
}

static void static_network(struct run *run, struct net *net)
{
	struct measure nearest = { 0 }, peer = { 0 }, careful = { 0 };
	struct asker *a = asker_new(net);
	report_growth(run, net);
	asker_ask(a, ASK_NEAREST, false, questions(run, 10000), &nearest);
	asker_ask(a, ASK_PEER, false, questions(run, 10000), &peer);
	asker_ask(a, ASK_NEAREST, true, questions(run, 2000), &careful);
	report(run, "static", "nearest", &nearest);
	report(run, "static", "peer", &peer);
	report(run, "static", "careful", &careful);
	scenario_row(run, "static", "lookups", nearest.asked / nearest.cpu, "lookups/cpu-s");
	scenario_row(run, "static", "peer_lookups", peer.asked / peer.cpu, "lookups/cpu-s");
	scenario_row(run, "static", "lookup_events", (double)nearest.events / nearest.cpu, "events/cpu-s");
	scenario_row(run, "static", "estimate", (double)pars_dht_estimate(net_node(net, 0)->dht) / run->nodes, "of n");
	scenario_row(run, "static", "sparse", (double)nearest.sparse / nearest.asked, "of 1");
	run->figure[0] = measure_hops(&nearest);
	run->figure[1] = measure_messages(&nearest);
	run->figure[2] = nearest.cpu / nearest.asked;
	run->figure[3] = (double)run->grown_bytes / run->nodes;
	demand(run, "nearest found", measure_success(&nearest), 0.999);
	demand(run, "peers found", measure_success(&peer), 0.999);
	report_stores(run, net, a);
	finish(run, net, a);
}

/* -- faults ------------------------------------------------------------------------------------ */

static void kill_part(struct net *net, double part)
{
	uint32_t count = net_count(net), left = (uint32_t)((double)count * part);
	left = PARS_MIN(left, count - 3 * BOOTSTRAP); /* something has to be left */
	while (left) {
		uint32_t i = BOOTSTRAP + (uint32_t)net_random(net, count - BOOTSTRAP);
		if (!net_node(net, i)->dht)
			continue;
		net_kill(net, i);
		left--;
	}
}

static void dead_tenth(struct run *run, struct net *net)
{
	struct measure m = { 0 }, peer = { 0 };
	struct asker *a = asker_new(net);
	kill_part(net, 0.1);
	asker_ask(a, ASK_NEAREST, false, questions(run, 10000), &m);
	asker_ask(a, ASK_PEER, false, questions(run, 5000), &peer);
	report(run, "dead", "nearest", &m);
	report(run, "dead", "peer", &peer);
	demand(run, "nearest found", measure_success(&m), 0.999);
	finish(run, net, a);
}

/* As many questions as there are nodes: more would have to wait for another. */
static unsigned survivors(struct net *net)
{
	unsigned live = 0;
	for (uint32_t i = 0; i < net_count(net); i++)
		live += net_node(net, i)->dht != NULL;
	return live;
}

/* Asks until nearly all is right again; rows tell how long that took. */
static void heal(struct run *run, struct net *net, struct asker *a, const char *name, pars_usec patience,
	double least)
{
	pars_usec since = net_now(net);
	double success = 0;
	struct measure m;
	do {
		run_for(net, PARS_S(60));
		m = (struct measure){ 0 };
		asker_ask(a, ASK_NEAREST, false, PARS_MIN(questions(run, 1000), survivors(net)), &m);
		success = measure_success(&m);
		report_at(run, name, (double)(net_now(net) - since) / 1e6, &m);
	} while (success < 0.999 && net_now(net) - since < patience && !net_wrong(net));
	scenario_row(run, name, "heal_time", (double)(net_now(net) - since) / 1e6, "s");
	m = (struct measure){ 0 };
	asker_ask(a, ASK_NEAREST, false, questions(run, 1000), &m);
	success = measure_success(&m);
	report(run, name, "healed", &m);
	demand(run, "nearest found after healing", success, least);
}

/* What is left: how many of the entries live, and which part of the nodes hangs
 * together by them. Only that part can find itself again without help. */
static void report_left(struct run *run, struct net *net, const char *when)
{
	char metric[64];
	uint32_t count = net_count(net), *group = pars_alloc_array(count, sizeof *group), largest = 0;
	uint32_t *size = pars_alloc_array(count, sizeof *size), live = 0;
	size_t entries = 0, live_entries = 0;
	bool changed = true;
	for (uint32_t i = 0; i < count; i++)
		group[i] = i;
	/* Each takes the least number among those it knows, or is known to, until
	 * nothing changes. */
	for (bool first = true; changed; first = false) {
		changed = false;
		for (uint32_t i = 0; i < count; i++) {
			struct pars_dht_entry e;
			size_t at = 0;
			while (net_node(net, i)->dht && pars_dht_entry_next(net_node(net, i)->dht, &at, &e)) {
				uint32_t other = pars_be32(e.contact->id.b + 6), least = PARS_MIN(group[i], group[other]);
				entries += first;
				if (!net_node(net, other)->dht)
					continue;
				live_entries += first;
				changed |= group[i] != least || group[other] != least;
				group[i] = group[other] = least;
			}
		}
	}
	for (uint32_t i = 0; i < count; i++)
		if (net_node(net, i)->dht) {
			live++;
			size[group[i]]++;
			largest = PARS_MAX(largest, size[group[i]]);
		}
	snprintf(metric, sizeof metric, "%slive_entries", when);
	scenario_row(run, "alone", metric, (double)live_entries / (double)entries, "of 1");
	snprintf(metric, sizeof metric, "%sconnected", when);
	scenario_row(run, "alone", metric, (double)largest / live, "of 1");
	free(group);
	free(size);
}

/* Each node was given two bootstrap nodes, which it asks again, more and more
 * seldom, while its table is small or silent; the first nodes are alive still, the others
 * on the list are not. */
static void set_anchors(struct net *net)
{
	for (uint32_t i = 0; i < net_count(net); i++)
		if (net_node(net, i)->dht)
			net_set_anchors(net, i, (uint32_t)net_random(net, BOOTSTRAP),
				BOOTSTRAP + (uint32_t)net_random(net, net_count(net) - BOOTSTRAP));
}

static void most_gone(struct run *run, struct net *net)
{
	struct measure m = { 0 };
	struct asker *a = asker_new(net);
	kill_part(net, 0.99);
	set_anchors(net);
	asker_ask(a, ASK_NEAREST, false, survivors(net), &m);
	report(run, "gone", "at_once", &m);
	heal(run, net, a, "gone", PARS_S(3600), 0.99);
	finish(run, net, a);
}

/* The same for nodes that can turn to nobody: how far they get is told, not
 * demanded. */
static void most_gone_alone(struct run *run, struct net *net)
{
	struct asker *a = asker_new(net);
	kill_part(net, 0.99);
	report_left(run, net, "");
	heal(run, net, a, "alone", PARS_S(run->brief ? 600 : 3600), 0);
	report_left(run, net, "after_");
	finish(run, net, a);
}

static void split(struct run *run, struct net *net, const char *name, bool told)
{
	struct measure apart = { 0 };
	struct asker *a = asker_new(net);
	for (uint32_t i = 0; i < net_count(net); i++)
		net_node(net, i)->side = i & 1;
	run_for(net, run->brief ? PARS_S(300) : PARS_S(900));
	asker_ask(a, ASK_NEAREST, false, questions(run, 1000), &apart);
	report(run, name, "apart", &apart);
	for (uint32_t i = 0; i < net_count(net); i++)
		net_node(net, i)->side = 0;
	if (told)
		bootstrap_all(net);
	heal(run, net, a, name, PARS_S(3600), 0.99);
	finish(run, net, a);
}

static void partition(struct run *run, struct net *net)
{
	split(run, net, "partition", true);
}

/* Nobody says that the network is whole again: those who fell silent are asked
 * now and then, and that has to do. */
static void partition_untold(struct run *run, struct net *net)
{
	split(run, net, "untold", false);
}

static void churn(struct run *run, struct net *net)
{
	/* Half of the nodes each hour. */
	unsigned minutes = run->brief ? 20 : run->nodes <= 1000 ? 120 : run->nodes <= 10000 ? 40 : 12;
	uint32_t each = run->nodes / 120 + 1;
	struct measure m = { 0 }, get = { 0 }, put = { 0 };
	struct asker *a = asker_new(net);
	asker_ask(a, ASK_PUT, true, questions(run, 400), &put);
	for (unsigned minute = 0; minute < minutes && !net_wrong(net); minute++) {
		for (uint32_t i = 0; i < each; i++) {
			uint32_t gone;
			do
				gone = net_anyone(net);
			while (gone < BOOTSTRAP);
			net_kill(net, gone);
			join(net);
			run_for(net, PARS_S(60) / each);
		}
		struct measure now = { 0 };
		asker_ask(a, ASK_NEAREST, false, questions(run, 200), &now);
		asker_ask(a, ASK_GET, true, questions(run, 40), &get);
		report_at(run, "churn", 60.0 * (minute + 1), &now);
		measure_add(&m, &now);
	}
	report(run, "churn", "nearest", &m);
	report(run, "churn", "get", &get);
	scenario_row(run, "churn", "entries", entries_mean(net), "entries/node");
	/* Misses come together, around one node that is new: two hundred questions
	 * tell less than tens of thousands. */
	double least = run->brief ? 0.94 : 0.99;
	demand(run, "nearest found", measure_success(&m), least);
	demand(run, "values found", measure_success(&get), least);
	finish(run, net, a);
}

/* -- enemies ------------------------------------------------------------------------------------- */

/* They joined honestly, so they stand in tables as anybody. */
static void liars(struct run *run, struct net *net)
{
	struct measure m = { 0 }, careful = { 0 }, put = { 0 }, get = { 0 };
	struct asker *a = asker_new(net);
	for (uint32_t i = BOOTSTRAP; i < net_count(net); i++)
		if (i % 5 == 0)
			net_node(net, i)->role = NET_LIAR;
	net_roles_changed(net);
	asker_ask(a, ASK_NEAREST, false, questions(run, 4000), &m);
	asker_ask(a, ASK_NEAREST, true, questions(run, 4000), &careful);
	asker_ask(a, ASK_PUT, true, questions(run, 400), &put);
	asker_ask(a, ASK_GET, true, questions(run, 1000), &get);
	report(run, "liars", "nearest", &m);
	report(run, "liars", "careful", &careful);
	report(run, "liars", "get", &get);
	demand(run, "nearest found over disjoint paths", measure_success(&careful), 0.95);
	demand(run, "values found", measure_success(&get), 0.99);
	finish(run, net, a);
}

#define VICTIM 7
#define ENEMY_NETS 8

static double enemies_in(struct net *net, uint32_t i)
{
	struct pars_dht_entry e;
	size_t at = 0, enemies = 0;
	while (pars_dht_entry_next(net_node(net, i)->dht, &at, &e))
		enemies += net_node(net, pars_be32(e.contact->id.b + 6))->role == NET_LIAR;
	return (double)enemies / (double)pars_dht_size(net_node(net, i)->dht);
}

/* Half of the enemies stand near the victim, half anywhere; all connect to it,
 * again and again, from few networks. */
static void eclipse(struct run *run, struct net *net)
{
	uint32_t enemies = run->brief ? 100 : ENEMIES, first = run->nodes;
	unsigned right_out = 0, right_in = 0, asked = questions(run, 200);
	struct asker *a = asker_new(net);
	unsigned bits = (unsigned)log2(run->nodes) + 4;
	for (uint32_t i = 0; i < enemies; i++) {
		uint32_t ip = (uint32_t)(45 + i % ENEMY_NETS) << 24 | (uint32_t)net_random(net, 1 << 16);
		net_add(net, ip, i % 2 ? &net_node(net, VICTIM)->self->key : NULL, bits);
		net_node(net, first + i)->role = NET_LIAR;
		net_introduce(net, first + i, VICTIM);
	}
	net_roles_changed(net);
	for (unsigned minute = 0; minute < (run->brief ? 10u : 30u) && !net_wrong(net); minute++) {
		for (uint32_t i = 0; i < enemies; i++)
			net_introduce(net, VICTIM, first + i);
		run_for(net, PARS_S(60));
	}
	for (unsigned i = 0; i < asked; i++) {
		right_out += asker_ask_as(a, VICTIM, ASK_NEAREST, true, 0);
		uint32_t other;
		do
			other = net_anyone(net);
		while (other == VICTIM);
		right_in += asker_ask_as(a, other, ASK_PEER, true, VICTIM);
	}
	scenario_row(run, "eclipse", "enemies_in_table", enemies_in(net, VICTIM), "of 1");
	scenario_row(run, "eclipse", "victim_finds", (double)right_out / asked, "of 1");
	scenario_row(run, "eclipse", "victim_found", (double)right_in / asked, "of 1");
	demand(run, "what the victim finds", (double)right_out / asked, 0.95);
	demand(run, "who finds the victim", (double)right_in / asked, 0.95);
	finish(run, net, a);
}

/* -- a flood ----------------------------------------------------------------------------------------- */

#define TARGETS_MAX 5          /* the victim and its nearest neighbours */
#define FLOOD 100              /* times the rate that one peer is allowed */
#define FLOOD_PERIOD PARS_MS(10)
#define WRITE_EACH 20          /* of its requests one in so many is a record, another an announcement */
#define FLOOD_RECORDS 1200     /* different ones, near the victim: more than it may keep */

struct flood {
	struct net *net;
	uint32_t first, count, targets[TARGETS_MAX];
	size_t target_count;
	uint32_t *records;         /* numbers of values */
	uint32_t record_count;
	unsigned each;             /* requests of each flooder to each target in a period */
	uint64_t sent;
};

static struct pars_dht_message request(struct flood *f, uint8_t key[VALUE_KEY_MAX], uint8_t value[VALUE_SIZE])
{
	static const enum pars_dht_type reads[] = { PARS_DHT_FIND_NODE, PARS_DHT_GET_VALUE, PARS_DHT_GET_PROVIDERS };
	struct pars_dht_message m = { .type = reads[f->sent % PARS_COUNT(reads)] };
	uint32_t number = f->records[net_random(f->net, f->record_count)];
	m.key = PARS_BYTES(key, value_key(number, key));
	if (f->sent % WRITE_EACH == 0) {
		value_of(number, value);
		m.type = PARS_DHT_PUT_VALUE;
		m.has_record = true;
		m.record_key = m.key;
		m.value = PARS_BYTES(value, VALUE_SIZE);
	} else if (f->sent % WRITE_EACH == WRITE_EACH / 2) {
		uint64_t random[4];
		for (size_t i = 0; i < PARS_COUNT(random); i++)
			random[i] = net_random(f->net, UINT64_MAX);
		memcpy(key + 2, random, sizeof random);
		key[0] = 0x12;
		key[1] = sizeof random;
		m.key = PARS_BYTES(key, 2 + sizeof random);
		m.type = PARS_DHT_ADD_PROVIDER;
		m.provider_count = 1;
	}
	return m;
}

static void pour(void *ctx)
{
	struct flood *f = ctx;
	uint8_t key[VALUE_KEY_MAX], value[VALUE_SIZE];
	for (uint32_t i = f->first; i < f->first + f->count; i++)
		for (size_t t = 0; t < f->target_count; t++)
			for (unsigned n = 0; n < f->each; n++, f->sent++) {
				struct pars_dht_message m = request(f, key, value);
				m.providers[0] = net_node(f->net, i)->self;
				net_send(f->net, i, f->targets[t], &m);
			}
}

/* They join as anybody, and each of them is at the victim's door already. */
static struct flood flood_new(struct run *run, struct net *net, unsigned bits)
{
	const struct pars_digest *place = &net_node(net, VICTIM)->self->key;
	struct flood f = { .net = net, .first = net_count(net), .count = run->brief ? 5 : 50,
		.record_count = run->brief ? 200 : FLOOD_RECORDS };
	f.target_count = net_neighbours(net, place, f.targets, run->brief ? 3 : TARGETS_MAX);
	f.each = (unsigned)(FLOOD * pars_dht_default_limits.requests_per_s * FLOOD_PERIOD / PARS_S(1));
	f.records = pars_alloc_array(f.record_count, sizeof *f.records);
	for (uint32_t i = 0, number = 1u << 30; i < f.record_count; i++)
		f.records[i] = number = value_near(number + 1, place, bits);
	for (uint32_t i = 0; i < f.count; i++) {
		uint32_t node = net_add(net, 0, NULL, 0);
		net_introduce(net, node, net_anyone(net));
		net_node(net, node)->role = NET_FLOODER;
	}
	net_roles_changed(net);
	run_for(net, PARS_S(60));
	return f;
}

/* What the flood left at its targets is bounded, and the counters saw it. */
static void check_flooded(struct run *run, struct flood *f, const struct pars_metrics *before)
{
	const struct pars_metrics *after = net_metrics(f->net);
	const struct pars_dht_limits *limits = &pars_dht_default_limits;
	struct pars_dht_stats s;
	bool over = false;
	for (size_t t = 0; t < f->target_count; t++) {
		pars_dht_stats(net_node(f->net, f->targets[t])->dht, &s);
		over |= s.records > limits->records_max || s.records_bytes > limits->records_bytes_max
			|| s.providers > limits->providers_max;
	}
	uint64_t refused = after->value[PARS_M_dht_rate_limited] - before->value[PARS_M_dht_rate_limited];
	scenario_row(run, "flood", "records", (double)s.records, "records");
	scenario_row(run, "flood", "providers", (double)s.providers, "providers");
	scenario_row(run, "flood", "sent", (double)f->sent, "requests");
	scenario_row(run, "flood", "refused", (double)refused / (double)f->sent, "of 1");
	demand(run, "stores within their bounds", !over, 1);
	demand(run, "requests refused and counted", (double)refused / (double)f->sent, run->brief ? 0.5 : 0.8);
}

/* Some peers send 100 times what one is allowed, to one node and those around
 * it; others go on to look for what is stored there, and for the node. */
static void flood(struct run *run, struct net *net)
{
	struct measure put = { 0 }, dry = { 0 }, get = { 0 }, peer = { 0 };
	unsigned bits = (unsigned)log2(run->nodes) - 3, n = questions(run, 2000), found = 0;
	struct asker *a = asker_new(net);
	asker_put_near(a, &net_node(net, VICTIM)->self->key, bits);
	asker_ask(a, ASK_PUT, true, questions(run, 400), &put);
	struct flood f = flood_new(run, net, bits);
	asker_ask(a, ASK_GET, true, n, &dry);
	struct pars_metrics before = *net_metrics(net);
	size_t heap = heap_bytes();
	net_every(net, FLOOD_PERIOD, pour, &f);
	run_for(net, run->brief ? PARS_S(1) : PARS_S(3));
	asker_ask(a, ASK_GET, true, n, &get);
	asker_ask(a, ASK_NEAREST, false, n / 4, &peer);
	for (unsigned i = 0; i < 3; i++)
		found += asker_ask_as(a, i, ASK_PEER, true, VICTIM);
	net_every(net, PARS_NEVER / 2, NULL, NULL);
	run_for(net, PARS_S(1));
	double grown = (double)heap_bytes() - (double)heap;
	report(run, "flood", "dry", &dry);
	report(run, "flood", "get", &get);
	report(run, "flood", "nearest", &peer);
	scenario_row(run, "flood", "victim_found", found / 3.0, "of 1");
	scenario_row(run, "flood", "bytes_target", grown / (double)f.target_count, "B");
	check_flooded(run, &f, &before);
	demand(run, "values found", measure_success(&get), 0.999);
	demand(run, "how much faster values come without", 1.5 * measure_ms(&dry) - measure_ms(&get), 0);
	demand(run, "bytes a target may take", 8e6 - grown / (double)f.target_count, 0);
	demand(run, "the victim is found", found / 3.0, 1);
	free(f.records);
	finish(run, net, a);
}

const struct scenario scenarios[] = {
	{ "static", "nothing happens", static_network },
	{ "dead", "a tenth of the nodes is dead, as nobody knows yet", dead_tenth },
	{ "churn", "half of the nodes are replaced each hour", churn },
	{ "partition", "two halves cannot hear each other for a while", partition },
	{ "untold", "likewise, and no bootstrap node is asked afterwards", partition_untold },
	{ "gone", "99 of 100 nodes are gone at once", most_gone },
	{ "alone", "likewise, and no bootstrap node is known", most_gone_alone },
	{ "liars", "every fifth node tells of liars only and keeps nothing", liars },
	{ "eclipse", "enemies from few networks crowd around one victim", eclipse },
	{ "flood", "peers send a victim 100 times what they may", flood },
};
const unsigned scenario_count = PARS_COUNT(scenarios);
