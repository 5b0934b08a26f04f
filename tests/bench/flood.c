#include "tests/bench/flood.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define READERS_MAX 32
#define SIZE 286 /* with its topic, author and number … */
#define SIGNED (SIZE + crypto_sign_ed25519_BYTES) /* … and its signature */

struct process {
	pid_t pid;
	int fd; /* to it */
};

static uint8_t public[crypto_sign_ed25519_PUBLICKEYBYTES], secret[crypto_sign_ed25519_SECRETKEYBYTES];

void flood_go_first(bool first)
{
	struct sched_param p = { .sched_priority = first ? 1 : 0 };
	(void)sched_setscheduler(0, first ? SCHED_FIFO : SCHED_OTHER, &p);
}

static void put(int fd, const void *p, size_t n)
{
	if (send(fd, p, n, MSG_NOSIGNAL) != (ssize_t)n)
		_exit(1);
}

static void get(int fd, void *p, size_t n)
{
	if (recv(fd, p, n, MSG_WAITALL) != (ssize_t)n)
		_exit(1);
}

static void sign_and_send(int fd, const int *out, unsigned count)
{
	uint8_t m[SIGNED];
	for (;;) {
		get(fd, m, SIZE);
		crypto_sign_ed25519_detached(m + SIZE, NULL, m, SIZE, secret);
		for (unsigned i = 0; i < count; i++)
			put(out[i], m, sizeof m);
	}
}

static void check_and_tell(int fd, int in)
{
	uint8_t m[SIGNED];
	for (;;) {
		get(in, m, sizeof m);
		if (crypto_sign_ed25519_verify_detached(m + SIZE, m, SIZE, public))
			_exit(1);
		put(fd, m, SIZE);
	}
}

/* Gives whether this is the new process, with *ret_fd towards the other. */
static int start(struct process *p, int *ret_fd)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || (p->pid = fork()) < 0)
		bench_die("no process: %s", strerror(errno));
	p->fd = pair[0];
	*ret_fd = pair[1];
	if (p->pid) {
		close(pair[1]);
		return 0;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(pair[0]);
	return 1;
}

/* A loopback connection: its two ends. */
static void connection(int ends[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int one = 1, l = socket(AF_INET, SOCK_STREAM, 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(l, (struct sockaddr *)&a, n) || listen(l, 1) || getsockname(l, (struct sockaddr *)&a, &n) ||
	    connect(ends[0], (struct sockaddr *)&a, n) || (ends[1] = accept(l, NULL, NULL)) < 0)
		bench_die("no connection: %s", strerror(errno));
	setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	close(l);
}

static void measure(const struct process *author, const struct process *reader, unsigned readers, unsigned rounds,
	unsigned pause_us, double *ret_ms)
{
	uint8_t m[SIZE] = { 0 };
	for (unsigned k = 0; k < rounds; k++) {
		double since = bench_wall();
		put(author->fd, m, sizeof m);
		for (unsigned left = readers; left;) {
			struct pollfd fds[READERS_MAX];
			for (unsigned i = 0; i < readers; i++)
				fds[i] = (struct pollfd){ .fd = reader[i].fd, .events = POLLIN };
			if (poll(fds, readers, 10000) <= 0)
				bench_die("a message does not arrive");
			for (unsigned i = 0; i < readers; i++)
				if (fds[i].revents) {
					*ret_ms++ = (bench_wall() - since) * 1e3;
					get(reader[i].fd, m, sizeof m);
					left--;
				}
		}
		usleep(pause_us);
	}
}

static void stop(const struct process *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->fd);
}

void flood(unsigned readers, unsigned rounds, unsigned pause_us, double *ret_ms)
{
	struct process author, reader[READERS_MAX];
	int out[READERS_MAX], fd;
	crypto_sign_ed25519_keypair(public, secret);
	for (unsigned i = 0; i < readers; i++) {
		int ends[2];
		connection(ends);
		if (start(&reader[i], &fd))
			check_and_tell(fd, ends[1]);
		close(ends[1]);
		out[i] = ends[0];
	}
	if (start(&author, &fd))
		sign_and_send(fd, out, readers);
	flood_go_first(true);
	measure(&author, reader, readers, rounds, pause_us, ret_ms);
	flood_go_first(false);
	stop(&author);
	for (unsigned i = 0; i < readers; i++) {
		stop(&reader[i]);
		close(out[i]);
	}
}
