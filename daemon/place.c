#include "daemon/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum pars_err place_err(int e)
{
	if (e == ENOSPC || e == EDQUOT)
		return PARS_E_DISK_FULL;
	if (e == EROFS || e == EACCES || e == EPERM)
		return PARS_E_DISK_READ_ONLY;
	return PARS_E_DISK_IO;
}

static enum pars_err make_one(const char *dir, struct pars_fault *fault)
{
	struct stat st;
	if (!mkdir(dir, 0700) || errno == EEXIST) {
		if (!stat(dir, &st) && S_ISDIR(st.st_mode))
			return PARS_OK;
		return pars_fail(fault, PARS_E_DISK_IO, "%s is in the way: it is not a folder", dir);
	}
	/* A parent on a read-only disk that exists answers EROFS, not EEXIST. */
	int e = errno;
	if (!stat(dir, &st) && S_ISDIR(st.st_mode))
		return PARS_OK;
	return pars_fail(fault, place_err(e), "cannot make the folder %s: %s", dir, strerror(e));
}

enum pars_err place_make(const char *dir, struct pars_fault *fault)
{
	char *path = pars_strdup(dir);
	enum pars_err err = PARS_OK;
	for (char *at = path + 1; !err && (at = strchr(at, '/')); at++) {
		*at = '\0';
		err = make_one(path, fault);
		*at = '/';
	}
	if (!err)
		err = make_one(path, fault);
	free(path);
	return err;
}

static void write_pid(int fd)
{
	char pid[32];
	int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	/* For people only; on a full disk the lock still holds. */
	if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n)
		return;
}

static enum pars_err held(int fd, const char *dir, struct pars_fault *fault)
{
	char pid[32] = "";
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
	pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
	return pars_fail(fault, PARS_E_EXISTS, "another parsd (pid %s) uses the data folder %s; stop it, or "
		"choose another folder with --datadir", pid[0] ? pid : "unknown", dir);
}

enum pars_err place_lock(const char *dir, int *ret_fd, struct pars_fault *fault)
{
	char *path = pars_sprintf("%s/lock", dir);
	enum pars_err err = PARS_OK;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		err = pars_fail(fault, place_err(errno), "cannot open %s: %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? held(fd, dir, fault)
			: pars_fail(fault, PARS_E_DISK_IO, "cannot lock %s: %s", path, strerror(errno));
		close(fd);
	} else {
		write_pid(fd);
		*ret_fd = fd;
	}
	free(path);
	return err;
}
