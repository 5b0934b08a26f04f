/* Fields to journald come from our own code's place only in debuggers. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log_ring.h"

static enum { TEXT, JSON, JOURNAL } format;
static enum pars_log_level least = PARS_LOG_INFO;

static const int priorities[] = { 3, 4, 6, 7 };

/* systemd says in JOURNAL_STREAM which file is the journal; stderr may have
 * been redirected since. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;
	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && !fstat(STDERR_FILENO, &st) &&
		st.st_dev == dev && st.st_ino == ino;
}

void log_init(const char *want, const char *level)
{
	format = TEXT;
	if (!strcmp(want, "json"))
		format = JSON;
	else if (!strcmp(want, "journal") || (!strcmp(want, "auto") && stderr_is_journal()))
		format = JOURNAL;
	log_set_level(level);
}

void log_set_level(const char *level)
{
	for (unsigned i = 0; rpc_log_levels[i]; i++)
		if (!strcmp(rpc_log_levels[i], level))
			least = (enum pars_log_level)i;
}

enum pars_log_level log_level(const enum pars_log_level *set)
{
	if (set)
		least = *set;
	return least;
}

static void timestamp(struct timespec ts, char out[32])
{
	struct tm tm;
	gmtime_r(&ts.tv_sec, &tm);
	size_t n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(ts.tv_nsec / 1000000));
}

static void put_escaped(char *out, size_t cap, const char *s)
{
	size_t n = 0;
	for (; *s && n + 7 < cap; s++) {
		if (*s == '"' || *s == '\\')
			out[n++] = '\\', out[n++] = *s;
		else if ((unsigned char)*s < 0x20)
			n += (size_t)snprintf(out + n, cap - n, "\\u%04x", (unsigned)*s);
		else
			out[n++] = *s;
	}
	out[n] = '\0';
}

/* A line break or an escape sequence in a text must not look like a line of
 * its own. */
static void flatten(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

void log_line(enum pars_log_level level, const char *folder, const char *fmt, ...)
{
	char text[1024], escaped[2 * sizeof text], now[32];
	struct timespec ts;
	va_list ap;
	if (level > least)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	clock_gettime(CLOCK_REALTIME, &ts);
	log_ring_put((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec, level, folder, text);
	if (format == JOURNAL && !sd_journal_send("MESSAGE=%s", text, "PRIORITY=%i", priorities[level],
			"PARSD_FOLDER=%s", folder, NULL))
		return;
	timestamp(ts, now);
	if (format == JSON) {
		put_escaped(escaped, sizeof escaped, text);
		fprintf(stderr, "{\"time\":\"%s\",\"level\":\"%s\",\"folder\":\"%s\",\"text\":\"%s\"}\n", now,
			rpc_log_levels[level], folder, escaped);
		return;
	}
	flatten(text);
	fprintf(stderr, "%s %-5s %-7s %s\n", now, rpc_log_levels[level], folder, text);
}
