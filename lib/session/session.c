#include "session/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"
#include "session/payload.h"

struct pars_sessions {
	struct pars_store *store;
	struct pars_metrics *metrics;
	struct pars_rng *rng;
	uint8_t identity_seed[PARS_ED25519_SEED_SIZE];
	struct pars_session **list; /* by num, rising */
	size_t count, carried;
	struct pars_map by_id;
	uint64_t version;
	bool erasing;               /* perhaps: rows of dropped ones are left */
};

/* -- keys ----------------------------------------------------------------------- */

static void derive_member(const struct pars_sessions *s, struct pars_bytes nonce, struct pars_ed25519_pair *ret)
{
	static const char info[] = "pars-member-v1";
	uint8_t seed[PARS_ED25519_SEED_SIZE];
	pars_hkdf_sha256(nonce, PARS_BYTES_ARRAY(s->identity_seed), PARS_BYTES(info, sizeof info - 1),
		seed, sizeof seed);
	pars_ed25519_pair_from_seed(ret, seed);
	pars_wipe(seed, sizeof seed);
}

/* The genesis tells the nonce, and so our key in this session. */
static bool read_genesis(struct pars_sessions *s, struct pars_session *session)
{
	PARS_AUTO_BUF raw = { 0 };
	struct pars_vertex v;
	struct pars_payload p;
	if (!pars_dag_read(session->dag, &session->id, &raw) || pars_vertex_decode(pars_buf_bytes(&raw), &v) ||
	    pars_payload_decode(v.payload, &p) || !p.nonce.p)
		return false;
	derive_member(s, p.nonce, &session->member);
	pars_dag_set_own(session->dag, &session->member.public);
	return true;
}

/* -- opening ---------------------------------------------------------------------- */

int64_t pars_session_day(int64_t wall_ns)
{
	const int64_t day_ns = (int64_t)86400 * 1000000000;
	return wall_ns / day_ns - (wall_ns % day_ns < 0);
}

/* As it was told to us. */
static bool carried_rendezvous(const struct pars_session *session, int64_t day, struct pars_digest *ret)
{
	uint64_t i = (uint64_t)day - (uint64_t)session->carried_day;
	if (i >= session->carried_keys.n / sizeof ret->b)
		return false;
	memcpy(ret->b, pars_buf_bytes(&session->carried_keys).p + i * sizeof ret->b, sizeof ret->b);
	return true;
}

bool pars_session_rendezvous(const struct pars_session *session, int64_t day, struct pars_digest *ret)
{
	static const char domain[] = "pars-rendezvous-v1";
	uint8_t in[sizeof domain - 1 + PARS_SESSION_SECRET_SIZE + 8];
	if (session->is_carried && session->is_private)
		return carried_rendezvous(session, day, ret);
	if (!session->is_private) {
		*ret = pars_sha256(pars_digest_bytes(&session->id));
		return true;
	}
	memcpy(in, domain, sizeof domain - 1);
	memcpy(in + sizeof domain - 1, session->secret, PARS_SESSION_SECRET_SIZE);
	pars_put_be64(in + sizeof in - 8, (uint64_t)day);
	*ret = pars_sha256(PARS_BYTES_ARRAY(in));
	pars_wipe(in, sizeof in);
	return true;
}

/* Peers that share a session see it by this; nobody else can tell what it
 * stands for. */
static struct pars_digest tag_of(const struct pars_digest *id, const uint8_t *secret)
{
	static const char domain[] = "pars-sync-tag-v1";
	return secret ? pars_sha256_2(PARS_BYTES_STR(domain), PARS_BYTES(secret, PARS_SESSION_SECRET_SIZE)) :
		pars_sha256(pars_digest_bytes(id));
}

static void set_secret(struct pars_session *session, const uint8_t *secret)
{
	if ((session->is_private = secret != NULL))
		memcpy(session->secret, secret, sizeof session->secret);
}

static struct pars_session *add(struct pars_sessions *s, uint32_t num, const struct pars_digest *id,
	const struct pars_digest *tag, const uint8_t *secret)
{
	struct pars_session *session = pars_alloc(sizeof *session);
	session->num = num;
	session->id = *id;
	session->tag = *tag;
	set_secret(session, secret);
	session->dag = pars_dag_new(s->store, s->metrics, num, id);
	s->list = pars_realloc(s->list, (s->count + 1) * sizeof *s->list);
	s->list[s->count++] = session;
	pars_map_put(&s->by_id, session);
	s->version++;
	return session;
}

