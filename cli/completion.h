/* cli/completion.h - completion scripts, from the method table. */
#ifndef PARS_CLI_COMPLETION_H
#define PARS_CLI_COMPLETION_H

#include <stdio.h>

extern const char *const completion_shells[]; /* then NULL */

/* shell: one of completion_shells. */
void completion_print(FILE *to, const char *shell);

#endif
