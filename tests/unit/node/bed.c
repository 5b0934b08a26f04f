#include "tests/unit/node/bed.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#define SYNC "/pars/sync/1.0.0"

static struct pars_time at(const struct bed *b)
{
	return (struct pars_time){ b->now, (int64_t)b->now * 1000 };
}

/* Public addresses lie each in a network of its own. */
static struct pars_endpoint endpoint(const struct bed *b, int party)
{
	struct pars_endpoint e = { .family = PARS_IP4, .port = 4001, .ip = { 10, 0, 0, (uint8_t)(party + 1) } };
	if (b->public) {
		e.ip[0] = 62;
		e.ip[1] = (uint8_t)(100 + party);
	}
	return e;
}

static struct bed_link *find(struct bed *b, int party, pars_conn conn, int *side)
{
	for (size_t i = 0; i < b->link_count; i++)
		for (*side = 0; *side < 2; ++*side)
			if (b->links[i].party[*side] == party && b->links[i].conn[*side] == conn && b->links[i].open[*side])
				return &b->links[i];
	return NULL;
}

static void feed(struct bed *b, int i, struct pars_event ev);

static void dial(struct bed *b, int from, const struct pars_effect *f)
{
	int to = f->endpoint.ip[3] - 1;
	if (to < 0 || to > BED_NODES || !b->party[to].listening || b->link_count == PARS_COUNT(b->links)) {
		feed(b, from, (struct pars_event){ .type = PARS_EV_CONN_FAILED, .conn = f->conn, .text = "refused" });
		return;
	}
	pars_conn inbound = PARS_CONN_INBOUND | ++b->next_inbound;
	b->links[b->link_count++] = (struct bed_link){ .party = { from, to }, .conn = { f->conn, inbound },
		.open = { true, true } };
	feed(b, to, (struct pars_event){ .type = PARS_EV_CONN_OPENED, .conn = inbound, .local = endpoint(b, to),
		.remote = endpoint(b, from) });
	feed(b, from, (struct pars_event){ .type = PARS_EV_CONN_OPENED, .conn = f->conn, .local = endpoint(b, from),
		.remote = f->endpoint });
}

static void carry_out(struct bed *b, int i, const struct pars_effect *f)
{
	int side;
	struct bed_link *l;
	switch (f->type) {
	case PARS_EF_DIAL:
		dial(b, i, f);
		break;
	case PARS_EF_SEND:
		if ((l = find(b, i, f->conn, &side))) {
			pars_buf_put(&l->queue[side], f->data);
			l->sent[side] += f->data.n;
		}
		break;
	case PARS_EF_CLOSE:
	case PARS_EF_ABORT:
		if ((l = find(b, i, f->conn, &side)))
			l->open[side] = false;
		break;
	case PARS_EF_LISTEN:
		b->party[i].listening = true;
		feed(b, i, (struct pars_event){ .type = PARS_EV_LISTENING, .listener = f->listener, .local = endpoint(b, i) });
		break;
	case PARS_EF_RESOLVE:
		b->queries[b->query_count++ % PARS_COUNT(b->queries)] = f->query;
		snprintf(b->name, sizeof b->name, "%s", f->text);
		break;
	case PARS_EF_NOTIFY:
		if (b->notify)
			b->notify(b->notify_arg, i, f->topic, f->text);
		break;
	case PARS_EF_JOB:
		ck_assert_uint_lt(b->party[i].job_count, PARS_COUNT(b->party[i].jobs));
		b->party[i].jobs[b->party[i].job_count++] = f->job;
		break;
	default:
		break;
	}
}

void bed_begin(struct bed *b, int i)
{
	if (i)
		pars_step_begin(b->party[i].node, at(b));
	else
		pars_host_begin(b->party[0].host, at(b), &b->party[0].fx);
}

static void drain_rogue(struct bed *b)
{
	struct pars_host_event ev;
	while (pars_host_next(b->party[0].host, &ev)) {
		if (ev.type == PARS_HOST_STREAM_DATA && ev.stream == b->rogue_stream) {
			pars_buf_put(&b->received, ev.data);
			pars_host_consumed(b->party[0].host, ev.stream, ev.data.n);
		}
		if (ev.type == PARS_HOST_STREAM_CLOSED && ev.stream == b->rogue_stream)
			b->rogue_stream_closed = true;
	}
}

