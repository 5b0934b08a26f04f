/* What a peer that breaks the rules above the transport costs: bounded
 * memory, a counter, its score; and honest peers go on. */
#include "codec/cid.h"
#include "dag/park.h"
#include "dag/vertex.h"
#include "sync/message.h"
#include "tests/unit/node/bed.h"

static struct pars_ed25519_pair rogue_key(uint8_t n)
{
	struct pars_ed25519_pair key;
	uint8_t seed[32] = { 200, n };
	pars_ed25519_pair_from_seed(&key, seed);
	return key;
}

static struct pars_digest session_id(const struct bed *b)
{
	struct pars_digest id;
	ck_assert_int_eq(pars_cid_parse(b->session, id.b), PARS_OK);
	return id;
}

/* Shares the session as alias 7. */
static void share(struct bed *b)
{
	struct pars_digest id = session_id(b), tag = pars_sha256(pars_digest_bytes(&id));
	PARS_AUTO_BUF out = { 0 };
	pars_sync_put_hello(&out, 7, &tag);
	bed_rogue_send(b, pars_buf_bytes(&out));
}

static void send_vertex(struct bed *b, struct pars_bytes raw)
{
	PARS_AUTO_BUF vertices = { 0 };
	PARS_AUTO_BUF out = { 0 };
	pars_sync_add_vertex(&vertices, raw);
	pars_sync_put_vertices(&out, 7, pars_buf_bytes(&vertices));
	bed_rogue_send(b, pars_buf_bytes(&out));
}

static void send_draft(struct bed *b, struct pars_vertex draft, uint8_t author)
{
	PARS_AUTO_BUF raw = { 0 };
	struct pars_ed25519_pair key = rogue_key(author);
	draft.session = session_id(b);
	pars_vertex_encode(&draft, &key, &raw);
	send_vertex(b, pars_buf_bytes(&raw));
}

/* Honest members still talk to each other. */
static void honest_go_on(struct bed *b)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id = NULL;
	uint64_t before = bed_vertices(b, 2);
	enum pars_err err = PARS_OK;
	BED_CALL(b, 1, err = pars_session_send(b->party[1].node, "s", "still here", &a, &id, NULL));
	ck_assert_int_eq(err, PARS_OK);
	bed_run(b);
	bed_pass(b, PARS_S(1));
	ck_assert_uint_eq(bed_vertices(b, 2), before + 1);
}

static struct bed *open_bed(void)
{
	struct bed *b = bed_new();
	bed_session(b);
	bed_rogue_connect(b, 1);
	share(b);
	return b;
}

START_TEST(forged_vertices)
{
	struct bed *b = open_bed();
	struct pars_vertex draft = { .kind = PARS_KIND_JOIN, .lamport = 1, .parents = { session_id(b) }, .parent_count = 1 };
	PARS_AUTO_BUF raw = { 0 };
	struct pars_ed25519_pair key = rogue_key(1);
	draft.session = session_id(b);
	pars_vertex_encode(&draft, &key, &raw);
	raw.mem[raw.off + raw.n - 1] ^= 1; /* the signature's last byte */
	uint64_t before = bed_vertices(b, 1);
	for (int i = 0; i < 200 && bed_rogue_connected(b); i++)
		send_vertex(b, pars_buf_bytes(&raw));
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_vertex_bad_signature), 1);
	ck_assert_uint_eq(bed_vertices(b, 1), before);
	ck_assert(!bed_rogue_connected(b)); /* its score fell too far */
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_peer_banned), 1);
	honest_go_on(b);
	bed_free(b);
}
END_TEST

/* Its stream ends before the signature is checked. */
START_TEST(forged_and_gone)
{
	struct bed *b = open_bed();
	PARS_AUTO_BUF raw = { 0 };
	struct pars_ed25519_pair key = rogue_key(1);
	struct pars_vertex draft = { .session = session_id(b), .kind = PARS_KIND_JOIN, .lamport = 1,
		.parents = { session_id(b) }, .parent_count = 1 };
	pars_vertex_encode(&draft, &key, &raw);
	raw.mem[raw.off + raw.n - 1] ^= 1;
	b->workers_wait = true;
	send_vertex(b, pars_buf_bytes(&raw));
	ck_assert_uint_eq(b->party[1].job_count, 1);
	BED_CALL(b, 0, pars_host_reset(b->party[0].host, b->rogue_stream));
	bed_run(b);
	b->workers_wait = false;
	bed_run(b);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_bad_signature), 1);
	ck_assert_int_lt(bed_rogue_score(b, 1), 0);
	bed_free(b);
}
END_TEST

