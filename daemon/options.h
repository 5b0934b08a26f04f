/* daemon/options.h - what parsd was told: one table (options.def) drives the
 * command line, parsd.conf, --help, parsd(8), parsd.conf(5) and
 * pars_configShow.
 *
 * The command line comes before the files of conf.d (the last one first),
 * those before parsd.conf, and that before the defaults. A repeatable option's
 * values come all from one of them. */
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

struct option_info {
	const char *section, *key; /* of parsd.conf; "": not there */
	const char *name, *arg;    /* --name ARG */
	bool repeat;
	bool reload;               /* SIGHUP applies a change */
	const char *const *choices; /* NULL: any */
	const char *def;           /* for people; "": none */
	const char *help, *more;   /* a line; sentences for the manual */
};
extern const struct option_info option_info[OPT_COUNT];

struct option_value {
	char **list;
	size_t count;
	int rank;     /* of where it comes from: more wins */
	char *origin; /* "command line", "FILE:LINE", "default", … */
};

struct options {
	struct option_value value[OPT_COUNT];
	bool help, version, check_config;
	bool service; /* run by systemd or as the user parsd */
	int files;    /* read so far: later ones come first */
	int argc;     /* borrowed, to load them anew */
	char *const *argv;
};

/* True when the process is a service: systemd gave it a state folder, or it
 * runs as the user parsd. root in a shell is a person like any other. */
bool options_is_service(void);

/* INVALID: the fault names the option and what was expected. */
PARS_MUST enum pars_err options_parse_args(struct options *o, int argc, char *const *argv,
	struct pars_fault *fault);
/* Its settings come before those of files parsed earlier. */
PARS_MUST enum pars_err options_parse_conf(struct options *o, struct pars_bytes text, const char *name,
	struct pars_fault *fault);
/* Fills in what is still unset. NOT_FOUND: a place depends on $HOME, which
 * is unset. */
PARS_MUST enum pars_err options_defaults(struct options *o, struct pars_fault *fault);
/* Everything: the command line (borrowed), the files and the defaults; with
 * --help or --version only the command line. Also fails as the three above. */
PARS_MUST enum pars_err options_load(struct options *o, int argc, char *const *argv, struct pars_fault *fault);
/* Whether well-formed settings can work: the network and the addresses.
 * INVALID: the fault says which one, and from where. */
PARS_MUST enum pars_err options_check(const struct options *o, struct pars_fault *fault);
/* A size ("500M", "1G"; K, M, G, T are powers of 1024) or a plain number. False:
 * it is none, or more than 2^53. */
bool options_number(const char *text, uint64_t *ret);
/* Whether an option's values differ. */
bool options_differ(const struct options *a, const struct options *b, enum option which);
/* Takes the option's values and their origin from `from`. */
void options_adopt(struct options *o, struct options *from, enum option which);

const char *options_get(const struct options *o, enum option which); /* of a single one; NULL: not set */
/* Rows for pars_configShow; gives. */
struct rpc_setting *options_settings(const struct options *o, size_t *ret_count);
void options_settings_free(struct rpc_setting *list, size_t count);
char *options_help(void); /* gives */
void options_done(struct options *o);

#endif
