/* tests/bench/bench_rpc.c - round trips on the Unix socket: the daemon beside
 * a bare libevent server that sends lines back, asked by the same client; and
 * that server when it parses each line with jansson before. Where ovsdb-server
 * is installed, its `echo`, too: a server in C that speaks JSON-RPC. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tests/bench/fleet.h"

#define CONNECTIONS_MAX 8
#define ROUNDS 5
#define TRIPS 10000 /* of a round */
#define REQUEST "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pars_version\",\"params\":{}}\n"
#define OVSDB_REQUEST "{\"id\":1,\"method\":\"echo\",\"params\":[\"pars_version\"]}\n"
#define OVSDB_START_S 3

/* -- the bare server ---------------------------------------------------------- */

static bool parses;

static void echo_lines(struct bufferevent *be, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(be);
	struct evbuffer_ptr end = evbuffer_search(in, "\n", 1, NULL);
	(void)arg;
	for (; end.pos >= 0; end = evbuffer_search(in, "\n", 1, NULL)) {
		size_t n = (size_t)end.pos + 1;
		json_t *request = parses ? json_loadb((const char *)evbuffer_pullup(in, (ev_ssize_t)n), n, 0, NULL) : NULL;
		if (parses && !request)
			_exit(1);
		json_decref(request);
		evbuffer_remove_buffer(in, bufferevent_get_output(be), n);
	}
}

static void ended(struct bufferevent *be, short what, void *arg)
{
	(void)what, (void)arg;
	bufferevent_free(be);
}

static void accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int n, void *arg)
{
	struct bufferevent *be = bufferevent_socket_new(arg, fd, BEV_OPT_CLOSE_ON_FREE);
	(void)l, (void)sa, (void)n;
	bufferevent_setcb(be, echo_lines, NULL, ended, NULL);
	bufferevent_enable(be, EV_READ | EV_WRITE);
}

static pid_t start_echo(const char *path, bool parse)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	memcpy(sa.sun_path, path, PARS_MIN(strlen(path), sizeof sa.sun_path - 1));
	pid_t pid = fork();
	if (pid)
		return pid;
	parses = parse;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	struct event_base *base = event_base_new();
	if (!evconnlistener_new_bind(base, accepted, base, 0, 16, (struct sockaddr *)&sa, sizeof sa))
		_exit(1);
	event_base_dispatch(base);
	_exit(0);
}

/* -- the client ------------------------------------------------------------------ */

static void ask(int fd, const char *request)
{
	size_t n = strlen(request);
	if (send(fd, request, n, MSG_NOSIGNAL) != (ssize_t)n)
		bench_die("a request could not be sent: %s", strerror(errno));
}

/* Replies here are far smaller than one read; not everybody ends them by a newline. */
static void take_reply(int fd)
{
	char reply[4096];
	ssize_t n = recv(fd, reply, sizeof reply, 0);
	if (n <= 0 || (reply[n - 1] != '\n' && reply[n - 1] != '}'))
		bench_die("no whole reply came");
}

static double round_trips(const char *path, const char *request, int connections, double *took)
{
	struct pollfd fds[CONNECTIONS_MAX];
	double since[CONNECTIONS_MAX];
	for (int i = 0; i < connections; i++)
		fds[i] = (struct pollfd){ .fd = fleet_open_socket(path), .events = POLLIN };
	double begin = bench_wall();
	int done = 0;
	for (int i = 0; i < connections; i++) {
		since[i] = bench_wall();
		ask(fds[i].fd, request);
	}
	while (done < TRIPS) {
		poll(fds, (nfds_t)connections, -1);
		for (int i = 0; i < connections && done < TRIPS; i++) {
			if (!fds[i].revents)
				continue;
			take_reply(fds[i].fd);
			double now = bench_wall();
			took[done++] = now - since[i];
			since[i] = now;
			ask(fds[i].fd, request);
		}
	}
	double all = bench_wall() - begin;
	for (int i = 0; i < connections; i++)
		close(fds[i].fd);
	return TRIPS / all;
}

