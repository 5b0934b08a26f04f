/* node/replica.c - what the sync protocol sees of our sessions: their DAGs. */
#include "node/sync.h"

#include <stdlib.h>

#include "base/alloc.h"

static struct pars_dag *dag_of(void *ctx, uint32_t session)
{
	struct pars_node *node = ctx;
	return pars_sessions_by_num(node->sessions, session)->dag;
}

static void state(void *ctx, uint32_t session, struct pars_sync_state *ret)
{
	struct pars_dag *dag = dag_of(ctx, session);
	*ret = (struct pars_sync_state){ .count = pars_dag_sum(dag)->count, .lamport = pars_dag_lamport(dag) };
	pars_sum_fingerprint(pars_dag_sum(dag), ret->fingerprint);
	ret->head_count = pars_dag_heads(dag, NULL, ret->heads, PARS_SYNC_HEADS_MAX);
}

static int64_t own_past(void *ctx, uint32_t session, const struct pars_digest *id)
{
	return pars_dag_own_past(dag_of(ctx, session), id);
}

static uint64_t own_count(void *ctx, uint32_t session)
{
	return pars_dag_own_count(dag_of(ctx, session));
}

static bool find(void *ctx, uint32_t session, const uint8_t short_id[PARS_SYNC_SHORT_ID],
	struct pars_digest *ret)
{
	return pars_dag_find(dag_of(ctx, session), PARS_BYTES(short_id, PARS_SYNC_SHORT_ID), ret);
}

static bool read_vertex(void *ctx, uint32_t session, const struct pars_digest *id, struct pars_buf *out)
{
	return pars_dag_read(dag_of(ctx, session), id, out);
}

static size_t chains(void *ctx, uint32_t session, struct pars_sync_chain *out, size_t max)
{
	struct pars_node *node = ctx;
	const struct pars_session *s = pars_sessions_by_num(node->sessions, session);
	struct pars_dag_chain *list = pars_alloc_array(max + 1, sizeof *list);
	size_t n = pars_dag_chains(s->dag, list, max);
	for (size_t i = 0; i < PARS_MIN(n, max); i++) {
		out[i] = (struct pars_sync_chain){ .author = list[i].num, .count = list[i].count,
			.own = s->is_member && !memcmp(&list[i].author, &s->member.public, sizeof s->member.public) };
		memcpy(out[i].prefix, list[i].author.b, sizeof out[i].prefix);
	}
	free(list);
	return n;
}

static bool chain_lamport(void *ctx, uint32_t session, uint32_t author, uint64_t n, uint64_t *ret)
{
	return pars_dag_chain_lamport(dag_of(ctx, session), author, n, ret);
}

static void chain_read(void *ctx, uint32_t session, uint32_t author, uint64_t n,
	void (*put)(void *put_ctx, struct pars_bytes raw), void *put_ctx)
{
	pars_dag_chain_read(dag_of(ctx, session), author, n, put, put_ctx);
}

static bool is_full(void *ctx, uint32_t session)
{
	struct pars_node *node = ctx;
	return node_relay_is_full(node, pars_sessions_by_num(node->sessions, session));
}

static struct pars_dag_bound bound(const struct pars_sync_bound *b)
{
	return (struct pars_dag_bound){ .lamport = b->lamport, .id = b->id };
}

static uint64_t range_sum(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, uint8_t fingerprint[PARS_SYNC_FINGERPRINT])
{
	struct pars_dag_bound a = bound(from), b = bound(to);
	struct pars_sum sum;
	pars_dag_range_sum(dag_of(ctx, session), &a, &b, &sum);
	pars_sum_fingerprint(&sum, fingerprint);
	return sum.count;
}

static size_t range_ids(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, struct pars_digest *out, size_t max)
{
	struct pars_dag_bound a = bound(from), b = bound(to);
	return pars_dag_range_ids(dag_of(ctx, session), &a, &b, out, max);
}

void node_replica_init(struct pars_node *node)
{
	node->replica = (struct pars_sync_replica){ .ctx = node, .state = state,
		.own_past = own_past, .own_count = own_count, .find = find,
		.read = read_vertex, .chains = chains, .chain_lamport = chain_lamport,
		.chain_read = chain_read, .range_sum = range_sum, .range_ids = range_ids,
		.is_full = is_full };
}
