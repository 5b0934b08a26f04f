#include "daemon/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum pars_err file_read(const char *path, struct pars_buf *buf, struct pars_fault *fault)
{
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return pars_fail(fault, errno == ENOENT ? PARS_E_NOT_FOUND : PARS_E_INVALID, "cannot read %s: %s",
			path, strerror(errno));
	while ((n = read(fd, pars_buf_room(buf, 65536), 65536)) > 0 && buf->n <= FILE_READ_MAX)
		pars_buf_added(buf, (size_t)n);
	int e = errno;
	close(fd);
	if (n < 0)
		return pars_fail(fault, PARS_E_INVALID, "cannot read %s: %s", path, strerror(e));
	if (n > 0)
		return pars_fail(fault, PARS_E_TOO_LARGE, "%s is larger than 16 MiB", path);
	return PARS_OK;
}
