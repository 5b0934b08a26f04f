#include "daemon/log_ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static struct rpc_log_record ring[LOG_RING_LINES];
static uint64_t next = 1;

/* At most LOG_RING_TEXT bytes, and no part of a character. */
static char *cut(const char *text)
{
	size_t n = strlen(text);
	if (n > LOG_RING_TEXT)
		for (n = LOG_RING_TEXT; n && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	return pars_sprintf("%.*s", (int)n, text);
}

void log_ring_put(int64_t wall_ns, enum pars_log_level level, const char *folder, const char *text)
{
	struct rpc_log_record *r = &ring[next % LOG_RING_LINES];
	free((char *)r->text);
	*r = (struct rpc_log_record){ next++, wall_ns, level, folder, cut(text) };
}

uint64_t log_ring_next(void)
{
	return next;
}

bool log_ring_read(uint64_t number, struct rpc_log_record *ret)
{
	uint64_t oldest = next > LOG_RING_LINES ? next - LOG_RING_LINES : 1;
	number = PARS_MAX(number, oldest);
	if (number >= next)
		return false;
	*ret = ring[number % LOG_RING_LINES];
	return true;
}