static void copy_name(char *to, struct pars_bytes from)
{
	size_t n = PARS_MIN(from.n, (size_t)PARS_SESSION_NAME_MAX);
	if (n)
		memcpy(to, from.p, n);
	to[n] = '\0';
}

/* All DAGs were flushed together: up to the newest row that one of them
 * stands at, all vertices are in what they have read. */
static void replay(struct pars_sessions *s)
{
	int64_t from = 0;
	for (size_t i = 0; i < s->count; i++)
		from = PARS_MAX(from, pars_dag_stands_at(s->list[i]->dag));
	struct pars_stmt *q = pars_query(s->store, "SELECT seq, session, raw FROM vertex WHERE seq > ? ORDER BY seq",
		PARS_INT(from));
	while (pars_row(q)) {
		struct pars_session *session = pars_sessions_by_num(s, (uint32_t)pars_col_int(q, 1));
		if (session)
			pars_dag_replay(session->dag, pars_col_int(q, 0), pars_col_bytes(q, 2));
	}
}

static struct pars_bytes id_of(const void *session)
{
	return pars_digest_bytes(&((const struct pars_session *)session)->id);
}

struct pars_sessions *pars_sessions_open(struct pars_store *store, struct pars_metrics *metrics,
	struct pars_rng *rng, const uint8_t identity_seed[PARS_ED25519_SEED_SIZE])
{
	struct pars_sessions *s = pars_alloc(sizeof *s);
	s->store = store;
	s->metrics = metrics;
	s->rng = rng;
	pars_map_init(&s->by_id, id_of, 0); /* few, and each of our own choice */
	memcpy(s->identity_seed, identity_seed, sizeof s->identity_seed);
	struct pars_stmt *q = pars_query(store, "SELECT num, id, name, nick, secret, tag, carried FROM session"
		" WHERE carried < 2 ORDER BY num");
	while (pars_row(q)) {
		struct pars_digest id, tag;
		memcpy(id.b, pars_col_bytes(q, 1).p, sizeof id.b);
		memcpy(tag.b, pars_col_bytes(q, 5).p, sizeof tag.b);
		struct pars_bytes secret = pars_col_bytes(q, 4);
		struct pars_session *session = add(s, (uint32_t)pars_col_int(q, 0), &id, &tag,
			secret.n == PARS_SESSION_SECRET_SIZE ? secret.p : NULL);
		session->is_carried = pars_col_int(q, 6);
		s->carried += session->is_carried;
		copy_name(session->name, pars_col_bytes(q, 2));
		copy_name(session->nick, pars_col_bytes(q, 3));
	}
	replay(s);
	s->erasing = true;
	for (size_t i = 0; i < s->count; i++)
		s->list[i]->is_member = !s->list[i]->is_carried && read_genesis(s, s->list[i]) && pars_dag_own_count(s->list[i]->dag);
	return s;
}

static void session_free(struct pars_session *session)
{
	pars_dag_free(session->dag);
	pars_ed25519_wipe(&session->member);
	pars_wipe(session->secret, sizeof session->secret);
	pars_buf_done(&session->carried_keys);
	free(session);
}

void pars_sessions_free(struct pars_sessions *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		session_free(s->list[i]);
	pars_map_done(&s->by_id);
	free(s->list);
	pars_wipe(s->identity_seed, sizeof s->identity_seed);
	free(s);
}

void pars_sessions_flush(struct pars_sessions *s, bool now)
{
	size_t pending = 0;
	for (size_t i = 0; i < s->count; i++)
		pending += pars_dag_pending(s->list[i]->dag);
	for (size_t i = 0; (now || pending >= PARS_SESSIONS_PENDING) && i < s->count; i++)
		pars_dag_flush(s->list[i]->dag);
}

/* -- finding ------------------------------------------------------------------------ */

