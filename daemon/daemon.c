#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/credential.h"
#include "daemon/endpoint.h"
#include "daemon/file.h"
#include "daemon/internal.h"
#include "daemon/log.h"
#include "daemon/log_ring.h"
#include "daemon/place.h"
#include "daemon/service.h"
#include "rpc/advice.h"

#define WORKERS 2
#define INTERFACES_MAX 64
#define INTERFACES_EVERY PARS_S(60)
#define REOPEN_FIRST PARS_S(1)
#define REOPEN_MAX PARS_S(30)
#define GOODBYE PARS_MS(1000) /* for the last bytes to leave */

pars_usec daemon_now_us(void)
{
	struct timespec mono;
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return PARS_S(mono.tv_sec) + (pars_usec)mono.tv_nsec / 1000;
}

struct pars_time daemon_now(void)
{
	struct timespec wall;
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct pars_time){
		.mono_us = daemon_now_us(),
		.wall_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec,
	};
}

/* -- the node --------------------------------------------------------------- */

/* `key`: the node's, NULL: its own. */
static enum pars_err node_open(struct daemon *d, const uint8_t *key, struct pars_fault *fault)
{
	struct pars_node_config config = d->node_config;
	config.node_key = key;
	if (getrandom(config.seed, sizeof config.seed, 0) != sizeof config.seed)
		return pars_fail(fault, PARS_E_UNSUPPORTED, "the system gives no random numbers");
	enum pars_err err = pars_node_new(&config, daemon_now(), &d->node, fault);
	explicit_bzero(config.seed, sizeof config.seed);
	if (err)
		return err;
	rpc_server_bind(d->rpc, d->node);
	d->interfaces_us = 0;
	d->status_changed = true;
	return PARS_OK;
}

/* The step did not happen. What was said before it was true, so the node is
 * rebuilt from the disk; peers see a connection that broke. */
static void node_down(struct daemon *d, enum pars_err err)
{
	char *told = rpc_advised(err, NULL);
	log_line(PARS_LOG_ERROR, "daemon", "nothing more can be saved: %s", told);
	free(told);
	net_drop_all(d->net);
	resolver_drop_all(d->resolver);
	workers_orphan(d->workers);
	pars_node_free(PARS_MOVE(d->node));
	rpc_server_unbind(d->rpc, err, NULL);
	service_status("down", pars_err_text(err), 0);
	d->reopen_delay_us = REOPEN_FIRST;
	d->reopen_us = daemon_now_us() + d->reopen_delay_us;
}

static void node_reopen(struct daemon *d)
{
	struct pars_fault fault = { 0 };
	enum pars_err err = node_open(d, NULL, &fault);
	if (!err) {
		log_line(PARS_LOG_INFO, "daemon", "the database is open again");
		return;
	}
	rpc_server_unbind(d->rpc, err, fault.text[0] ? fault.text : NULL);
	d->reopen_delay_us = PARS_MIN(2 * d->reopen_delay_us, REOPEN_MAX);
	d->reopen_us = daemon_now_us() + d->reopen_delay_us;
}

static void refresh_interfaces(struct daemon *d, pars_usec now_us)
{
	struct pars_endpoint list[INTERFACES_MAX];
	if (now_us < d->interfaces_us)
		return;
	pars_node_set_interfaces(d->node, list, endpoint_interfaces(list, INTERFACES_MAX));
	d->interfaces_us = now_us + INTERFACES_EVERY;
}

/* -- a turn ------------------------------------------------------------------ */

static void carry_out(struct daemon *d, const struct pars_effect *e)
{
	switch (e->type) {
	case PARS_EF_LOG:
		log_line(e->level, e->folder, "%s", e->text);
		break;
	case PARS_EF_NOTIFY:
		rpc_server_notify(d->rpc, e->topic, e->text);
		d->status_changed |= e->topic == PARS_TOPIC_STATUS || e->topic == PARS_TOPIC_PEERS;
		break;
	case PARS_EF_JOB:
		workers_run(d->workers, e->job);
		break;
	case PARS_EF_RESOLVE:
		resolver_ask(d->resolver, e->query, e->text);
		break;
	case PARS_EF_DIAL:
	case PARS_EF_SEND:
	case PARS_EF_CLOSE:
	case PARS_EF_ABORT:
	case PARS_EF_LISTEN:
	case PARS_EF_UNLISTEN:
		net_effect(d->net, e);
		break;
	}
}

