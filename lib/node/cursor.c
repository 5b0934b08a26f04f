/* What a page of a list gives as its end, when it comes back for the next one. */
#include "node/node.h"

#include <stdlib.h>

enum pars_err node_cursor_bad(const char *cursor, struct pars_fault *fault)
{
	return pars_fail(fault, PARS_E_INVALID, "cursor: '%.80s' is not one that a page gave", cursor);
}

enum pars_err node_cursor_number(const char *cursor, uint64_t *ret, struct pars_fault *fault)
{
	char *end;
	*ret = 0;
	if (!cursor)
		return PARS_OK;
	*ret = strtoull(cursor, &end, 10);
	if (end == cursor || *end || *ret > INT64_MAX)
		return node_cursor_bad(cursor, fault);
	return PARS_OK;
}
