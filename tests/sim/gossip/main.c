/* The gossip simulator: SEED=, NODES=, MESSAGES=.
 *
 *   gossip          one network told as JSON lines
 *   gossip check N  small networks for N seeds: passed, failed
 *
 * Demands: every honest node that is there gets every message of an honest one
 * within BOUND, and none twice; no honest node is thought ill of for long; who
 * lies is put out. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "tests/sim/gossip/net.h"

#define CHECK_NODES 200
#define CHECK_MESSAGES 60
#define WARM_UP PARS_S(10)
#define BOUND PARS_S(10)     /* within which a message is everywhere */
#define EXCUSE PARS_S(3)     /* who came so lately may not know anybody yet */
#define PER_SECOND 5         /* messages */
#define AWAY PARS_S(20)      /* of who leaves */
#define LASTING PARS_S(30)
#define QUIET PARS_S(60)
#define DATA_SIZE 256
#define EXCUSED UINT32_MAX

struct message {
	pars_usec at;
	uint32_t by;
	uint32_t *took_ms;       /* by node: 1 and more; 0: not there yet; or EXCUSED */
};

struct run {
	uint64_t seed;
	uint32_t nodes, count;
	struct message *messages;
	uint32_t said, lies;
	pars_usec *back_at;      /* of who is away */
	uint64_t away, lasting;
	char failure[200];
};

static void fail(struct run *r, const char *what, double value)
{
	if (!r->failure[0])
		snprintf(r->failure, sizeof r->failure, "%s: %g", what, value);
}

/* -- messages -------------------------------------------------------------------------- */

enum { DATA_VALID, DATA_LIE };

static bool told(void *ctx, struct net *net, uint32_t node, struct pars_bytes data)
{
	struct run *r = ctx;
	if (data.p[0] == DATA_LIE)
		return false;
	uint32_t *took = &r->messages[pars_be32(data.p + 1)].took_ms[node];
	if (*took == EXCUSED)
		return true;
	if (*took)
		fail(r, "told twice", node);
	*took = 1 + (uint32_t)((net_now(net) - r->messages[pars_be32(data.p + 1)].at) / 1000);
	return true;
}

static void say(struct net *net, uint32_t node, uint8_t kind, uint32_t number)
{
	uint8_t data[DATA_SIZE] = { kind };
	pars_put_be32(data + 1, number);
	net_publish(net, node, PARS_BYTES_ARRAY(data));
}

static uint32_t any_honest(const struct run *r, struct net *net)
{
	for (;;) {
		uint32_t i = (uint32_t)net_random(net, r->nodes);
		if (net_node(net, i)->up && net_node(net, i)->role == NET_HONEST && net_node(net, i)->since + EXCUSE <= net_now(net))
			return i;
	}
}

static void say_next(struct run *r, struct net *net)
{
	struct message *m = &r->messages[r->said];
	uint32_t by = any_honest(r, net);
	m->at = net_now(net);
	m->by = by;
	m->took_ms = pars_alloc_array(r->nodes, sizeof *m->took_ms);
	for (uint32_t i = 0; i < r->nodes; i++) {
		const struct net_node *n = net_node(net, i);
		if (!n->up || n->role != NET_HONEST || n->since + EXCUSE > m->at || i == by)
			m->took_ms[i] = EXCUSED;
	}
	say(net, by, DATA_VALID, r->said++);
}

static void lie(struct run *r, struct net *net)
{
	for (uint32_t i = 0; i < r->nodes; i++)
		if (net_node(net, i)->role == NET_LIAR)
			say(net, i, DATA_LIE, r->lies++);
}

/* -- coming and going --------------------------------------------------------------------- */

/* Whose words may be known to nobody else yet does not leave: they would go with it. */
static bool just_spoke(const struct run *r, const struct net *net, uint32_t node)
{
	for (uint32_t k = r->said; k-- > 0 && r->messages[k].at + PARS_S(1) > net_now(net);)
		if (r->messages[k].by == node)
			return true;
	return false;
}

