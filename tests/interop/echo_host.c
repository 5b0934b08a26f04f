/* tests/interop/echo_host.c - lib/net/host on real sockets, for tests only.
 *
 * Serves /echo/1.0.0 on a loopback port of its own and does what lines on
 * standard input say, each answered by one line or more:
 *
 *	dial ADDR       UP PEER | FAIL ERROR TEXT
 *	peer            PEER key=value …
 *	echo SIZE       ECHO SIZE SHA256-OF-WHAT-CAME-BACK MS
 *	streams N SIZE  STREAMS N-THAT-CAME-BACK-WHOLE
 *	half            HALF TEXT: says hello, closes its side, reads to the end
 *	reset           RESET done: opens, writes, resets once agreed
 *	hang            HANG open, then HANG ERROR once the peer ended it
 *	ping            PONG US | PONG ERROR
 *	listen          LISTEN ADDR: one more, which peers are told by a push
 *	close, abort    DOWN …: goodbye, or a TCP reset
 *	stats           STATS conns=… streams=… and counters
 *	quit
 *
 * Commands act on the newest connection. Inbound connections say UP too. An
 * argument is the interval of keep-alives in ms, whose answers are PONGs. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/host.h"

#define SOCKETS_MAX 64
#define STREAMS_MAX 1024
#define LISTENERS 4
#define READ_SIZE ((size_t)256 * 1024)
#define ECHO "/echo/1.0.0"

enum { TAG_ECHO = 1 };
enum job { SERVE, ECHO_BACK, MANY, HALF, HANG, RESET };

struct sock {
	pars_conn conn; /* 0: free */
	int fd;
	bool connecting, closing;
	struct pars_buf out;
};

struct flow {
	pars_stream id; /* 0: free */
	enum job job;
	uint64_t size, sent, received;
	pars_usec since;
	struct pars_buf back; /* SERVE: to be echoed; others: what came back */
	bool fin;
};

static struct pars_host *host;
static struct pars_metrics metrics;
static struct pars_effects effects;
static struct sock socks[SOCKETS_MAX];
static struct flow flows[STREAMS_MAX];
static int listeners[LISTENERS] = { -1, -1, -1, -1 };
static unsigned listener_count;
static pars_conn next_inbound = PARS_CONN_INBOUND, newest;
static unsigned many_left, many_good;

