#include "evm/fork.h"

/* What test data calls a fork, and what else it is called. */
static const struct {
	const char *name, *other;
} names[PARS_FORKS] = {
	[PARS_FRONTIER] = { "Frontier", NULL },
	[PARS_HOMESTEAD] = { "Homestead", NULL },
	[PARS_TANGERINE] = { "EIP150", "TangerineWhistle" },
	[PARS_SPURIOUS] = { "EIP158", "SpuriousDragon" },
	[PARS_BYZANTIUM] = { "Byzantium", NULL },
	[PARS_CONSTANTINOPLE] = { "Constantinople", NULL },
	[PARS_PETERSBURG] = { "ConstantinopleFix", "Petersburg" },
	[PARS_ISTANBUL] = { "Istanbul", NULL },
	[PARS_BERLIN] = { "Berlin", NULL },
	[PARS_LONDON] = { "London", NULL },
	[PARS_PARIS] = { "Paris", "Merge" },
	[PARS_SHANGHAI] = { "Shanghai", NULL },
	[PARS_CANCUN] = { "Cancun", NULL },
	[PARS_PRAGUE] = { "Prague", NULL },
	[PARS_OSAKA] = { "Osaka", NULL },
};

const char *pars_fork_name(enum pars_fork fork)
{
	return (unsigned)fork < PARS_FORKS ? names[fork].name : NULL;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Genesis files write "shanghai" where test data has "Shanghai". */
static bool same(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (lower(*a) != lower(*b))
			return false;
	return *a == *b;
}

enum pars_fork pars_fork_by_name(const char *name)
{
	for (enum pars_fork f = 0; f < PARS_FORKS; f++)
		if (same(name, names[f].name) || (names[f].other && same(name, names[f].other)))
			return f;
	return PARS_FORKS;
}