/* The inbox is emptied first: carrying out effects already fills it for the
 * next step. */
static void release(struct daemon *d)
{
	inbox_reset(&d->inbox);
	for (size_t i = 0; i < d->effects.count; i++)
		carry_out(d, &d->effects.list[i]);
	net_flush(d->net);
	pars_effects_reset(&d->effects);
}

static void begin(struct daemon *d, struct pars_time t)
{
	pars_step_begin(d->node, t);
	for (size_t i = 0; i < d->inbox.count; i++)
		pars_step_event(d->node, &d->inbox.list[i]);
}

static void step(struct daemon *d, struct pars_time t)
{
	struct step_clock clock;
	daemon_step_begins(d, t.mono_us, &clock);
	begin(d, t);
	rpc_server_begin(d->rpc, t.mono_us);
	if (rpc_socket_wants_step(d->socket))
		pars_step_hurry(d->node);
	rpc_socket_feed(d->socket);
	clock.digested_us = daemon_now_us();
	enum pars_err err = pars_step_end(d->node, &d->effects);
	clock.committed_us = daemon_now_us();
	if (!err) {
		rpc_server_end(d->rpc, err, NULL);
		rpc_socket_flush(d->socket); /* whoever asked first, then peers */
		release(d);
		daemon_step_over(d, &clock);
		return;
	}
	char *told = rpc_advised(err, NULL);
	rpc_server_end(d->rpc, err, told);
	free(told);
	inbox_reset(&d->inbox);
	pars_effects_reset(&d->effects);
	node_down(d, err);
}

/* In a step of its own: a bootstrap address may become known to the node. */
static void reload(struct daemon *d)
{
	struct pars_time t = daemon_now();
	d->reload = false;
	if (!d->node) {
		log_line(PARS_LOG_WARN, "daemon", "reload: the database cannot be used now; ask again later");
		return;
	}
	service_reloading();
	begin(d, t);
	daemon_reload(d);
	enum pars_err err = pars_step_end(d->node, &d->effects);
	if (!err) {
		release(d);
	} else {
		inbox_reset(&d->inbox);
		pars_effects_reset(&d->effects);
		node_down(d, err);
	}
	service_ready();
	d->status_changed = true;
}

static void step_without_node(struct daemon *d, struct pars_time t)
{
	rpc_server_begin(d->rpc, t.mono_us);
	rpc_socket_feed(d->socket);
	rpc_server_end(d->rpc, PARS_OK, NULL);
	if (t.mono_us >= d->reopen_us)
		node_reopen(d);
}

static bool work_waits(const struct daemon *d, pars_usec now_us)
{
	return d->inbox.urgent || rpc_socket_wants_step(d->socket) ||
		now_us >= (d->node ? pars_node_deadline(d->node) : d->reopen_us);
}

static void tell_status(struct daemon *d)
{
	struct pars_status st;
	PARS_AUTO_ARENA a = { 0 };
	if (!d->node || !d->status_changed)
		return;
	d->status_changed = false;
	pars_status_get(d->node, &a, &st);
	service_status(st.state, st.reason, st.peers);
}

static void feed_watchdog(struct daemon *d, pars_usec now_us)
{
	if (now_us < d->watchdog_us)
		return;
	service_watchdog_feed();
	d->watchdog_us = now_us + d->watchdog_every_us;
}

static void tell_log(struct daemon *d)
{
	if (d->log_seen == log_ring_next())
		return;
	d->log_seen = log_ring_next();
	rpc_server_notify(d->rpc, PARS_TOPIC_LOG, "");
}

/* Gives whether the next turn must not wait for events. */
static bool turn(struct daemon *d)
{
	struct pars_time t = daemon_now();
	if (d->reload)
		reload(d);
	if (d->node)
		refresh_interfaces(d, t.mono_us);
	if (work_waits(d, t.mono_us)) {
		if (d->node)
			step(d, t);
		else
			step_without_node(d, t);
	}
	tell_log(d);
	rpc_server_poll(d->rpc, t.mono_us);
	d->stop |= rpc_server_stopping(d->rpc);
	bool more = rpc_socket_flush(d->socket);
	tell_status(d);
	feed_watchdog(d, t.mono_us);
	d->turned_us = daemon_now_us();
	histogram_add(&d->gauges.loop_lag, d->turned_us - t.mono_us);
	return more || d->inbox.urgent || rpc_socket_wants_step(d->socket);
}

