#include "rpc/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct writer {
	struct pars_buf *out;
	bool in_string, escaped;
};

static void put_byte(struct writer *w, char c)
{
	if (!w->in_string) {
		w->in_string = c == '"';
	} else if (w->escaped) {
		w->escaped = false;
	} else if (c == '\\') {
		w->escaped = true;
	} else if (c == '"') {
		w->in_string = false;
	} else if (c == '{' || c == '}') {
		pars_buf_put(w->out, PARS_BYTES(c == '{' ? "\\u007b" : "\\u007d", 6));
		return;
	}
	pars_buf_put_byte(w->out, (uint8_t)c);
}

static int put_piece(const char *piece, size_t n, void *arg)
{
	for (size_t i = 0; i < n; i++)
		put_byte(arg, piece[i]);
	return 0;
}

void rpc_text_put(struct pars_buf *out, const json_t *value)
{
	struct writer w = { .out = out };
	if (json_dump_callback(value, put_piece, &w, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY))
		abort(); /* only for values that no parser or builder can make */
}

/* Length of the valid UTF-8 sequence at s, 0 when there is none. */
static size_t sequence(const uint8_t *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	if (n < 2)
		return n;
	uint32_t c = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

json_t *rpc_text_string(const char *s)
{
	json_t *v = json_string(s);
	if (v)
		return v;
	PARS_AUTO_BUF b = { 0 };
	for (const uint8_t *p = (const uint8_t *)s; *p;) {
		size_t n = sequence(p);
		pars_buf_put(&b, n ? PARS_BYTES(p, n) : PARS_BYTES_STR("\xef\xbf\xbd"));
		p += n ? n : 1;
	}
	return json_stringn((const char *)pars_buf_bytes(&b).p, b.n);
}

json_t *rpc_text_time(int64_t wall_ns)
{
	char text[64];
	struct tm tm;
	time_t s = (time_t)(wall_ns / 1000000000);
	if (wall_ns <= 0 || !gmtime_r(&s, &tm))
		return json_null();
	size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof text - n, ".%03dZ", (int)(wall_ns / 1000000 % 1000));
	return json_string(text);
}
