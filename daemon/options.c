#include "daemon/options.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/conf.h"
#include "rpc/nearest.h"
#include "rpc/path.h"

#define VALUES_MAX 64 /* of a repeatable option */

enum rank { RANK_UNSET, RANK_DEFAULT, RANK_CONF, RANK_ARGS };

static const char *const option_levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const option_formats[] = { "auto", "text", "json", "journal", NULL };

static const struct {
	const char *section, *key, *name, *arg;
	bool repeat;
	const char *const *choices;
	const char *help;
} table[OPT_COUNT] = {
#define OPTION(id, section, key, name, arg, repeat, choices, help) \
	[OPT_##id] = { section, key, name, arg, repeat, choices, help },
#include "daemon/options.def"
#undef OPTION
};

bool options_is_service(void)
{
	const struct passwd *user = getpwuid(geteuid());
	return getenv("STATE_DIRECTORY") || (user && !strcmp(user->pw_name, "parsd"));
}

static void clear(struct option_value *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->list[i]);
	free(v->list);
	free(v->origin);
	*v = (struct option_value){ 0 };
}

static enum pars_err check_choice(enum option which, const char *value, const char *origin,
	struct pars_fault *fault)
{
	char list[128] = "";
	for (const char *const *c = table[which].choices; c && *c; c++) {
		if (!strcmp(*c, value))
			return PARS_OK;
		strcat(strcat(list, list[0] ? ", " : ""), *c);
	}
	if (!table[which].choices)
		return PARS_OK;
	return pars_fail(fault, PARS_E_INVALID, "%s: %s must be one of %s, not \"%.100s\"", origin,
		table[which].name, list, value);
}

static enum pars_err set(struct options *o, enum option which, const char *value, enum rank rank,
	const char *origin, struct pars_fault *fault)
{
	struct option_value *v = &o->value[which];
	if ((int)rank < v->rank)
		return PARS_OK;
	enum pars_err err = check_choice(which, value, origin, fault);
	if (err)
		return err;
	if (!*value)
		return pars_fail(fault, PARS_E_INVALID, "%s: %s needs a value: %s", origin, table[which].name,
			table[which].help);
	if ((int)rank > v->rank || !table[which].repeat)
		clear(v);
	if (v->count == VALUES_MAX)
		return pars_fail(fault, PARS_E_INVALID, "%s: more than %d values for %s", origin, VALUES_MAX,
			table[which].name);
	v->list = pars_realloc(v->list, (v->count + 1) * sizeof *v->list);
	v->list[v->count++] = pars_strdup(value);
	v->rank = (int)rank;
	if (!v->origin)
		v->origin = pars_strdup(origin);
	return PARS_OK;
}

/* -- command line ----------------------------------------------------------- */

static const char *name_at(const void *list, size_t i)
{
	(void)list;
	return i < OPT_COUNT ? table[i].name : i == OPT_COUNT ? "help" : i == OPT_COUNT + 1 ? "version" : NULL;
}

static enum pars_err unknown_option(const char *arg, struct pars_fault *fault)
{
	char name[64] = "";
	if (strncmp(arg, "--", 2))
		return pars_fail(fault, PARS_E_INVALID, "unexpected argument \"%.100s\"; parsd takes options only, "
			"see parsd --help", arg);
	size_t n = strcspn(arg + 2, "=");
	if (n < sizeof name)
		memcpy(name, arg + 2, n);
	const char *near = rpc_nearest(name, name_at, NULL);
	return pars_fail(fault, PARS_E_INVALID, "unknown option %.100s%s%s%s", arg,
		near ? "; did you mean --" : "", near ? near : ", see parsd --help", near ? "?" : "");
}

static enum option find_by_name(const char *arg, size_t n)
{
	for (unsigned i = 0; i < OPT_COUNT; i++)
		if (strlen(table[i].name) == n && !strncmp(table[i].name, arg, n))
			return (enum option)i;
	return OPT_COUNT;
}

