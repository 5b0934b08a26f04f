/* tests/bench/fleet.h - real daemons of the release build, and a client of
 * their socket. Whatever goes wrong ends the benchmark with a word why. */
#ifndef PARS_TESTS_BENCH_FLEET_H
#define PARS_TESTS_BENCH_FLEET_H

#include <jansson.h>
#include <signal.h>

#include "tests/bench/bench.h"

struct daemon_run {
	char *datadir, *socket;
	const char *dht_mode; /* the option's value: "auto" */
	pid_t pid;
	int fd; /* a connection to its socket, or -1 */
	struct pars_buf in;
	unsigned id;
};

/* Places for a daemon called `name`, in the scratch folder. */
void fleet_init(struct daemon_run *d, const char *name);
/* Starts it without waiting. `listen`: a multiaddr, or "none". */
void fleet_spawn(struct daemon_run *d, const char *listen);
/* Connects as soon as that works. */
void fleet_connect(struct daemon_run *d);
void fleet_start(struct daemon_run *d, const char *listen); /* both */
void fleet_stop(struct daemon_run *d, int signal); /* waits for its end */
void fleet_done(struct daemon_run *d);

/* Calls and waits: gives the result (json_decref it). params: jansson's pack
 * format and values, or NULL. */
json_t *fleet_call(struct daemon_run *d, const char *method, const char *params, ...);
/* The same; a string, or a number, at one key of the result. */
char *fleet_text(struct daemon_run *d, const char *method, const char *key, const char *params, ...);
double fleet_number(struct daemon_run *d, const char *method, const char *key, const char *params, ...);
char *fleet_address(struct daemon_run *d); /* with its peer id */
double fleet_metric(struct daemon_run *d, const char *name);

/* Lines as they are, for pipelining. */
void fleet_write(struct daemon_run *d, const char *line, size_t n);
/* The next line (without its end), borrowed until the next call. */
const char *fleet_line(struct daemon_run *d);
/* Posts `count` messages, `window` at a time under way. Latencies (seconds)
 * go to `took` (NULL: nowhere). Gives the seconds for all. */
double fleet_post(struct daemon_run *d, const char *session, unsigned count, unsigned window, double *took);

/* KiB: "Rss", "Pss", as in smaps_rollup. */
double fleet_memory(const struct daemon_run *d, const char *which);

int fleet_open_socket(const char *path); /* blocking; -1: not there yet */

#endif
