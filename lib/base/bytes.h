/* base/bytes.h - runs of bytes: borrowed views, and a queue that owns them. */
#ifndef PARS_BASE_BYTES_H
#define PARS_BASE_BYTES_H

#include <string.h>

#include "base/base.h"

/* A borrowed view. { NULL, 0 } is empty. */
struct pars_bytes {
	const uint8_t *p;
	size_t n;
};

#define PARS_BYTES(ptr, len) \
	((struct pars_bytes){ (const uint8_t *)(ptr), (len) })
#define PARS_BYTES_ARRAY(array) PARS_BYTES((array), sizeof(array))
#define PARS_BYTES_STR(s) PARS_BYTES((s), strlen(s))

bool pars_bytes_equal(struct pars_bytes a, struct pars_bytes b);
/* Like memcmp, a shorter one sorts before its extensions. */
int pars_bytes_compare(struct pars_bytes a, struct pars_bytes b);
/* The first n bytes of *b, which then starts behind them; n <= b->n. */
struct pars_bytes pars_bytes_take(struct pars_bytes *b, size_t n);

/* Big-endian and little-endian, anywhere in memory; in the header, as then each is
 * one instruction or two. */
static inline uint16_t pars_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t pars_be32(const uint8_t *p)
{
	return (uint32_t)pars_be16(p) << 16 | pars_be16(p + 2);
}

static inline uint64_t pars_be64(const uint8_t *p)
{
	return (uint64_t)pars_be32(p) << 32 | pars_be32(p + 4);
}

static inline uint64_t pars_le64(const uint8_t *p)
{
	return __builtin_bswap64(pars_be64(p));
}

static inline void pars_put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void pars_put_be32(uint8_t *p, uint32_t v)
{
	pars_put_be16(p, (uint16_t)(v >> 16));
	pars_put_be16(p + 2, (uint16_t)v);
}

static inline void pars_put_be64(uint8_t *p, uint64_t v)
{
	pars_put_be32(p, (uint32_t)(v >> 32));
	pars_put_be32(p + 4, (uint32_t)v);
}

/* Lower-case hex. `out` holds 2 * n + 1 characters. */
void pars_hex(struct pars_bytes in, char *out);
/* False unless `s` is exactly 2 * n hex digits. */
bool pars_unhex(const char *s, uint8_t *out, size_t n);

/* A growable queue of bytes: appended at the end, consumed at the front.
 * All zero is the empty one. Amortised O(1) per byte. */
struct pars_buf {
	uint8_t *mem;
	size_t off, n, cap; /* content is mem[off .. off + n) */
};

static inline struct pars_bytes pars_buf_bytes(const struct pars_buf *b)
{
	return PARS_BYTES(b->n ? b->mem + b->off : NULL, b->n);
}
void pars_buf_put(struct pars_buf *b, struct pars_bytes more);
void pars_buf_put_byte(struct pars_buf *b, uint8_t byte);
/* Makes room for n more bytes and returns where they go; they count once
 * pars_buf_added says how many were written. */
uint8_t *pars_buf_room(struct pars_buf *b, size_t n);
void pars_buf_added(struct pars_buf *b, size_t n);
void pars_buf_drop(struct pars_buf *b, size_t n); /* from the front; n <= b->n */
/* Copies the first n bytes to `out` and drops them; n <= b->n. */
void pars_buf_take(struct pars_buf *b, uint8_t *out, size_t n);
void pars_buf_truncate(struct pars_buf *b, size_t n);
/* Gives the content as one allocation (free() it) and empties the queue. */
uint8_t *pars_buf_steal(struct pars_buf *b, size_t *n);
void pars_buf_done(struct pars_buf *b); /* frees; empty afterwards */

#define PARS_AUTO_BUF __attribute__((cleanup(pars_buf_done))) struct pars_buf

#endif