static void join_of(struct bed *b, uint8_t author, struct pars_buf *raw)
{
	struct pars_ed25519_pair key = rogue_key(author);
	struct pars_vertex draft = { .session = session_id(b), .kind = PARS_KIND_JOIN, .lamport = 1,
		.parents = { session_id(b) }, .parent_count = 1 };
	pars_vertex_encode(&draft, &key, raw);
}

static uint64_t step_at(struct bed *b, pars_usec later)
{
	b->now += later;
	BED_CALL(b, 1, (void)0);
	return bed_vertices(b, 1);
}

/* What a peer brings goes in by small portions, with rests as long as each took, while
 * somebody asks; and by large ones when nobody does. */
START_TEST(makes_way_for_who_asks)
{
	struct bed *b = open_bed();
	struct party *p = &b->party[1];
	PARS_AUTO_BUF vertices = { 0 };
	PARS_AUTO_BUF frame = { 0 };
	uint64_t before = bed_vertices(b, 1);
	for (uint8_t i = 1; i <= 50; i++) {
		PARS_AUTO_BUF raw = { 0 };
		join_of(b, i, &raw);
		pars_sync_add_vertex(&vertices, pars_buf_bytes(&raw));
	}
	pars_sync_put_vertices(&frame, 7, pars_buf_bytes(&vertices));
	b->workers_wait = true;
	bed_rogue_send(b, pars_buf_bytes(&frame));
	ck_assert_uint_eq(p->job_count, 1);
	BED_CALL(b, 1, pars_step_hurry(p->node));
	struct pars_job *job = p->jobs[--p->job_count];
	job->run(job);
	bed_feed(b, 1, (struct pars_event){ .type = PARS_EV_JOB_DONE, .job = job });
	ck_assert_uint_eq(bed_vertices(b, 1), before + 8);
	ck_assert_uint_eq(step_at(b, PARS_MS(3)), before + 8); /* that took 3 ms */
	ck_assert_uint_eq(pars_node_deadline(p->node), b->now + PARS_MS(3));
	ck_assert_uint_eq(step_at(b, PARS_MS(2)), before + 8);
	ck_assert_uint_eq(step_at(b, PARS_MS(1)), before + 16);
	ck_assert_uint_eq(step_at(b, PARS_MS(20)), before + 48); /* nobody has asked for long */
	ck_assert_uint_eq(step_at(b, 0), before + 50);
	bed_free(b);
}
END_TEST

/* A step takes in one batch; what is verified already and waits for the next
 * steps is not verified once more. */
START_TEST(a_copy_of_what_waits_to_go_in)
{
	enum { BATCHES = 4 };
	struct bed *b = open_bed();
	struct party *p = &b->party[1];
	PARS_AUTO_BUF last = { 0 };
	join_of(b, BATCHES, &last);
	b->workers_wait = true;
	for (uint8_t i = 1; i <= BATCHES; i++)
		send_draft(b, (struct pars_vertex){ .kind = PARS_KIND_JOIN, .lamport = 1, .parents = { session_id(b) },
			.parent_count = 1 }, i);
	ck_assert_uint_eq(p->job_count, BATCHES);
	bed_begin(b, 1);
	for (size_t i = 0; i < BATCHES; i++) {
		p->jobs[i]->run(p->jobs[i]);
		pars_step_event(p->node, &(struct pars_event){ .type = PARS_EV_JOB_DONE, .job = p->jobs[i] });
	}
	p->job_count = 0;
	bed_end(b, 1);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_accepted), 2); /* node 2's join before */
	send_vertex(b, pars_buf_bytes(&last));
	b->workers_wait = false;
	bed_run(b);
	bed_pass(b, PARS_S(1));
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_verified), 1 + BATCHES);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_accepted), 1 + BATCHES);
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_vertex_duplicate), 1);
	bed_free(b);
}
END_TEST

START_TEST(malformed_vertices)
{
	struct bed *b = open_bed();
	for (int i = 0; i < 200 && bed_rogue_connected(b); i++)
		send_vertex(b, PARS_BYTES("not a vertex", 12));
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_vertex_malformed), 1);
	ck_assert(!bed_rogue_connected(b));
	honest_go_on(b);
	bed_free(b);
}
END_TEST

START_TEST(a_stranger_and_a_wrong_lamport)
{
	struct bed *b = open_bed();
	send_draft(b, (struct pars_vertex){ .kind = PARS_KIND_MESSAGE, .lamport = 1, .parents = { session_id(b) },
		.parent_count = 1 }, 1);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_bad_rule), 1);
	send_draft(b, (struct pars_vertex){ .kind = PARS_KIND_JOIN, .lamport = 9, .parents = { session_id(b) },
		.parent_count = 1 }, 1);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_bad_rule), 2);
	honest_go_on(b);
	bed_free(b);
}
END_TEST

