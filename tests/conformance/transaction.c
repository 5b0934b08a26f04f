/* Transactions by themselves: which are refused, and of others hash, sender and
 * intrinsic gas. */
#include <stdio.h>

#include "chain/genesis.h"
#include "chain/transaction.h"
#include "tests/conformance/conformance.h"

#define CHAIN_ID 1

static bool known(enum pars_fork fork, struct pars_bytes raw, struct pars_arena *arena,
	struct pars_transaction *tx, struct pars_address *sender)
{
	struct pars_chain_config config;
	pars_chain_config_init(&config, CHAIN_ID, fork);
	const struct pars_blob_rule *blobs = pars_chain_blobs(&config, 0);
	struct pars_transaction_rules rules = { fork, CHAIN_ID, blobs ? (unsigned)blobs->max : 0 };
	return !pars_transaction_decode(raw, arena, tx) && !pars_transaction_problem(tx, &rules) &&
		!pars_transaction_sender(tx, sender);
}

static const char *judge(enum pars_fork fork, struct pars_bytes raw, const json_t *result)
{
	PARS_AUTO_ARENA arena = { 0 };
	PARS_AUTO_BUF again = { 0 };
	struct pars_transaction tx;
	struct pars_address sender;
	bool refused = json_object_get(result, "exception") != NULL;
	if (!known(fork, raw, &arena, &tx, &sender))
		return refused ? NULL : "refused";
	if (refused)
		return "accepted";
	struct pars_address who = json_address(json_object_get(result, "sender"));
	struct pars_digest want = json_digest(json_object_get(result, "hash")), hash = pars_transaction_hash(&tx);
	pars_transaction_encode(&tx, &again);
	if (!pars_bytes_equal(pars_buf_bytes(&again), raw))
		return "comes back different";
	if (!pars_digest_equal(&hash, &want))
		return "another hash";
	if (!pars_address_equal(&sender, &who))
		return "another sender";
	return pars_transaction_intrinsic_gas(&tx, fork) == json_u64(json_object_get(result, "intrinsicGas"))
		? NULL : "other intrinsic gas";
}

static void file(struct conformance *c, const char *path, json_t *root)
{
	const char *name, *fork_name;
	json_t *test, *result;
	(void)path;
	json_object_foreach(root, name, test) {
		PARS_AUTO_ARENA arena = { 0 };
		struct pars_bytes raw = json_bytes(&arena, json_object_get(test, "txbytes"));
		json_object_foreach(json_object_get(test, "result"), fork_name, result) {
			enum pars_fork fork = pars_fork_by_name(fork_name);
			char label[200];
			snprintf(label, sizeof label, "%s %s", name, fork_name);
			if (fork >= PARS_SHANGHAI && fork < PARS_FORKS)
				conformance_case(c, label, judge(fork, raw, result));
		}
	}
}

int main(void)
{
	struct conformance c = { .suite = "transaction" };
	conformance_each(&c, "dev/transaction", file);
	return conformance_end(&c);
}