static bool take_plain(struct options *o, const char *arg)
{
	o->help |= !strcmp(arg, "--help") || !strcmp(arg, "-h");
	o->version |= !strcmp(arg, "--version") || !strcmp(arg, "-V");
	return o->help || o->version;
}

enum pars_err options_parse_args(struct options *o, int argc, char *const *argv, struct pars_fault *fault)
{
	for (int i = 1; i < argc; i++) {
		if (take_plain(o, argv[i]))
			return PARS_OK;
		size_t n = strncmp(argv[i], "--", 2) ? 0 : strcspn(argv[i] + 2, "=");
		enum option which = n ? find_by_name(argv[i] + 2, n) : OPT_COUNT;
		if (which == OPT_COUNT)
			return unknown_option(argv[i], fault);
		const char *value = argv[i][n + 2] ? argv[i] + n + 3 : argv[++i];
		if (!value)
			return pars_fail(fault, PARS_E_INVALID, "--%s needs a value: %s", table[which].name,
				table[which].help);
		enum pars_err err = set(o, which, value, RANK_ARGS, "command line", fault);
		if (err)
			return err;
	}
	return PARS_OK;
}

/* -- parsd.conf -------------------------------------------------------------- */

struct conf_taker {
	struct options *o;
	const char *name;
};

static const char *key_at(const void *list, size_t i)
{
	(void)list;
	while (i < OPT_COUNT && !table[i].key[0])
		i++; /* only the first row has none */
	return i < OPT_COUNT ? table[i].key : NULL;
}

static const char *section_of(const char *key)
{
	for (size_t i = 0; i < OPT_COUNT; i++)
		if (!strcmp(table[i].key, key))
			return table[i].section;
	return "";
}

static enum pars_err take_line(void *arg, const struct conf_line *line, struct pars_fault *fault)
{
	struct conf_taker *t = arg;
	for (unsigned i = 0; i < OPT_COUNT; i++) {
		if (strcmp(table[i].section, line->section) || strcmp(table[i].key, line->key))
			continue;
		char *origin = pars_sprintf("%s:%u", t->name, line->line);
		enum pars_err err = set(t->o, (enum option)i, line->value, RANK_CONF, origin, fault);
		free(origin);
		return err;
	}
	const char *near = rpc_nearest(line->key, key_at, NULL);
	if (!near)
		return pars_fail(fault, PARS_E_INVALID, "%s:%u: there is no setting %.60s in [%.60s]", t->name,
			line->line, line->key, line->section);
	return pars_fail(fault, PARS_E_INVALID, "%s:%u: there is no setting %.60s in [%.60s]; did you mean %s in [%s]?",
		t->name, line->line, line->key, line->section, near, section_of(near));
}

enum pars_err options_parse_conf(struct options *o, struct pars_bytes text, const char *name,
	struct pars_fault *fault)
{
	struct conf_taker t = { o, name };
	return conf_parse(text, name, take_line, &t, fault);
}

char *options_conf_path(const struct options *o, bool *ret_must_exist)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	*ret_must_exist = o->value[OPT_CONFIG].count;
	if (o->value[OPT_CONFIG].count)
		return pars_strdup(options_get(o, OPT_CONFIG));
	if (o->service)
		return pars_strdup("/etc/parsd/parsd.conf");
	if (config && config[0] == '/')
		return pars_sprintf("%s/parsd/parsd.conf", config);
	return home && home[0] == '/' ? pars_sprintf("%s/.config/parsd/parsd.conf", home) : NULL;
}

/* -- defaults ---------------------------------------------------------------- */

static void set_default(struct options *o, enum option which, const char *value, const char *origin)
{
	if (o->value[which].rank >= RANK_CONF)
		return;
	if (set(o, which, value, RANK_DEFAULT, origin, NULL))
		abort(); /* a default that its own table refuses */
}

