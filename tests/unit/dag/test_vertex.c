#include "dag/vertex.h"

#include "codec/cbor.h"
#include "tests/unit/dag/fixture.h"

START_TEST(round_trip)
{
	struct fixture f;
	fixture_open(&f);
	struct made *m = fixture_make(&f, 2, PARS_KIND_MESSAGE, 7, 9, &f.genesis, 1);
	ck_assert_uint_eq(m->v.n, 7);
	ck_assert_uint_eq(m->v.lamport, 9);
	ck_assert_uint_eq(m->v.parent_count, 1);
	ck_assert(pars_digest_equal(&m->v.session, &f.genesis));
	fixture_close(&f);
}
END_TEST

START_TEST(every_changed_bit_is_noticed)
{
	struct fixture f;
	fixture_open(&f);
	struct made *m = fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 2, &f.genesis, 1);
	PARS_AUTO_BUF copy = { 0 };
	pars_buf_put(&copy, pars_buf_bytes(&m->raw));
	for (size_t bit = 0; bit < 8 * copy.n; bit++) {
		struct pars_vertex v;
		uint8_t *byte = copy.mem + copy.off + bit / 8;
		*byte ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(pars_vertex_decode(pars_buf_bytes(&copy), &v) || pars_vertex_verify(&v),
			"bit %zu changed and nobody noticed", bit);
		*byte ^= (uint8_t)(1 << bit % 8);
	}
	fixture_close(&f);
}
END_TEST

START_TEST(every_truncation_and_any_tail_is_refused)
{
	struct fixture f;
	struct pars_vertex v;
	fixture_open(&f);
	struct made *m = fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 2, &f.genesis, 1);
	PARS_AUTO_BUF raw = { 0 };
	pars_buf_put(&raw, pars_buf_bytes(&m->raw));
	for (size_t n = 0; n < raw.n; n++)
		ck_assert_int_ne(pars_vertex_decode(PARS_BYTES(raw.mem, n), &v), PARS_OK);
	pars_buf_put_byte(&raw, 0);
	ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&raw), &v), PARS_E_PEER_MALFORMED);
	fixture_close(&f);
}
END_TEST

START_TEST(bounds)
{
	struct fixture f;
	struct pars_vertex v;
	static uint8_t big[PARS_VERTEX_MAX + 1];
	fixture_open(&f);
	ck_assert_int_eq(pars_vertex_decode(PARS_BYTES_ARRAY(big), &v), PARS_E_PEER_TOO_LARGE);
	PARS_AUTO_BUF raw = { 0 };
	struct pars_vertex draft = { .session = f.genesis, .kind = PARS_KIND_MESSAGE, .n = 1, .lamport = 1,
		.parents = { f.genesis }, .parent_count = 1, .payload = PARS_BYTES(big, PARS_VERTEX_PAYLOAD_MAX) };
	pars_vertex_encode(&draft, &f.author[0], &raw);
	ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&raw), &v), PARS_OK);
	ck_assert_uint_eq(v.payload.n, PARS_VERTEX_PAYLOAD_MAX);
	pars_buf_done(&raw);
	draft.n = PARS_VERTEX_COUNT_MAX + 1;
	draft.payload.n = 1;
	pars_vertex_encode(&draft, &f.author[0], &raw);
	ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&raw), &v), PARS_E_PEER_MALFORMED);
	fixture_close(&f);
}
END_TEST

UNIT_CASE(vertex, round_trip, every_changed_bit_is_noticed, every_truncation_and_any_tail_is_refused, bounds);
