/* daemon/http.h - as much of an HTTP/1 request as the metrics need: whether it
 * is a GET (RFC 9112, 3). */
#ifndef PARS_DAEMON_HTTP_H
#define PARS_DAEMON_HTTP_H

#include "base/bytes.h"

#define HTTP_REQUEST_MAX 8192 /* request line and headers */

enum http_request {
	HTTP_UNFINISHED, /* come back with more bytes */
	HTTP_GET,
	HTTP_OTHER_METHOD,
	HTTP_MALFORMED,
	HTTP_TOO_LARGE,
};

/* What `in`, all that has arrived so far, asks for. More bytes change nothing
 * but HTTP_UNFINISHED. */
enum http_request http_request_read(struct pars_bytes in);

#endif
