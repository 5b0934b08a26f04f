#include "daemon/rpc_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <linux/sockios.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/rest.h"
#include "daemon/rpc_bind.h"

#define READ_SIZE 65536
#define PIECES 64
#define STALL_S 30 /* a client that takes nothing for so long is gone */
#define HOLD_FIRST_MS 1
#define HOLD_MAX_MS 256
#define ACCEPTS_PER_TURN 16

struct client {
	struct client *next;
	struct rpc_socket *socket;
	struct rpc_client *rpc;
	int fd;
	struct event *read, *write, *hold;
	struct pars_buf in; /* read in this turn */
	bool eof, dead, reading, blocked;
	bool notified;      /* the last thing written was a notification */
	bool midway;        /* a piece of output was written in part */
	unsigned hold_ms, held_ms;
};

struct rpc_socket {
	struct event_base *base;
	struct rpc_server *server;
	char *path;
	bool service;
	bool passed; /* opened by the service manager, which keeps the file */
	gid_t group;
	dev_t dev; /* of the socket file, so that only our own is removed */
	ino_t ino;
	int fd;
	struct event *accept;
	struct rest rest;
	struct client *clients;
};

static bool in_group(int fd, gid_t primary, gid_t group)
{
	gid_t list[256];
	socklen_t n = sizeof list;
	if (primary == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &n))
		return false;
	for (size_t i = 0; i < n / sizeof *list; i++)
		if (list[i] == group)
			return true;
	return false;
}

static enum rpc_role role_of(const struct rpc_socket *s, int fd)
{
	struct ucred cred;
	socklen_t n = sizeof cred;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n))
		return RPC_READ;
	if (!cred.uid || cred.uid == geteuid())
		return RPC_ADMIN;
	return s->service && in_group(fd, cred.gid, s->group) ? RPC_WALLET : RPC_READ;
}

static void set_reading(struct client *c, bool on)
{
	if (c->reading == on)
		return;
	c->reading = on;
	if (on)
		event_add(c->read, NULL);
	else
		event_del(c->read);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static uint8_t scratch[READ_SIZE]; /* the loop's; most requests are far smaller */
	struct client *c = arg;
	(void)what;
	ssize_t n = recv(fd, scratch, sizeof scratch, 0);
	if (n > 0) {
		pars_buf_put(&c->in, PARS_BYTES(scratch, (size_t)n));
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		c->eof = true;
		c->dead = n < 0;
		set_reading(c, false);
	}
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	(void)fd;
	c->blocked = false;
	c->dead |= !!(what & EV_TIMEOUT);
}

static void on_hold_over(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	(void)fd, (void)what;
	c->blocked = false;
}

static void client_new(struct rpc_socket *s, int fd)
{
	struct rpc_client *rpc = rpc_client_new(s->server, role_of(s, fd));
	if (!rpc) {
		const char *line = rpc_server_full_line();
		if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
			errno = 0; /* it is refused either way */
		close(fd);
		return;
	}
	struct client *c = pars_alloc(sizeof *c);
	c->socket = s;
	c->rpc = rpc;
	c->fd = fd;
	c->read = event_new(s->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->write = event_new(s->base, fd, EV_WRITE, on_writable, c);
	c->hold = evtimer_new(s->base, on_hold_over, c);
	c->next = s->clients;
	s->clients = c;
	set_reading(c, true);
}

static void client_free(struct client *c)
{
	rpc_client_free(c->rpc);
	event_free(c->read);
	event_free(c->write);
	event_free(c->hold);
	pars_buf_done(&c->in);
	close(c->fd);
	free(c);
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_socket *s = arg;
	(void)what;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (peer < 0) {
			rest_if_short(&s->rest);
			return;
		}
		client_new(s, peer);
	}
}

/* Takes fd and path. */
static struct rpc_socket *serve(struct event_base *base, struct rpc_server *server, int fd, char *path, bool service)
{
	struct stat st = { 0 };
	struct rpc_socket *s = pars_alloc(sizeof *s);
	s->base = base;
	s->server = server;
	s->path = path;
	s->service = service;
	s->group = getegid();
	s->fd = fd;
	if (!stat(path, &st)) {
		s->group = st.st_gid;
		s->dev = st.st_dev;
		s->ino = st.st_ino;
	}
	s->accept = event_new(base, fd, EV_READ | EV_PERSIST, on_acceptable, s);
	rest_init(&s->rest, base, s->accept);
	event_add(s->accept, NULL);
	return s;
}

enum pars_err rpc_socket_new(struct event_base *base, struct rpc_server *server, const char *path,
	bool service, struct rpc_socket **ret, struct pars_fault *fault)
{
	int fd;
	enum pars_err err = rpc_bind(path, "rpc-socket", service, &fd, fault);
	if (!err)
		*ret = serve(base, server, fd, pars_strdup(path), service);
	return err;
}

