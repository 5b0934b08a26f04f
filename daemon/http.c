#include "daemon/http.h"

/* The bytes before `end`, which are taken off *in with it; all of *in if there
 * is none. */
static struct pars_bytes take_until(struct pars_bytes *in, const char *end)
{
	const uint8_t *at = in->n ? memmem(in->p, in->n, end, strlen(end)) : NULL;
	struct pars_bytes part = pars_bytes_take(in, at ? (size_t)(at - in->p) : in->n);
	if (at)
		pars_bytes_take(in, strlen(end));
	return part;
}

static bool is(struct pars_bytes word, const char *text)
{
	return pars_bytes_equal(word, PARS_BYTES_STR(text));
}

static enum http_request read_line(struct pars_bytes line)
{
	struct pars_bytes method = take_until(&line, " "), target = take_until(&line, " ");
	if (!method.n || !target.n || (!is(line, "HTTP/1.1") && !is(line, "HTTP/1.0")))
		return HTTP_MALFORMED;
	return is(method, "GET") ? HTTP_GET : HTTP_OTHER_METHOD;
}

enum http_request http_request_read(struct pars_bytes in)
{
	in.n = PARS_MIN(in.n, (size_t)HTTP_REQUEST_MAX);
	if (in.n && memmem(in.p, in.n, "\r\n\r\n", 4))
		return read_line(take_until(&in, "\r\n"));
	return in.n < HTTP_REQUEST_MAX ? HTTP_UNFINISHED : HTTP_TOO_LARGE;
}
