/* trie/sorted.h - the root of a trie whose keys are all known and in order.
 *
 * Nothing is built: one pass over the list, one buffer of a path's length. */
#ifndef PARS_TRIE_SORTED_H
#define PARS_TRIE_SORTED_H

#include "trie/node.h"

struct pars_trie_pair {
	struct pars_bytes key, value; /* key.n <= PARS_TRIE_KEY_MAX; value not empty */
};

/* Keys rise strictly. */
struct pars_digest pars_trie_root_sorted(const struct pars_trie_pair *pairs, size_t n);
/* Of a list whose keys are the items' places as RLP: a block's transactions,
 * receipts, withdrawals. */
struct pars_digest pars_trie_root_list(const struct pars_bytes *items, size_t n);

#endif
