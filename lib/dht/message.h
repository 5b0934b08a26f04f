/* dht/message.h - requests and replies of the DHT on the wire
 * (libp2p specs: kad-dht/README.md, "RPC messages").
 *
 * Extension: a Peer may carry the peer's signed record (field 20), so that
 * addresses need not be believed from hearsay; others skip it. */
#ifndef PARS_DHT_MESSAGE_H
#define PARS_DHT_MESSAGE_H

#include "base/bytes.h"
#include "dht/contact.h"

#define PARS_DHT_MESSAGE_MAX ((size_t)64 * 1024) /* without its length prefix */
#define PARS_DHT_KEY_MAX 256
#define PARS_DHT_VALUE_MAX ((size_t)10 * 1024)
#define PARS_DHT_PEERS_MAX 40 /* of each list; more in a message are left out */

enum pars_dht_type {
	PARS_DHT_PUT_VALUE,
	PARS_DHT_GET_VALUE,
	PARS_DHT_ADD_PROVIDER,
	PARS_DHT_GET_PROVIDERS,
	PARS_DHT_FIND_NODE,
	PARS_DHT_PING,
};

/* Views into the decoded bytes, or of the caller's own; contacts are
 * references, given back by _release. */
struct pars_dht_message {
	enum pars_dht_type type;
	struct pars_bytes key;
	bool has_record;
	struct pars_bytes record_key, value;
	bool private_ok;        /* encode: private addresses are told too */
	size_t bad_addrs;       /* decoded: addresses left out (malformed, private, beyond bounds) */
	size_t bad_peers;       /* decoded: peers left out (no peer id) */
	size_t left_out;        /* decoded: peers beyond PARS_DHT_PEERS_MAX of a list */
	size_t closer_count, provider_count; /* the arrays are good up to here */
	struct pars_contact *closer[PARS_DHT_PEERS_MAX], *providers[PARS_DHT_PEERS_MAX];
	/* Decoded: the signed records as they came, not opened; often empty. */
	struct pars_bytes closer_envelope[PARS_DHT_PEERS_MAX], provider_envelope[PARS_DHT_PEERS_MAX];
};

/* Appends the message behind its uvarint length. Providers' signed records,
 * where their contacts have one, are told with them. */
void pars_dht_message_encode(const struct pars_dht_message *m, struct pars_buf *out);
/* One whole message without its length. Hearsay addresses go to the contacts;
 * whoever can open envelopes offers those by pars_contact_set_record.
 * PEER_MALFORMED, PEER_TOO_LARGE; then there is nothing to release. */
PARS_MUST enum pars_err pars_dht_message_decode(struct pars_bytes raw, struct pars_contacts *book,
	struct pars_dht_message *ret);
void pars_dht_message_release(struct pars_dht_message *m, struct pars_contacts *book);

#endif
