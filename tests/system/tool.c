/* tool - what a shell cannot do for the system tests:
 *   tool get PATH [TEXT]       sends TEXT (an HTTP GET) to a Unix socket, prints the answer
 *   tool answered PATH         waits until a daemon answers there; prints the time, in us since 1970
 *   tool notify PATH           is the service manager's notify socket: prints what comes
 *   tool activate PATH CMD...  listens on PATH and runs CMD with it, as systemd does */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define POLL_US 500
#define POLLS_MAX 40000 /* 20 s */

static int die(const char *what)
{
	fprintf(stderr, "tool: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof sun.sun_path)
		exit(1);
	strcpy(sun.sun_path, path);
	return sun;
}

static int bound(int type, const char *path)
{
	struct sockaddr_un sun = address(path);
	int fd = socket(AF_UNIX, type, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof sun))
		die(path);
	return fd;
}

static int get(const char *path, const char *text)
{
	struct sockaddr_un sun = address(path);
	char buf[4096];
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof sun))
		die(path);
	if (write(fd, text, strlen(text)) < 0)
		die("write");
	while ((n = read(fd, buf, sizeof buf)) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	return 0;
}

static long long now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* One call, and its answer. */
static int is_answered(const struct sockaddr_un *sun)
{
	static const char call[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"net_version\"}";
	char c;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int is = fd >= 0 && !connect(fd, (const struct sockaddr *)sun, sizeof *sun) &&
		send(fd, call, sizeof call - 1, MSG_NOSIGNAL) == sizeof call - 1 && read(fd, &c, 1) == 1;
	close(fd);
	return is;
}

static int answered(const char *path)
{
	struct sockaddr_un sun = address(path);
	for (int i = 0; i < POLLS_MAX; i++) {
		if (is_answered(&sun)) {
			printf("%lld\n", now_us());
			return 0;
		}
		usleep(POLL_US);
	}
	return 1;
}

static int notify(const char *path)
{
	char buf[4096];
	ssize_t n;
	int fd = bound(SOCK_DGRAM, path);
	while ((n = recv(fd, buf, sizeof buf, 0)) > 0) {
		fwrite(buf, 1, (size_t)n, stdout);
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}

static int activate(const char *path, char **command)
{
	char pid[24];
	int fd = bound(SOCK_STREAM, path);
	if (listen(fd, 16) || (fd != 3 && dup2(fd, 3) != 3))
		die("listen");
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	execv(command[0], command);
	return die(command[0]);
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "get"))
		return get(argv[2], argc > 3 ? argv[3] : "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	if (argc == 3 && !strcmp(argv[1], "answered"))
		return answered(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "notify"))
		return notify(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "activate"))
		return activate(argv[2], argv + 3);
	fprintf(stderr, "usage: tool get|answered|notify|activate PATH ...\n");
	return 2;
}