static void leave(struct run *r, struct net *net)
{
	uint32_t i = any_honest(r, net);
	if (just_spoke(r, net, i))
		return;
	for (uint32_t k = 0; k < r->said; k++)
		if (!r->messages[k].took_ms[i] && r->messages[k].at + BOUND > net_now(net))
			r->messages[k].took_ms[i] = EXCUSED;
	net_down(net, i);
	r->back_at[i] = net_now(net) + AWAY;
	r->away++;
}

/* What it got before it left it may get again: it remembers nothing. */
static void come_back(struct run *r, struct net *net, bool all)
{
	for (uint32_t i = 0; i < r->nodes; i++)
		if (r->back_at[i] && (all || r->back_at[i] <= net_now(net))) {
			for (uint32_t k = 0; k < r->said; k++)
				if (r->messages[k].at + PARS_S(150) > net_now(net))
					r->messages[k].took_ms[i] = EXCUSED;
			r->back_at[i] = 0;
			net_up(net, i);
		}
}

/* -- opinions ------------------------------------------------------------------------------- */

static struct net_side *side_of(struct net_node *n, uint32_t other)
{
	for (unsigned i = 0; i < NET_SIDES_MAX; i++)
		if (n->sides[i].link && n->sides[i].other == other)
			return &n->sides[i];
	return NULL;
}

struct opinions { unsigned of_liars, bad_of_liars, liars_in_mesh, of_honest, bad_of_honest, mesh, nodes; };

static struct opinions ask(struct run *r, struct net *net)
{
	struct opinions o = { 0 };
	for (uint32_t i = 0; i < r->nodes; i++) {
		struct net_node *n = net_node(net, i);
		struct pars_gossip_member_info info;
		size_t at = 0;
		if (!n->up || n->role != NET_HONEST)
			continue;
		o.nodes++;
		while (pars_gossip_member_next(n->g, &at, &info)) {
			enum net_role role = net_node(net, net_number(&info.id))->role;
			struct net_side *s = side_of(n, net_number(&info.id));
			bool bad = info.score < 0;
			o.mesh += info.mesh;
			if (role == NET_LIAR) {
				o.of_liars++;
				o.bad_of_liars += bad;
				o.liars_in_mesh += info.mesh;
			} else {
				o.of_honest++;
				o.bad_of_honest += bad;
				s->negative_since = !bad ? 0 : s->negative_since ? s->negative_since : net_now(net);
				r->lasting += bad && net_now(net) - s->negative_since >= LASTING;
			}
		}
	}
	return o;
}

/* -- what came of it --------------------------------------------------------------------------- */

static bool quiet;

