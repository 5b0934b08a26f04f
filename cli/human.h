/* cli/human.h - values as people read them. */
#ifndef PARS_CLI_HUMAN_H
#define PARS_CLI_HUMAN_H

#include "base/bytes.h"
#include "rpc/schema.h"

/* Appends a field's value; now_s: Unix time that ages count from, 0: times are
 * local ones, because the line will be read later. Texts come from strangers:
 * control characters are written out. */
void human_put(struct pars_buf *out, const struct rpc_field *f, const json_t *value, int64_t now_s);
/* "peersEqual" -> "peers equal"; drops a unit that the value shows. */
void human_label(struct pars_buf *out, const struct rpc_field *f);
/* Appends text so that it cannot steer a terminal. keep_lines: line ends and
 * tabs stay. */
void human_put_text(struct pars_buf *out, const char *s, bool keep_lines);
/* Columns that text takes on a terminal. */
size_t human_width(struct pars_bytes text);

#endif
