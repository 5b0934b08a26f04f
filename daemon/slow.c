/* How long steps take, and what was in the slow ones. */
#include <stdio.h>
#include <string.h>

#include "daemon/internal.h"
#include "daemon/log.h"

#define SLOW PARS_MS(10)
#define TELL_EVERY PARS_S(10) /* a slow disk makes every step slow */

static const char *const event_names[] = {
	[PARS_EV_CONN_OPENED] = "opened", [PARS_EV_CONN_FAILED] = "dial failed", [PARS_EV_CONN_DATA] = "received",
	[PARS_EV_CONN_SENT] = "sent", [PARS_EV_CONN_CLOSED] = "closed", [PARS_EV_LISTENING] = "listening",
	[PARS_EV_LISTEN_FAILED] = "listening failed", [PARS_EV_JOB_DONE] = "job done",
};

/* "3 received (1200 B), 1 job done" */
static void list_events(const struct step_clock *c, char *out, size_t cap)
{
	size_t n = 0;
	out[0] = '\0';
	for (unsigned t = 0; t < PARS_COUNT(event_names) && n < cap; t++) {
		if (!c->events[t])
			continue;
		n += (size_t)snprintf(out + n, cap - n, "%s%u %s", n ? ", " : "", c->events[t], event_names[t]);
		if (t == PARS_EV_CONN_DATA && n < cap)
			n += (size_t)snprintf(out + n, cap - n, " (%zu B)", c->bytes);
	}
}

static void tell(struct daemon *d, const struct step_clock *c, pars_usec end_us)
{
	char events[200], more[64] = "";
	const char *calls = rpc_server_step_calls(d->rpc);
	list_events(c, events, sizeof events);
	if (d->slow_untold)
		snprintf(more, sizeof more, "; %llu more since the last such line", (unsigned long long)d->slow_untold);
	log_line(PARS_LOG_INFO, "daemon", "slow step: %.1f ms (digesting %.1f, commit %.1f, effects %.1f): %s%s%s%s",
		(double)(end_us - c->begin_us) / 1000, (double)(c->digested_us - c->begin_us) / 1000,
		(double)(c->committed_us - c->digested_us) / 1000, (double)(end_us - c->committed_us) / 1000,
		events[0] ? events : calls[0] ? "" : "only timers", events[0] && calls[0] ? "; " : "", calls, more);
	d->slow_told_us = end_us;
	d->slow_untold = 0;
}

void daemon_step_begins(struct daemon *d, pars_usec now_us, struct step_clock *ret)
{
	*ret = (struct step_clock){ .begin_us = now_us, .bytes = d->inbox.bytes };
	for (size_t i = 0; i < d->inbox.count; i++)
		ret->events[d->inbox.list[i].type]++;
}

void daemon_step_over(struct daemon *d, const struct step_clock *c)
{
	pars_usec end_us = daemon_now_us();
	histogram_add(&d->gauges.step, end_us - c->begin_us);
	if (end_us - c->begin_us < SLOW)
		return;
	d->gauges.value[GAUGE_slow_steps]++;
	if (!d->slow_told_us || end_us - d->slow_told_us >= TELL_EVERY)
		tell(d, c, end_us);
	else
		d->slow_untold++;
}
