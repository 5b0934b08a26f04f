/* generate TEMPLATE - writes a manual page: the template, in which lines like
 * @METHODS@ become what the daemon's tables say. So a method, an option, an
 * error or a metric is described where it is defined and nowhere else. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/metric.h"
#include "cli/args.h"
#include "daemon/gauges.h"
#include "daemon/options.h"
#include "rpc/table.h"

/* A text as mdoc reads it: no line of it is a request, no backslash an escape. */
static void put_text(const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s; s++)
		fputs(*s == '\\' ? "\\e" : (char[]){ *s, '\0' }, stdout);
}

static void put_line(const char *s)
{
	put_text(s);
	putchar('\n');
}

/* A sentence from a table's fragment: "what to follow" -> "What to follow." */
static void put_sentence(const char *s)
{
	size_t n = strlen(s);
	char first[3] = { (char)toupper((unsigned char)s[0]), '\0' };
	if (!n)
		return;
	/* The names of choices keep their case. */
	if (strncmp(s, "text,", 5) && strncmp(s, "dev,", 4)) {
		put_text(first);
		s++;
	}
	for (; *s; s++)
		fputs(*s == '\\' ? "\\e" : (char[]){ *s, '\0' }, stdout);
	puts(n && strchr(".!?", s[-1]) ? "" : ".");
}

/* -- options ------------------------------------------------------------------- */

static void put_default(const struct option_info *o)
{
	if (o->def[0])
		printf("The default is "), put_text(o->def), puts(".");
}

static void put_option(const struct option_info *o)
{
	printf(".It Fl -%s Ar %s\n", o->name, o->arg);
	put_sentence(o->help);
	if (o->more[0])
		put_line(o->more);
	if (o->repeat)
		puts("Can be repeated.");
	put_default(o);
	if (o->section[0])
		printf("Also\n.Ql %s\nunder\n.Ql [%s] .\n", o->key, o->section);
}

static void put_options(void)
{
	puts(".Bl -tag -width Ds");
	for (unsigned i = 0; i < OPT_COUNT; i++)
		put_option(&option_info[i]);
	puts(".It Fl -check-config\nReads all settings, says what is wrong in them, and ends.\n"
		".It Fl -help\nPrints the options.\n.It Fl -version\nPrints the version.\n.El");
}

static void put_synopsis(void)
{
	for (unsigned i = 0; i < OPT_COUNT; i++)
		printf(".Op Fl -%s Ar %s%s\n", option_info[i].name, option_info[i].arg, option_info[i].repeat ? " ..." : "");
}

static void put_setting(const struct option_info *o)
{
	printf(".It Cm %s No = Ar %s\n", o->key, o->arg);
	put_sentence(o->help);
	if (o->more[0])
		put_line(o->more);
	if (o->repeat)
		puts("One line for each value.");
	put_default(o);
	puts(o->reload ? "A reload applies a change." : "A change needs a restart.");
	printf("The option is\n.Fl -%s .\n", o->name);
}

static void put_settings(void)
{
	const char *section = "";
	for (unsigned i = 0; i < OPT_COUNT; i++) {
		const struct option_info *o = &option_info[i];
		if (!o->section[0])
			continue;
		if (strcmp(section, o->section))
			printf("%s.Ss [%s]\n.Bl -tag -width Ds\n", section[0] ? ".El\n" : "", o->section);
		section = o->section;
		put_setting(o);
	}
	puts(".El");
}

/* -- commands -------------------------------------------------------------------- */

static void put_command(const struct rpc_method *m)
{
	printf(".It Cm %s%s%s", m->noun, m->verb ? " " : "", m->verb ? m->verb : "");
	for (size_t i = 0; i < m->params_count; i++) {
		char name[64];
		size_t n = 0;
		if (!args_is_positional(&m->params[i]))
			continue;
		for (const char *s = m->params[i].name; *s && n < sizeof name - 1; s++)
			name[n++] = (char)toupper((unsigned char)*s);
		name[n] = '\0';
		printf(m->params[i].flags & RPC_REQUIRED ? " Ar %s" : " Op Ar %s", name);
	}
	putchar('\n');
	put_line(m->summary);
	for (size_t i = 0; i < m->params_count; i++) {
		char flag[64];
		args_flag(m->params[i].name, flag);
		if (args_is_positional(&m->params[i]) || m->params[i].flags & RPC_CURSOR)
			continue;
		printf(".Fl -%s :\n", flag);
		put_text(m->params[i].help);
		puts(".");
	}
}

static void put_commands(void)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < rpc_methods_count; i++)
		if (rpc_methods[i].noun)
			put_command(&rpc_methods[i]);
	puts(".El");
}

/* -- methods ----------------------------------------------------------------------- */

static void put_param(const struct rpc_param *p)
{
	char expected[RPC_WHY_MAX];
	rpc_param_expected(p, expected);
	printf(".It Va %s\n", p->name);
	put_sentence(p->help);
	put_text(expected);
	if (p->flags & RPC_REQUIRED)
		puts("; required.");
	else if (p->def)
		printf("; \"%s\" when not given.\n", p->def);
	else
		puts("; optional.");
}