/* Only wakes the loop. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	(void)fd, (void)what;
	d->armed_us = PARS_NEVER;
}

/* An alarm that comes too early costs one turn; to set it anew in each turn, in
 * most of which nothing but the deadline moved on, costs more. */
static void arm_timer(struct daemon *d, pars_usec latest)
{
	pars_usec at = d->node ? PARS_MIN(pars_node_deadline(d->node), d->interfaces_us) : d->reopen_us;
	at = PARS_MIN(PARS_MIN(at, latest), PARS_MIN(rpc_server_deadline(d->rpc), d->watchdog_us));
	if (at >= d->armed_us)
		return;
	pars_usec from = d->turned_us, wait = at > from ? at - from : 0;
	struct timeval tv = { .tv_sec = (time_t)(wait / 1000000), .tv_usec = (suseconds_t)(wait % 1000000) };
	event_add(d->timer, &tv);
	d->armed_us = at;
}

static void one_turn(struct daemon *d, pars_usec latest)
{
	bool hurry = turn(d);
	if (!hurry)
		arm_timer(d, latest);
	net_round(d->base, !hurry);
}

/* -- start and end ------------------------------------------------------------ */

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct daemon *d = arg;
	(void)what;
	log_line(PARS_LOG_INFO, "daemon", "%s: stopping", strsignal(number));
	d->stop = true;
}

static struct event *watch_signal(struct daemon *d, int number, event_callback_fn then)
{
	struct event *ev = evsignal_new(d->base, number, then, d);
	event_add(ev, NULL);
	return ev;
}

static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The terminal that it was started in is gone: an end like any other. From
 * whoever else the signal comes, it asks for the settings to be read anew. */
static void on_hangup(evutil_socket_t number, short what, void *arg)
{
	struct daemon *d = arg;
	if (d->had_terminal && !has_terminal())
		on_signal(number, what, arg);
	else
		d->reload = true;
}

/* nohup's wish is kept. */
static bool hangup_is_ignored(void)
{
	struct sigaction sa;
	return !sigaction(SIGHUP, NULL, &sa) && sa.sa_handler == SIG_IGN;
}

static void watch_signals(struct daemon *d)
{
	d->had_terminal = has_terminal();
	d->sigterm = watch_signal(d, SIGTERM, on_signal);
	d->sigint = watch_signal(d, SIGINT, on_signal);
	d->sighup = hangup_is_ignored() ? NULL : watch_signal(d, SIGHUP, on_hangup);
}

static enum pars_kad_mode kad_mode(const char *name)
{
	return !strcmp(name, "server") ? PARS_KAD_SERVER : !strcmp(name, "client") ? PARS_KAD_CLIENT :
		!strcmp(name, "off") ? PARS_KAD_OFF : PARS_KAD_AUTO;
}

/* Read once, NUL-terminated; what it says is the node's to judge. */
static enum pars_err read_bootstrap_list(struct daemon *d, struct pars_fault *fault)
{
	struct pars_fault inner = { 0 };
	const char *path = options_get(d->options, OPT_BOOTSTRAP_LIST);
	if (path && file_read(path, &d->bootstrap_list, &inner))
		return pars_fail(fault, PARS_E_INVALID, "net.bootstrap-list: %.250s", inner.text);
	if (d->bootstrap_list.n)
		pars_buf_put_byte(&d->bootstrap_list, '\0');
	return PARS_OK;
}

static enum pars_relay_mode relay_mode(const char *name)
{
	return !strcmp(name, "on") ? PARS_RELAY_ON : !strcmp(name, "off") ? PARS_RELAY_OFF : PARS_RELAY_FRIENDS;
}

/* Checked before (options_check). */
static uint64_t number(const struct options *o, enum option which)
{
	uint64_t n = 0;
	(void)!options_number(options_get(o, which), &n);
	return n;
}

