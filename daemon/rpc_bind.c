#include "daemon/rpc_bind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/place.h"

#define BACKLOG 64

static enum pars_err make_folder(const char *path, struct pars_fault *fault)
{
	char *dir = pars_strdup(path), *slash = strrchr(dir, '/');
	enum pars_err err = PARS_OK;
	if (slash && slash != dir) {
		*slash = '\0';
		err = place_make(dir, fault);
	}
	free(dir);
	return err;
}

/* Whether somebody answers. Only a refused connection proves that nobody
 * does. */
static bool is_dead(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	bool dead = connect(fd, (const struct sockaddr *)sun, sizeof *sun) && errno == ECONNREFUSED;
	close(fd);
	return dead;
}

static enum pars_err clear_stale(const char *path, const char *option, const struct sockaddr_un *sun,
	struct pars_fault *fault)
{
	struct stat st;
	if (lstat(path, &st))
		return PARS_OK;
	if (!S_ISSOCK(st.st_mode))
		return pars_fail(fault, PARS_E_EXISTS, "%s is in the way: it is not a socket", path);
	if (!is_dead(sun))
		return pars_fail(fault, PARS_E_EXISTS, "a running daemon answers on the socket %s; stop it, or choose "
			"another socket with --%s", path, option);
	if (unlink(path))
		return pars_fail(fault, place_err(errno), "cannot remove the stale socket %s: %s", path, strerror(errno));
	return PARS_OK;
}

static enum pars_err open_socket(const char *path, bool service, const struct sockaddr_un *sun, int *ret_fd,
	struct pars_fault *fault)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The umask (077) makes the file 0600; nobody can connect to a socket
	 * that does not listen yet, so the mode is never too wide. */
	if (fd >= 0 && !bind(fd, (const struct sockaddr *)sun, sizeof *sun) &&
			!chmod(path, service ? 0660 : 0600) && !listen(fd, BACKLOG)) {
		*ret_fd = fd;
		return PARS_OK;
	}
	int e = errno;
	if (fd >= 0)
		close(fd);
	return pars_fail(fault, place_err(e), "cannot open the socket %s: %s", path, strerror(e));
}

enum pars_err rpc_bind(const char *path, const char *option, bool service, int *ret_fd,
	struct pars_fault *fault)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof sun.sun_path)
		return pars_fail(fault, PARS_E_TOO_LARGE, "the socket path %s has %zu bytes; a Unix socket's path may "
			"have at most %zu: choose a shorter one with --%s", path, strlen(path), sizeof sun.sun_path - 1,
			option);
	memcpy(sun.sun_path, path, strlen(path));
	enum pars_err err = make_folder(path, fault);
	if (!err)
		err = clear_stale(path, option, &sun, fault);
	return err ? err : open_socket(path, service, &sun, ret_fd, fault);
}

enum pars_err rpc_bind_passed(int fd, char **ret_path, struct pars_fault *fault)
{
	struct sockaddr_un sun = { 0 };
	socklen_t n = sizeof sun, m = sizeof(int);
	int listens = 0, flags = fcntl(fd, F_GETFL);
	if (flags < 0 || getsockname(fd, (struct sockaddr *)&sun, &n) || sun.sun_family != AF_UNIX ||
	    sun.sun_path[0] != '/' || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &m) || !listens ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC)) {
		close(fd);
		return pars_fail(fault, PARS_E_INVALID, "the socket that the service manager passed is no listening Unix "
			"stream socket with a path");
	}
	*ret_path = pars_sprintf("%.*s", (int)sizeof sun.sun_path, sun.sun_path);
	return PARS_OK;
}