static struct pars_time now(void)
{
	struct timespec mono, wall;
	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct pars_time){ (pars_usec)mono.tv_sec * 1000000 + (pars_usec)mono.tv_nsec / 1000,
		(int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec };
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* --- streams --------------------------------------------------------- */

static struct flow *flow_of(pars_stream id)
{
	for (int i = 0; i < STREAMS_MAX; i++)
		if (flows[i].id == id)
			return &flows[i];
	return NULL;
}

static struct flow *flow_new(pars_stream id, enum job job)
{
	struct flow *f = flow_of(0);
	must(f != NULL, "too many streams");
	*f = (struct flow){ .id = id, .job = job, .since = now().mono_us };
	return f;
}

static void flow_end(struct flow *f)
{
	pars_buf_done(&f->back);
	*f = (struct flow){ 0 };
}

static uint8_t pattern(uint64_t at)
{
	return (uint8_t)(at * 131 + (at >> 8));
}

static void pump(struct flow *f)
{
	static uint8_t piece[65536];
	while (f->sent < f->size) {
		size_t n = (size_t)PARS_MIN(f->size - f->sent, (uint64_t)sizeof piece);
		for (size_t i = 0; i < n; i++)
			piece[i] = pattern(f->sent + i);
		size_t took = pars_host_write(host, f->id, PARS_BYTES(piece, n));
		f->sent += took;
		if (f->sent == f->size)
			pars_host_finish(host, f->id);
		if (took < n)
			return;
	}
}

static void pump_back(struct flow *f)
{
	while (f->back.n) {
		size_t n = pars_host_write(host, f->id, pars_buf_bytes(&f->back));
		pars_host_consumed(host, f->id, n);
		pars_buf_drop(&f->back, n);
		if (!n)
			return;
	}
	if (f->fin)
		pars_host_finish(host, f->id);
}

static void report(struct flow *f, enum pars_err err)
{
	struct pars_digest d;
	char hex[65];
	bool whole = !err && f->received == f->size;
	switch (f->job) {
	case SERVE:
		break;
	case ECHO_BACK:
		d = pars_sha256(pars_buf_bytes(&f->back));
		pars_hex(pars_digest_bytes(&d), hex);
		printf("ECHO %llu %s %llu\n", (unsigned long long)f->received, hex,
			(unsigned long long)(now().mono_us - f->since) / 1000);
		break;
	case MANY:
		many_good += whole;
		if (!--many_left)
			printf("STREAMS %u\n", many_good);
		break;
	case HALF:
		printf("HALF %.*s\n", (int)f->back.n, (const char *)pars_buf_bytes(&f->back).p);
		break;
	case HANG:
		printf("HANG %s\n", err ? pars_err_name(err) : "OK");
		break;
	case RESET:
		printf("RESET failed\n");
		break;
	}
}

static void on_data(struct flow *f, struct pars_bytes data)
{
	f->received += data.n;
	pars_buf_put(&f->back, data);
	if (f->job == SERVE)
		pump_back(f);
	else
		pars_host_consumed(host, f->id, data.n);
}

static void on_opened(const struct pars_host_event *ev, struct flow *f)
{
	if (ev->inbound) {
		flow_new(ev->stream, SERVE);
	} else if (f && f->job == HANG) {
		printf("HANG open\n");
	} else if (f && f->job == RESET) {
		pars_host_reset(host, f->id);
		flow_end(f);
		printf("RESET done\n");
	}
}

static void on_event(const struct pars_host_event *ev)
{
	struct flow *f = ev->stream ? flow_of(ev->stream) : NULL;
	char text[PARS_PEER_ID_TEXT], addr[PARS_MULTIADDR_TEXT];
	switch (ev->type) {
	case PARS_HOST_LISTENING:
		pars_multiaddr_text(&ev->addr, addr);
		pars_peer_id_text(pars_host_id(host), text);
		printf("LISTEN %s/p2p/%s\n", addr, text);
		break;
	case PARS_HOST_PEER_UP:
		newest = ev->conn;
		pars_peer_id_text(&ev->peer, text);
		printf("UP %s\n", text);
		break;
	case PARS_HOST_PEER_IDENTIFIED:
		printf("IDENTIFIED\n");
		break;
	case PARS_HOST_PEER_DOWN:
		printf("DOWN %s\n", pars_err_name(ev->err));
		break;
	case PARS_HOST_DIAL_FAILED:
		printf("FAIL %s %s\n", pars_err_name(ev->err), ev->text);
		break;
	case PARS_HOST_STREAM_OPENED:
		on_opened(ev, f);
		break;
	case PARS_HOST_STREAM_DATA:
		if (f)
			on_data(f, ev->data);
		break;
	case PARS_HOST_STREAM_FIN:
		if (f && (f->fin = true) && f->job == SERVE)
			pump_back(f);
		break;
	case PARS_HOST_STREAM_WRITABLE:
		if (f && f->job == SERVE)
			pump_back(f);
		else if (f)
			pump(f);
		break;
	case PARS_HOST_STREAM_CLOSED:
		if (!f)
			break;
		report(f, ev->err);
		flow_end(f);
		break;
	case PARS_HOST_PONG:
		if (ev->err)
			printf("PONG %s\n", pars_err_name(ev->err));
		else
			printf("PONG %llu\n", (unsigned long long)ev->rtt_us);
		break;
	case PARS_HOST_LISTEN_FAILED:
		printf("FAIL LISTEN %s\n", ev->text);
		break;
	}
}

/* --- commands -------------------------------------------------------- */

static struct flow *open_flow(enum job job, uint64_t size)
{
	pars_stream id;
	enum pars_err err = pars_host_open(host, newest, ECHO, TAG_ECHO, &id);
	if (err) {
		printf("FAIL %s stream\n", pars_err_name(err));
		return NULL;
	}
	struct flow *f = flow_new(id, job);
	f->size = size;
	return f;
}

static void cmd_dial(const char *text)
{
	struct pars_multiaddr a;
	struct pars_fault fault;
	pars_conn conn;
	if (pars_multiaddr_parse(text, &a, &fault)) {
		printf("FAIL INVALID %s\n", fault.text);
		return;
	}
	enum pars_err err = pars_host_dial(host, &a, &conn);
	if (err)
		printf("FAIL %s\n", pars_err_name(err));
}

static void cmd_peer(void)
{
	char text[PARS_MULTIADDR_TEXT];
	const struct pars_host_peer *p = pars_host_peer(host, newest);
	if (!p) {
		printf("PEER none\n");
		return;
	}
	printf("PEER agent=%s identified=%d signed=%d", p->agent, p->identified, p->record.n > 0);
	for (size_t i = 0; i < p->listen_count; i++) {
		pars_multiaddr_text(&p->listen[i], text);
		printf(" listen=%s", text);
	}
	pars_multiaddr_text(&p->observed, text);
	printf(" observed=%s", p->observed.n ? text : "");
	for (size_t i = 0; i < p->protocol_count; i++)
		printf(" protocol=%s", p->protocols[i]);
	printf("\n");
}

static void cmd_streams(unsigned n, uint64_t size)
{
	many_left = n;
	many_good = 0;
	for (unsigned i = 0; i < n; i++) {
		struct flow *f = open_flow(MANY, size);
		if (f)
			pump(f);
	}
}

static void cmd_half(void)
{
	struct flow *f = open_flow(HALF, 0);
	if (!f)
		return;
	pars_host_write(host, f->id, PARS_BYTES_STR("hello from C"));
	pars_host_finish(host, f->id);
}

static void cmd_reset(void)
{
	struct flow *f = open_flow(RESET, 0);
	if (f)
		pars_host_write(host, f->id, PARS_BYTES_STR("soon gone"));
}

static struct sock *sock_of(pars_conn conn)
{
	for (int i = 0; i < SOCKETS_MAX; i++)
		if (socks[i].conn == conn)
			return &socks[i];
	return NULL;
}

static void sock_close(struct sock *s, bool reset)
{
	struct linger now_or_never = { 1, 0 };
	if (reset)
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now_or_never, sizeof now_or_never);
	close(s->fd);
	pars_buf_done(&s->out);
	*s = (struct sock){ 0 };
}

