/* parsd - runs a Pars node. Exit status: 0 ended as told, 1 it could not
 * start, 2 the command line or parsd.conf is wrong. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/log.h"
#include "rpc/memory.h"

enum { EXIT_START = 1, EXIT_USAGE = 2 };

static int complain(const struct pars_fault *fault, enum pars_err err, int status)
{
	fprintf(stderr, "parsd: %s\n", fault->text[0] ? fault->text : pars_err_text(err));
	return status;
}

/* Every connection is a descriptor; the soft limit is 1024 almost anywhere. */
static void raise_limits(void)
{
	struct rlimit r;
	if (!getrlimit(RLIMIT_NOFILE, &r)) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static int run(struct options *o)
{
	struct pars_fault fault = { 0 };
	struct daemon *d;
	enum pars_err err = daemon_new(o, &d, &fault);
	if (err)
		return complain(&fault, err, err == PARS_E_INVALID ? EXIT_USAGE : EXIT_START);
	daemon_run(d);
	if (!daemon_free(d))
		_exit(EXIT_SUCCESS); /* a job is still running */
	return EXIT_SUCCESS;
}

static int show_help(void)
{
	char *text = options_help();
	fputs(text, stdout);
	free(text);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct pars_fault fault = { 0 };
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	rpc_memory_init();
	enum pars_err err = options_load(&o, argc, argv, &fault);
	int status = EXIT_SUCCESS;
	if (!err && !o.help && !o.version)
		err = options_check(&o, &fault);
	if (err) {
		status = complain(&fault, err, EXIT_USAGE);
	} else if (o.help) {
		status = show_help();
	} else if (o.version) {
		puts("parsd " PARS_VERSION);
	} else if (o.check_config) {
		puts("parsd: the settings are well");
	} else {
		log_init(options_get(&o, OPT_LOG_FORMAT), options_get(&o, OPT_LOG_LEVEL));
		raise_limits();
		status = run(&o);
	}
	options_done(&o);
	return status;
}
