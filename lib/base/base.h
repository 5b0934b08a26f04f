/* base/base.h - what every file may assume: attributes, ownership, time.
 *
 * Ownership words used in all headers: *borrows* (the callee reads it during
 * the call, or until the object that borrowed it is freed), *takes* (the
 * callee owns it from now on, also when it fails), *gives* (the caller owns
 * the result). Results (`ret`) are written on success only. */
#ifndef PARS_BASE_BASE_H
#define PARS_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARS_MUST __attribute__((warn_unused_result))
#define PARS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define PARS_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PARS_MIN(a, b) ((a) < (b) ? (a) : (b))
#define PARS_MAX(a, b) ((a) > (b) ? (a) : (b))

/* A pointer that is freed at the end of its scope, on every path:
 *   PARS_AUTO(pars_store) store = NULL;
 * PARS_AUTO_DEFINE(pars_store) stands in the header that declares
 * pars_store_free. PARS_MOVE hands the pointer over and forgets it. */
#define PARS_AUTO_DEFINE(type) \
	static inline void type##_autofree(struct type **p) { type##_free(*p); }
#define PARS_AUTO(type) \
	__attribute__((cleanup(type##_autofree))) struct type *
#define PARS_MOVE(p) \
	({ __typeof__(p) moved_ = (p); (p) = NULL; moved_; })

/* Microseconds of a clock that never goes back. */
typedef uint64_t pars_usec;
#define PARS_NEVER UINT64_MAX
#define PARS_MS(n) ((pars_usec)(n) * 1000)
#define PARS_S(n) ((pars_usec)(n) * 1000000)

/* Both clocks as the outside read them once for a step. Deadlines and waits
 * use mono_us only; wall_ns (Unix time, may jump, may be wrong) is shown to
 * people and never orders anything. */
struct pars_time {
	pars_usec mono_us;
	int64_t wall_ns;
};

#endif