START_TEST(unknown_parents_without_end)
{
	struct bed *b = open_bed();
	for (uint32_t i = 0; i < 3 * PARS_PARK_SOURCE_MAX && bed_rogue_connected(b); i++) {
		struct pars_vertex draft = { .kind = PARS_KIND_MESSAGE, .n = 1, .lamport = 5, .parent_count = 1 };
		pars_put_be32(draft.parents[0].b, i + 1);
		send_draft(b, draft, 1);
	}
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_vertex_parked), PARS_PARK_SOURCE_MAX / 2);
	ck_assert_uint_le(bed_counter(b, 1, PARS_M_vertex_parked), PARS_PARK_SOURCE_MAX);
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_vertex_park_dropped), 1);
	ck_assert(!bed_rogue_connected(b));
	honest_go_on(b);
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	ck_assert_int_eq(pars_session_show(b->party[1].node, "s", &a, &info, NULL), PARS_OK);
	ck_assert_uint_eq(info.parked, 0); /* what it had sent is forgotten with it */
	bed_free(b);
}
END_TEST

START_TEST(equivocation_is_kept_and_shown)
{
	struct bed *b = open_bed();
	struct pars_vertex join = { .kind = PARS_KIND_JOIN, .lamport = 1, .parents = { session_id(b) }, .parent_count = 1 };
	send_draft(b, join, 1);
	join.time_ns = 5; /* another vertex of the same author and counter */
	send_draft(b, join, 1);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_vertex_equivocation), 1);
	bed_pass(b, PARS_S(2));
	PARS_AUTO_ARENA a = { 0 };
	for (int i = 1; i <= 2; i++) { /* the proof travels */
		struct pars_session_info info;
		ck_assert_int_eq(pars_session_show(b->party[i].node, "s", &a, &info, NULL), PARS_OK);
		ck_assert_uint_eq(info.forked, 1);
	}
	ck_assert_uint_eq(bed_vertices(b, 1), bed_vertices(b, 2));
	honest_go_on(b);
	bed_free(b);
}
END_TEST

START_TEST(garbage_in_the_sync_stream)
{
	struct bed *b = open_bed();
	bed_rogue_send(b, PARS_BYTES("\x05hello, world, this is not a frame", 30));
	ck_assert(b->rogue_stream_closed);
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_sync_bad_message), 1);
	honest_go_on(b);
	bed_free(b);
}
END_TEST

START_TEST(an_oversize_frame_is_refused_before_it_arrives)
{
	struct bed *b = open_bed();
	bed_rogue_send(b, PARS_BYTES("\xff\xff\xff\x7f", 4)); /* 256 MiB announced */
	ck_assert(b->rogue_stream_closed);
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_sync_bad_message), 1);
	honest_go_on(b);
	bed_free(b);
}
END_TEST

START_TEST(a_hash_table_message_beyond_bounds_is_counted_before_it_arrives)
{
	struct bed *b = open_bed();
	struct pars_host *rogue = b->party[0].host;
	struct pars_kad_info kad;
	PARS_AUTO_ARENA a = { 0 };
	enum pars_err err = PARS_OK;
	size_t at = 0;
	pars_kad_get(b->party[1].node, &a, &kad);
	BED_CALL(b, 0, err = pars_host_open(rogue, pars_host_peer_next(rogue, &at)->conn, kad.protocol, 1, &b->rogue_stream));
	ck_assert(!err);
	bed_run(b);
	b->rogue_stream_closed = false;
	bed_rogue_send(b, PARS_BYTES("\xff\xff\xff\x7f", 4)); /* 256 MiB announced */
	ck_assert(b->rogue_stream_closed);
	ck_assert_uint_eq(bed_counter(b, 1, PARS_M_dht_bad_message), 1);
	honest_go_on(b);
	bed_free(b);
}
END_TEST

UNIT_CASE(rogue, forged_vertices, forged_and_gone, makes_way_for_who_asks, a_copy_of_what_waits_to_go_in, malformed_vertices,
	a_stranger_and_a_wrong_lamport, unknown_parents_without_end, equivocation_is_kept_and_shown, garbage_in_the_sync_stream, an_oversize_frame_is_refused_before_it_arrives,
	a_hash_table_message_beyond_bounds_is_counted_before_it_arrives);
