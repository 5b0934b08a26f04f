/* node/trust.c - how a peer behaved, and whether a person checked that it is
 * whom it seems to be. */
#include "node/node.h"

#include "net/score.h"

#define GROUPS 8 /* of five decimal digits: 132 bits, so that no key can be made to fit */

/* The same digits on both sides, whoever asks. */
static const char *code_of(const struct pars_node *node, const struct pars_peer_id *id, struct pars_arena *a)
{
	static const char domain[] = "pars-verify-v1";
	struct pars_bytes x = pars_peer_id_bytes(pars_host_id(node->host)), y = pars_peer_id_bytes(id);
	struct pars_digest d;
	PARS_AUTO_BUF in = { 0 };
	bool first = pars_bytes_compare(x, y) < 0;
	char *text = pars_arena_alloc(a, (size_t)GROUPS * 6), *at = text;
	pars_buf_put(&in, PARS_BYTES_STR(domain));
	pars_buf_put(&in, first ? x : y);
	pars_buf_put(&in, first ? y : x);
	d = pars_sha256(pars_buf_bytes(&in));
	for (size_t i = 0; i < GROUPS; i++) {
		uint32_t group = pars_be32(d.b + 4 * i) % 100000;
		for (int digit = 4; digit >= 0; digit--, group /= 10)
			at[digit] = (char)('0' + group % 10);
		at[5] = ' ';
		at += 6;
	}
	at[-1] = '\0';
	return text;
}

static enum pars_err parse(const struct pars_node *node, const char *text, struct pars_peer_id *ret,
	struct pars_fault *fault)
{
	if (pars_peer_id_parse(text, ret))
		return pars_fail(fault, PARS_E_INVALID, "'%.80s' is no peer id (12D3Koo…)", text);
	if (pars_peer_id_equal(ret, pars_host_id(node->host)))
		return pars_fail(fault, PARS_E_INVALID, "that is this node itself");
	return PARS_OK;
}

bool node_trust_verified(struct pars_node *node, const struct pars_peer_id *id)
{
	return pars_query_int(node->store, 0, "SELECT 1 FROM verified WHERE peer = ?", PARS_BLOB(pars_peer_id_bytes(id)));
}

enum pars_err pars_peer_score_get(struct pars_node *node, const char *peer_id, struct pars_arena *a,
	struct pars_peer_score *ret, struct pars_fault *fault)
{
	const struct pars_scores *scores = pars_host_scores(node->host);
	struct pars_score_reason reasons[PARS_SCORE_REASONS];
	struct pars_peer_id id;
	enum pars_err err = parse(node, peer_id, &id, fault);
	if (err)
		return err;
	pars_usec now = node->now.mono_us, until = pars_scores_banned_until(scores, &id);
	size_t n = pars_scores_reasons(scores, &id, reasons);
	*ret = (struct pars_peer_score){
		.peer_id = pars_arena_string(a, PARS_BYTES_STR(peer_id)), .score = pars_scores_get(scores, &id, now),
		.stake = pars_scores_stake(scores, &id), .banned_us = until - PARS_MIN(until, now),
		.reasons.list = pars_arena_alloc(a, (n + 1) * sizeof(char *)), .verified = node_trust_verified(node, &id),
		.code = code_of(node, &id, a),
	};
	for (size_t i = 0; i < n; i++)
		ret->reasons.list[ret->reasons.count++] = pars_arena_sprintf(a, "%d points %llu s ago: %s%s", -reasons[i].points,
			(unsigned long long)((now - reasons[i].at) / 1000000), pars_err_text(reasons[i].err),
			reasons[i].times > 1 ? pars_arena_sprintf(a, " (%u times)", reasons[i].times) : "");
	return PARS_OK;
}

enum pars_err pars_peer_verify(struct pars_node *node, const char *peer_id, bool verified, struct pars_fault *fault)
{
	struct pars_peer_id id;
	enum pars_err err = parse(node, peer_id, &id, fault);
	if (err)
		return err;
	if (verified)
		pars_run(node->store, "INSERT OR IGNORE INTO verified VALUES (?, ?)", PARS_BLOB(pars_peer_id_bytes(&id)),
			PARS_INT(node->now.wall_ns));
	else
		pars_run(node->store, "DELETE FROM verified WHERE peer = ?", PARS_BLOB(pars_peer_id_bytes(&id)));
	node_gossip_trust(node, &id, verified);
	node->durable = true;
	return PARS_OK;
}