static void cmd_abort(void)
{
	struct sock *s = sock_of(newest);
	if (!s)
		return;
	struct pars_event ev = { .type = PARS_EV_CONN_CLOSED, .conn = s->conn, .text = "aborted" };
	sock_close(s, true);
	pars_host_step(host, &ev);
}

static void cmd_stats(void)
{
	size_t at = 0, conns = 0, streams = 0;
	const struct pars_host_peer *p;
	while ((p = pars_host_peer_next(host, &at))) {
		conns++;
		streams += p->streams;
	}
	printf("STATS conns=%zu streams=%zu wrong_peer=%llu handshake_failed=%llu bad_frame=%llu\n",
		conns, streams, (unsigned long long)metrics.value[PARS_M_conn_wrong_peer],
		(unsigned long long)metrics.value[PARS_M_conn_handshake_failed],
		(unsigned long long)metrics.value[PARS_M_conn_bad_frame]);
}

static void cmd_listen(void)
{
	struct pars_multiaddr addr;
	must(listener_count < LISTENERS
		&& !pars_multiaddr_parse("/ip4/127.0.0.1/tcp/0", &addr, NULL)
		&& !pars_host_listen(host, listener_count++, &addr), "listen");
}

static void command(char *line)
{
	char *arg = strchr(line, ' ');
	struct flow *f;
	if (arg)
		*arg++ = '\0';
	if (!strcmp(line, "dial") && arg) {
		cmd_dial(arg);
	} else if (!strcmp(line, "peer")) {
		cmd_peer();
	} else if (!strcmp(line, "echo") && arg) {
		if ((f = open_flow(ECHO_BACK, strtoull(arg, NULL, 10))))
			pump(f);
	} else if (!strcmp(line, "streams") && arg) {
		char *end;
		unsigned n = (unsigned)strtoul(arg, &end, 10);
		cmd_streams(n, strtoull(end, NULL, 10));
	} else if (!strcmp(line, "half")) {
		cmd_half();
	} else if (!strcmp(line, "reset")) {
		cmd_reset();
	} else if (!strcmp(line, "hang")) {
		open_flow(HANG, 0);
	} else if (!strcmp(line, "ping")) {
		if (pars_host_ping(host, newest))
			printf("PONG FAILED\n");
	} else if (!strcmp(line, "listen")) {
		cmd_listen();
	} else if (!strcmp(line, "close")) {
		pars_host_close(host, newest);
	} else if (!strcmp(line, "abort")) {
		cmd_abort();
	} else if (!strcmp(line, "stats")) {
		cmd_stats();
	} else if (!strcmp(line, "quit")) {
		exit(0);
	} else {
		printf("FAIL command\n");
	}
}

/* --- sockets --------------------------------------------------------- */