static void fill_node_config(struct daemon *d)
{
	const struct options *o = d->options;
	const struct option_value *listen = &o->value[OPT_LISTEN], *boot = &o->value[OPT_BOOTSTRAP];
	const struct rpc_genesis *g = &d->network;
	bool silent = listen->count == 1 && !strcmp(listen->list[0], "none");
	d->bootstrap = pars_alloc_array(boot->count + g->bootstrap_count + 1, sizeof *d->bootstrap);
	for (size_t i = 0; i < boot->count; i++)
		d->bootstrap[i] = boot->list[i];
	for (size_t i = 0; i < g->bootstrap_count; i++)
		d->bootstrap[boot->count + i] = g->bootstrap[i];
	d->path = pars_sprintf("%s/parsd.db", d->datadir);
	d->node_config = (struct pars_node_config){
		.path = d->path,
		.save_apart = true,
		.agent = "parsd/" PARS_VERSION,
		.network = d->network.name,
		.listen = (const char *const *)listen->list,
		.listens = silent ? 0 : listen->count,
		.bootstrap = d->bootstrap,
		.bootstraps = boot->count + g->bootstrap_count,
		.kad_mode = kad_mode(options_get(o, OPT_DHT_MODE)),
		.relay_mode = relay_mode(options_get(o, OPT_RELAY_MODE)),
		.relay = { number(o, OPT_RELAY_TOTAL), number(o, OPT_RELAY_SESSION), number(o, OPT_RELAY_REQUESTER),
			(unsigned)number(o, OPT_RELAY_DAYS) },
		.kad_protocol = g->kad_protocol[0] ? g->kad_protocol : NULL,
		.private_addresses = g->private_addresses,
		.bootstrap_key = g->bootstrap_key[0] ? g->bootstrap_key : NULL,
		.bootstrap_list = d->bootstrap_list.n ? (const char *)pars_buf_bytes(&d->bootstrap_list).p : NULL,
	};
}

static void fill_resolver_config(struct daemon *d)
{
	const struct option_value *servers = &d->options->value[OPT_DNS_SERVER];
	d->resolver_config = (struct resolver_config){
		.servers = (const char *const *)servers->list,
		.server_count = servers->count,
		.recurse = servers->count == 1 && !strcmp(servers->list[0], "root"),
		.anchor = options_get(d->options, OPT_DNS_ANCHOR),
	};
}

static void fill_rpc_config(struct daemon *d)
{
	daemon_settings_refresh(d);
	daemon_outside_init(d);
	d->rpc_config.agent = d->node_config.agent;
	d->rpc_config.network = d->network.name;
}

static void append_values(const struct options *o, enum option which, char *text, size_t cap)
{
	for (size_t i = 0; i < o->value[which].count; i++) {
		size_t n = strlen(text);
		snprintf(text + n, cap - n, " %s", o->value[which].list[i]);
	}
}

/* The node does not know by which option it got an address. */
static enum pars_err node_open_first(struct daemon *d, struct pars_fault *fault)
{
	struct pars_fault inner = { 0 };
	char given[200] = "";
	uint8_t key[CREDENTIAL_KEY_SIZE];
	enum pars_err err = credential_node_key(key, fault);
	if (err && err != PARS_E_NOT_FOUND)
		return err;
	err = node_open(d, err ? NULL : key, &inner);
	explicit_bzero(key, sizeof key);
	if (err == PARS_E_EXISTS) /* it has another key */
		return pars_fail(fault, PARS_E_INVALID, "%s", inner.text);
	append_values(d->options, OPT_LISTEN, given, sizeof given);
	append_values(d->options, OPT_BOOTSTRAP, given, sizeof given);
	if (err == PARS_E_INVALID)
		return pars_fail(fault, err, "--listen or --bootstrap: %.150s; given:%s", inner.text, given);
	return err ? pars_fail(fault, err, "%s", inner.text[0] ? inner.text : pars_err_text(err)) : PARS_OK;
}

static enum pars_err open_rpc(struct daemon *d, const char *path, struct pars_fault *fault)
{
	int passed = service_socket("rpc");
	if (passed >= 0)
		return rpc_socket_take(d->base, d->rpc, passed, d->options->service, &d->socket, fault);
	return rpc_socket_new(d->base, d->rpc, path, d->options->service, &d->socket, fault);
}

