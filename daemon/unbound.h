/* daemon/unbound.h - libunbound, loaded with the first name that is looked up:
 * with the libraries that it brings it takes half a megabyte, and most nodes
 * never ask for a name. */
#ifndef PARS_DAEMON_UNBOUND_H
#define PARS_DAEMON_UNBOUND_H

#include <unbound.h>

#define UNBOUND_CALLS(X) \
	X(ctx_create) \
	X(ctx_delete) \
	X(ctx_async) \
	X(ctx_set_option) \
	X(ctx_set_fwd) \
	X(ctx_resolvconf) \
	X(ctx_add_ta_file) \
	X(fd) \
	X(process) \
	X(resolve_async) \
	X(resolve_free) \
	X(cancel) \
	X(strerror)

/* Its functions, without their prefix. */
struct unbound {
#define X(name) __typeof__(ub_##name) *name;
	UNBOUND_CALLS(X)
#undef X
};

/* NULL: it is not installed, or not as this program knows it. Stays loaded. */
const struct unbound *unbound_load(void);

#endif
