#include "daemon/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum pars_err read_key(const char *path, int fd, uint8_t seed[CREDENTIAL_KEY_SIZE], struct pars_fault *fault)
{
	char text[2 * CREDENTIAL_KEY_SIZE + 3];
	struct stat st;
	/* systemd lets the service's user in by an ACL, which shows as the group's. */
	if (fstat(fd, &st) || st.st_mode & 027)
		return pars_fail(fault, PARS_E_INVALID, "others may read or write the node key %s: chmod 600 it", path);
	ssize_t n = read(fd, text, sizeof text - 1);
	text[PARS_MAX(n, 0)] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	bool valid = pars_unhex(text, seed, CREDENTIAL_KEY_SIZE);
	explicit_bzero(text, sizeof text);
	return valid ? PARS_OK : pars_fail(fault, PARS_E_INVALID, "the node key %s must be %d hex digits", path,
		2 * CREDENTIAL_KEY_SIZE);
}

enum pars_err credential_node_key(uint8_t seed[CREDENTIAL_KEY_SIZE], struct pars_fault *fault)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[4096];
	if (!folder)
		return PARS_E_NOT_FOUND;
	snprintf(path, sizeof path, "%s/node-key", folder);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return PARS_E_NOT_FOUND;
	if (fd < 0)
		return pars_fail(fault, PARS_E_INVALID, "cannot read the node key %s: %s", path, strerror(errno));
	enum pars_err err = read_key(path, fd, seed, fault);
	close(fd);
	return err;
}
