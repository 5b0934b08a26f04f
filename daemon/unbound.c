#include "daemon/unbound.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

#define LIBRARY "libunbound.so.8" /* the interface that <unbound.h> describes */

/* POSIX wants a function's address to fit where it says an object's does. */
static bool find(void *library, const char *name, void *ret)
{
	return (*(void **)ret = dlsym(library, name));
}

const struct unbound *unbound_load(void)
{
	static struct unbound calls;
	static void *library;
	if (!library && !(library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL)))
		return NULL;
	bool whole = true;
#define X(name) whole &= find(library, "ub_" #name, &calls.name);
	UNBOUND_CALLS(X)
#undef X
	return whole ? &calls : NULL;
}