/* ovsdb: NULL if it is not here. */
static void measure(const char *daemon, const char *echo, const char *parser, const char *ovsdb, int connections)
{
	static double took[TRIPS];
	double ours[ROUNDS], bare[ROUNDS], parsing[ROUNDS], theirs[ROUNDS], p99[ROUNDS], bare_p99[ROUNDS];
	char metric[64];
	for (int i = 0; i < ROUNDS; i++) {
		bare[i] = round_trips(echo, REQUEST, connections, took);
		bare_p99[i] = bench_percentile(took, TRIPS, 99);
		parsing[i] = round_trips(parser, REQUEST, connections, took);
		ours[i] = round_trips(daemon, REQUEST, connections, took);
		p99[i] = bench_percentile(took, TRIPS, 99);
		if (ovsdb)
			theirs[i] = round_trips(ovsdb, OVSDB_REQUEST, connections, took);
	}
	snprintf(metric, sizeof metric, "rpc_%d_connections", connections);
	bench_row(metric, bench_median(ours, ROUNDS), "round trips/s", bench_median(bare, ROUNDS));
	if (ovsdb) {
		snprintf(metric, sizeof metric, "rpc_%d_connections_beside_ovsdb", connections);
		bench_row(metric, bench_median(ours, ROUNDS), "round trips/s", bench_median(theirs, ROUNDS));
	}
	snprintf(metric, sizeof metric, "rpc_%d_connections_parsing_echo", connections);
	bench_row(metric, bench_median(parsing, ROUNDS), "round trips/s", bench_median(bare, ROUNDS));
	snprintf(metric, sizeof metric, "rpc_%d_connections_p99", connections);
	bench_row(metric, bench_median(p99, ROUNDS) * 1e3, "ms", bench_median(bare_p99, ROUNDS) * 1e3);
}

static void await_socket(const char *path)
{
	int fd;
	while ((fd = fleet_open_socket(path)) < 0)
		usleep(1000);
	close(fd);
}

/* -- ovsdb-server ------------------------------------------------------------------ */

/* With no database of its own; what it says of itself is nobody's concern. */
static pid_t start_ovsdb(const char *path)
{
	char *remote = pars_sprintf("--remote=punix:%s", path), *control = pars_sprintf("--unixctl=%s.ctl", path);
	pid_t pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(127);
		execlp("ovsdb-server", "ovsdb-server", "--no-dbs", remote, control, (char *)NULL);
		_exit(127);
	}
	free(remote);
	free(control);
	return pid;
}

/* False: it is not installed, or does not serve. */
static bool await_ovsdb(pid_t pid, const char *path)
{
	double until = bench_wall() + OVSDB_START_S;
	int fd;
	while ((fd = fleet_open_socket(path)) < 0) {
		if (bench_wall() > until || waitpid(pid, NULL, WNOHANG) == pid)
			return false;
		usleep(1000);
	}
	close(fd);
	return true;
}

int main(void)
{
	char *echo = pars_sprintf("%s/echo.sock", bench_dir()), *parser = pars_sprintf("%s/parser.sock", bench_dir());
	char *ovsdb = pars_sprintf("%s/ovsdb.sock", bench_dir());
	struct daemon_run d;
	pid_t echo_pid = start_echo(echo, false), parser_pid = start_echo(parser, true), ovsdb_pid = start_ovsdb(ovsdb);
	fleet_init(&d, "rpc");
	fleet_start(&d, "none");
	await_socket(echo);
	await_socket(parser);
	bool has_ovsdb = await_ovsdb(ovsdb_pid, ovsdb);
	measure(d.socket, echo, parser, has_ovsdb ? ovsdb : NULL, 1);
	measure(d.socket, echo, parser, has_ovsdb ? ovsdb : NULL, CONNECTIONS_MAX);
	kill(echo_pid, SIGTERM);
	kill(parser_pid, SIGTERM);
	waitpid(echo_pid, NULL, 0);
	waitpid(parser_pid, NULL, 0);
	if (has_ovsdb) {
		kill(ovsdb_pid, SIGTERM);
		waitpid(ovsdb_pid, NULL, 0);
	}
	fleet_stop(&d, SIGTERM);
	fleet_done(&d);
	free(echo);
	free(parser);
	free(ovsdb);
	return EXIT_SUCCESS;
}
