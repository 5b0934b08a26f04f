/* trie/proof.h - checking what somebody says a trie holds (EIP-1186). */
#ifndef PARS_TRIE_PROOF_H
#define PARS_TRIE_PROOF_H

#include "trie/node.h"

/* Nodes from the root towards the key: exactly those that are needed, in that
 * order. An empty trie is proved by no node at all. *ret: the value, or empty
 * when it is proved that the key is not there; borrows from the nodes.
 * PEER_MALFORMED: it proves nothing: a node is missing, wrong or superfluous. */
PARS_MUST enum pars_err pars_trie_verify(const struct pars_digest *root, struct pars_bytes key,
	const struct pars_bytes *nodes, size_t n, struct pars_bytes *ret);

#endif