enum pars_err rpc_socket_take(struct event_base *base, struct rpc_server *server, int fd, bool service,
	struct rpc_socket **ret, struct pars_fault *fault)
{
	char *path;
	enum pars_err err = rpc_bind_passed(fd, &path, fault);
	if (err)
		return err;
	*ret = serve(base, server, fd, path, service);
	(*ret)->passed = true;
	return PARS_OK;
}

const char *rpc_socket_path(const struct rpc_socket *s)
{
	return s->path;
}

bool rpc_socket_wants_step(const struct rpc_socket *s)
{
	for (const struct client *c = s->clients; c; c = c->next)
		if (c->in.n || rpc_client_rested(c->rpc))
			return true;
	return false;
}

void rpc_socket_feed(struct rpc_socket *s)
{
	for (struct client *c = s->clients; c; c = c->next) {
		if (!c->in.n && !rpc_client_rested(c->rpc))
			continue;
		rpc_client_input(c->rpc, pars_buf_bytes(&c->in));
		pars_buf_done(&c->in); /* idle clients hold no memory */
	}
}

/* Whether the other side has bytes of ours to read. */
static bool has_unread(const struct client *c)
{
	int n = 0;
	return !ioctl(c->fd, SIOCOUTQ, &n) && n > 0;
}

/* A notification must not be read together with what was written before it,
 * nor with what comes after it. Nothing tells when the other side has read,
 * so it is asked again, ever more rarely. True: not yet. */
static bool must_hold(struct client *c, bool notification)
{
	if (c->midway || !(notification || c->notified) || !has_unread(c)) {
		c->hold_ms = c->held_ms = 0;
		return false;
	}
	c->held_ms += c->hold_ms;
	c->hold_ms = c->hold_ms ? PARS_MIN(2 * c->hold_ms, HOLD_MAX_MS) : HOLD_FIRST_MS;
	c->dead = c->held_ms > STALL_S * 1000;
	struct timeval tv = { .tv_usec = (suseconds_t)c->hold_ms * 1000 };
	c->blocked = true;
	event_add(c->hold, &tv);
	return true;
}

static void wrote(struct client *c, size_t sent, size_t whole, bool notification)
{
	rpc_client_sent(c->rpc, sent);
	c->midway = sent < whole;
	c->notified = notification;
}

/* Mostly it is one, and that is cheaper without a list. */
static ssize_t write_pieces(int fd, const struct pars_bytes *pieces, size_t n, size_t *ret_whole)
{
	struct iovec iov[PIECES];
	*ret_whole = pieces[0].n;
	if (n == 1)
		return send(fd, pieces[0].p, pieces[0].n, MSG_NOSIGNAL);
	iov[0] = (struct iovec){ (void *)pieces[0].p, pieces[0].n };
	for (size_t i = 1; i < n; i++) {
		iov[i] = (struct iovec){ (void *)pieces[i].p, pieces[i].n };
		*ret_whole += pieces[i].n;
	}
	return writev(fd, iov, (int)n);
}

/* One write. True: there is more. */
static bool write_some(struct client *c)
{
	struct pars_bytes pieces[PIECES];
	struct timeval tv = { .tv_sec = STALL_S };
	bool notification;
	size_t whole = 0, n = rpc_client_output(c->rpc, pieces, PIECES, &notification);
	if (!n || c->blocked || c->dead || must_hold(c, notification))
		return false;
	ssize_t sent = write_pieces(c->fd, pieces, n, &whole);
	if (sent >= 0) {
		wrote(c, (size_t)sent, whole, notification);
		return rpc_client_output(c->rpc, pieces, 1, &notification);
	}
	if (errno == EAGAIN) {
		c->blocked = true;
		event_add(c->write, &tv);
	} else if (errno != EINTR) {
		c->dead = true;
	}
	return false;
}

bool rpc_socket_flush(struct rpc_socket *s)
{
	bool more = false;
	for (struct client **at = &s->clients; *at;) {
		struct client *c = *at;
		more |= write_some(c);
		if (c->dead || (!c->in.n && rpc_client_over(c->rpc, c->eof))) {
			*at = c->next;
			client_free(c);
			continue;
		}
		set_reading(c, !c->eof && !c->in.n && rpc_client_reads(c->rpc));
		at = &c->next;
	}
	return more;
}

bool rpc_socket_is_busy(const struct rpc_socket *s)
{
	struct pars_bytes piece;
	bool notification;
	for (const struct client *c = s->clients; c; c = c->next)
		if (rpc_client_output(c->rpc, &piece, 1, &notification))
			return true;
	return false;
}

void rpc_socket_free(struct rpc_socket *s)
{
	struct stat st;
	if (!s)
		return;
	while (s->clients) {
		struct client *c = s->clients;
		s->clients = c->next;
		client_free(c);
	}
	/* Somebody may have replaced the file. */
	if (!s->passed && !stat(s->path, &st) && st.st_dev == s->dev && st.st_ino == s->ino)
		unlink(s->path);
	rest_done(&s->rest);
	event_free(s->accept);
	close(s->fd);
	free(s->path);
	free(s);
}