static enum pars_err open_all(struct daemon *d, struct pars_fault *fault)
{
	const char *datadir = options_get(d->options, OPT_DATADIR), *path = options_get(d->options, OPT_RPC_SOCKET);
	enum pars_err err = network_load(options_get(d->options, OPT_NETWORK), &d->network, fault);
	if (err || (err = place_make(datadir, fault)) || (err = place_lock(datadir, &d->lock_fd, fault)))
		return err;
	d->datadir = realpath(datadir, NULL);
	d->base = event_base_new();
	if ((err = read_bootstrap_list(d, fault)))
		return err;
	fill_node_config(d);
	fill_resolver_config(d);
	fill_rpc_config(d);
	d->rpc = rpc_server_new(&d->rpc_config);
	/* The database before the socket: whoever can connect finds a node. */
	err = node_open_first(d, fault);
	if (err)
		return err;
	d->net = net_new(d->base, &d->inbox);
	d->resolver = resolver_new(d->base, &d->inbox, &d->resolver_config);
	d->workers = workers_new(d->base, &d->inbox, WORKERS);
	d->timer = evtimer_new(d->base, on_timer, d);
	err = open_rpc(d, path, fault);
	return err ? err : daemon_metrics_open(d, fault);
}

enum pars_err daemon_new(struct options *o, struct daemon **ret, struct pars_fault *fault)
{
	struct daemon *d = pars_alloc(sizeof *d);
	d->options = o;
	d->lock_fd = -1;
	d->armed_us = PARS_NEVER;
	d->started_us = daemon_now_us();
	enum pars_err err = open_all(d, fault);
	if (err)
		daemon_free(d);
	else
		*ret = d;
	return err;
}

static void announce(struct daemon *d)
{
	struct pars_id_info id;
	PARS_AUTO_ARENA a = { 0 };
	pars_id_get(d->node, &a, &id);
	log_line(PARS_LOG_INFO, "daemon", "peer id %s, network %s, data in %s", id.peer_id, d->network.name,
		d->datadir);
}

/* The node says goodbye, and what is queued gets a moment to leave. */
static void say_goodbye(struct daemon *d)
{
	struct pars_time t = daemon_now();
	service_stopping();
	if (d->node) {
		begin(d, t);
		pars_node_shutdown(d->node);
		enum pars_err err = pars_step_end(d->node, &d->effects);
		if (err)
			pars_effects_reset(&d->effects);
		rpc_server_end(d->rpc, err, NULL); /* what waited for the disk */
		release(d);
	}
	pars_usec latest = t.mono_us + GOODBYE;
	while ((net_is_busy(d->net) || rpc_socket_is_busy(d->socket)) && daemon_now_us() < latest) {
		struct timeval tv = { .tv_usec = 20000 };
		rpc_socket_flush(d->socket);
		event_add(d->timer, &tv);
		event_base_loop(d->base, EVLOOP_ONCE);
	}
}

void daemon_run(struct daemon *d)
{
	watch_signals(d);
	d->watchdog_every_us = service_watchdog_every();
	d->watchdog_us = d->watchdog_every_us == PARS_NEVER ? PARS_NEVER : 0;
	announce(d);
	refresh_interfaces(d, daemon_now_us());
	step(d, daemon_now()); /* listens … */
	turn(d);        /* … and hears on which port */
	log_line(PARS_LOG_INFO, "daemon", "ready: commands on %s", rpc_socket_path(d->socket));
	service_ready();
	while (!d->stop)
		one_turn(d, PARS_NEVER);
	say_goodbye(d);
	log_line(PARS_LOG_INFO, "daemon", "stopped");
}

static void event_gone(struct event *ev)
{
	if (ev)
		event_free(ev);
}

/* Jobs that came back when the node was gone already. */
static void free_jobs(struct inbox *in)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->list[i].type == PARS_EV_JOB_DONE)
			in->list[i].job->free(in->list[i].job);
}

bool daemon_free(struct daemon *d)
{
	rpc_socket_free(d->socket);
	metrics_socket_free(d->metrics[0]);
	metrics_socket_free(d->metrics[1]);
	daemon_outside_done(d);
	net_free(d->net);
	resolver_free(d->resolver);
	pars_node_free(d->node);
	rpc_server_free(d->rpc);
	if (d->workers && !workers_free(d->workers, 500))
		return false;
	event_gone(d->timer);
	event_gone(d->sigterm);
	event_gone(d->sigint);
	event_gone(d->sighup);
	if (d->base)
		event_base_free(d->base);
	pars_effects_done(&d->effects);
	free_jobs(&d->inbox);
	inbox_done(&d->inbox);
	options_settings_free(d->settings, d->rpc_config.settings_count);
	rpc_genesis_done(&d->network);
	pars_buf_done(&d->bootstrap_list);
	free(d->bootstrap);
	free(d->path);
	free(d->datadir);
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	free(d);
	return true;
}
