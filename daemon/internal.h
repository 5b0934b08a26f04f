/* daemon/internal.h - the daemon as its own files see it. */
#ifndef PARS_DAEMON_INTERNAL_H
#define PARS_DAEMON_INTERNAL_H

#include "daemon/daemon.h"
#include "daemon/gauges.h"
#include "daemon/metrics_socket.h"
#include "daemon/net.h"
#include "daemon/network.h"
#include "daemon/resolver.h"
#include "daemon/rpc_socket.h"
#include "daemon/workers.h"

struct daemon {
	struct options *options;
	struct event_base *base;
	struct event *timer, *sigterm, *sigint, *sighup;
	struct inbox inbox;
	struct net *net;
	struct resolver *resolver;
	struct workers *workers;
	struct rpc_server *rpc;
	struct rpc_socket *socket;
	struct metrics_socket *metrics[2]; /* Unix, TCP */
	struct rpc_server_config rpc_config;
	struct rpc_outside outside;
	struct rpc_setting *settings;
	char *datadir; /* absolute */
	char *path; /* of the database */
	struct rpc_genesis network;
	const char **bootstrap; /* the options' and the network's; borrowed texts */
	struct pars_buf bootstrap_list;
	struct pars_node_config node_config;
	struct resolver_config resolver_config;
	struct pars_node *node; /* NULL while the disk is unusable */
	struct pars_effects effects;
	struct gauges gauges;
	pars_usec watchdog_us, watchdog_every_us; /* next, and how often */
	pars_usec started_us, reopen_us, reopen_delay_us, interfaces_us;
	pars_usec turned_us;     /* the last turn ended */
	pars_usec armed_us;      /* `timer` goes off; PARS_NEVER: it is not set */
	pars_usec slow_told_us;  /* a slow step was logged last */
	uint64_t slow_untold;    /* since then */
	uint64_t log_seen;       /* log lines that followers were told of */
	struct rpc_metric_row rows[GAUGES_ROWS_MAX];
	struct rpc_setting_change *changes;
	size_t changes_count;
	int lock_fd;
	bool had_terminal, reload;
	bool stop, status_changed;
};

struct pars_time daemon_now(void);
pars_usec daemon_now_us(void); /* its mono_us alone */

/* outside.c: what RPC methods see of the process */
void daemon_outside_init(struct daemon *d);
void daemon_outside_done(struct daemon *d);
void daemon_gauges_read(struct daemon *d);
/* Opens the metrics sockets that were asked for. */
PARS_MUST enum pars_err daemon_metrics_open(struct daemon *d, struct pars_fault *fault);

/* reload.c */
void daemon_reload(struct daemon *d);
void daemon_settings_refresh(struct daemon *d);

/* slow.c: measures a step, and logs a slow one with what was in it */
struct step_clock {
	pars_usec begin_us, digested_us, committed_us;
	unsigned events[PARS_EV_JOB_DONE + 1]; /* by type */
	size_t bytes;                          /* received */
};
void daemon_step_begins(struct daemon *d, pars_usec now_us, struct step_clock *ret);
void daemon_step_over(struct daemon *d, const struct step_clock *c);

#endif
