#include "daemon/options.h"

#include <assert.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/conf.h"
#include "rpc/nearest.h"
#include "rpc/path.h"

#define VALUES_MAX 64 /* of a repeatable option */

#define FILES_MAX 1000

/* Of the n-th file: RANK_CONF + n. */
enum rank { RANK_UNSET, RANK_DEFAULT, RANK_CONF, RANK_ARGS = RANK_CONF + FILES_MAX };

static const char *const option_levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const option_dht_modes[] = { "auto", "server", "client", "off", NULL };
static const char *const option_relay_modes[] = { "friends", "off", "on", NULL };
static const char *const option_formats[] = { "auto", "text", "json", "journal", NULL };

const struct option_info option_info[OPT_COUNT] = {
#define OPTION(id, section, key, name, arg, repeat, reload, choices, def, help, more) \
	[OPT_##id] = { section, key, name, arg, repeat, reload, choices, def, help, more },
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
	const char *const *choices = option_info[which].choices;
	PARS_AUTO_BUF list = { 0 };
	for (const char *const *c = choices; c && *c; c++) {
		if (!strcmp(*c, value))
			return PARS_OK;
		pars_buf_put(&list, PARS_BYTES_STR(c == choices ? "" : ", "));
		pars_buf_put(&list, PARS_BYTES_STR(*c));
	}
	if (!choices)
		return PARS_OK;
	return pars_fail(fault, PARS_E_INVALID, "%s: %s must be one of %.*s, not \"%.100s\"", origin,
		option_info[which].name, (int)list.n, (const char *)pars_buf_bytes(&list).p, value);
}

static enum pars_err set(struct options *o, enum option which, const char *value, int rank,
	const char *origin, struct pars_fault *fault)
{
	struct option_value *v = &o->value[which];
	if (rank < v->rank)
		return PARS_OK;
	enum pars_err err = check_choice(which, value, origin, fault);
	if (err)
		return err;
	if (!*value)
		return pars_fail(fault, PARS_E_INVALID, "%s: %s needs a value: %s", origin, option_info[which].name,
			option_info[which].help);
	if (rank > v->rank || !option_info[which].repeat)
		clear(v);
	if (v->count == VALUES_MAX)
		return pars_fail(fault, PARS_E_INVALID, "%s: more than %d values for %s", origin, VALUES_MAX,
			option_info[which].name);
	v->list = pars_realloc(v->list, (v->count + 1) * sizeof *v->list);
	v->list[v->count++] = pars_strdup(value);
	v->rank = rank;
	if (!v->origin)
		v->origin = pars_strdup(origin);
	return PARS_OK;
}

/* -- command line ----------------------------------------------------------- */

static const char *name_at(const void *list, size_t i)
{
	(void)list;
	static const char *const plain[] = { "help", "version", "check-config" };
	if (i < OPT_COUNT)
		return option_info[i].name;
	return i - OPT_COUNT < PARS_COUNT(plain) ? plain[i - OPT_COUNT] : NULL;
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
		if (strlen(option_info[i].name) == n && !strncmp(option_info[i].name, arg, n))
			return (enum option)i;
	return OPT_COUNT;
}

static bool take_plain(struct options *o, const char *arg)
{
	o->help |= !strcmp(arg, "--help") || !strcmp(arg, "-h");
	o->version |= !strcmp(arg, "--version") || !strcmp(arg, "-V");
	return o->help || o->version;
}

static bool take_check(struct options *o, const char *arg)
{
	if (strcmp(arg, "--check-config"))
		return false;
	return o->check_config = true;
}

enum pars_err options_parse_args(struct options *o, int argc, char *const *argv, struct pars_fault *fault)
{
	for (int i = 1; i < argc; i++) {
		if (take_plain(o, argv[i]))
			return PARS_OK;
		if (take_check(o, argv[i]))
			continue;
		size_t n = strncmp(argv[i], "--", 2) ? 0 : strcspn(argv[i] + 2, "=");
		enum option which = n ? find_by_name(argv[i] + 2, n) : OPT_COUNT;
		if (which == OPT_COUNT)
			return unknown_option(argv[i], fault);
		const char *value = argv[i][n + 2] ? argv[i] + n + 3 : argv[++i];
		if (!value)
			return pars_fail(fault, PARS_E_INVALID, "--%s needs a value: %s", option_info[which].name,
				option_info[which].help);
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
	while (i < OPT_COUNT && !option_info[i].key[0])
		i++; /* only the first row has none */
	return i < OPT_COUNT ? option_info[i].key : NULL;
}

static const char *section_of(const char *key)
{
	for (size_t i = 0; i < OPT_COUNT; i++)
		if (!strcmp(option_info[i].key, key))
			return option_info[i].section;
	return "";
}

static enum pars_err take_line(void *arg, const struct conf_line *line, struct pars_fault *fault)
{
	struct conf_taker *t = arg;
	for (unsigned i = 0; i < OPT_COUNT; i++) {
		if (strcmp(option_info[i].section, line->section) || strcmp(option_info[i].key, line->key))
			continue;
		char *origin = pars_sprintf("%s:%u", t->name, line->line);
		enum pars_err err = set(t->o, (enum option)i, line->value, RANK_CONF + t->o->files, origin, fault);
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
	if (o->files + 1 == FILES_MAX)
		return pars_fail(fault, PARS_E_INVALID, "%s: more than %d files of settings", name, FILES_MAX - 1);
	o->files++;
	return conf_parse(text, name, take_line, &t, fault);
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
	const char *network = options_get(o, OPT_NETWORK);
	assert(network); /* it has a default itself */
	if (!strcmp(network, "dev")) {
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
	set_default(o, OPT_DHT_MODE, "auto", "default");
	set_default(o, OPT_RELAY_MODE, "friends", "default");
	set_default(o, OPT_RELAY_TOTAL, "1G", "default");
	set_default(o, OPT_RELAY_SESSION, "64M", "default");
	set_default(o, OPT_RELAY_REQUESTER, "256M", "default");
	set_default(o, OPT_RELAY_DAYS, "62", "default");
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
		for (size_t j = 0; j < v->count && option_info[i].section[0]; j++) {
			list[n].name = pars_sprintf("%s.%s", option_info[i].section, option_info[i].key);
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
		char *flag = pars_sprintf("--%s %s", option_info[i].name, option_info[i].arg);
		char *more = pars_sprintf("%s  %-22s %s%s\n", text, flag, option_info[i].help,
			option_info[i].repeat ? " (repeatable)" : "");
		free(flag);
		free(text);
		text = more;
	}
	char *all = pars_sprintf("%s  %-22s %s\n  %-22s %s\n  %-22s %s\n\nThe same settings may stand in parsd.conf and "
		"conf.d/*.conf; see parsd.conf(5).\n", text, "--check-config", "read all settings, say what is wrong, and end",
		"--help", "print this", "--version", "print the version");
	free(text);
	return all;
}

bool options_differ(const struct options *a, const struct options *b, enum option which)
{
	const struct option_value *x = &a->value[which], *y = &b->value[which];
	bool differ = x->count != y->count;
	for (size_t i = 0; i < x->count && !differ; i++)
		differ = strcmp(x->list[i], y->list[i]);
	return differ;
}

void options_adopt(struct options *o, struct options *from, enum option which)
{
	clear(&o->value[which]);
	o->value[which] = from->value[which];
	from->value[which] = (struct option_value){ 0 };
}

void options_done(struct options *o)
{
	for (size_t i = 0; i < OPT_COUNT; i++)
		clear(&o->value[i]);
}