static void row(const struct run *r, const char *what, double value, const char *unit)
{
	if (!quiet)
		printf("{\"metric\":\"gossip_sim_%u_%s\",\"value\":%.6g,\"unit\":\"%s\",\"limit\":null,\"ratio\":null}\n", r->nodes,
			what, value, unit);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void tell_delivery(struct run *r)
{
	uint32_t *took = pars_alloc_array((size_t)r->said * r->nodes + 1, sizeof *took);
	size_t n = 0, wanted = 0, missed = 0;
	for (uint32_t k = 0; k < r->said; k++)
		for (uint32_t i = 0; i < r->nodes; i++) {
			uint32_t t = r->messages[k].took_ms[i];
			if (t == EXCUSED)
				continue;
			wanted++;
			if (t)
				took[n++] = t - 1;
			missed += !t || t - 1 > BOUND / 1000;
		}
	qsort(took, n, sizeof *took, by_size);
	row(r, "delivered", (double)(wanted - missed) / (double)PARS_MAX(wanted, 1), "of 1");
	row(r, "p50", took[n / 2], "ms");
	row(r, "p99", took[n * 99 / 100], "ms");
	row(r, "max", n ? took[n - 1] : 0, "ms");
	if (missed || !n)
		fail(r, "not delivered in time", (double)missed);
	free(took);
}

static void run(struct run *r)
{
	struct net *net = net_new(&(struct net_options){ .seed = r->seed, .nodes = r->nodes, .links = 16,
		.delay_min_ms = 20, .delay_max_ms = 200, .loss_percent = 2, .mute_percent = 10, .liar_percent = 5 }, told, r);
	const uint64_t *counter = net_metrics(net)->value;
	pars_usec start = net_now(net) + WARM_UP, step = PARS_S(1) / PER_SECOND;
	r->messages = pars_alloc_array(r->count, sizeof *r->messages);
	r->back_at = pars_alloc_array(r->nodes, sizeof *r->back_at);
	net_run(net, start);
	uint64_t bytes = net_bytes(net);
	for (uint32_t i = 0; r->said < r->count; i++) {
		say_next(r, net);
		if (i % PER_SECOND == 0) {
			lie(r, net);
			for (uint32_t k = 0; k < PARS_MAX(r->nodes / 500, 1u); k++)
				leave(r, net);
			come_back(r, net, false);
			ask(r, net);
		}
		net_run(net, net_now(net) + step);
	}
	come_back(r, net, true);
	for (unsigned i = 0; i < BOUND / PARS_S(1); i++) {
		lie(r, net);
		net_run(net, net_now(net) + PARS_S(1));
		ask(r, net);
	}
	double busy_s = (double)(net_now(net) - start) / 1e6;
	bytes = net_bytes(net) - bytes;
	struct opinions o = ask(r, net);
	tell_delivery(r);
	row(r, "duplicates", (double)counter[PARS_M_gossip_duplicate] / (double)counter[PARS_M_gossip_delivered], "a delivery");
	row(r, "bytes", (double)bytes / busy_s / o.nodes, "bytes/s a node");
	row(r, "bytes_a_delivery", (double)bytes / (double)counter[PARS_M_gossip_delivered], "bytes");
	row(r, "rejected", (double)counter[PARS_M_gossip_rejected], "messages");
	row(r, "mesh", (double)o.mesh / o.nodes, "peers");
	row(r, "left", (double)r->away, "nodes");
	net_run(net, net_now(net) + QUIET);
	bytes = net_bytes(net);
	net_run(net, net_now(net) + QUIET);
	row(r, "bytes_quiet", (double)(net_bytes(net) - bytes) / (QUIET / 1e6) / o.nodes, "bytes/s a node");
	row(r, "liars_in_meshes", o.liars_in_mesh, "");
	row(r, "liars_below_0", (double)o.bad_of_liars / PARS_MAX(o.of_liars, 1u), "of 1");
	row(r, "honest_below_0", o.bad_of_honest, "opinions");
	row(r, "events", (double)net_events(net), "");
	if (r->lasting)
		fail(r, "honest nodes thought ill of for long", (double)r->lasting);
	if (o.liars_in_mesh)
		fail(r, "liars in meshes", o.liars_in_mesh);
	if (counter[PARS_M_gossip_malformed] || counter[PARS_M_gossip_full])
		fail(r, "malformed, or too much held", (double)counter[PARS_M_gossip_malformed]);
	for (uint32_t k = 0; k < r->said; k++)
		free(r->messages[k].took_ms);
	free(r->messages);
	free(r->back_at);
	net_free(net);
	if (r->failure[0])
		printf("FAIL: %s; SEED=%llu NODES=%u MESSAGES=%u\n", r->failure, (unsigned long long)r->seed, r->nodes, r->count);
}

static uint64_t env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	uint64_t seed = env("SEED", 1);
	unsigned passed = 0, failed = 0;
	if (argc == 3 && !strcmp(argv[1], "check")) {
		quiet = true;
		for (uint64_t s = seed; s < seed + (unsigned)atoi(argv[2]); s++) {
			struct run r = { .seed = s, .nodes = CHECK_NODES, .count = CHECK_MESSAGES };
			run(&r);
			*(r.failure[0] ? &failed : &passed) += 1;
		}
		printf("%u passed, %u failed\n", passed, failed);
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	struct run r = { .seed = seed, .nodes = (uint32_t)env("NODES", 1000), .count = (uint32_t)env("MESSAGES", 300) };
	run(&r);
	return r.failure[0] ? EXIT_FAILURE : EXIT_SUCCESS;
}
