#include "daemon/metrics_socket.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/http.h"
#include "daemon/rest.h"

#define READERS_MAX 16
#define READER_S 10 /* for the request, and for taking the answer */

struct reader {
	struct reader *next;
	struct metrics_socket *socket;
	struct bufferevent *bev;
	bool answered;
};

struct metrics_socket {
	struct event_base *base;
	struct event *accept;
	struct rest rest;
	int fd;
	char *path;
	void (*fill)(void *arg, struct pars_buf *out);
	void *arg;
	struct reader *readers;
	size_t count;
};

static void reader_free(struct reader *r)
{
	struct reader **at = &r->socket->readers;
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	r->socket->count--;
	bufferevent_free(r->bev);
	free(r);
}

static void answer(struct reader *r, const char *status, const char *type, struct pars_bytes body)
{
	struct evbuffer *out = bufferevent_get_output(r->bev);
	r->answered = true;
	bufferevent_disable(r->bev, EV_READ);
	evbuffer_add_printf(out, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
		status, type, body.n);
	evbuffer_add(out, body.p, body.n);
}

static void answer_metrics(struct reader *r)
{
	PARS_AUTO_BUF text = { 0 };
	r->socket->fill(r->socket->arg, &text);
	answer(r, "200 OK", "text/plain; version=0.0.4; charset=utf-8", pars_buf_bytes(&text));
}

static void refuse(struct reader *r, const char *status, const char *why)
{
	answer(r, status, "text/plain", PARS_BYTES_STR(why));
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct reader *r = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	if (r->answered)
		return;
	switch (http_request_read(PARS_BYTES(evbuffer_pullup(in, -1), evbuffer_get_length(in)))) {
	case HTTP_UNFINISHED:
		break;
	case HTTP_GET:
		answer_metrics(r);
		break;
	case HTTP_OTHER_METHOD:
		refuse(r, "405 Method Not Allowed\r\nAllow: GET", "only GET\n");
		break;
	case HTTP_MALFORMED:
		refuse(r, "400 Bad Request", "no HTTP request\n");
		break;
	case HTTP_TOO_LARGE:
		refuse(r, "431 Request Header Fields Too Large", "too large\n");
		break;
	}
}

/* All of the answer is out. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct reader *r = arg;
	if (!r->answered)
		return;
	shutdown(bufferevent_getfd(bev), SHUT_WR);
	reader_free(r);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	struct reader *r = arg;
	(void)bev;
	/* A half-closed reader still takes its answer. */
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT) || !r->answered)
		reader_free(r);
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct metrics_socket *s = arg;
	struct timeval tv = { .tv_sec = READER_S };
	(void)what;
	int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (peer < 0) {
		rest_if_short(&s->rest);
		return;
	}
	if (s->count == READERS_MAX) {
		close(peer);
		return;
	}
	struct reader *r = pars_alloc(sizeof *r);
	r->socket = s;
	r->bev = bufferevent_socket_new(s->base, peer, BEV_OPT_CLOSE_ON_FREE);
	r->next = s->readers;
	s->readers = r;
	s->count++;
	bufferevent_setcb(r->bev, on_read, on_written, on_end, r);
	bufferevent_setwatermark(r->bev, EV_READ, 0, HTTP_REQUEST_MAX);
	bufferevent_set_timeouts(r->bev, &tv, &tv);
	bufferevent_enable(r->bev, EV_READ);
}

struct metrics_socket *metrics_socket_new(struct event_base *base, int fd, const char *path,
	void (*fill)(void *arg, struct pars_buf *out), void *arg)
{
	struct metrics_socket *s = pars_alloc(sizeof *s);
	s->base = base;
	s->fd = fd;
	s->path = path ? pars_strdup(path) : NULL;
	s->fill = fill;
	s->arg = arg;
	s->accept = event_new(base, fd, EV_READ | EV_PERSIST, on_acceptable, s);
	rest_init(&s->rest, base, s->accept);
	event_add(s->accept, NULL);
	return s;
}

void metrics_socket_free(struct metrics_socket *s)
{
	if (!s)
		return;
	for (struct reader *next, *r = s->readers; r; r = next) {
		next = r->next;
		reader_free(r);
	}
	if (s->path)
		unlink(s->path);
	rest_done(&s->rest);
	event_free(s->accept);
	close(s->fd);
	free(s->path);
	free(s);
}
