/* rpc/text.h - JSON values as the text that all clients read.
 *
 * One line, ASCII only (multi-byte text split over reads is corrupted by some
 * clients) and without braces inside strings (some count them). */
#ifndef PARS_RPC_TEXT_H
#define PARS_RPC_TEXT_H

#include <jansson.h>

#include "base/bytes.h"

/* Each appends one value, without a newline. */
void rpc_text_put(struct pars_buf *out, const json_t *value);
void rpc_text_put_int(struct pars_buf *out, int64_t n);
/* What is no UTF-8 becomes U+FFFD, as by rpc_text_string. */
void rpc_text_put_string(struct pars_buf *out, const char *s);
void rpc_text_put_time(struct pars_buf *out, int64_t wall_ns); /* as rpc_text_time */
void rpc_text_put_plain(struct pars_buf *out, const char *s);  /* JSON already */

/* A JSON string of bytes that may not be UTF-8: every byte that is not part
 * of a valid sequence becomes U+FFFD. Gives. */
json_t *rpc_text_string(const char *s);
/* RFC 3339 in UTC with milliseconds; null for 0 and less. Gives. */
json_t *rpc_text_time(int64_t wall_ns);

#endif
