#include "net/host.h"

#include "tests/unit/net/world.h"
#include "tests/unit/unit.h"

START_TEST(two_hosts_connect_and_identify_each_other)
{
	PARS_AUTO(world) w = world_pair(NULL);
	for (int i = 0; i < 2; i++) {
		pars_conn conn = world_conn(w, i, !i);
		const struct pars_host_peer *p = pars_host_peer(w->nodes[i].host, conn);
		struct pars_multiaddr addr = world_addr(w, !i, false);
		ck_assert(pars_peer_id_equal(&p->id, pars_host_id(w->nodes[!i].host)));
		ck_assert_int_eq(p->inbound, i == 1);
		ck_assert(p->identified);
		ck_assert(p->signed_record);
		ck_assert_str_eq(p->agent, "world/1");
		ck_assert(pars_host_peer_speaks(p, ECHO));
		ck_assert(pars_host_peer_speaks(p, "/ipfs/ping/1.0.0"));
		ck_assert(!pars_host_peer_speaks(p, "/echo"));
		ck_assert_uint_eq(p->listen_count, 1);
		ck_assert(pars_multiaddr_equal(&p->listen[0], &addr));
		ck_assert_uint_gt(p->observed.n, 0);
		ck_assert_uint_eq(p->streams, 0);
		ck_assert_uint_eq(w->nodes[i].seen[PARS_HOST_PEER_UP], 1);
		ck_assert_uint_eq(w->nodes[i].seen[PARS_HOST_PEER_IDENTIFIED], 1);
	}
}
END_TEST

START_TEST(echo_carries_a_megabyte_and_both_ends_close)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), ECHO, TAG_ECHO);
	world_send(w, s, 1 << 20, true);
	world_run(w);
	ck_assert(s->opened);
	ck_assert_uint_eq(s->received, 1 << 20);
	ck_assert_uint_eq(s->sum, world_pattern_sum(1 << 20));
	ck_assert(s->fin);
	ck_assert(s->closed);
	ck_assert_int_eq(s->err, PARS_OK);
	ck_assert_uint_eq(pars_host_peer(w->nodes[0].host, world_conn(w, 0, 1))->streams, 0);
	ck_assert_uint_eq(pars_host_peer(w->nodes[1].host, world_conn(w, 1, 0))->streams, 0);
}
END_TEST

UNIT_CASE(host, two_hosts_connect_and_identify_each_other,
	echo_carries_a_megabyte_and_both_ends_close);
