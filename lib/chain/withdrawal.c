#include "chain/withdrawal.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "trie/sorted.h"

enum pars_err pars_withdrawal_get(struct pars_bytes *in, struct pars_withdrawal *ret)
{
	struct pars_withdrawal w = { 0 };
	struct pars_bytes at = *in, list;
	if (pars_rlp_get_list(&at, &list) || pars_rlp_get_u64(&list, &w.index) ||
	    pars_rlp_get_u64(&list, &w.validator) || pars_rlp_get_fixed(&list, w.address.b, sizeof w.address.b) ||
	    pars_rlp_get_u64(&list, &w.amount_gwei) || pars_rlp_end(list))
		return PARS_E_PEER_MALFORMED;
	*in = at;
	*ret = w;
	return PARS_OK;
}

void pars_withdrawal_put(struct pars_buf *out, const struct pars_withdrawal *w)
{
	size_t list = pars_rlp_list_begin(out);
	pars_rlp_put_u64(out, w->index);
	pars_rlp_put_u64(out, w->validator);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(w->address.b));
	pars_rlp_put_u64(out, w->amount_gwei);
	pars_rlp_list_end(out, list);
}

struct pars_digest pars_withdrawals_root(const struct pars_withdrawal *list, size_t n)
{
	PARS_AUTO_BUF all = { 0 };
	struct pars_bytes *items = pars_alloc_array(n + 1, sizeof *items);
	for (size_t i = 0; i < n; i++) {
		size_t before = all.n;
		pars_withdrawal_put(&all, &list[i]);
		items[i].n = all.n - before;
	}
	struct pars_bytes rest = pars_buf_bytes(&all);
	for (size_t i = 0; i < n; i++)
		items[i] = pars_bytes_take(&rest, items[i].n);
	struct pars_digest root = pars_trie_root_list(items, n);
	free(items);
	return root;
}