static struct sockaddr_in to_sockaddr(const struct pars_endpoint *e)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(e->port) };
	memcpy(&sa.sin_addr, e->ip, 4);
	return sa;
}

static struct pars_endpoint to_endpoint(const struct sockaddr_in *sa)
{
	struct pars_endpoint e = { .family = PARS_IP4, .port = ntohs(sa->sin_port) };
	memcpy(e.ip, &sa->sin_addr, 4);
	return e;
}

static void set_options(int fd)
{
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void opened(struct sock *s)
{
	struct sockaddr_in local = { 0 }, remote = { 0 };
	socklen_t n = sizeof local;
	getsockname(s->fd, (struct sockaddr *)&local, &n);
	n = sizeof remote;
	getpeername(s->fd, (struct sockaddr *)&remote, &n);
	s->connecting = false;
	pars_host_step(host, &(struct pars_event){ .type = PARS_EV_CONN_OPENED, .conn = s->conn,
		.local = to_endpoint(&local), .remote = to_endpoint(&remote) });
}

static void ef_dial(const struct pars_effect *f)
{
	struct sock *s = sock_of(0);
	struct sockaddr_in sa = to_sockaddr(&f->endpoint);
	must(s != NULL, "too many sockets");
	*s = (struct sock){ .conn = f->conn, .fd = socket(AF_INET, SOCK_STREAM, 0),
		.connecting = true };
	set_options(s->fd);
	must(!connect(s->fd, (struct sockaddr *)&sa, sizeof sa) || errno == EINPROGRESS, "connect");
}

static void ef_listen(const struct pars_effect *f)
{
	struct sockaddr_in sa = to_sockaddr(&f->endpoint);
	socklen_t n = sizeof sa;
	int fd = listeners[f->listener] = socket(AF_INET, SOCK_STREAM, 0);
	must(!bind(fd, (struct sockaddr *)&sa, sizeof sa) && !listen(fd, 64), "listen");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	getsockname(fd, (struct sockaddr *)&sa, &n);
	pars_host_step(host, &(struct pars_event){ .type = PARS_EV_LISTENING,
		.listener = f->listener, .local = to_endpoint(&sa) });
}

static void act(const struct pars_effect *f)
{
	struct sock *s = sock_of(f->conn);
	switch (f->type) {
	case PARS_EF_DIAL:
		ef_dial(f);
		break;
	case PARS_EF_LISTEN:
		ef_listen(f);
		break;
	case PARS_EF_SEND:
		if (s)
			pars_buf_put(&s->out, f->data);
		break;
	case PARS_EF_CLOSE:
		if (s)
			s->closing = true;
		break;
	case PARS_EF_ABORT:
		if (s)
			sock_close(s, true);
		break;
	case PARS_EF_UNLISTEN:
	case PARS_EF_RESOLVE:
	case PARS_EF_JOB:
	case PARS_EF_LOG:
	case PARS_EF_NOTIFY:
		break;
	}
}

/* Drains, flushes and acts until nothing is left to do. */
static void settle(void)
{
	struct pars_host_event ev;
	for (bool any = true; any;) {
		any = false;
		while (pars_host_next(host, &ev)) {
			on_event(&ev);
			any = true;
		}
		pars_host_flush(host);
		struct pars_effects todo = effects;
		effects = (struct pars_effects){ 0 };
		for (size_t i = 0; i < todo.count; i++) {
			act(&todo.list[i]);
			any = true;
		}
		pars_effects_done(&todo);
	}
	fflush(stdout);
}

static void lost(struct sock *s, const char *why)
{
	struct pars_event ev = { .conn = s->conn, .text = why,
		.type = s->connecting ? PARS_EV_CONN_FAILED : PARS_EV_CONN_CLOSED };
	bool told = s->closing;
	sock_close(s, false);
	if (!told)
		pars_host_step(host, &ev);
}

static void readable(struct sock *s)
{
	static uint8_t chunk[READ_SIZE];
	ssize_t n = read(s->fd, chunk, sizeof chunk);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		lost(s, n ? strerror(errno) : "end of stream");
	else if (!s->closing)
		pars_host_step(host, &(struct pars_event){ .type = PARS_EV_CONN_DATA,
			.conn = s->conn, .data = PARS_BYTES(chunk, n) });
}

static void writable(struct sock *s)
{
	int err = 0;
	socklen_t size = sizeof err;
	if (s->connecting) {
		getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &size);
		if (err)
			lost(s, strerror(err));
		else
			opened(s);
		return;
	}
	struct pars_bytes out = pars_buf_bytes(&s->out);
	ssize_t n = out.n ? send(s->fd, out.p, out.n, MSG_NOSIGNAL) : 0;
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		lost(s, strerror(errno));
	} else if (n > 0) {
		pars_buf_drop(&s->out, (size_t)n);
		pars_host_step(host, &(struct pars_event){ .type = PARS_EV_CONN_SENT,
			.conn = s->conn, .size = (size_t)n });
	}
	if (s->conn && s->closing && !s->out.n)
		sock_close(s, false);
}

