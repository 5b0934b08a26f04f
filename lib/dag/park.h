/* dag/park.h - vertices that wait for parents: a bounded pool in memory.
 *
 * Nothing is lost when one is refused or forgotten: whoever sent it has it
 * and can send it again. Each source (a connection) has its own share, so
 * that one peer cannot push out what others sent. */
#ifndef PARS_DAG_PARK_H
#define PARS_DAG_PARK_H

#include "dag/vertex.h"

#define PARS_PARK_MAX 4096                   /* vertices in all */
#define PARS_PARK_BYTES_MAX ((size_t)8 << 20)
#define PARS_PARK_SOURCE_MAX 1024            /* of one source */
#define PARS_PARK_SOURCE_BYTES_MAX ((size_t)2 << 20)

struct pars_parked {
	struct pars_digest id, waits_for;
	uint32_t session;
	uint64_t source;
	pars_usec since_us;
	size_t n;
	struct pars_parked *next_waiting; /* of the same parent */
	uint8_t raw[];
};

struct pars_park;
struct pars_park *pars_park_new(uint64_t hash_seed);
void pars_park_free(struct pars_park *park);

/* Copies raw. EXISTS: waits already. LIMIT: the pool or the source's share
 * is full. */
PARS_MUST enum pars_err pars_park_add(struct pars_park *park, const struct pars_digest *id,
	const struct pars_digest *waits_for, uint32_t session, uint64_t source, pars_usec now,
	struct pars_bytes raw);
bool pars_park_has(const struct pars_park *park, const struct pars_digest *id);
/* Takes out all that waited for this parent: a list by next_waiting, each
 * given to the caller (free()). */
struct pars_parked *pars_park_release(struct pars_park *park, const struct pars_digest *parent);
/* Forgets what a source sent. */
void pars_park_drop_source(struct pars_park *park, uint64_t source);
/* Forgets what has waited since before `before`; returns how many. */
size_t pars_park_expire(struct pars_park *park, pars_usec before);
size_t pars_park_count(const struct pars_park *park, uint32_t session); /* 0: all sessions */
size_t pars_park_bytes(const struct pars_park *park);

#endif
