#include "cli/args.h"

#include "tests/unit/unit.h"

static struct args a;
static struct rpc_why why;

/* Words separated by |. */
static bool parse(const char *line)
{
	static char copy[512], *argv[32];
	int argc = 0;
	args_done(&a);
	why = (struct rpc_why){ 0 };
	strcpy(copy, line);
	argv[argc++] = (char *)"parsctl";
	for (char *word = copy[0] ? copy : NULL; word; argc++) {
		char *end = strchr(word, '|');
		argv[argc] = word;
		if (end)
			*end++ = '\0';
		word = end;
	}
	argv[argc] = NULL;
	return args_parse(&a, argc, argv, &why);
}

static void expect_call(const char *line, const char *method, const char *params)
{
	json_t *want = json_loads(params, 0, NULL);
	ck_assert_msg(parse(line), "%s: %s", line, why.text);
	ck_assert_int_eq(a.action, ARGS_CALL);
	ck_assert_str_eq(a.raw_method ? a.raw_method : a.method->name, method);
	ck_assert_msg(json_equal(a.params, want), "%s", line);
	json_decref(want);
	args_done(&a);
}

START_TEST(arguments_become_parameters)
{
	expect_call("status", "pars_status", "{}");
	expect_call("session|send|harbour|hello you", "pars_sessionSend",
		"{\"session\":\"harbour\",\"text\":\"hello you\"}");
	expect_call("session|send|--text=-x|harbour", "pars_sessionSend", "{\"session\":\"harbour\",\"text\":\"-x\"}");
	expect_call("session|send|harbour|--|--json", "pars_sessionSend", "{\"session\":\"harbour\",\"text\":\"--json\"}");
	expect_call("--json|session|read|h|--limit|5|--order=arrival", "pars_sessionRead",
		"{\"session\":\"h\",\"limit\":5,\"order\":\"arrival\"}");
	expect_call("session|join|bafy|/ip4/1.2.3.4/tcp/1", "pars_sessionJoin",
		"{\"id\":\"bafy\",\"address\":\"/ip4/1.2.3.4/tcp/1\"}");
	expect_call("sync|wait", "pars_syncWait", "{}");
	expect_call("storage|backup|/tmp/b.db", "pars_storageBackup", "{\"path\":\"/tmp/b.db\"}");
	expect_call("rpc|eth_call|{\"to\":\"0x1\"}|latest|5", "eth_call", "[{\"to\":\"0x1\"},\"latest\",5]");
}
END_TEST

static void expect_refused(const char *line, const char *text)
{
	ck_assert(!parse(line));
	ck_assert_str_eq(why.text, text);
	args_done(&a);
}

START_TEST(wrong_command_lines_say_what_was_expected)
{
	expect_refused("", "a command is missing, see parsctl --help");
	expect_refused("sesion|ls", "there is no command sesion; did you mean session?");
	expect_refused("xyzzy", "there is no command xyzzy, see parsctl --help");
	expect_refused("session", "session needs a verb: one of heads, invite, join, ls, members, new, read, send, show, tail");
	expect_refused("session|raed", "there is no command session raed; did you mean session read?");
	expect_refused("peer|frobnicate", "there is no command peer frobnicate; there is add, ls, rm, score, verify");
	expect_refused("session|read", "session is missing: a text of 1 to 200 bytes");
	expect_refused("session|read|h|--limit|many", "limit must be an integer from 1 to 1000, not \"many\"");
	expect_refused("session|read|h|--limit|0", "limit must be an integer from 1 to 1000, not 0");
	expect_refused("session|read|h|--limit|5|--limit|6", "limit is given twice");
	expect_refused("session|read|h|--limti|5", "there is no flag --limti here; did you mean --limit?");
	expect_refused("session|read|h|--limit", "--limit needs a value: most rows of one page");
	expect_refused("session|read|h|i", "unexpected argument \"i\": session read takes no more (quote texts with spaces)");
	expect_refused("session|read|h|--order|up", "order must be one of arrival, canonical");
	expect_refused("status|--json=1", "--json takes no value");
	expect_refused("status|--timeout|soon", "--timeout must be an integer from 0 to 86400 (seconds), not \"soon\"");
	expect_refused("rpc", "rpc needs a method's name, as in: parsctl rpc pars_status");
}
END_TEST

START_TEST(help_is_found_at_every_level)
{
	ck_assert(parse("--help") && a.action == ARGS_HELP && !a.method && !a.noun);
	ck_assert(parse("session|--help") && a.action == ARGS_HELP && !a.method);
	ck_assert_str_eq(a.noun, "session");
	ck_assert(parse("session|read|--help") && a.action == ARGS_HELP);
	ck_assert_str_eq(a.method->name, "pars_sessionRead");
	ck_assert(parse("help|session|read") && a.action == ARGS_HELP);
	ck_assert_str_eq(a.method->name, "pars_sessionRead");
	ck_assert(parse("status|-h") && a.action == ARGS_HELP);
	ck_assert(parse("--version") && a.action == ARGS_VERSION);
	args_done(&a);
}
END_TEST

UNIT_CASE(args, arguments_become_parameters, wrong_command_lines_say_what_was_expected,
	help_is_found_at_every_level);
