#include "rpc/advice.h"

#include "base/alloc.h"

static const struct {
	enum pars_err err;
	const char *text;
} table[] = {
	{ PARS_E_DISK_FULL, "Free some space on that disk; parsd goes on by itself." },
	{ PARS_E_DISK_READ_ONLY, "Mount the disk writable and check that the data folder belongs to the daemon's user; "
		"parsd goes on by itself." },
	{ PARS_E_DISK_IO, "Look at the disk (dmesg, smartctl) and copy the data folder to another one before it gets worse." },
	{ PARS_E_DB_CORRUPT, "Stop parsd, move parsd.db and its -wal and -shm files away (keep them), put a backup in its "
		"place and start it again: what other nodes hold comes back from them. Without a backup it starts as a new "
		"node, with a new key." },
	{ PARS_E_DB_NEWER, "Install the newer parsd again, or restore a backup made by this version." },
	{ PARS_E_DB_FOREIGN, "Choose another data folder with --datadir." },
	{ PARS_E_DB_LOCKED, "Find the other process with fuser on parsd.db and end it; parsd goes on by itself." },
	{ PARS_E_DB_NETWORK, "Start with the network the data was made for, or with another data folder." },
};

const char *rpc_advice(enum pars_err err)
{
	for (unsigned i = 0; i < PARS_COUNT(table); i++)
		if (table[i].err == err)
			return table[i].text;
	return "";
}

char *rpc_advised(enum pars_err err, const char *text)
{
	const char *advice = rpc_advice(err);
	return pars_sprintf("%s%s%s", text ? text : pars_err_text(err), *advice ? ". " : "", advice);
}
