#include "codec/uvarint.h"
#include "net/autonat.h"
#include "net/observed.h"
#include "tests/unit/unit.h"

/* By hand from the specification's schema. */
#define PEER 0x00, 0x24, 0x08, 0x01, 0x12, 0x20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
	19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32
#define ADDR 4, 192, 0, 2, 1, 6, 0x1b, 0x9f

static enum pars_err decode(const uint8_t *p, size_t n, struct pars_autonat *ret)
{
	return pars_autonat_decode(PARS_BYTES(p, n), ret);
}

START_TEST(messages_are_as_the_specification_writes_them)
{
	static const uint8_t dial[] = { 8, 0, 0x12, 52, 0x0a, 50, 0x0a, 38, PEER, 0x12, 8, ADDR };
	static const uint8_t response[] = { 8, 1, 0x1a, 12, 8, 0, 0x1a, 8, ADDR };
	static struct pars_autonat m;
	PARS_AUTO_BUF out = { 0 };
	ck_assert_int_eq(decode(dial, sizeof dial, &m), PARS_OK);
	ck_assert(!m.is_response);
	ck_assert_uint_eq(m.peer.n, 38);
	ck_assert_uint_eq(m.count, 1);
	pars_autonat_encode(&m, &out);
	ck_assert_uint_eq(out.n, sizeof dial + 1);
	ck_assert_mem_eq(pars_buf_bytes(&out).p + 1, dial, sizeof dial);
	pars_buf_drop(&out, out.n);
	ck_assert_int_eq(decode(response, sizeof response, &m), PARS_OK);
	ck_assert(m.is_response);
	ck_assert_int_eq(m.status, PARS_AUTONAT_OK);
	ck_assert_uint_eq(m.addr.n, 8);
	pars_autonat_encode(&m, &out);
	ck_assert_mem_eq(pars_buf_bytes(&out).p + 1, response, sizeof response);
}
END_TEST

START_TEST(nonsense_is_refused_and_unknown_addresses_are_left_out)
{
	static const uint8_t nobody[] = { 8, 0, 0x12, 0 };
	static const uint8_t type[] = { 8, 9 };
	static const uint8_t cut[] = { 8, 0, 0x12, 52, 0x0a };
	static const uint8_t odd[] = { 8, 0, 0x12, 46, 0x0a, 44, 0x0a, 38, PEER, 0x12, 2, 0xff, 0x7f };
	static struct pars_autonat m;
	ck_assert_int_eq(decode(nobody, sizeof nobody, &m), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(decode(type, sizeof type, &m), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(decode(cut, sizeof cut, &m), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(decode(odd, sizeof odd, &m), PARS_OK);
	ck_assert_uint_eq(m.count, 0);
}
END_TEST

/* -- observed addresses ------------------------------------------------------------ */

static struct pars_endpoint at(uint8_t last)
{
	return (struct pars_endpoint){ .family = PARS_IP4, .port = 7071, .ip = { 62, 1, 1, last } };
}

START_TEST(an_address_is_believed_when_enough_groups_agree)
{
	static struct pars_observed o;
	struct pars_endpoint mine = at(1), lie = at(2), out[4];
	for (int i = 0; i < 100; i++)
		pars_observed_add(&o, &lie, 7, PARS_S(1)); /* many from one place are one */
	for (uint32_t group = 1; group < PARS_OBSERVED_AGREE; group++)
		pars_observed_add(&o, &mine, group, PARS_S(1));
	ck_assert_uint_eq(pars_observed_believed(&o, PARS_S(2), out, 4), 0);
	pars_observed_add(&o, &mine, 99, PARS_S(100));
	ck_assert_uint_eq(pars_observed_believed(&o, PARS_S(101), out, 4), 1);
	ck_assert_uint_eq(out[0].ip[3], 1);
	/* What was said long ago counts no more. */
	ck_assert_uint_eq(pars_observed_believed(&o, PARS_S(1) + PARS_OBSERVED_TIME, out, 4), 0);
}
END_TEST

START_TEST(many_lies_push_out_the_oldest_only)
{
	static struct pars_observed o;
	struct pars_endpoint mine = at(1), out[4];
	for (unsigned i = 0; i < 500; i++) {
		struct pars_endpoint lie = at((uint8_t)(2 + i % 250));
		lie.port = (uint16_t)(1 + i);
		pars_observed_add(&o, &lie, 1000 + i, PARS_S(10) + i);
		pars_observed_add(&o, &mine, i % PARS_OBSERVED_AGREE, PARS_S(10) + i);
	}
	ck_assert_uint_eq(o.count, PARS_OBSERVED_MAX);
	ck_assert_uint_eq(pars_observed_believed(&o, PARS_S(11), out, 4), 1);
	ck_assert_uint_eq(out[0].ip[3], 1);
}
END_TEST

UNIT_CASE(autonat, messages_are_as_the_specification_writes_them,
	nonsense_is_refused_and_unknown_addresses_are_left_out, an_address_is_believed_when_enough_groups_agree,
	many_lies_push_out_the_oldest_only);