struct pars_session *pars_sessions_by_num(const struct pars_sessions *s, uint32_t num)
{
	size_t lo = 0, hi = s->count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (s->list[mid]->num == num)
			return s->list[mid];
		if (s->list[mid]->num < num)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

struct pars_session *pars_sessions_by_id(const struct pars_sessions *s, const struct pars_digest *id)
{
	return pars_map_get(&s->by_id, pars_digest_bytes(id));
}

struct pars_session *pars_sessions_by_tag(const struct pars_sessions *s, const struct pars_digest *tag)
{
	for (size_t i = 0; i < s->count; i++)
		if (pars_digest_equal(&s->list[i]->tag, tag))
			return s->list[i];
	return NULL;
}

struct pars_session *pars_sessions_next(const struct pars_sessions *s, size_t *at)
{
	return *at < s->count ? s->list[(*at)++] : NULL;
}

size_t pars_sessions_count(const struct pars_sessions *s)
{
	return s->count - s->carried;
}

uint64_t pars_sessions_version(const struct pars_sessions *s)
{
	return s->version;
}

/* -- creating and joining -------------------------------------------------------------- */

/* The bytes of a secret, or none. */
static struct pars_bytes secret_bytes(const uint8_t *secret)
{
	return PARS_BYTES(secret, secret ? PARS_SESSION_SECRET_SIZE : 0);
}

static struct pars_session *insert_row(struct pars_sessions *s, const struct pars_digest *id,
	const struct pars_digest *tag, const uint8_t *secret, const char *name, const char *nick)
{
	while (pars_query_int(s->store, 0, "SELECT count(*) FROM session WHERE id = ?", PARS_BLOB(pars_digest_bytes(id))) &&
	    pars_sessions_erase_some(s))
		; /* it was carried, and its last rows still stand here */
	pars_run(s->store, "INSERT INTO session (id, tag, name, nick, secret) VALUES (?, ?, ?, ?, ?)",
		PARS_BLOB(pars_digest_bytes(id)), PARS_BLOB(pars_digest_bytes(tag)), PARS_TEXT(name), PARS_TEXT(nick),
		PARS_BLOB(secret_bytes(secret)));
	struct pars_session *session = add(s, (uint32_t)pars_store_last_rowid(s->store), id, tag, secret);
	copy_name(session->name, PARS_BYTES_STR(name));
	copy_name(session->nick, PARS_BYTES_STR(nick));
	return session;
}

static void make_genesis(struct pars_sessions *s, const char *name, const char *nick, int64_t time_ns,
	struct pars_buf *raw)
{
	PARS_AUTO_BUF payload = { 0 };
	uint8_t nonce[PARS_SESSION_NONCE_SIZE];
	struct pars_ed25519_pair key;
	pars_rng_bytes(s->rng, nonce, sizeof nonce);
	derive_member(s, PARS_BYTES_ARRAY(nonce), &key);
	struct pars_payload p = { .name = PARS_BYTES_STR(name), .nick = PARS_BYTES_STR(nick),
		.nonce = PARS_BYTES_ARRAY(nonce) };
	pars_payload_encode(&p, &payload);
	struct pars_vertex draft = { .kind = PARS_KIND_GENESIS, .time_ns = time_ns,
		.payload = pars_buf_bytes(&payload) };
	pars_vertex_encode(&draft, &key, raw);
	pars_ed25519_wipe(&key);
}

enum pars_err pars_sessions_create(struct pars_sessions *s, const char *name, const char *nick,
	bool is_private, int64_t time_ns, struct pars_session **ret)
{
	PARS_AUTO_BUF raw = { 0 };
	struct pars_vertex v;
	struct pars_payload p;
	uint8_t secret[PARS_SESSION_SECRET_SIZE];
	struct pars_digest unused[PARS_VERTEX_PARENTS_MAX];
	size_t missing;
	if (pars_sessions_count(s) == PARS_SESSIONS_MAX)
		return PARS_E_LIMIT;
	make_genesis(s, name, nick, time_ns, &raw);
	enum pars_err err = pars_vertex_decode(pars_buf_bytes(&raw), &v);
	if (err || (err = pars_payload_decode(v.payload, &p)))
		return err;
	pars_rng_bytes(s->rng, secret, sizeof secret);
	struct pars_digest tag = tag_of(&v.id, is_private ? secret : NULL);
	struct pars_session *session = insert_row(s, &v.id, &tag, is_private ? secret : NULL, name, nick);
	pars_wipe(secret, sizeof secret);
	derive_member(s, p.nonce, &session->member);
	pars_dag_set_own(session->dag, &session->member.public);
	if ((err = pars_dag_insert(session->dag, &v, unused, &missing)))
		return err;
	pars_count(s->metrics, PARS_M_vertex_created);
	pars_run(s->store, "UPDATE author SET nick = ? WHERE session = ? AND key = ?", PARS_TEXT(nick),
		PARS_INT(session->num), PARS_BLOB(PARS_BYTES_ARRAY(v.author.b)));
	session->is_member = true;
	*ret = session;
	return PARS_OK;
}

/* -- payloads ------------------------------------------------------------------------------ */

static void note_nick(struct pars_session *session, struct pars_sessions *s, const struct pars_vertex *v,
	struct pars_bytes nick)
{
	char text[PARS_SESSION_NAME_MAX + 1];
	copy_name(text, nick);
	pars_run(s->store, "UPDATE author SET nick = ? WHERE session = ? AND key = ?", PARS_TEXT(text),
		PARS_INT(session->num), PARS_BLOB(PARS_BYTES_ARRAY(v->author.b)));
}

static void note_name(struct pars_session *session, struct pars_sessions *s, struct pars_bytes name)
{
	copy_name(session->name, name);
	pars_run(s->store, "UPDATE session SET name = ? WHERE num = ?", PARS_TEXT(session->name), PARS_INT(session->num));
}

enum pars_err pars_session_say(struct pars_session *session, struct pars_bytes text,
	int64_t time_ns, struct pars_digest *ret_id)
{
	PARS_AUTO_BUF payload = { 0 };
	if (!session->is_member)
		return PARS_E_NOT_READY;
	pars_payload_encode(&(struct pars_payload){ .text = text }, &payload);
	return pars_dag_append(session->dag, &session->member, PARS_KIND_MESSAGE, pars_buf_bytes(&payload), time_ns,
		ret_id);
}

/* We know the session now: our key, and our place in it. */
static bool join(struct pars_session *session, struct pars_sessions *s, int64_t time_ns,
	struct pars_digest *ret_joined)
{
	PARS_AUTO_BUF payload = { 0 };
	if (!read_genesis(s, session))
		return false;
	pars_payload_encode(&(struct pars_payload){ .nick = PARS_BYTES_STR(session->nick) }, &payload);
	if (pars_dag_append(session->dag, &session->member, PARS_KIND_JOIN, pars_buf_bytes(&payload), time_ns,
	    ret_joined))
		return false;
	pars_run(s->store, "UPDATE author SET nick = ? WHERE session = ? AND key = ?", PARS_TEXT(session->nick),
		PARS_INT(session->num), PARS_BLOB(PARS_BYTES_ARRAY(session->member.public.b)));
	session->is_member = true;
	return true;
}

/* Of a session that was carried nothing was read so far. */
static void read_people(struct pars_sessions *s, struct pars_session *session)
{
	struct pars_stmt *q = pars_query(s->store, "SELECT raw FROM vertex WHERE session = ? AND kind IN (?, ?)",
		PARS_INT(session->num), PARS_INT(PARS_KIND_GENESIS), PARS_INT(PARS_KIND_JOIN));
	while (pars_row(q)) {
		struct pars_vertex v;
		struct pars_payload p;
		if (pars_vertex_decode(pars_col_bytes(q, 0), &v) || pars_payload_decode(v.payload, &p))
			continue;
		if (p.nick.p)
			note_nick(session, s, &v, p.nick);
		if (v.kind == PARS_KIND_GENESIS)
			note_name(session, s, p.name);
	}
}

/* What was carried becomes our own. */
static void adopt(struct pars_sessions *s, struct pars_session *session, const uint8_t *secret, const char *nick)
{
	session->is_carried = false;
	s->carried--;
	s->version++;
	session->tag = tag_of(&session->id, secret);
	set_secret(session, secret);
	copy_name(session->nick, PARS_BYTES_STR(nick));
	pars_run(s->store, "UPDATE session SET carried = 0, tag = ?, nick = ?, secret = ? WHERE num = ?",
		PARS_BLOB(pars_digest_bytes(&session->tag)), PARS_TEXT(nick), PARS_BLOB(secret_bytes(secret)),
		PARS_INT(session->num));
}

enum pars_err pars_sessions_join(struct pars_sessions *s, const struct pars_digest *id,
	const uint8_t secret[PARS_SESSION_SECRET_SIZE], const char *nick, int64_t time_ns, struct pars_session **ret,
	struct pars_digest *ret_joined)
{
	struct pars_session *session = pars_sessions_by_id(s, id);
	struct pars_digest tag = tag_of(id, secret);
	if (session && !session->is_carried)
		return PARS_E_EXISTS;
	if (pars_sessions_count(s) == PARS_SESSIONS_MAX)
		return PARS_E_LIMIT;
	*ret_joined = (struct pars_digest){ 0 };
	if (!session) {
		*ret = insert_row(s, id, &tag, secret, "", nick);
		return PARS_OK;
	}
	adopt(s, session, secret, nick);
	read_people(s, session);
	join(session, s, time_ns, ret_joined);
	*ret = session;
	return PARS_OK;
}

/* -- for others ------------------------------------------------------------------------------ */

enum pars_err pars_sessions_carry(struct pars_sessions *s, const struct pars_digest *id,
	const struct pars_digest *tag, struct pars_session **ret)
{
	struct pars_digest open = pars_sha256(pars_digest_bytes(id));
	if ((*ret = pars_sessions_by_id(s, id)) || (*ret = pars_sessions_by_tag(s, tag)))
		return PARS_E_EXISTS;
	if (s->carried == PARS_SESSIONS_CARRIED_MAX)
		return PARS_E_LIMIT;
	*ret = insert_row(s, id, tag, NULL, "", "");
	(*ret)->is_carried = true;
	(*ret)->is_private = !pars_digest_equal(&open, tag);
	s->carried++;
	pars_run(s->store, "UPDATE session SET carried = 1 WHERE num = ?", PARS_INT((*ret)->num));
	return PARS_OK;
}

void pars_session_set_rendezvous(struct pars_session *session, int64_t day, struct pars_bytes keys)
{
	session->carried_day = day;
	pars_buf_truncate(&session->carried_keys, 0);
	pars_buf_put(&session->carried_keys, keys);
}

void pars_sessions_drop(struct pars_sessions *s, struct pars_session *session)
{
	size_t i = 0;
	while (s->list[i] != session)
		i++;
	pars_run(s->store, "UPDATE session SET carried = 2 WHERE num = ?", PARS_INT(session->num));
	pars_map_remove(&s->by_id, pars_digest_bytes(&session->id));
	memmove(s->list + i, s->list + i + 1, (--s->count - i) * sizeof(struct pars_session *));
	s->carried--;
	s->version++;
	s->erasing = true;
	session_free(session);
}

bool pars_sessions_erase_some(struct pars_sessions *s)
{
	int64_t num = s->erasing ? pars_query_int(s->store, 0, "SELECT num FROM session WHERE carried = 2 LIMIT 1") : 0;
	s->erasing = num;
	if (!num)
		return false;
	if (pars_query_int(s->store, 0, "SELECT seq FROM vertex WHERE session = ? LIMIT 1", PARS_INT(num))) {
		pars_run(s->store, "DELETE FROM vertex WHERE seq IN (SELECT seq FROM vertex WHERE session = ? LIMIT 500)",
			PARS_INT(num));
		return true;
	}
	pars_run(s->store, "DELETE FROM equivocation WHERE author IN (SELECT num FROM author WHERE session = ?)",
		PARS_INT(num));
	pars_run(s->store, "DELETE FROM author WHERE session = ?", PARS_INT(num));
	pars_run(s->store, "DELETE FROM head WHERE session = ?", PARS_INT(num));
	pars_run(s->store, "DELETE FROM bucket WHERE session = ?", PARS_INT(num));
	pars_run(s->store, "DELETE FROM dag WHERE session = ?", PARS_INT(num));
	pars_run(s->store, "DELETE FROM held WHERE session = ?", PARS_INT(num));
	pars_run(s->store, "DELETE FROM session WHERE num = ?", PARS_INT(num));
	return true;
}

bool pars_session_took(struct pars_session *session, struct pars_sessions *s, const struct pars_vertex *v,
	int64_t time_ns, struct pars_digest *ret_joined)
{
	struct pars_payload p = { 0 };
	if (session->is_carried)
		return false;
	bool readable = !pars_payload_decode(v->payload, &p);
	if (readable && p.nick.p && (v->kind == PARS_KIND_GENESIS || v->kind == PARS_KIND_JOIN))
		note_nick(session, s, v, p.nick);
	if (v->kind != PARS_KIND_GENESIS || session->is_member)
		return false;
	note_name(session, s, p.name);
	return join(session, s, time_ns, ret_joined);
}

bool pars_session_message_text(struct pars_bytes payload, struct pars_bytes *ret)
{
	struct pars_payload p;
	if (pars_payload_decode(payload, &p) || !p.text.p)
		return false;
	*ret = p.text;
	return true;
}
