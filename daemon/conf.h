/* daemon/conf.h - the syntax of parsd.conf: `key = value` lines under
 * `[section]` lines; # and ; begin comment lines; a value may stand in
 * double quotes. */
#ifndef PARS_DAEMON_CONF_H
#define PARS_DAEMON_CONF_H

#include "base/bytes.h"
#include "base/io.h"

struct conf_line {
	const char *section, *key, *value; /* until the callback returns */
	unsigned line;
};

/* Calls take for each setting in order; stops at the first error, of its own
 * or of take. INVALID: the fault's text begins with "NAME:LINE: ". */
PARS_MUST enum pars_err conf_parse(struct pars_bytes text, const char *name,
	enum pars_err (*take)(void *arg, const struct conf_line *line, struct pars_fault *fault), void *arg,
	struct pars_fault *fault);

#endif
