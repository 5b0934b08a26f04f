/* rpc/outside.h - what the process around the server lets methods see and do:
 * its clock, its log, its gauges, its settings. The daemon gives it; tests give
 * their own. Everything returned is borrowed until the next call. */
#ifndef PARS_RPC_OUTSIDE_H
#define PARS_RPC_OUTSIDE_H

#include "base/io.h"

/* A line of the log. Numbers count from 1 without gaps; old lines go. */
struct rpc_log_record {
	uint64_t number;
	int64_t wall_ns;
	enum pars_log_level level;
	const char *folder, *text;
};

/* type: COUNTER, GAUGE or HISTOGRAM; a histogram is told as three rows, whose
 * names end in _count, _p50 and _p99. */
struct rpc_metric_row {
	const char *name, *type, *help;
	uint64_t value;
};

/* A setting whose files say something else than what is in use. */
struct rpc_setting_change {
	const char *name, *now, *then; /* "": not set */
	bool reload;                   /* SIGHUP applies it; else a restart */
};

struct rpc_outside {
	void *arg;
	int64_t (*wall_ns)(void *arg);
	uint64_t (*cpu_us)(void *arg); /* the process has computed for */
	/* The level in use; with `set` after setting it. Level names are
	 * rpc_log_levels. */
	enum pars_log_level (*log_level)(void *arg, const enum pars_log_level *set);
	/* The number that the next line will get. */
	uint64_t (*log_next)(void *arg);
	/* The first line from that number on; false: there is none yet. */
	bool (*log_read)(void *arg, uint64_t number, struct rpc_log_record *ret);
	const struct rpc_metric_row *(*metrics)(void *arg, size_t *ret_count);
	/* Bytes left for us on the disk of the data; UINT64_MAX: not known. */
	uint64_t (*disk_free)(void *arg);
	/* Reads the settings anew, changes nothing. NULL and a fault: they are
	 * wrong. */
	const struct rpc_setting_change *(*config_check)(void *arg, size_t *ret_count, struct pars_fault *fault);
};

/* Of which nothing is known and nothing can be changed. */
extern const struct rpc_outside rpc_outside_none;

extern const char *const rpc_log_levels[]; /* by enum pars_log_level, then NULL */

#endif
