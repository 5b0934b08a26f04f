/* cli/print.h - results on the screen, driven by their schemas. */
#ifndef PARS_CLI_PRINT_H
#define PARS_CLI_PRINT_H

#include <stdio.h>

#include "cli/args.h"

/* A value as JSON, indented on a terminal. */
void print_json(FILE *to, const json_t *value);
/* A result as key and value, or as tables. `more`: a further page of one
 * that began before, without headings. */
void print_result(FILE *to, const struct args *a, const json_t *result, bool more);
/* --field: strings bare, everything else as JSON, the items of a list a line
 * each. False: there is no such field. */
PARS_MUST bool print_field(FILE *to, const char *path, const json_t *result, struct rpc_why *why);
/* Something that means trouble is in it. */
bool print_is_sick(const struct rpc_method *m, const json_t *result);

#endif