static enum pars_err default_datadir(struct options *o, struct pars_fault *fault)
{
	const char *state = getenv("STATE_DIRECTORY");
	char *person = o->service ? NULL : rpc_path_person_data();
	if (state && *state)
		set_default(o, OPT_DATADIR, state, "systemd");
	else if (o->service)
		set_default(o, OPT_DATADIR, "/var/lib/parsd", "default");
	else if (person)
		set_default(o, OPT_DATADIR, person, "default");
	free(person);
	if (!o->value[OPT_DATADIR].count)
		return pars_fail(fault, PARS_E_NOT_FOUND, "neither HOME nor XDG_STATE_HOME is set: "
			"say where the data is with --datadir DIR");
	return PARS_OK;
}

static void default_socket(struct options *o)
{
	const char *run = getenv("RUNTIME_DIRECTORY");
	char *path = o->service ? run && *run ? pars_sprintf("%s/rpc.sock", run) : pars_strdup(RPC_SOCKET_SERVICE)
		: rpc_path_person_socket(options_get(o, OPT_DATADIR));
	set_default(o, OPT_RPC_SOCKET, path, o->service && run ? "systemd" : "default");
	free(path);
}

/* A development network stays on this machine and lets any number of nodes
 * run side by side; the others are to be found by everybody. */
static void default_listen(struct options *o)
{
	if (!strcmp(options_get(o, OPT_NETWORK), "dev")) {
		set_default(o, OPT_LISTEN, "/ip4/127.0.0.1/tcp/0", "default");
		return;
	}
	set_default(o, OPT_LISTEN, "/ip4/0.0.0.0/tcp/7071", "default");
	set_default(o, OPT_LISTEN, "/ip6/::/tcp/7071", "default");
}

enum pars_err options_defaults(struct options *o, struct pars_fault *fault)
{
	enum pars_err err = default_datadir(o, fault);
	if (err)
		return err;
	set_default(o, OPT_NETWORK, "dev", "default");
	set_default(o, OPT_LOG_LEVEL, "info", "default");
	set_default(o, OPT_LOG_FORMAT, "auto", "default");
	default_socket(o);
	default_listen(o);
	return PARS_OK;
}

/* -- reading ----------------------------------------------------------------- */

const char *options_get(const struct options *o, enum option which)
{
	return o->value[which].count ? o->value[which].list[0] : NULL;
}

struct rpc_setting *options_settings(const struct options *o, size_t *ret_count)
{
	size_t n = 0, max = 0;
	for (size_t i = 0; i < OPT_COUNT; i++)
		max += o->value[i].count;
	struct rpc_setting *list = pars_alloc_array(max + 1, sizeof *list);
	for (size_t i = 0; i < OPT_COUNT; i++) {
		const struct option_value *v = &o->value[i];
		for (size_t j = 0; j < v->count && table[i].section[0]; j++) {
			list[n].name = pars_sprintf("%s.%s", table[i].section, table[i].key);
			list[n].value = pars_strdup(v->list[j]);
			list[n++].origin = pars_strdup(v->origin);
		}
	}
	*ret_count = n;
	return list;
}

void options_settings_free(struct rpc_setting *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(list[i].name);
		free(list[i].value);
		free(list[i].origin);
	}
	free(list);
}

char *options_help(void)
{
	char *text = pars_strdup("Usage: parsd [OPTION]...\n\nRuns a Pars node until it gets SIGTERM or SIGINT.\n\n");
	for (size_t i = 0; i < OPT_COUNT; i++) {
		char *flag = pars_sprintf("--%s %s", table[i].name, table[i].arg);
		char *more = pars_sprintf("%s  %-20s %s%s\n", text, flag, table[i].help,
			table[i].repeat ? " (repeatable)" : "");
		free(flag);
		free(text);
		text = more;
	}
	char *all = pars_sprintf("%s  %-20s %s\n  %-20s %s\n\nparsd.conf(5) syntax: `key = value` under `[section]`; "
		"see parsd(8).\n", text, "--help", "print this", "--version", "print the version");
	free(text);
	return all;
}

void options_done(struct options *o)
{
	for (size_t i = 0; i < OPT_COUNT; i++)
		clear(&o->value[i]);
}
