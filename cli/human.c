#include "cli/human.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void put(struct pars_buf *out, const char *s)
{
	pars_buf_put(out, PARS_BYTES_STR(s));
}

/* C1 controls are two bytes in UTF-8: c2 80 … c2 9f. The bidirectional marks
 * reorder what stands around them: e2 80 8e/8f, aa–ae, e2 81 a6–a9. */
static size_t bad_sequence(const uint8_t *s)
{
	if (s[0] < 0x20 || s[0] == 0x7f)
		return 1;
	if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
		return 2;
	if (s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xaa && s[2] <= 0xae)))
		return 3;
	return s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9 ? 3 : 0;
}

void human_put_text(struct pars_buf *out, const char *s, bool keep_lines)
{
	char hex[8];
	for (const uint8_t *p = (const uint8_t *)s; *p; p++) {
		size_t bad = bad_sequence(p);
		if (!bad || (keep_lines && (*p == '\n' || *p == '\t'))) {
			pars_buf_put_byte(out, *p);
			continue;
		}
		if (*p == '\n') {
			put(out, "\\n");
			continue;
		}
		for (size_t i = 0; i < bad; i++) {
			snprintf(hex, sizeof hex, "\\x%02x", p[i]);
			put(out, hex);
		}
		p += bad - 1;
	}
}

size_t human_width(struct pars_bytes text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += (text.p[i] & 0xc0) != 0x80;
	return n;
}

static void put_bytes(struct pars_buf *out, int64_t n)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	char text[32];
	double v = (double)n;
	size_t u = 0;
	for (; v >= 1024 && u + 1 < PARS_COUNT(units); u++)
		v /= 1024;
	snprintf(text, sizeof text, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	put(out, text);
}

static void put_duration(struct pars_buf *out, int64_t us)
{
	char text[48];
	int64_t s = us / 1000000;
	if (us < 1000)
		snprintf(text, sizeof text, "%" PRId64 " µs", us);
	else if (us < 1000000)
		snprintf(text, sizeof text, "%.1f ms", (double)us / 1000);
	else if (s < 60)
		snprintf(text, sizeof text, us % 1000000 ? "%.1f s" : "%.0f s", (double)us / 1000000);
	else if (s < 3600)
		snprintf(text, sizeof text, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(text, sizeof text, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
	else
		snprintf(text, sizeof text, "%" PRId64 " d %" PRId64 " h", s / 86400, s / 3600 % 24);
	put(out, text);
}

static void put_local(struct pars_buf *out, time_t t)
{
	char text[48];
	struct tm tm;
	if (localtime_r(&t, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm))
		put(out, text);
}

/* A clock may be wrong, ours or theirs: times far off are shown as they are. */
static void put_time(struct pars_buf *out, const char *time, int64_t now_s)
{
	struct tm tm = { 0 };
	const char *rest = strptime(time, "%Y-%m-%dT%H:%M:%S", &tm);
	time_t at = rest ? timegm(&tm) : 0;
	int64_t age = rest ? now_s - at : -1;
	if (rest && !now_s) {
		put_local(out, at);
		return;
	}
	if (age < 0 || age > 86400) {
		human_put_text(out, time, false);
		return;
	}
	if (age < 2) {
		put(out, "now");
		return;
	}
	put_duration(out, age * 1000000);
	put(out, " ago");
}

static void put_string(struct pars_buf *out, const struct rpc_field *f, const char *s, int64_t now_s)
{
	if (f->unit == RPC_TIME)
		put_time(out, s, now_s);
	else if (f->flags & RPC_RAW)
		human_put_text(out, s, true);
	else
		human_put_text(out, *s ? s : "-", false);
}

static void put_int(struct pars_buf *out, const struct rpc_field *f, int64_t n)
{
	char text[24];
	if (f->unit == RPC_BYTES) {
		put_bytes(out, n);
	} else if (f->unit == RPC_USEC && !n) {
		put(out, "-");
	} else if (f->unit == RPC_USEC) {
		put_duration(out, n);
	} else {
		snprintf(text, sizeof text, "%" PRId64, n);
		put(out, text);
	}
}

void human_put(struct pars_buf *out, const struct rpc_field *f, const json_t *value, int64_t now_s)
{
	if (json_is_string(value))
		put_string(out, f, json_string_value(value), now_s);
	else if (json_is_integer(value))
		put_int(out, f, json_integer_value(value));
	else if (json_is_boolean(value))
		put(out, json_is_true(value) ? "yes" : "no");
	else
		put(out, "-");
}

void human_label(struct pars_buf *out, const struct rpc_field *f)
{
	size_t n = strlen(f->name);
	if (f->unit == RPC_USEC && n > 2 && !strcmp(f->name + n - 2, "Us"))
		n -= 2;
	if (f->unit == RPC_BYTES && n > 5 && !strcmp(f->name + n - 5, "Bytes"))
		n -= 5;
	for (size_t i = 0; i < n; i++) {
		if (isupper((unsigned char)f->name[i]) && i)
			pars_buf_put_byte(out, ' ');
		pars_buf_put_byte(out, (uint8_t)tolower((unsigned char)f->name[i]));
	}
}
