/* session/session.h - the sessions this node takes part in: their DAGs, our
 * member keys, what the payloads say.
 *
 * Payloads in clear text. An open session can be found by its id; a private
 * one only with the secret of its invitation. A session's id is the id of its
 * genesis vertex. A member key is derived from the identity and the nonce in
 * the genesis, so that one person's sessions cannot be linked, and a restored
 * identity finds its keys again. Payloads are DAG-CBOR maps:
 *   genesis { name, nick, nonce } · join { nick } · message { text } */
#ifndef PARS_SESSION_SESSION_H
#define PARS_SESSION_SESSION_H

#include "crypto/rng.h"
#include "dag/dag.h"
#include "session/invitation.h"

#define PARS_SESSION_NAME_MAX 100   /* bytes of a name or nick */
#define PARS_SESSION_TEXT_MAX 60000 /* bytes of a message */
#define PARS_SESSIONS_MAX 1024

struct pars_session {
	uint32_t num;
	struct pars_digest id, tag; /* tag: by which peers see that they share it */
	bool is_private;
	uint8_t secret[PARS_SESSION_SECRET_SIZE]; /* of a private one */
	bool is_carried;            /* for others: we are no member, nor read it */
	int64_t carried_day;        /* where members of a private one look for it, … */
	struct pars_buf carried_keys; /* … a digest a day; of an open one none */
	char name[PARS_SESSION_NAME_MAX + 1], nick[PARS_SESSION_NAME_MAX + 1];
	struct pars_dag *dag;
	bool is_member;             /* the genesis is here and we have joined */
	struct pars_ed25519_pair member;
};

struct pars_sessions;

/* Loads all from the store. Borrows store, metrics and rng. */
struct pars_sessions *pars_sessions_open(struct pars_store *store, struct pars_metrics *metrics,
	struct pars_rng *rng, const uint8_t identity_seed[PARS_ED25519_SEED_SIZE]);
void pars_sessions_free(struct pars_sessions *s);
/* Before a commit: writes what the DAGs keep in memory once it stands for
 * PARS_SESSIONS_PENDING vertices, or now. So opening has to count no more. */
#define PARS_SESSIONS_PENDING 256
void pars_sessions_flush(struct pars_sessions *s, bool now);

struct pars_session *pars_sessions_by_num(const struct pars_sessions *s, uint32_t num); /* or NULL */
struct pars_session *pars_sessions_by_id(const struct pars_sessions *s, const struct pars_digest *id);
struct pars_session *pars_sessions_by_tag(const struct pars_sessions *s, const struct pars_digest *tag);
/* All, in the order of joining: *at starts at 0; NULL at the end. */
struct pars_session *pars_sessions_next(const struct pars_sessions *s, size_t *at);
size_t pars_sessions_count(const struct pars_sessions *s); /* those that this node is in */
uint64_t pars_sessions_version(const struct pars_sessions *s); /* rises when one comes or goes */

/* Names are valid UTF-8 within bounds: the caller checked. LIMIT. */
PARS_MUST enum pars_err pars_sessions_create(struct pars_sessions *s, const char *name, const char *nick,
	bool is_private, int64_t time_ns, struct pars_session **ret);
/* secret NULL: an open session. EXISTS, LIMIT. Joins for good once the genesis
 * is here: at once if the session was carried until now, and *ret_joined is then
 * our join vertex (else all zero). */
PARS_MUST enum pars_err pars_sessions_join(struct pars_sessions *s, const struct pars_digest *id,
	const uint8_t secret[PARS_SESSION_SECRET_SIZE], const char *nick, int64_t time_ns, struct pars_session **ret,
	struct pars_digest *ret_joined);

/* -- for others --------------------------------------------------------------- */

#define PARS_SESSIONS_CARRIED_MAX 256

/* Takes a session's vertices without being in it. EXISTS: *ret is set all the
 * same; LIMIT. */
PARS_MUST enum pars_err pars_sessions_carry(struct pars_sessions *s, const struct pars_digest *id,
	const struct pars_digest *tag, struct pars_session **ret);
/* keys: digests, one a day from `day` on; copied. */
void pars_session_set_rendezvous(struct pars_session *session, int64_t day, struct pars_bytes keys);
/* No longer carried: gone from the list (session is freed); its rows go by
 * _erase_some, a few at each call, true while there are more. */
void pars_sessions_drop(struct pars_sessions *s, struct pars_session *session);
bool pars_sessions_erase_some(struct pars_sessions *s);
/* Under which key members announce themselves in the hash table. Of an open
 * session SHA-256(id), always. Of a private one SHA-256("pars-rendezvous-v1" ‖
 * secret ‖ day), day as 8 bytes big-endian, so that outsiders can neither list
 * the members nor follow them. */
int64_t pars_session_day(int64_t wall_ns); /* since 1970, UTC */
/* False: of a carried one we were not told where on that day. */
bool pars_session_rendezvous(const struct pars_session *session, int64_t day, struct pars_digest *ret);

/* Writes a message. NOT_READY while joining. */
PARS_MUST enum pars_err pars_session_say(struct pars_session *session,
	struct pars_bytes text, int64_t time_ns, struct pars_digest *ret_id);
/* Interprets a vertex that the DAG has just taken in. A genesis makes us join:
 * *ret_joined is then the id of our own join vertex, and true is returned. */
bool pars_session_took(struct pars_session *session, struct pars_sessions *s, const struct pars_vertex *v,
	int64_t time_ns, struct pars_digest *ret_joined);

/* The text of a message's payload; false when it is not understood. Borrows. */
bool pars_session_message_text(struct pars_bytes payload, struct pars_bytes *ret);

#endif
