#include "base/err.h"

static const struct {
	const char *name, *text;
	enum pars_err_class class;
	int rpc_code;
} table[PARS_ERR_COUNT] = {
	[PARS_OK] = { "OK", "ok", PARS_CLASS_NONE, 0 },
#define PARS_ERR(n, c, code, t) [PARS_E_##n] = { #n, t, PARS_CLASS_##c, code },
#include "base/err.def"
#undef PARS_ERR
};

enum pars_err_class pars_err_class(enum pars_err err)
{
	return table[err].class;
}

const char *pars_err_name(enum pars_err err)
{
	return table[err].name;
}

const char *pars_err_text(enum pars_err err)
{
	return table[err].text;
}

int pars_err_rpc_code(enum pars_err err)
{
	return table[err].rpc_code;
}
