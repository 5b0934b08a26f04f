/* base/err.h - error codes, their classes and texts. The list is err.def. */
#ifndef PARS_BASE_ERR_H
#define PARS_BASE_ERR_H

#include "base/base.h"

enum pars_err {
	PARS_OK = 0,
#define PARS_ERR(name, class, code, text) PARS_E_##name,
#include "base/err.def"
#undef PARS_ERR
	PARS_ERR_COUNT
};

/* Who is to blame, and so what the boundary does about it. */
enum pars_err_class {
	PARS_CLASS_NONE,
	PARS_CLASS_PEER,   /* score the sender down */
	PARS_CLASS_CALLER, /* tell the caller what to change */
	PARS_CLASS_BUSY,   /* shed load; the caller may try again */
	PARS_CLASS_SYSTEM, /* stop safely, keep the data */
};

enum pars_err_class pars_err_class(enum pars_err err);
const char *pars_err_name(enum pars_err err); /* "NOT_FOUND" */
const char *pars_err_text(enum pars_err err); /* "not found" */
int pars_err_rpc_code(enum pars_err err);     /* 202 */

#endif