void bed_end(struct bed *b, int i)
{
	struct party *p = &b->party[i];
	struct pars_effects fx = { 0 };
	if (i) {
		ck_assert_int_eq(pars_step_end(p->node, &fx), PARS_OK);
	} else {
		pars_host_tick(p->host);
		drain_rogue(b);
		pars_host_flush(p->host);
		drain_rogue(b);
		fx = p->fx;
		p->fx = (struct pars_effects){ 0 };
	}
	for (size_t k = 0; k < fx.count; k++)
		carry_out(b, i, &fx.list[k]);
	pars_effects_done(&fx);
}

void bed_feed(struct bed *b, int i, struct pars_event ev)
{
	bed_begin(b, i);
	pars_step_event(b->party[i].node, &ev);
	bed_end(b, i);
}

static void feed(struct bed *b, int i, struct pars_event ev)
{
	bed_begin(b, i);
	if (i) {
		pars_step_event(b->party[i].node, &ev);
	} else {
		pars_host_step(b->party[0].host, &ev);
		drain_rogue(b);
	}
	bed_end(b, i);
}

static bool move_link(struct bed *b, size_t at_link)
{
	bool moved = false;
	for (int side = 0; side < 2; side++) {
		struct bed_link *l = &b->links[at_link];
		if (l->sent[side] && l->open[side]) {
			size_t n = l->sent[side];
			l->sent[side] = 0;
			feed(b, l->party[side], (struct pars_event){ .type = PARS_EV_CONN_SENT, .conn = l->conn[side], .size = n });
			moved = true;
		}
		if (l->queue[side].n) {
			struct pars_buf data = l->queue[side];
			l->queue[side] = (struct pars_buf){ 0 };
			if (l->open[!side])
				feed(b, l->party[!side], (struct pars_event){ .type = PARS_EV_CONN_DATA, .conn = l->conn[!side],
					.data = pars_buf_bytes(&data) });
			pars_buf_done(&data);
			moved = true;
		}
		if (!l->open[side] && l->open[!side]) {
			l->open[!side] = false;
			feed(b, l->party[!side], (struct pars_event){ .type = PARS_EV_CONN_CLOSED, .conn = l->conn[!side],
				.text = "closed" });
			moved = true;
		}
	}
	return moved;
}

void bed_run(struct bed *b)
{
	bool moved = true;
	for (unsigned rounds = 0; moved; rounds++) {
		ck_assert_uint_lt(rounds, 100000);
		moved = false;
		for (size_t i = 0; i < b->link_count; i++)
			moved |= move_link(b, i);
		for (int i = 1; i <= BED_NODES; i++) {
			struct party *p = &b->party[i];
			while (p->job_count && !b->workers_wait) {
				struct pars_job *job = p->jobs[0];
				memmove(p->jobs, p->jobs + 1, --p->job_count * sizeof *p->jobs);
				job->run(job);
				feed(b, i, (struct pars_event){ .type = PARS_EV_JOB_DONE, .job = job });
				moved = true;
			}
		}
	}
}

void bed_pass(struct bed *b, pars_usec time)
{
	pars_usec end = b->now + time;
	while (b->now < end) {
		b->now += PARS_MS(25);
		for (int i = 0; i <= BED_NODES; i++) {
			bed_begin(b, i);
			bed_end(b, i);
		}
		bed_run(b);
	}
}

void bed_open(struct bed *b, int i)
{
	struct party *p = &b->party[i];
	struct pars_fault fault;
	PARS_AUTO_ARENA a = { 0 };
	struct pars_id_info id;
	char listen[64];
	const char *listens[] = { listen };
	struct pars_endpoint e = endpoint(b, i);
	snprintf(listen, sizeof listen, "/ip4/%d.%d.0.%d/tcp/4001", e.ip[0], e.ip[1], i + 1);
	struct pars_node_config config = { .path = ":memory:", .agent = "bed", .network = "dev", .listen = listens,
		.listens = 1, .skip_integrity_check = true, .seed = { (uint8_t)i, 99 } };
	if (b->public)
		config.network = "bed-net";
	if (b->adjust)
		b->adjust(i, &config);
	ck_assert_msg(!pars_node_new(&config, at(b), &p->node, &fault), "%s", fault.text);
	BED_CALL(b, i, (void)0);
	pars_id_get(p->node, &a, &id);
	snprintf(p->address, sizeof p->address, "%s/p2p/%s", listen, id.peer_id);
}