static void put_field(const struct rpc_field *f)
{
	printf(".It Va %s\n", f->name);
	put_text(rpc_kind_name(f->kind));
	printf("%s: ", f->flags & RPC_NULLABLE ? " or null" : "");
	put_text(f->help);
	puts(".");
	if (f->kind != RPC_OBJECTS)
		return;
	puts("Each has:\n.Bl -tag -width Ds -compact");
	for (size_t i = 0; i < f->shape->count; i++)
		put_field(&f->shape->fields[i]);
	puts(".El");
}

static void put_result(const struct rpc_field *f)
{
	puts(".Pp");
	if (f->kind != RPC_OBJECT) {
		fputs("Result: ", stdout);
		put_text(rpc_kind_name(f->kind));
		fputs(": ", stdout);
		put_text(f->help);
		puts(".");
		return;
	}
	if (!f->shape->count) {
		puts("Result: an empty object.");
		return;
	}
	puts("Result: an object with\n.Bl -tag -width Ds -compact");
	for (size_t i = 0; i < f->shape->count; i++)
		put_field(&f->shape->fields[i]);
	puts(".El");
}

static void put_example(const struct rpc_method *m)
{
	puts(".Bd -literal -offset indent");
	printf("--> {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":", m->name);
	put_text(m->example);
	fputs("}\n<-- {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":", stdout);
	put_text(m->example_result);
	puts("}\n.Ed");
}

static void put_method(const struct rpc_method *m)
{
	printf(".Ss %s\n", m->name);
	put_line(m->summary);
	printf("Needs the right\n.Sy %s .\n", rpc_role_name(m->role));
	if (m->noun)
		printf("The command is\n.Ql parsctl %s%s%s .\n", m->noun, m->verb ? " " : "", m->verb ? m->verb : "");
	if (m->params_count) {
		puts(".Pp\nParameters, in this order or by name:\n.Bl -tag -width Ds -compact");
		for (size_t i = 0; i < m->params_count; i++)
			put_param(&m->params[i]);
		puts(".El");
	}
	put_result(&m->result);
	put_example(m);
}

static void put_methods(void)
{
	for (size_t i = 0; i < rpc_methods_count; i++)
		put_method(&rpc_methods[i]);
}

static void put_topics(void)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < rpc_topics_count; i++) {
		printf(".It Cm %s\n", rpc_topics[i].name);
		put_sentence(rpc_topics[i].help);
		printf("The result is a %s:\n.Bl -tag -width Ds -compact\n", rpc_topics[i].result.shape->name);
		for (size_t k = 0; k < rpc_topics[i].result.shape->count; k++)
			put_field(&rpc_topics[i].result.shape->fields[k]);
		puts(".El");
	}
	puts(".El");
}

/* -- errors and metrics -------------------------------------------------------------- */

static void put_errors(void)
{
	static const char *const classes[] = {
		[PARS_CLASS_PEER] = "another node is to blame",
		[PARS_CLASS_CALLER] = "the request is to blame",
		[PARS_CLASS_BUSY] = "try again later",
		[PARS_CLASS_SYSTEM] = "the machine failed",
	};
	puts(".Bl -tag -width \"401\"");
	for (unsigned i = 1; i < PARS_ERR_COUNT; i++) {
		enum pars_err err = (enum pars_err)i;
		printf(".It %d Dv %s\n", pars_err_rpc_code(err), pars_err_name(err));
		put_sentence(pars_err_text(err));
		printf("(%s)\n", classes[pars_err_class(err)]);
	}
	puts(".El");
}

static void put_metric(const struct pars_metric_info *m)
{
	printf(".It Va %s Pq %s\n", m->name, m->type);
	put_sentence(m->help);
}

static void put_metrics(void)
{
	puts(".Bl -tag -width Ds -compact");
	for (unsigned i = 0; i < PARS_METRIC_COUNT; i++)
		put_metric(&pars_metric_info[i]);
	for (unsigned i = 0; i < GAUGE_COUNT; i++)
		put_metric(&gauge_info[i]);
	puts(".El");
}

/* -- templates -------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*put)(void);
} parts[] = {
	{ "@COMMANDS@", put_commands },
	{ "@ERRORS@", put_errors },
	{ "@METHODS@", put_methods },
	{ "@METRICS@", put_metrics },
	{ "@OPTIONS@", put_options },
	{ "@SETTINGS@", put_settings },
	{ "@SYNOPSIS@", put_synopsis },
	{ "@TOPICS@", put_topics },
};

/* False: there is no such part. */
static bool put_template_line(char *line)
{
	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < PARS_COUNT(parts); i++) {
		if (!strcmp(line, parts[i].name)) {
			parts[i].put();
			return true;
		}
	}
	puts(line);
	return line[0] != '@';
}

int main(int argc, char **argv)
{
	char line[1000];
	bool ok = true;
	FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;
	if (!f) {
		fprintf(stderr, "usage: generate TEMPLATE\n");
		return EXIT_FAILURE;
	}
	while (ok && fgets(line, sizeof line, f))
		ok = put_template_line(line);
	if (!ok)
		fprintf(stderr, "generate: %s: there is no part %s\n", argv[1], line);
	fclose(f);
	return ok && !fflush(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
