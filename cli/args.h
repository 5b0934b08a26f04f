/* cli/args.h - the command line of parsctl, read by the method table:
 *   parsctl [OPTION]… NOUN [VERB] [ARG]… [--PARAM VALUE]…
 * No method has code of its own here. */
#ifndef PARS_CLI_ARGS_H
#define PARS_CLI_ARGS_H

#include "rpc/table.h"

enum args_action {
	ARGS_CALL,    /* `method` with `params` */
	ARGS_HELP,    /* about `method`, `noun`, or everything */
	ARGS_VERSION,
	ARGS_COMPLETION, /* a script for `shell` */
};

struct args {
	enum args_action action;
	const struct rpc_method *method;
	const char *noun;       /* ARGS_HELP: of a group of commands */
	const char *raw_method; /* parsctl rpc METHOD: perhaps not in the table */
	json_t *params;         /* object, or array for raw_method */
	bool json, all, wide, wait_given;
	const char *shell;      /* ARGS_COMPLETION */
	const char *field;      /* --field PATH */
	const char *socket;     /* --rpc-socket PATH */
	int64_t timeout_s;      /* -1: not given */
};

/* Borrows argv. False: *why is what to tell. */
PARS_MUST bool args_parse(struct args *a, int argc, char *const *argv, struct rpc_why *why);
void args_done(struct args *a);

/* "--peers-equal": how a parameter is spelled as a flag. */
void args_flag(const char *param, char out[64]);
bool args_is_positional(const struct rpc_param *p);

/* The options of every command. */
struct args_option {
	const char *name, *arg, *help;
};
extern const struct args_option args_options[];

#endif
