/* Transactions: any bytes; what is accepted encodes to itself again, and every
 * question about it has an answer. */
#include "chain/transaction.h"
#include "tests/fuzz/fuzz.h"

static void ask(const struct pars_transaction *tx, struct pars_bytes raw)
{
	static const struct pars_transaction_rules rules = { PARS_OSAKA, 1, 9 };
	struct pars_address who;
	PARS_AUTO_BUF out = { 0 };
	pars_transaction_encode(tx, &out);
	assert(pars_bytes_equal(pars_buf_bytes(&out), raw));
	if (!pars_transaction_sender(tx, &who))
		assert(!pars_u256_is_zero(&tx->r));
	if (tx->authorization_count && !pars_authorization_authority(&tx->authorizations[0], &who))
		assert(tx->authorizations[0].parity < 2);
	if (!pars_transaction_problem(tx, &rules))
		assert(tx->gas_limit >= 21000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_transaction tx;
	struct pars_sidecar side;
	struct pars_bytes in = PARS_BYTES(data, size), raw;
	if (!pars_transaction_decode(in, &arena, &tx))
		ask(&tx, in);
	if (!pars_transaction_decode_pooled(in, &arena, &tx, &raw, &side))
		ask(&tx, raw);
	while (in.n && !pars_transaction_get(&in, &arena, &tx, &raw))
		ask(&tx, raw);
	return 0;
}
