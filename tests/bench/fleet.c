#include "tests/bench/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

#define START_S 30

void fleet_init(struct daemon_run *d, const char *name)
{
	*d = (struct daemon_run){ .fd = -1, .dht_mode = "auto",
		.datadir = pars_sprintf("%s/%s", bench_dir(), name),
		.socket = pars_sprintf("%s/%s.sock", bench_dir(), name) };
}

void fleet_spawn(struct daemon_run *d, const char *listen)
{
	const char *program = getenv("PARSD");
	if (!program)
		bench_die("PARSD must name the daemon's program");
	fflush(stdout);
	d->pid = fork();
	if (d->pid < 0)
		bench_die("fork: %s", strerror(errno));
	if (d->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed benchmark leaves nobody behind */
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	if (!getenv("BENCH_VERBOSE"))
		dup2(null, 2);
	execl(program, program, "--network", "dev", "--datadir", d->datadir, "--rpc-socket", d->socket,
		"--listen", listen, "--dht-mode", d->dht_mode, "--log-level", "warn", (char *)NULL);
	_exit(127);
}

int fleet_open_socket(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof sa.sun_path)
		bench_die("%s is too long for a socket: set BENCH_DIR to a shorter folder", path);
	memcpy(sa.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&sa, sizeof sa))
		return fd;
	close(fd);
	return -1;
}

void fleet_connect(struct daemon_run *d)
{
	double until = bench_wall() + START_S;
	while ((d->fd = fleet_open_socket(d->socket)) < 0) {
		if (bench_wall() > until || waitpid(d->pid, NULL, WNOHANG) == d->pid)
			bench_die("the daemon at %s does not start", d->socket);
		usleep(200);
	}
}

void fleet_start(struct daemon_run *d, const char *listen)
{
	fleet_spawn(d, listen);
	fleet_connect(d);
}

void fleet_stop(struct daemon_run *d, int signal)
{
	kill(d->pid, signal);
	waitpid(d->pid, NULL, 0);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	pars_buf_done(&d->in);
}

void fleet_done(struct daemon_run *d)
{
	free(d->datadir);
	free(d->socket);
}

void fleet_write(struct daemon_run *d, const char *line, size_t n)
{
	while (n) {
		ssize_t sent = send(d->fd, line, n, MSG_NOSIGNAL);
		if (sent < 0)
			bench_die("the daemon is gone: %s", strerror(errno));
		line += sent;
		n -= (size_t)sent;
	}
}

const char *fleet_line(struct daemon_run *d)
{
	static struct pars_buf line;
	for (;;) {
		struct pars_bytes all = pars_buf_bytes(&d->in);
		const uint8_t *end = all.n ? memchr(all.p, '\n', all.n) : NULL;
		if (end) {
			size_t n = (size_t)(end - all.p);
			pars_buf_drop(&line, line.n);
			pars_buf_put(&line, PARS_BYTES(all.p, n));
			pars_buf_put_byte(&line, 0);
			pars_buf_drop(&d->in, n + 1);
			return (const char *)pars_buf_bytes(&line).p;
		}
		ssize_t got = recv(d->fd, pars_buf_room(&d->in, 65536), 65536, 0);
		if (got <= 0)
			bench_die("the daemon is gone");
		pars_buf_added(&d->in, (size_t)got);
	}
}

static json_t *call(struct daemon_run *d, const char *method, const char *format, va_list ap)
{
	json_error_t error;
	json_t *params = format ? json_vpack_ex(&error, 0, format, ap) : json_object();
	if (!params)
		bench_die("%s: %s", method, error.text);
	json_t *request = json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", (int)++d->id,
		"method", method, "params", params);
	char *text = json_dumps(request, JSON_COMPACT);
	fleet_write(d, text, strlen(text));
	json_t *reply = json_loads(fleet_line(d), 0, NULL), *result = json_object_get(reply, "result");
	if (!result)
		bench_die("%s: %s", text, json_dumps(reply, JSON_COMPACT | JSON_ENCODE_ANY));
	json_incref(result);
	json_decref(reply);
	json_decref(request);
	free(text);
	return result;
}

json_t *fleet_call(struct daemon_run *d, const char *method, const char *params, ...)
{
	va_list ap;
	va_start(ap, params);
	json_t *result = call(d, method, params, ap);
	va_end(ap);
	return result;
}

char *fleet_text(struct daemon_run *d, const char *method, const char *key, const char *params, ...)
{
	va_list ap;
	va_start(ap, params);
	json_t *result = call(d, method, params, ap);
	va_end(ap);
	const char *text = json_string_value(json_object_get(result, key));
	if (!text)
		bench_die("%s gives no %s", method, key);
	char *copy = pars_strdup(text);
	json_decref(result);
	return copy;
}

double fleet_number(struct daemon_run *d, const char *method, const char *key, const char *params, ...)
{
	va_list ap;
	va_start(ap, params);
	json_t *result = call(d, method, params, ap);
	va_end(ap);
	double v = json_number_value(json_object_get(result, key));
	json_decref(result);
	return v;
}

char *fleet_address(struct daemon_run *d)
{
	json_t *result = fleet_call(d, "pars_idShow", NULL);
	const char *text = json_string_value(json_array_get(json_object_get(result, "addresses"), 0));
	if (!text)
		bench_die("the daemon has no address");
	char *copy = pars_strdup(text);
	json_decref(result);
	return copy;
}

double fleet_metric(struct daemon_run *d, const char *name)
{
	json_t *result = fleet_call(d, "pars_metrics", NULL), *row;
	double v = NAN;
	size_t i;
	json_array_foreach(json_object_get(result, "metrics"), i, row)
		if (!strcmp(json_string_value(json_object_get(row, "name")), name))
			v = json_number_value(json_object_get(row, "value"));
	json_decref(result);
	return v;
}

static void send_post(struct daemon_run *d, const char *session, unsigned number)
{
	char *line = pars_sprintf("{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"pars_sessionSend\",\"params\":"
		"{\"session\":\"%s\",\"text\":\"message %u of about the length that people write to each other\"}}\n",
		number, session, number);
	fleet_write(d, line, strlen(line));
	free(line);
}

double fleet_post(struct daemon_run *d, const char *session, unsigned count, unsigned window, double *took)
{
	double *since = pars_alloc_array(window, sizeof *since), begin = bench_wall();
	unsigned sent = 0, done = 0;
	while (done < count) {
		for (; sent < count && sent < done + window; sent++) {
			since[sent % window] = bench_wall();
			send_post(d, session, sent);
		}
		if (!strstr(fleet_line(d), "\"result\""))
			bench_die("a post failed");
		if (took)
			took[done] = bench_wall() - since[done % window];
		done++;
	}
	free(since);
	return bench_wall() - begin;
}

double fleet_memory(const struct daemon_run *d, const char *which)
{
	char path[64], line[256], name[64];
	double kib = NAN, v;
	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)d->pid);
	FILE *f = fopen(path, "r");
	if (!f)
		bench_die("%s cannot be read", path);
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%63[^:]: %lf", name, &v) == 2 && !strcmp(name, which))
			kib = v;
	fclose(f);
	return kib;
}
