#include "rpc/path.h"

#include <stdlib.h>

#include "base/alloc.h"

/* The XDG rules: a value that is not absolute counts as unset. */
static const char *folder_from(const char *variable)
{
	const char *v = getenv(variable);
	return v && v[0] == '/' ? v : NULL;
}

char *rpc_path_person_data(void)
{
	const char *state = folder_from("XDG_STATE_HOME"), *home = folder_from("HOME");
	if (state)
		return pars_sprintf("%s/parsd", state);
	return home ? pars_sprintf("%s/.local/state/parsd", home) : NULL;
}

char *rpc_path_person_socket(const char *datadir)
{
	const char *runtime = folder_from("XDG_RUNTIME_DIR");
	if (runtime)
		return pars_sprintf("%s/parsd/rpc.sock", runtime);
	return datadir ? pars_sprintf("%s/rpc.sock", datadir) : NULL;
}

void rpc_path_candidates(char *out[4])
{
	size_t n = 0;
	char *data = rpc_path_person_data();
	if (folder_from("XDG_RUNTIME_DIR"))
		out[n++] = rpc_path_person_socket(NULL);
	if (data)
		out[n++] = pars_sprintf("%s/rpc.sock", data);
	out[n++] = pars_strdup(RPC_SOCKET_SERVICE);
	out[n] = NULL;
	free(data);
}