static void acceptable(int listener)
{
	int fd = accept(listener, NULL, NULL);
	struct sock *s = sock_of(0);
	if (fd < 0)
		return;
	must(s != NULL, "too many sockets");
	set_options(fd);
	*s = (struct sock){ .conn = next_inbound++, .fd = fd };
	opened(s);
}

static void read_commands(void)
{
	static struct pars_buf in;
	char chunk[4096];
	ssize_t n = read(0, chunk, sizeof chunk);
	if (n <= 0)
		exit(0);
	pars_buf_put(&in, PARS_BYTES(chunk, n));
	for (;;) {
		struct pars_bytes all = pars_buf_bytes(&in);
		const uint8_t *end = all.n ? memchr(all.p, '\n', all.n) : NULL;
		if (!end)
			return;
		char line[1024];
		snprintf(line, sizeof line, "%.*s", (int)(end - all.p), (const char *)all.p);
		pars_buf_drop(&in, (size_t)(end - all.p) + 1);
		command(line);
		settle();
	}
}

static int wait_ms(void)
{
	pars_usec at = pars_host_deadline(host), t = now().mono_us;
	if (at == PARS_NEVER)
		return -1;
	return at <= t ? 0 : (int)PARS_MIN((at - t) / 1000 + 1, (pars_usec)60000);
}

static void serve_socket(struct sock *s, const struct pollfd *fd)
{
	pars_conn conn = s->conn;
	if (!conn)
		return;
	if (fd->revents & (POLLOUT | POLLERR))
		writable(s);
	if (s->conn == conn && !s->connecting && (fd->revents & (POLLIN | POLLHUP)))
		readable(s);
	settle();
}

static void turn(void)
{
	struct pollfd fds[1 + LISTENERS + SOCKETS_MAX] = { { .fd = 0, .events = POLLIN } };
	struct pollfd *listening = fds + 1, *connected = fds + 1 + LISTENERS;
	for (int i = 0; i < LISTENERS; i++)
		listening[i] = (struct pollfd){ .fd = listeners[i], .events = POLLIN };
	for (int i = 0; i < SOCKETS_MAX; i++) {
		const struct sock *s = &socks[i];
		bool out = s->connecting || s->closing || s->out.n;
		connected[i] = (struct pollfd){ .fd = s->conn ? s->fd : -1,
			.events = (short)(POLLIN | (out ? POLLOUT : 0)) };
	}
	poll(fds, PARS_COUNT(fds), wait_ms());
	pars_host_begin(host, now(), &effects);
	for (int i = 0; i < SOCKETS_MAX; i++)
		serve_socket(&socks[i], &connected[i]);
	for (int i = 0; i < LISTENERS; i++)
		if (listening[i].revents)
			acceptable(listening[i].fd);
	pars_host_tick(host);
	settle();
	if (fds[0].revents)
		read_commands();
}

int main(int argc, char **argv)
{
	struct pars_host_limits limits = pars_host_default_limits;
	struct pars_ed25519_pair key;
	struct pars_rng rng;
	uint8_t seed[32];
	if (argc > 1)
		limits.ping_interval = PARS_MS(strtoul(argv[1], NULL, 10));
	must(getrandom(seed, sizeof seed, 0) == sizeof seed, "getrandom");
	pars_rng_init(&rng, seed);
	pars_rng_bytes(&rng, seed, sizeof seed);
	pars_ed25519_pair_from_seed(&key, seed);
	host = pars_host_new(&(struct pars_host_config){ .key = &key, .agent = "echo_host/1",
		.protocol_version = "pars/test", .limits = limits, .metrics = &metrics, .rng = &rng });
	pars_host_serve(host, ECHO, TAG_ECHO);
	pars_host_begin(host, now(), &effects);
	cmd_listen();
	settle();
	for (;;)
		turn();
}
