#include "rpc/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/advice.h"

#define DISK_LOW ((uint64_t)64 << 20)
#define SILENT_MAX 8   /* addresses named one by one */
#define UNEQUAL_MAX 16
#define CLOCK_SESSIONS 16
#define CLOCK_MESSAGES "last:20"
#define CLOCK_SLACK_NS ((int64_t)300 * 1000000000)
#define CLOCK_OLDEST_NS ((int64_t)1767225600 * 1000000000) /* 2026-01-01 */

struct doctor {
	struct rpc_call *call;
	struct pars_node *node;
	struct pars_arena *a;
	struct rpc_findings *out;
	int64_t wall_ns;
};

static void PARS_PRINTF(5, 6) find(struct doctor *d, bool sick, const char *about, const char *advice,
	const char *fmt, ...)
{
	char text[700];
	va_list ap;
	if (d->out->count == RPC_FINDINGS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	d->out->list[d->out->count++] = (struct rpc_finding){ sick, about,
		pars_arena_string(d->a, PARS_BYTES_STR(text)), advice };
}

/* "3 min" */
static const char *age(struct doctor *d, int64_t ns)
{
	int64_t s = ns / 1000000000;
	if (s < 60)
		return pars_arena_sprintf(d->a, "%lld s", (long long)PARS_MAX(s, (int64_t)0));
	if (s < 3600)
		return pars_arena_sprintf(d->a, "%lld min", (long long)(s / 60));
	if (s < 86400)
		return pars_arena_sprintf(d->a, "%lld h", (long long)(s / 3600));
	return pars_arena_sprintf(d->a, "%lld days", (long long)(s / 86400));
}

/* -- the machine ----------------------------------------------------------------- */

static void look_at_disk(struct doctor *d)
{
	struct pars_storage_info st;
	const struct rpc_outside *o = rpc_outside(d->call);
	uint64_t left = o->disk_free(o->arg);
	if (left < DISK_LOW)
		find(d, true, "disk", "Free some space before nothing can be saved any more.",
			"only %llu MiB are left on the disk of the data folder", (unsigned long long)(left >> 20));
	if (!d->node || pars_storage_get(d->node, d->a, &st, rpc_fault(d->call)))
		return;
	if (strcmp(st.integrity, "clean start") && strcmp(st.integrity, "ok") && strcmp(st.integrity, "checking") &&
	    strcmp(st.integrity, "not checked"))
		find(d, true, "disk", rpc_advice(PARS_E_DB_CORRUPT), "the database is damaged: %s", st.integrity);
}

static void look_at_down(struct doctor *d)
{
	const char *text;
	enum pars_err err = rpc_down(d->call, &text);
	if (err)
		find(d, true, "disk", rpc_advice(err), "the database cannot be used: %s", text);
}

/* Messages of others that come from the future: somebody's clock is wrong,
 * and when several agree it is ours. */
static unsigned authors_ahead(struct doctor *d, const char *session, int64_t *least_ns)
{
	struct pars_message_page page;
	const char *seen[20];
	unsigned n = 0;
	if (pars_session_read(d->node, session, PARS_ORDER_ARRIVAL, CLOCK_MESSAGES, 20, d->a, &page,
			rpc_fault(d->call)))
		return 0;
	for (size_t i = 0; i < page.count; i++) {
		const struct pars_message *m = &page.list[i];
		int64_t ahead = m->time_wall_ns - d->wall_ns;
		bool again = m->own || ahead < CLOCK_SLACK_NS;
		for (unsigned k = 0; k < n && !again; k++)
			again = !strcmp(seen[k], m->author);
		if (!again) {
			seen[n++] = m->author;
			*least_ns = PARS_MIN(*least_ns, ahead);
		}
	}
	return n;
}

static void look_at_clock(struct doctor *d)
{
	struct pars_session_page page;
	int64_t least = INT64_MAX;
	unsigned ahead = 0;
	if (d->wall_ns < CLOCK_OLDEST_NS)
		find(d, false, "clock", "Set the clock; until then messages carry a wrong time, but nothing is lost.",
			"this machine's clock is wrong: it is before 2026");
	if (!d->node || pars_session_list(d->node, NULL, CLOCK_SESSIONS, d->a, &page, rpc_fault(d->call)))
		return;
	for (size_t i = 0; i < page.count; i++)
		ahead += authors_ahead(d, page.list[i].id, &least);
	if (ahead)
		find(d, false, "clock", "Compare the clocks; messages show wrong times until then, but nothing is lost.",
			"%s: the newest messages of %u other%s are %s or more ahead of this machine's clock",
			ahead > 1 ? "this machine's clock seems slow" : "this machine's clock is slow, or another one fast",
			ahead, ahead == 1 ? "" : "s", age(d, least));
}

/* -- the network ------------------------------------------------------------------ */

static void tell_silent(struct doctor *d, const struct pars_peer_info *p)
{
	const char *when = p->next_dial_us
		? pars_arena_sprintf(d->a, "; the next one is in %s", age(d, (int64_t)p->next_dial_us * 1000)) : "";
	if (p->failures)
		find(d, false, "peers", "See that the node there runs and can be reached, or `parsctl peer rm` the address; "
			"`parsctl sync now` tries at once.", "%s does not answer: %s (%llu tr%s in a row%s)", p->address,
			p->last_error[0] ? p->last_error : "no error was told", (unsigned long long)p->failures,
			p->failures == 1 ? "y" : "ies", when);
	else
		find(d, false, "peers", "Wait a moment.", "%s is not connected yet", p->address);
}

static void look_at_peers(struct doctor *d, const struct pars_status *st)
{
	struct pars_peer_page page;
	size_t silent = 0;
	if (pars_peer_list(d->node, NULL, PARS_PAGE_MAX, d->a, &page, rpc_fault(d->call)))
		return;
	for (size_t i = 0; i < page.count; i++)
		if (!page.list[i].connected && silent++ < SILENT_MAX)
			tell_silent(d, &page.list[i]);
	if (silent > SILENT_MAX)
		find(d, false, "peers", "`parsctl peer ls` shows them.", "%zu more addresses are not connected",
			silent - SILENT_MAX);
	if (!page.count)
		find(d, false, "peers", "An invitation (`parsctl session join INVITATION`) or `parsctl peer add ADDRESS` brings the first one; "
			"`parsctl bootstrap ls` says what was tried.",
			"no other node is known");
	else if (!st->peers && !silent)
		find(d, false, "peers", "Wait a moment.", "connections are being made");
}

static void look_at_network(struct doctor *d)
{
	struct pars_status st;
	pars_status_get(d->node, d->a, &st);
	if (st.listen_error[0])
		find(d, true, "network", "End what uses the port, or choose another one with --listen.", "%s", st.listen_error);
	if (!strcmp(st.state, "paused"))
		find(d, false, "network", "`parsctl resume` ends the pause.", "the node is paused by request");
	else
		look_at_peers(d, &st);
}

/* -- sessions ---------------------------------------------------------------------- */

static void look_at_sessions(struct doctor *d)
{
	struct pars_session_page page;
	struct pars_relay_info relay;
	if (pars_session_list(d->node, NULL, PARS_PAGE_MAX, d->a, &page, rpc_fault(d->call)))
		return;
	pars_relay_get(d->node, &relay);
	if (!page.count && !relay.sessions)
		find(d, false, "session", "`parsctl session new NAME` opens one, `parsctl session join INVITATION` joins one.",
			"this node is in no session, so there is nothing to sync");
	for (size_t i = 0; i < page.count; i++) {
		const struct pars_session_info *s = &page.list[i];
		const char *name = s->name[0] ? s->name : s->id;
		if (!strcmp(s->state, "joining"))
			find(d, false, "session", "Give a member's address: `parsctl session join ID ADDRESS`, or "
				"`parsctl peer add ADDRESS`.", "the session %s is still joining: its start has not arrived, "
				"and %llu connected nodes serve it", name, (unsigned long long)s->peers);
		else if (s->queued && !s->peers)
			find(d, false, "session", "It is safe here and leaves with the next connection to a member.",
				"the session %s has %llu own entr%s that nobody else holds, and no connected node serves it", name,
				(unsigned long long)s->queued, s->queued == 1 ? "y" : "ies");
	}
}

static void look_at_syncs(struct doctor *d)
{
	struct pars_sync_page page;
	size_t found = 0;
	if (pars_sync_list(d->node, NULL, NULL, PARS_PAGE_MAX, d->a, &page, rpc_fault(d->call)))
		return;
	for (size_t i = 0; i < page.count && found < UNEQUAL_MAX; i++) {
		const struct pars_sync_info *s = &page.list[i];
		if (!strcmp(s->state, "equal") || !strcmp(s->state, "not shared"))
			continue;
		const char *since = s->last_equal_wall_ns ? pars_arena_sprintf(d->a, "was equal %s ago",
			age(d, d->wall_ns - s->last_equal_wall_ns)) : "not equal since it connected";
		find(d, false, "session", "Wait; when it stays so, `parsctl sync now` starts a new round.",
			"the session %.16s… is not equal with %s: %s, %s", s->session, s->peer_id, s->state, since);
		found++;
	}
}

void rpc_doctor_look(struct rpc_call *call, struct rpc_findings *ret)
{
	const struct rpc_outside *o = rpc_outside(call);
	struct doctor d = { call, rpc_node(call), rpc_arena(call), ret, o->wall_ns(o->arg) };
	ret->count = 0;
	look_at_down(&d);
	look_at_disk(&d);
	if (d.node) {
		look_at_network(&d);
		look_at_sessions(&d);
		look_at_syncs(&d);
	}
	look_at_clock(&d);
}
