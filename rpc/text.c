#include "rpc/text.h"

#include <stdlib.h>
#include <time.h>

void rpc_text_put_plain(struct pars_buf *out, const char *s)
{
	pars_buf_put(out, PARS_BYTES_STR(s));
}

/* -- numbers ------------------------------------------------------------------ */

/* Writes the digits before `end`; gives where they begin. */
static char *digits(char *end, uint64_t n)
{
	do
		*--end = (char)('0' + n % 10);
	while (n /= 10);
	return end;
}

void rpc_text_put_int(struct pars_buf *out, int64_t n)
{
	char text[24], *end = text + sizeof text, *at = digits(end, n < 0 ? -(uint64_t)n : (uint64_t)n);
	if (n < 0)
		*--at = '-';
	pars_buf_put(out, PARS_BYTES(at, (size_t)(end - at)));
}

/* Rare: how a fraction looks is jansson's to say. */
static void put_real(struct pars_buf *out, const json_t *value)
{
	char text[64];
	size_t n = json_dumpb(value, text, sizeof text, JSON_ENCODE_ANY);
	if (!n || n > sizeof text)
		abort(); /* no double is longer */
	pars_buf_put(out, PARS_BYTES(text, n));
}

/* -- strings ------------------------------------------------------------------ */

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

/* The valid sequence of n bytes at s. */
static uint32_t character(const uint8_t *s, size_t n)
{
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
}

static void put_hex(struct pars_buf *out, const char *alphabet, uint32_t c)
{
	uint8_t *to = pars_buf_room(out, 6);
	to[0] = '\\';
	to[1] = 'u';
	for (int i = 0; i < 4; i++)
		to[2 + i] = (uint8_t)alphabet[c >> (12 - 4 * i) & 15];
	pars_buf_added(out, 6);
}

static void put_escaped(struct pars_buf *out, uint32_t c)
{
	static const char upper[] = "0123456789ABCDEF", lower[] = "0123456789abcdef";
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *known = c && c < 0x80 ? strchr(from, (int)c) : NULL;
	if (known) {
		pars_buf_put(out, PARS_BYTES(((const char[]){ '\\', to[known - from] }), 2));
	} else if (c >= 0x10000) {
		put_hex(out, upper, 0xd800 + ((c - 0x10000) >> 10));
		put_hex(out, upper, 0xdc00 + ((c - 0x10000) & 0x3ff));
	} else {
		put_hex(out, c == '{' || c == '}' ? lower : upper, c);
	}
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '{' && c != '}';
}

/* Most bytes of most strings stand for themselves: they are copied in runs. */
void rpc_text_put_string(struct pars_buf *out, const char *s)
{
	const uint8_t *p = (const uint8_t *)s, *run = p;
	pars_buf_put_byte(out, '"');
	for (;;) {
		while (is_plain(*p))
			p++;
		if (p > run)
			pars_buf_put(out, PARS_BYTES(run, (size_t)(p - run)));
		if (!*p)
			break;
		size_t n = sequence(p);
		put_escaped(out, n ? character(p, n) : 0xfffd);
		run = p += n ? n : 1;
	}
	pars_buf_put_byte(out, '"');
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

/* -- times -------------------------------------------------------------------- */

#define TIME_TEXT sizeof "2026-01-01T00:00:00.000Z"

/* False: no time. Years have four digits until 64 bits of nanoseconds end. */
static bool time_text(int64_t wall_ns, char out[TIME_TEXT])
{
	struct tm tm;
	time_t s = (time_t)(wall_ns / 1000000000);
	if (wall_ns <= 0 || !gmtime_r(&s, &tm))
		return false;
	static const struct {
		int at, width;
	} places[] = { { 0, 4 }, { 5, 2 }, { 8, 2 }, { 11, 2 }, { 14, 2 }, { 17, 2 }, { 20, 3 } };
	const int values[] = { tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		(int)(wall_ns / 1000000 % 1000) };
	memcpy(out, "0000-00-00T00:00:00.000Z", TIME_TEXT);
	for (size_t i = 0; i < PARS_COUNT(places); i++)
		digits(out + places[i].at + places[i].width, (uint64_t)values[i]);
	return true;
}

json_t *rpc_text_time(int64_t wall_ns)
{
	char text[TIME_TEXT];
	return time_text(wall_ns, text) ? json_string(text) : json_null();
}

void rpc_text_put_time(struct pars_buf *out, int64_t wall_ns)
{
	char text[TIME_TEXT];
	if (time_text(wall_ns, text))
		rpc_text_put_string(out, text);
	else
		rpc_text_put_plain(out, "null");
}

/* -- trees -------------------------------------------------------------------- */

static void put_object(struct pars_buf *out, const json_t *value)
{
	const char *name;
	json_t *member;
	uint8_t before = '{';
	json_object_foreach((json_t *)value, name, member) {
		pars_buf_put_byte(out, before);
		rpc_text_put_string(out, name);
		pars_buf_put_byte(out, ':');
		rpc_text_put(out, member);
		before = ',';
	}
	rpc_text_put_plain(out, before == '{' ? "{}" : "}");
}

static void put_array(struct pars_buf *out, const json_t *value)
{
	size_t n = json_array_size(value);
	pars_buf_put_byte(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			pars_buf_put_byte(out, ',');
		rpc_text_put(out, json_array_get(value, i));
	}
	pars_buf_put_byte(out, ']');
}

/* As deep as the value: an id is flat, and we build none that is deep. */
void rpc_text_put(struct pars_buf *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_object(out, value);
		break;
	case JSON_ARRAY:
		put_array(out, value);
		break;
	case JSON_STRING:
		rpc_text_put_string(out, json_string_value(value));
		break;
	case JSON_INTEGER:
		rpc_text_put_int(out, json_integer_value(value));
		break;
	case JSON_REAL:
		put_real(out, value);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		rpc_text_put_plain(out, json_is_true(value) ? "true" : "false");
		break;
	case JSON_NULL:
		rpc_text_put_plain(out, "null");
		break;
	}
}
