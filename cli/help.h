/* cli/help.h - help at every level, from the method table. */
#ifndef PARS_CLI_HELP_H
#define PARS_CLI_HELP_H

#include <stdio.h>

#include "cli/args.h"

void help_print(FILE *to, const struct args *a);

#endif
