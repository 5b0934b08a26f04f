/* daemon/options.h - what parsd was told: one table (options.def) drives the
 * command line, parsd.conf, --help and pars_configShow.
 *
 * The command line comes before parsd.conf, which comes before the defaults.
 * A repeatable option's values come all from one of them. */
#ifndef PARS_DAEMON_OPTIONS_H
#define PARS_DAEMON_OPTIONS_H

#include "base/io.h"
#include "rpc/server.h"

enum option {
#define OPTION(id, ...) OPT_##id,
#include "daemon/options.def"
#undef OPTION
	OPT_COUNT
};

struct option_value {
	char **list;
	size_t count;
	int rank;     /* of where it comes from: more wins */
	char *origin; /* "command line", "FILE:LINE", "default", … */
};

struct options {
	struct option_value value[OPT_COUNT];
	bool help, version;
	bool service; /* run by systemd or as the user parsd */
};

/* True when the process is a service: systemd gave it a state folder, or it
 * runs as the user parsd. root in a shell is a person like any other. */
bool options_is_service(void);

/* INVALID: the fault names the option and what was expected. */
PARS_MUST enum pars_err options_parse_args(struct options *o, int argc, char *const *argv,
	struct pars_fault *fault);
PARS_MUST enum pars_err options_parse_conf(struct options *o, struct pars_bytes text, const char *name,
	struct pars_fault *fault);
/* Fills in what is still unset. NOT_FOUND: a place depends on $HOME, which
 * is unset. */
PARS_MUST enum pars_err options_defaults(struct options *o, struct pars_fault *fault);
/* The file to read: --config, or the default one. Gives, NULL: none. */
char *options_conf_path(const struct options *o, bool *ret_must_exist);

const char *options_get(const struct options *o, enum option which); /* of a single one */
/* Rows for pars_configShow; gives. */
struct rpc_setting *options_settings(const struct options *o, size_t *ret_count);
void options_settings_free(struct rpc_setting *list, size_t count);
char *options_help(void); /* gives */
void options_done(struct options *o);

#endif
