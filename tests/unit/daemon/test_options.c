#include "daemon/options.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

static struct options o;
static struct pars_fault fault;

static void fresh(void)
{
	options_done(&o);
	o = (struct options){ 0 };
	fault = (struct pars_fault){ 0 };
	setenv("HOME", "/home/ana", 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
}

static enum pars_err args(const char *a, const char *b)
{
	char *argv[] = { (char *)"parsd", (char *)a, (char *)b, NULL };
	return options_parse_args(&o, b ? 3 : 2, argv, &fault);
}

static enum pars_err conf(const char *text)
{
	return options_parse_conf(&o, PARS_BYTES_STR(text), "x.conf", &fault);
}

START_TEST(the_command_line_comes_first_then_the_file_then_defaults)
{
	fresh();
	ck_assert(!args("--log-level", "debug"));
	ck_assert(!args("--listen=/ip4/127.0.0.1/tcp/1", NULL));
	ck_assert(!args("--listen", "/ip4/127.0.0.1/tcp/2"));
	ck_assert(!conf("# me\n[log]\nlevel = warn\nformat=\"json\"\n; more\n[net]\nlisten = /ip4/1.2.3.4/tcp/9\n"
		"bootstrap = /dns4/a/tcp/1\n  bootstrap=/dns4/b/tcp/1\r\n"));
	ck_assert(!options_defaults(&o, &fault));
	ck_assert_str_eq(options_get(&o, OPT_LOG_LEVEL), "debug");
	ck_assert_str_eq(options_get(&o, OPT_LOG_FORMAT), "json");
	ck_assert_uint_eq(o.value[OPT_LISTEN].count, 2);
	ck_assert_str_eq(o.value[OPT_LISTEN].list[1], "/ip4/127.0.0.1/tcp/2");
	ck_assert_uint_eq(o.value[OPT_BOOTSTRAP].count, 2);
	ck_assert_str_eq(o.value[OPT_BOOTSTRAP].list[1], "/dns4/b/tcp/1");
	ck_assert_str_eq(options_get(&o, OPT_NETWORK), "dev");
	size_t n;
	struct rpc_setting *rows = options_settings(&o, &n);
	ck_assert_uint_eq(n, 15);
	ck_assert_str_eq(rows[0].name, "node.datadir");
	ck_assert_str_eq(rows[0].origin, "default");
	ck_assert_str_eq(rows[n - 1].name, "log.format");
	ck_assert_str_eq(rows[n - 1].origin, "x.conf:4");
	options_settings_free(rows, n);
}
END_TEST

static const char *place(enum option which)
{
	ck_assert(!options_defaults(&o, &fault));
	return options_get(&o, which);
}

START_TEST(places_follow_the_person_or_the_service)
{
	fresh();
	ck_assert_str_eq(place(OPT_DATADIR), "/home/ana/.local/state/parsd");
	ck_assert_str_eq(place(OPT_RPC_SOCKET), "/home/ana/.local/state/parsd/rpc.sock");
	fresh();
	setenv("XDG_STATE_HOME", "/s", 1);
	setenv("XDG_RUNTIME_DIR", "/r", 1);
	ck_assert_str_eq(place(OPT_DATADIR), "/s/parsd");
	ck_assert_str_eq(place(OPT_RPC_SOCKET), "/r/parsd/rpc.sock");
	fresh();
	setenv("STATE_DIRECTORY", "/var/lib/parsd", 1);
	setenv("RUNTIME_DIRECTORY", "/run/parsd", 1);
	o.service = options_is_service();
	ck_assert(o.service);
	ck_assert_str_eq(place(OPT_DATADIR), "/var/lib/parsd");
	ck_assert_str_eq(place(OPT_RPC_SOCKET), "/run/parsd/rpc.sock");
	fresh();
	unsetenv("HOME");
	ck_assert_int_eq(options_defaults(&o, &fault), PARS_E_NOT_FOUND);
}
END_TEST

START_TEST(listening_depends_on_the_network)
{
	fresh();
	ck_assert_str_eq(place(OPT_LISTEN), "/ip4/127.0.0.1/tcp/0");
	fresh();
	ck_assert(!args("--network", "testnet"));
	ck_assert_str_eq(place(OPT_LISTEN), "/ip4/0.0.0.0/tcp/7071");
	ck_assert_uint_eq(o.value[OPT_LISTEN].count, 2);
}
END_TEST

static void expect_refused(enum pars_err err, const char *text)
{
	ck_assert_int_eq(err, PARS_E_INVALID);
	ck_assert_str_eq(fault.text, text);
	fresh();
}

START_TEST(wrong_command_lines_say_what_was_expected)
{
	fresh();
	expect_refused(args("--datdir", "x"), "unknown option --datdir; did you mean --datadir?");
	expect_refused(args("--frobnicate", "x"), "unknown option --frobnicate, see parsd --help");
	expect_refused(args("run", NULL), "unexpected argument \"run\"; parsd takes options only, see parsd --help");
	expect_refused(args("--log-level=loud", NULL),
		"command line: log-level must be one of error, warn, info, debug, not \"loud\"");
	expect_refused(args("--datadir", NULL),
		"--datadir needs a value: folder of the database, the key and the lock; made when missing");
	expect_refused(args("--", NULL), "unknown option --, see parsd --help");
}
END_TEST

START_TEST(wrong_files_say_where_and_what)
{
	fresh();
	expect_refused(conf("[log]\n\nlevle = info\n"),
		"x.conf:3: there is no setting levle in [log]; did you mean level in [log]?");
	expect_refused(conf("[node]\nbootstrp = x\n"),
		"x.conf:2: there is no setting bootstrp in [node]; did you mean bootstrap in [net]?");
	expect_refused(conf("[log]\nlevel = loud\n"),
		"x.conf:2: log-level must be one of error, warn, info, debug, not \"loud\"");
	expect_refused(conf("level = info\n"), "x.conf:1: a setting must stand under a [section]");
	expect_refused(conf("[log\n"), "x.conf:1: a section is written [name]");
	expect_refused(conf("[log]\nlevel\n"), "x.conf:2: expected `key = value` or `[section]`");
	expect_refused(conf("[log]\n = x\n"), "x.conf:2: the key before = is missing");
}
END_TEST

START_TEST(help_names_every_option)
{
	char *text = options_help();
	ck_assert_ptr_nonnull(strstr(text, "--rpc-socket PATH"));
	ck_assert_ptr_nonnull(strstr(text, "--listen ADDR"));
	ck_assert_ptr_nonnull(strstr(text, "(repeatable)"));
	free(text);
	fresh();
	ck_assert(!args("--help", NULL));
	ck_assert(o.help);
}
END_TEST

START_TEST(sizes)
{
	uint64_t n;
	ck_assert(options_number("0", &n) && n == 0);
	ck_assert(options_number("62", &n) && n == 62);
	ck_assert(options_number("500M", &n) && n == (uint64_t)500 << 20);
	ck_assert(options_number("8T", &n) && n == (uint64_t)8 << 40);
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "1m", "1MB", "M", "1.5G", "0x10", "9000000T",
		"99999999999999999999", "9007199254740993" };
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		ck_assert_msg(!options_number(bad[i], &n), "%s", bad[i]);
}
END_TEST

UNIT_CASE(options, sizes, the_command_line_comes_first_then_the_file_then_defaults,
	places_follow_the_person_or_the_service, listening_depends_on_the_network,
	wrong_command_lines_say_what_was_expected, wrong_files_say_where_and_what, help_names_every_option);
