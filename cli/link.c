#include "cli/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "rpc/path.h"
#include "rpc/text.h"

#define CONNECT_MS 2000

static int PARS_PRINTF(3, 4) complain(struct rpc_why *why, int status, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	why->param = NULL;
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	return status;
}

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* -- connecting --------------------------------------------------------------- */

static int tell_why(const char *path, int e, struct rpc_why *why)
{
	const char *user = getenv("USER");
	if (e == EACCES || e == EPERM)
		return complain(why, EXIT_UNREACHABLE, "permission denied on %s. Members of the group parsd may use it:\n"
			"  sudo usermod -aG parsd %s\nthen log in again", path, user && *user ? user : "$USER");
	if (e == ECONNREFUSED)
		return complain(why, EXIT_UNREACHABLE, "the daemon of %s is not running any more; start it again:\n"
			"  parsd            (yourself)\n  sudo systemctl start parsd   (as a service)", path);
	if (e == ENOENT || e == ENOTDIR)
		return complain(why, EXIT_UNREACHABLE, "no daemon: there is no socket %s. Start one:\n"
			"  parsd            (yourself)\n  sudo systemctl start parsd   (as a service)\n"
			"or say where it is with --rpc-socket PATH", path);
	return complain(why, EXIT_UNREACHABLE, "cannot connect to %s: %s", path, strerror(e));
}

static int wait_connected(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int e = 0;
	socklen_t n = sizeof e;
	if (poll(&p, 1, CONNECT_MS) <= 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) ? errno : e;
}

/* 0, or errno. */
static int try_connect(const char *path, int *ret_fd)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof sun.sun_path)
		return ENAMETOOLONG;
	memcpy(sun.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	int e = connect(fd, (struct sockaddr *)&sun, sizeof sun) ? errno : 0;
	if (e == EINPROGRESS || e == EAGAIN)
		e = wait_connected(fd);
	if (e)
		close(fd);
	else
		*ret_fd = fd;
	return e;
}

static int open_one(struct link *l, const char *path, struct rpc_why *why)
{
	int e = try_connect(path, &l->fd);
	if (e)
		return tell_why(path, e, why);
	l->path = pars_strdup(path);
	return EXIT_OK;
}

/* A place where nothing is does not count, so that the person's own daemon
 * comes first and the service second; what is found and fails, is told. */
static int open_first(struct link *l, struct rpc_why *why)
{
	char *places[4];
	int status = -1;
	struct rpc_why refused = { 0 };
	rpc_path_candidates(places);
	for (size_t i = 0; places[i]; i++) {
		int e = status ? try_connect(places[i], &l->fd) : 0;
		if (status && !e) {
			l->path = pars_strdup(places[i]);
			status = EXIT_OK;
		} else if (e && e != ENOENT && e != ENOTDIR && !refused.text[0]) {
			tell_why(places[i], e, &refused);
		}
	}
	if (status && refused.text[0]) {
		*why = refused;
		status = EXIT_UNREACHABLE;
	} else if (status) {
		status = tell_why(places[0], ENOENT, why);
	}
	for (size_t i = 0; places[i]; i++)
		free(places[i]);
	return status;
}

int link_open(struct link *l, const char *path, struct rpc_why *why)
{
	const char *env = getenv("PARSD_RPC_SOCKET");
	*l = (struct link){ .fd = -1 };
	if (!path && env && *env)
		path = env;
	return path ? open_one(l, path, why) : open_first(l, why);
}

void link_close(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	free(l->path);
	l->path = NULL;
	pars_buf_done(&l->in);
}

/* -- calling ------------------------------------------------------------------- */

static int wait_for(struct link *l, short what, int64_t until_ms, struct rpc_why *why)
{
	struct pollfd p = { .fd = l->fd, .events = what };
	int64_t left = until_ms - now_ms();
	int n = poll(&p, 1, left > 0 ? (int)PARS_MIN(left, (int64_t)1000000) : 0);
	if (n < 0 && errno != EINTR)
		return complain(why, EXIT_UNREACHABLE, "%s: %s", l->path, strerror(errno));
	if (!n && now_ms() >= until_ms)
		return complain(why, EXIT_TIMEOUT, "the daemon did not answer in time (--timeout SECONDS waits longer)");
	return EXIT_OK;
}

static int send_all(struct link *l, struct pars_bytes b, int64_t until_ms, struct rpc_why *why)
{
	int status = EXIT_OK;
	while (b.n && !status) {
		ssize_t n = send(l->fd, b.p, b.n, MSG_NOSIGNAL);
		if (n >= 0)
			pars_bytes_take(&b, (size_t)n);
		else if (errno == EAGAIN)
			status = wait_for(l, POLLOUT, until_ms, why);
		else if (errno != EINTR)
			break; /* the answer, if there is one, says why it hung up */
	}
	return status;
}

static int read_line(struct link *l, int64_t until_ms, struct pars_bytes *ret, struct rpc_why *why)
{
	size_t seen = 0;
	for (;;) {
		struct pars_bytes b = pars_buf_bytes(&l->in);
		const uint8_t *end = b.n > seen ? memchr(b.p + seen, '\n', b.n - seen) : NULL;
		if (end) {
			*ret = PARS_BYTES(b.p, (size_t)(end - b.p));
			return EXIT_OK;
		}
		seen = b.n;
		ssize_t n = recv(l->fd, pars_buf_room(&l->in, 65536), 65536, 0);
		if (n > 0) {
			pars_buf_added(&l->in, (size_t)n);
		} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			int status = wait_for(l, POLLIN, until_ms, why);
			if (status)
				return status;
		} else {
			return complain(why, EXIT_UNREACHABLE, "the daemon closed the connection");
		}
	}
}

int link_call(struct link *l, const char *method, json_t *params, int timeout_ms, json_t **ret,
	struct rpc_why *why)
{
	PARS_AUTO_BUF text = { 0 };
	struct pars_bytes line = { 0 };
	int64_t until = now_ms() + timeout_ms;
	json_t *request = json_pack("{s:s, s:I, s:s, s:O}", "jsonrpc", "2.0", "id", (json_int_t)++l->id,
		"method", method, "params", params);
	rpc_text_put(&text, request);
	json_decref(request);
	pars_buf_put_byte(&text, '\n');
	int status = send_all(l, pars_buf_bytes(&text), until, why);
	while (!status && !(status = read_line(l, until, &line, why))) {
		json_t *reply = json_loadb((const char *)line.p, line.n, 0, NULL);
		pars_buf_drop(&l->in, line.n + 1);
		json_t *id = json_object_get(reply, "id");
		if (reply && (json_integer_value(id) == l->id || json_is_null(id))) {
			*ret = reply;
			return EXIT_OK;
		}
		json_decref(reply); /* a notification, or no answer of ours */
	}
	return status;
}
