/* dht/contact.h - the peers a DHT speaks of, each known once.
 *
 * A contact is shared by everything that names the peer (table, lookups,
 * providers, messages) and counted; it is gone with its last user. The place
 * in the key space is hashed once. In a simulation many nodes may share one
 * book. */
#ifndef PARS_DHT_CONTACT_H
#define PARS_DHT_CONTACT_H

#include "codec/multiaddr.h"
#include "crypto/peer_id.h"

#define PARS_CONTACT_ADDRS_MAX 8
#define PARS_CONTACT_ENVELOPE_MAX 2048

/* How well the addresses are known; a lower kind never replaces a higher. */
enum pars_contact_trust {
	PARS_CONTACT_NAMED,   /* no address at all */
	PARS_CONTACT_HEARSAY, /* another peer said so */
	PARS_CONTACT_SIGNED,  /* the peer's own signed record says so */
	PARS_CONTACT_MET,     /* identify told us over a secured connection */
};

struct pars_contacts;

/* What lookups read of many peers comes first, in one cache line. */
struct pars_contact {
	struct pars_digest key;   /* SHA-256 of the id: its place */
	uint32_t refs;
	uint32_t group;           /* of its first global address: /16 of IPv4, a hash of the
	                           * /32 of IPv6, one for all names; 0: none, or a private one */
	enum pars_contact_trust trust;
	bool global, dialable;    /* has an address we can dial: from anywhere; at all */
	struct pars_peer_id id;
	struct pars_bytes addrs;  /* u16 length and multiaddr, each; without /p2p; owned */
	struct pars_bytes envelope; /* signed peer record, as it came; owned; or empty */
	uint64_t seq;             /* of that record */
};

/* `seed` keeps strangers from choosing ids that collide. */
struct pars_contacts *pars_contacts_new(uint64_t seed);
void pars_contacts_free(struct pars_contacts *book); /* NULL is fine; no contact may be in use */
PARS_AUTO_DEFINE(pars_contacts)
size_t pars_contacts_count(const struct pars_contacts *book);
/* Whether hearsay of private addresses is kept; at first it is not. pars_dht_new
 * sets it as its limits say. */
void pars_contacts_set_private_ok(struct pars_contacts *book, bool ok);
bool pars_contacts_private_ok(const struct pars_contacts *book);

/* Finds or makes; the caller holds one more reference. */
struct pars_contact *pars_contact_get(struct pars_contacts *book, const struct pars_peer_id *id);
struct pars_contact *pars_contact_ref(struct pars_contact *c);
void pars_contact_unref(struct pars_contacts *book, struct pars_contact *c); /* NULL is fine */

/* Finds only; borrowed; or NULL. */
struct pars_contact *pars_contact_find(const struct pars_contacts *book,
	const struct pars_peer_id *id);

/* Offers addresses (a trailing /p2p is cut off; it must be c's if present).
 * Ignored when better ones are known; hearsay adds to hearsay, the newest
 * first. Beyond PARS_CONTACT_ADDRS_MAX: left out. */
void pars_contact_set_addrs(struct pars_contact *c, enum pars_contact_trust trust,
	const struct pars_multiaddr *addrs, size_t n);
/* Takes addresses from a signed record (net/record's envelope, already opened
 * by the caller: of this peer, these addresses, this seq). Older: ignored. */
void pars_contact_set_record(struct pars_contact *c, struct pars_bytes envelope, uint64_t seq,
	const struct pars_multiaddr *addrs, size_t n);
/* Walks: *at starts at 0. False at the end. */
bool pars_contact_addr(const struct pars_contact *c, size_t *at, struct pars_multiaddr *ret);

/* True for an address another node anywhere could dial: not loopback, private
 * (RFC 1918, 4193, 6598), link-local, multicast, unspecified, documentation. */
bool pars_addr_is_global(const struct pars_multiaddr *a);
/* Its IP group as in `group`, private or not; 0: it begins with no host. */
uint32_t pars_addr_group(const struct pars_multiaddr *a);

#endif
