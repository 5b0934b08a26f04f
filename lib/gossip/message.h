/* gossip/message.h - pubsub RPCs on the wire (libp2p specs: pubsub/README.md,
 * pubsub/gossipsub/gossipsub-v1.0.md to v1.2.md) and signed messages.
 *
 * An RPC is read item by item in wire order and nothing is allocated, so a
 * frame of a million tiny items costs no memory; whoever reads counts them. */
#ifndef PARS_GOSSIP_MESSAGE_H
#define PARS_GOSSIP_MESSAGE_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/peer_id.h"

#define PARS_GOSSIP_DATA_MAX ((size_t)1024 * 1024)               /* of a message */
/* Of an RPC, without its length prefix. What others send: js-libp2p answers an
 * IWANT, of whatever many messages, in one, and takes as much itself. And ours. */
#define PARS_GOSSIP_RPC_MAX ((size_t)4 * 1024 * 1024)
#define PARS_GOSSIP_RPC_OURS (PARS_GOSSIP_DATA_MAX + (size_t)64 * 1024)
#define PARS_GOSSIP_TOPIC_MAX 128
#define PARS_GOSSIP_ID_MAX 63

/* Of a signed message the author and its number, of another the SHA-256 of
 * the data; peers may tell others. */
struct pars_gossip_id {
	uint8_t n;
	uint8_t b[PARS_GOSSIP_ID_MAX];
};
static inline struct pars_bytes pars_gossip_id_bytes(const struct pars_gossip_id *id)
{
	return PARS_BYTES(id->b, id->n);
}
/* False: too long, or empty. */
bool pars_gossip_id_set(struct pars_gossip_id *id, struct pars_bytes raw);

/* js-libp2p, unless told otherwise, names a signed message by its author's key
 * and number, which is the id without the two bytes that make a peer id of a
 * key. From that form to ours: true if it was one; and back, if it is one. */
bool pars_gossip_id_from_key_form(struct pars_gossip_id *id);
void pars_gossip_id_to_key_form(struct pars_gossip_id *id);

struct pars_gossip_message {
	struct pars_bytes from, data, seqno, topic, signature, key; /* p NULL: absent */
};
/* Appends the message as a field of an RPC, in canonical order. */
void pars_gossip_message_encode(const struct pars_gossip_message *m, struct pars_buf *out);
/* Without the field's key and length. PEER_MALFORMED. */
PARS_MUST enum pars_err pars_gossip_message_decode(struct pars_bytes raw, struct pars_gossip_message *ret);

/* Sets from, seqno and signature; they lie in `room`. */
struct pars_gossip_signature {
	struct pars_peer_id from;
	uint8_t seqno[8], signature[PARS_ED25519_SIGNATURE_SIZE];
};
void pars_gossip_message_sign(struct pars_gossip_message *m, const struct pars_ed25519_pair *key, uint64_t seqno,
	struct pars_gossip_signature *room);
/* PEER_MALFORMED: a field is missing, or the key is not the author's;
 * PEER_SIGNATURE. */
PARS_MUST enum pars_err pars_gossip_message_verify(const struct pars_gossip_message *m);

/* Both sides of a topic agree on whether its messages are signed by their
 * authors (StrictSign), or say for themselves who wrote them (StrictNoSign). */
enum pars_gossip_policy { PARS_GOSSIP_UNSIGNED, PARS_GOSSIP_SIGNED };
/* PEER_MALFORMED: fields are missing, or too many. No signature is checked. */
PARS_MUST enum pars_err pars_gossip_message_check(const struct pars_gossip_message *m, enum pars_gossip_policy policy);
/* Of a message that passed that check. */
void pars_gossip_message_id(const struct pars_gossip_message *m, enum pars_gossip_policy policy,
	struct pars_gossip_id *ret);

/* -- reading an RPC ----------------------------------------------------------- */

enum pars_gossip_item_type {
	PARS_GOSSIP_SUBSCRIBE,   /* topic */
	PARS_GOSSIP_UNSUBSCRIBE, /* topic */
	PARS_GOSSIP_PUBLISH,     /* message */
	PARS_GOSSIP_IHAVE,       /* topic, list: ids */
	PARS_GOSSIP_IWANT,       /* list: ids */
	PARS_GOSSIP_GRAFT,       /* topic */
	PARS_GOSSIP_PRUNE,       /* topic, list: peers; backoff_s (0: not told) */
	PARS_GOSSIP_IDONTWANT,   /* list: ids */
};

/* All views into the RPC. */
struct pars_gossip_item {
	enum pars_gossip_item_type type;
	struct pars_bytes topic;
	struct pars_gossip_message message;
	struct pars_bytes list;
	uint32_t list_field;
	uint64_t backoff_s;
};
struct pars_gossip_reader {
	struct pars_bytes rpc, control;
};
/* OK with an item; NOT_FOUND at the end; PEER_MALFORMED. */
PARS_MUST enum pars_err pars_gossip_read(struct pars_gossip_reader *r, struct pars_gossip_item *ret);
/* The next of an item's ids, raw; false at the end. */
bool pars_gossip_next_id(struct pars_gossip_item *item, struct pars_bytes *ret);
/* The next of a PRUNE's peers; record may be empty. */
bool pars_gossip_next_peer(struct pars_gossip_item *item, struct pars_bytes *ret_id, struct pars_bytes *ret_record);

/* -- writing: what goes into an RPC, and what into its control field ------------- */

void pars_gossip_put_subscription(struct pars_buf *rpc, bool subscribe, struct pars_bytes topic);
void pars_gossip_put_control(struct pars_buf *rpc, struct pars_bytes control);
void pars_gossip_put_graft(struct pars_buf *control, struct pars_bytes topic);
/* peers: what pars_gossip_put_peer made, or empty; backoff 0 is not told. */
void pars_gossip_put_prune(struct pars_buf *control, struct pars_bytes topic, struct pars_bytes peers,
	uint64_t backoff_s);
void pars_gossip_put_peer(struct pars_buf *peers, struct pars_bytes id, struct pars_bytes record);
/* type: IHAVE (with its topic), IWANT or IDONTWANT. */
void pars_gossip_put_ids(struct pars_buf *control, enum pars_gossip_item_type type, struct pars_bytes topic,
	const struct pars_gossip_id *ids, size_t n);

#endif