struct bed *bed_new(void)
{
	return bed_new_with(false, NULL);
}

struct bed *bed_new_with(bool public, void (*adjust)(int party, struct pars_node_config *config))
{
	struct bed *b = pars_alloc(sizeof *b);
	struct party *rogue = &b->party[0];
	uint8_t seed[32] = { 66 };
	b->public = public;
	b->adjust = adjust;
	b->now = PARS_S(100);
	pars_ed25519_pair_from_seed(&rogue->key, seed);
	pars_rng_init(&rogue->rng, seed);
	rogue->host = pars_host_new(&(struct pars_host_config){ .key = &rogue->key, .agent = "rogue",
		.protocol_version = "x", .limits = pars_host_default_limits, .metrics = &rogue->metrics, .rng = &rogue->rng });
	for (int i = 1; i <= BED_NODES; i++)
		bed_open(b, i);
	return b;
}

void bed_free(struct bed *b)
{
	for (int i = 1; i <= BED_NODES; i++) {
		pars_node_free(b->party[i].node);
		for (size_t k = 0; k < b->party[i].job_count; k++)
			b->party[i].jobs[k]->free(b->party[i].jobs[k]);
	}
	pars_host_free(b->party[0].host);
	pars_effects_done(&b->party[0].fx);
	for (size_t i = 0; i < b->link_count; i++)
		for (int side = 0; side < 2; side++)
			pars_buf_done(&b->links[i].queue[side]);
	pars_buf_done(&b->received);
	free(b);
}

uint64_t bed_counter(const struct bed *b, int i, enum pars_metric m)
{
	return pars_node_metrics(b->party[i].node)->value[m];
}

uint64_t bed_vertices(struct bed *b, int i)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	ck_assert_int_eq(pars_session_show(b->party[i].node, b->session, &a, &info, NULL), PARS_OK);
	return info.vertices;
}

void bed_session(struct bed *b)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id = NULL;
	struct pars_fault fault;
	enum pars_err err = PARS_OK;
	BED_CALL(b, 1, err = pars_session_new(b->party[1].node, "s", "one", false, &a, &id, &fault));
	ck_assert_int_eq(err, PARS_OK);
	snprintf(b->session, sizeof b->session, "%s", id);
	BED_CALL(b, 2, err = pars_session_join(b->party[2].node, id, b->party[1].address, "two", &fault));
	ck_assert_int_eq(err, PARS_OK);
	bed_run(b);
	bed_pass(b, PARS_S(2));
	ck_assert_uint_eq(bed_vertices(b, 2), 2);
}

void bed_rogue_connect(struct bed *b, int i)
{
	struct pars_multiaddr addr;
	pars_conn conn;
	ck_assert_int_eq(pars_multiaddr_parse(b->party[i].address, &addr, NULL), PARS_OK);
	enum pars_err err = PARS_OK;
	BED_CALL(b, 0, err = pars_host_dial(b->party[0].host, &addr, &conn));
	ck_assert_int_eq(err, PARS_OK);
	bed_run(b);
	BED_CALL(b, 0, err = pars_host_open(b->party[0].host, conn, SYNC, 1, &b->rogue_stream));
	ck_assert_int_eq(err, PARS_OK);
	bed_run(b);
	b->rogue_stream_closed = false;
}

void bed_rogue_send(struct bed *b, struct pars_bytes data)
{
	while (data.n && !b->rogue_stream_closed) {
		size_t n = 0;
		BED_CALL(b, 0, n = pars_host_write(b->party[0].host, b->rogue_stream, data));
		pars_bytes_take(&data, n);
		bed_run(b);
	}
}

int64_t bed_rogue_score(struct bed *b, int i)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_peer_score score = { 0 };
	char id[PARS_PEER_ID_TEXT];
	pars_peer_id_text(pars_host_id(b->party[0].host), id);
	ck_assert_int_eq(pars_peer_score_get(b->party[i].node, id, &a, &score, NULL), PARS_OK);
	return score.score;
}

bool bed_rogue_connected(struct bed *b)
{
	size_t i = 0;
	return pars_host_peer_next(b->party[0].host, &i);
}
