#include "base/bytes.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

bool pars_bytes_equal(struct pars_bytes a, struct pars_bytes b)
{
	return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

int pars_bytes_compare(struct pars_bytes a, struct pars_bytes b)
{
	size_t n = PARS_MIN(a.n, b.n);
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

struct pars_bytes pars_bytes_take(struct pars_bytes *b, size_t n)
{
	assert(n <= b->n);
	struct pars_bytes head = { b->p, n };
	if (n)
		b->p += n;
	b->n -= n;
	return head;
}

void pars_hex(struct pars_bytes in, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < in.n; i++) {
		*out++ = digits[in.p[i] >> 4];
		*out++ = digits[in.p[i] & 15];
	}
	*out = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool pars_unhex(const char *s, uint8_t *out, size_t n)
{
	if (strlen(s) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(s[2 * i]), lo = hex_digit(s[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

uint8_t *pars_buf_room(struct pars_buf *b, size_t n)
{
	if (b->cap - b->off - b->n >= n && b->mem)
		return b->mem + b->off + b->n;
	/* Sliding down costs n bytes moved; do it only when at least that many
	 * were consumed, so that each byte is moved a constant number of times. */
	if (b->mem && b->cap - b->n >= n && b->off >= b->n) {
		memmove(b->mem, b->mem + b->off, b->n);
		b->off = 0;
		return b->mem + b->n;
	}
	size_t cap = PARS_MAX((size_t)64, b->cap);
	while (cap < b->n + n)
		cap *= 2;
	uint8_t *mem = pars_realloc(NULL, cap);
	if (b->mem)
		memcpy(mem, b->mem + b->off, b->n);
	free(b->mem);
	b->mem = mem;
	b->off = 0;
	b->cap = cap;
	return b->mem + b->n;
}

void pars_buf_added(struct pars_buf *b, size_t n)
{
	assert(n <= b->cap - b->off - b->n);
	b->n += n;
}

void pars_buf_put(struct pars_buf *b, struct pars_bytes more)
{
	if (!more.n)
		return;
	memcpy(pars_buf_room(b, more.n), more.p, more.n);
	b->n += more.n;
}

void pars_buf_put_byte(struct pars_buf *b, uint8_t byte)
{
	*pars_buf_room(b, 1) = byte;
	b->n++;
}

void pars_buf_drop(struct pars_buf *b, size_t n)
{
	assert(n <= b->n);
	b->n -= n;
	b->off = b->n ? b->off + n : 0;
}

void pars_buf_take(struct pars_buf *b, uint8_t *out, size_t n)
{
	assert(n <= b->n);
	if (n)
		memcpy(out, b->mem + b->off, n);
	pars_buf_drop(b, n);
}

void pars_buf_truncate(struct pars_buf *b, size_t n)
{
	assert(n <= b->n);
	b->n = n;
}

uint8_t *pars_buf_steal(struct pars_buf *b, size_t *n)
{
	if (b->off && b->n)
		memmove(b->mem, b->mem + b->off, b->n);
	uint8_t *mem = b->mem ? b->mem : pars_alloc(1);
	*n = b->n;
	*b = (struct pars_buf){ 0 };
	return mem;
}

void pars_buf_done(struct pars_buf *b)
{
	free(b->mem);
	*b = (struct pars_buf){ 0 };
}
