#include "store/migrations.h"

#include "base/base.h"

/* Sums are 256-bit little-endian numbers (see dag/sum.h). `session.num` is
 * the session's short local name in all other tables. */
static const char version_1[] =
	"CREATE TABLE fact (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"

	/* Sessions this node takes part in. */
	"CREATE TABLE session ("
	"  num INTEGER PRIMARY KEY,"
	"  id BLOB NOT NULL UNIQUE,"
	"  tag BLOB NOT NULL UNIQUE,"      /* rendezvous tag */
	"  name TEXT NOT NULL,"
	"  nick TEXT NOT NULL,"            /* of ourselves, told when joining */
	"  member_key BLOB,"               /* own; NULL until known */
	"  messages INTEGER NOT NULL"
	");"

	/* Their DAGs: a row once the genesis is here. */
	"CREATE TABLE dag ("
	"  session INTEGER PRIMARY KEY,"
	"  count INTEGER NOT NULL,"
	"  sum BLOB NOT NULL,"
	"  lamport INTEGER NOT NULL"       /* the highest */
	");"
	"CREATE TABLE author ("
	"  num INTEGER PRIMARY KEY,"
	"  session INTEGER NOT NULL,"
	"  key BLOB NOT NULL,"
	"  nick TEXT NOT NULL,"
	"  vertices INTEGER NOT NULL,"     /* stored, forks included */
	"  next_n INTEGER NOT NULL,"       /* 1 + the highest counter */
	"  lamport INTEGER NOT NULL,"      /* of the newest */
	"  forked INTEGER NOT NULL,"
	"  UNIQUE (session, key)"
	");"
	"CREATE TABLE vertex ("
	"  seq INTEGER PRIMARY KEY,"       /* order of arrival */
	"  id BLOB NOT NULL UNIQUE,"
	"  session INTEGER NOT NULL,"
	"  author INTEGER NOT NULL,"
	"  n INTEGER NOT NULL,"
	"  lamport INTEGER NOT NULL,"
	"  kind INTEGER NOT NULL,"
	"  own_past INTEGER NOT NULL,"     /* own vertices in its past, itself included */
	"  raw BLOB NOT NULL"
	");"
	"CREATE INDEX vertex_chain ON vertex (author, n, lamport);"
	"CREATE INDEX vertex_order ON vertex (session, lamport);"
	"CREATE TABLE head ("
	"  session INTEGER, lamport INTEGER, seq INTEGER,"
	"  PRIMARY KEY (session, lamport, seq)"
	") WITHOUT ROWID;"
	/* Counts and sums of the ids in [slot << 4 * level, (slot + 1) << 4 * level)
	 * of lamport time, so that the sum of any range needs few rows. */
	"CREATE TABLE bucket ("
	"  session INTEGER, level INTEGER, slot INTEGER,"
	"  count INTEGER NOT NULL, sum BLOB NOT NULL,"
	"  PRIMARY KEY (session, level, slot)"
	") WITHOUT ROWID;"
	"CREATE TABLE equivocation ("
	"  author INTEGER, n INTEGER, first BLOB NOT NULL, second BLOB NOT NULL,"
	"  PRIMARY KEY (author, n)"
	") WITHOUT ROWID;"

	/* How many of our own vertices (from the first) another node holds. */
	"CREATE TABLE held ("
	"  session INTEGER, peer BLOB, count INTEGER NOT NULL,"
	"  PRIMARY KEY (session, peer)"
	") WITHOUT ROWID;"

	/* Addresses that are kept connected, or were good before. */
	"CREATE TABLE peer ("
	"  address BLOB PRIMARY KEY, source INTEGER NOT NULL"
	") WITHOUT ROWID;";

static const char version_2[] =
	/* Of a private session; empty or NULL: an open one. */
	"ALTER TABLE session ADD COLUMN secret BLOB;"
	/* Nodes of the hash table that answered us: asked first after a restart. */
	"CREATE TABLE contact ("
	"  peer BLOB PRIMARY KEY, addresses BLOB NOT NULL, envelope BLOB NOT NULL, seen_ns INTEGER NOT NULL"
	") WITHOUT ROWID;"
	/* Records of others that this node keeps, and what it says itself. */
	"CREATE TABLE kad_record ("
	"  key BLOB PRIMARY KEY, value BLOB NOT NULL, received_ns INTEGER NOT NULL"
	") WITHOUT ROWID;"
	"CREATE TABLE kad_own (key BLOB PRIMARY KEY, value BLOB NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE kad_provide (key BLOB PRIMARY KEY) WITHOUT ROWID;"
	/* Peers whose keys a person compared. */
	"CREATE TABLE verified (peer BLOB PRIMARY KEY, since_ns INTEGER NOT NULL) WITHOUT ROWID;";

static const char version_3[] =
	/* What the indices of `vertex` tell anyway is asked of them; of an author
	 * only how many vertices it has beside one for each counter. */
	"UPDATE author SET forked = vertices - next_n WHERE forked;"
	"ALTER TABLE author DROP COLUMN vertices;"
	"ALTER TABLE author DROP COLUMN next_n;"
	"ALTER TABLE author DROP COLUMN lamport;"
	/* The rows of dag, head and bucket include the vertices up to dag.seq;
	 * later ones are counted at opening. */
	"ALTER TABLE dag DROP COLUMN lamport;"
	"ALTER TABLE dag ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE dag ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;"
	"UPDATE dag SET messages = (SELECT messages FROM session WHERE num = dag.session),"
	"  seq = (SELECT max(seq) FROM vertex);"
	"ALTER TABLE session DROP COLUMN messages;";

static const char version_4[] =
	/* 1: carried for others; 2: no longer, its rows are being deleted. */
	"ALTER TABLE session ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;"
	/* What it costs us, for how many more seconds of our running, and (of a
	 * private one) where its members look for it from this day on. */
	"CREATE TABLE carried ("
	"  session INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, left_s INTEGER NOT NULL, day INTEGER NOT NULL,"
	"  keys BLOB NOT NULL"
	");"
	"CREATE TABLE carried_for (session INTEGER, peer BLOB, PRIMARY KEY (session, peer)) WITHOUT ROWID;"
	/* Nodes that were asked to carry our sessions. */
	"CREATE TABLE mailbox ("
	"  session INTEGER, peer BLOB, address TEXT NOT NULL, PRIMARY KEY (session, peer)"
	") WITHOUT ROWID;";

static const char version_5[] =
	/* The chain's state: accounts, slots, and nodes of their tries by path
	 * (chain/state.h); what a block replaced there, NULL for nothing; and the
	 * blocks, `back` for those of which that is still kept. */
	"CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE state_past (number INTEGER, key BLOB, value BLOB, PRIMARY KEY (number, key)) WITHOUT ROWID;"
	"CREATE INDEX state_past_key ON state_past (key, number);"
	"CREATE TABLE state_block (number INTEGER PRIMARY KEY, hash BLOB NOT NULL, root BLOB NOT NULL,"
	"  back INTEGER NOT NULL);"
	"CREATE TABLE state_code (hash BLOB PRIMARY KEY, code BLOB NOT NULL) WITHOUT ROWID;";

const char *const pars_store_migrations[] = { version_1, version_2, version_3, version_4, version_5 };
const unsigned pars_store_migration_count = PARS_COUNT(pars_store_migrations);
