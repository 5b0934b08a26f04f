#include "cli/help.h"

#include <ctype.h>
#include <string.h>

static void command_name(const struct rpc_method *m, char out[64])
{
	snprintf(out, 64, "%s%s%s", m->noun, m->verb ? " " : "", m->verb ? m->verb : "");
}

static void upper(const char *s, char out[64])
{
	size_t n = 0;
	for (; *s && n < 63; s++)
		out[n++] = (char)toupper((unsigned char)*s);
	out[n] = '\0';
}

static void print_usage(FILE *to, const struct rpc_method *m)
{
	char name[64], arg[64];
	command_name(m, name);
	fprintf(to, "Usage: parsctl %s", name);
	for (size_t i = 0; i < m->params_count; i++) {
		const struct rpc_param *p = &m->params[i];
		upper(p->name, arg);
		if (args_is_positional(p))
			fprintf(to, p->flags & RPC_REQUIRED ? " %s" : " [%s]", arg);
	}
	fputs(" [OPTION]...\n\n", to);
}

static void print_param(FILE *to, const struct rpc_param *p)
{
	char name[64], flag[64], expected[RPC_WHY_MAX];
	rpc_param_expected(p, expected);
	if (args_is_positional(p)) {
		upper(p->name, name);
	} else {
		args_flag(p->name, flag);
		snprintf(name, sizeof name, "--%.50s %s", flag, p->kind == RPC_INT ? "N" : p->kind == RPC_BOOL ? "" : "TEXT");
	}
	fprintf(to, "  %-20s %s;\n  %-20s %s", name, p->help, "", expected);
	fprintf(to, p->def ? " (default %s)\n" : "\n", p->def);
}

static void print_options(FILE *to)
{
	fputs("\nOptions of all commands:\n", to);
	for (const struct args_option *o = args_options; o->name; o++) {
		char flag[64];
		snprintf(flag, sizeof flag, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		fprintf(to, "  %-20s %s\n", flag, o->help);
	}
}

static void print_method(FILE *to, const struct rpc_method *m)
{
	print_usage(to, m);
	fprintf(to, "%s\n", m->summary);
	if (m->params_count)
		fputs("\nParameters (all of them also as --name VALUE):\n", to);
	for (size_t i = 0; i < m->params_count; i++)
		print_param(to, &m->params[i]);
	fprintf(to, "\nAnswers (with --json and --field):\n");
	for (size_t i = 0; m->result.shape && i < m->result.shape->count; i++)
		fprintf(to, "  %-20s %s\n", m->result.shape->fields[i].name, m->result.shape->fields[i].help);
	if (m->result.shape && !m->result.shape->count)
		fputs("  nothing\n", to);
	print_options(to);
	fprintf(to, "\nJSON-RPC method: %s, needs the right \"%s\"\n", m->name, rpc_role_name(m->role));
}

static void print_commands(FILE *to, const char *noun)
{
	char name[64];
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		if (!m->noun || (noun && strcmp(noun, m->noun)))
			continue;
		command_name(m, name);
		fprintf(to, "  %-18s %s\n", name, m->summary);
	}
}

static void print_all(FILE *to)
{
	fputs("Usage: parsctl NOUN [VERB] [ARG]... [OPTION]...\n\n"
		"Talks to a running parsd.\n\nCommands (parsctl NOUN VERB --help tells more):\n", to);
	print_commands(to, NULL);
	fputs("  completion SHELL   prints a completion script for bash, zsh or fish\n"
		"  rpc METHOD [PARAM...]  calls a JSON-RPC method by its name\n", to);
	print_options(to);
	fputs("\nExit status: 0 ok, 1 the daemon answered an error, 2 it cannot be reached,\n"
		"3 wrong command line, 4 time is over, 5 something is unhealthy.\n", to);
}

void help_print(FILE *to, const struct args *a)
{
	if (a->noun && !strcmp(a->noun, "rpc")) {
		fputs("Usage: parsctl rpc METHOD [PARAM]... [OPTION]...\n\nCalls a JSON-RPC method with parameters by "
			"position. Each is JSON; what is no JSON is\ntaken as a text. `parsctl rpc rpc_discover` lists "
			"the methods.\n", to);
		print_options(to);
	} else if (a->noun && !strcmp(a->noun, "completion")) {
		fputs("Usage: parsctl completion SHELL\n\nPrints a completion script for bash, zsh or fish, as in\n"
			"  . <(parsctl completion bash)\n`make install` puts them where the shells look.\n", to);
		print_options(to);
	} else if (a->method) {
		print_method(to, a->method);
	} else if (a->noun) {
		fprintf(to, "Usage: parsctl %s VERB [ARG]... [OPTION]...\n\n", a->noun);
		print_commands(to, a->noun);
		print_options(to);
	} else {
		print_all(to);
	}
}
