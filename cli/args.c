#include "cli/args.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cli/completion.h"
#include "rpc/nearest.h"

#define TIMEOUT_MAX 86400

const struct args_option args_options[] = {
	{ "all", NULL, "of a list: all pages" },
	{ "field", "PATH", "print one field only, as in peers.0.address" },
	{ "help", NULL, "print what the command does and takes" },
	{ "json", NULL, "print JSON, whose shape is stable" },
	{ "rpc-socket", "PATH", "the daemon's socket; else PARSD_RPC_SOCKET, else it is looked for" },
	{ "timeout", "SECONDS", "give up waiting for the daemon's answer" },
	{ "version", NULL, "print the version" },
	{ "wide", NULL, "of a list: all columns" },
	{ NULL, NULL, NULL },
};

struct parser {
	struct args *a;
	char *const *argv;
	int argc, at;
	bool plain; /* behind "--" all are arguments */
	struct rpc_why *why;
};

static bool PARS_PRINTF(2, 3) complain(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	p->why->param = NULL;
	vsnprintf(p->why->text, sizeof p->why->text, fmt, ap);
	va_end(ap);
	return false;
}

void args_flag(const char *param, char out[64])
{
	size_t n = 0;
	for (; *param && n < 61; param++) {
		if (isupper((unsigned char)*param))
			out[n++] = '-';
		out[n++] = (char)tolower((unsigned char)*param);
	}
	out[n] = '\0';
}

bool args_is_positional(const struct rpc_param *p)
{
	return p->flags & (RPC_REQUIRED | RPC_POSITIONAL);
}

/* -- options ------------------------------------------------------------------ */

struct names {
	const struct rpc_method *method;
	char flag[64];
};

static const char *flag_at(const void *list, size_t i)
{
	struct names *n = (struct names *)list;
	size_t params = n->method ? n->method->params_count : 0;
	if (i >= params)
		return args_options[i - params].name;
	args_flag(n->method->params[i].name, n->flag);
	return n->method->params[i].name;
}

static bool unknown_flag(struct parser *p, const char *name, size_t n)
{
	char word[64] = "", flag[64];
	struct names names = { .method = p->a->method };
	memcpy(word, name, PARS_MIN(n, sizeof word - 1));
	const char *near = rpc_nearest(word, flag_at, &names);
	if (!near)
		return complain(p, "there is no flag --%s here, see --help", word);
	args_flag(near, flag);
	return complain(p, "there is no flag --%s here; did you mean --%s?", word, flag);
}

static const struct args_option *find_option(const char *name, size_t n)
{
	for (const struct args_option *o = args_options; o->name; o++)
		if (strlen(o->name) == n && !strncmp(o->name, name, n))
			return o;
	return NULL;
}

static const struct rpc_param *find_param(const struct rpc_method *m, const char *name, size_t n)
{
	char flag[64];
	for (size_t i = 0; m && i < m->params_count; i++) {
		args_flag(m->params[i].name, flag);
		if (strlen(flag) == n && !strncmp(flag, name, n))
			return &m->params[i];
	}
	return NULL;
}

static bool set_timeout(struct parser *p, const char *value)
{
	char *end;
	errno = 0;
	long long n = strtoll(value, &end, 10);
	if (errno || end == value || *end || n < 0 || n > TIMEOUT_MAX)
		return complain(p, "--timeout must be an integer from 0 to %d (seconds), not \"%.60s\"", TIMEOUT_MAX,
			value);
	p->a->timeout_s = n;
	return true;
}

static bool set_option(struct parser *p, const char *name, const char *value)
{
	if (!strcmp(name, "timeout"))
		return set_timeout(p, value);
	if (!strcmp(name, "field"))
		p->a->field = value;
	else if (!strcmp(name, "rpc-socket"))
		p->a->socket = value;
	return true;
}

static void set_switch(struct args *a, const char *name)
{
	if (!strcmp(name, "help"))
		a->action = ARGS_HELP;
	else if (!strcmp(name, "version"))
		a->action = ARGS_VERSION;
	a->json |= !strcmp(name, "json");
	a->all |= !strcmp(name, "all");
	a->wide |= !strcmp(name, "wide");
}

/* The daemon's working folder is another one. */
static json_t *absolute(const char *path)
{
	char cwd[PATH_MAX];
	if (path[0] == '/' || !getcwd(cwd, sizeof cwd))
		return json_string(path);
	return json_sprintf("%s/%s", cwd, path);
}

static bool set_param(struct parser *p, const struct rpc_param *param, const char *text)
{
	json_t *v;
	if (json_object_get(p->a->params, param->name))
		return complain(p, "%s is given twice", param->name);
	if (!rpc_param_parse(param, text, &v, p->why))
		return false;
	if (param->flags & RPC_PATH) {
		json_decref(v);
		v = absolute(text);
	}
	p->a->wait_given |= !!(param->flags & RPC_WAIT);
	json_object_set_new(p->a->params, param->name, v);
	return true;
}

/* argv[at] is --NAME or --NAME=VALUE. A parameter comes before an option of
 * the same name. */
static bool take_flag(struct parser *p)
{
	const char *name = p->argv[p->at] + 2;
	size_t n = strcspn(name, "=");
	const struct rpc_param *param = find_param(p->a->method, name, n);
	const struct args_option *option = param ? NULL : find_option(name, n);
	const char *value = name[n] ? name + n + 1 : NULL;
	p->at++;
	if (!param && !option)
		return unknown_flag(p, name, n);
	if (option && !option->arg) {
		if (value)
			return complain(p, "--%s takes no value", option->name);
		set_switch(p->a, option->name);
		return true;
	}
	/* A switch may stand alone. */
	if (!value && param && param->kind == RPC_BOOL)
		value = "true";
	if (!value && p->at == p->argc)
		return complain(p, "--%.*s needs a value: %s", (int)n, name, param ? param->help : option->help);
	if (!value)
		value = p->argv[p->at++];
	return param ? set_param(p, param, value) : set_option(p, option->name, value);
}

static bool is_flag(const struct parser *p, const char *arg)
{
	return !p->plain && arg[0] == '-' && arg[1] == '-' && arg[2];
}

/* The next argument that is no flag; NULL at the end or when something was
 * wrong (*ok false). */
static const char *next_word(struct parser *p, bool *ok)
{
	while (p->at < p->argc) {
		const char *arg = p->argv[p->at];
		if (is_flag(p, arg)) {
			if (!(*ok = take_flag(p)))
				return NULL;
		} else if (!p->plain && !strcmp(arg, "-h")) {
			p->a->action = ARGS_HELP;
			p->at++;
		} else if (!p->plain && !strcmp(arg, "--")) {
			p->plain = true;
			p->at++;
		} else {
			p->at++;
			return arg;
		}
	}
	return NULL;
}

/* -- commands ------------------------------------------------------------------ */

static const char *noun_at(const void *list, size_t i)
{
	(void)list;
	if (i >= rpc_methods_count)
		return i == rpc_methods_count ? "help" : i == rpc_methods_count + 1 ? "completion" : NULL;
	return rpc_methods[i].noun ? rpc_methods[i].noun : "rpc";
}

static const char *verb_at(const void *noun, size_t i)
{
	size_t seen = 0;
	for (size_t m = 0; m < rpc_methods_count; m++)
		if (rpc_methods[m].noun && !strcmp(rpc_methods[m].noun, noun) && rpc_methods[m].verb && seen++ == i)
			return rpc_methods[m].verb;
	return NULL;
}

static const struct rpc_method *find_command(const char *noun, const char *verb)
{
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		if (m->noun && !strcmp(m->noun, noun) && !m->verb == !verb && (!verb || !strcmp(m->verb, verb)))
			return m;
	}
	return NULL;
}

static bool unknown_noun(struct parser *p, const char *noun)
{
	const char *near = rpc_nearest(noun, noun_at, NULL);
	if (near)
		return complain(p, "there is no command %.60s; did you mean %s?", noun, near);
	return complain(p, "there is no command %.60s, see parsctl --help", noun);
}

static bool unknown_verb(struct parser *p, const char *noun, const char *verb)
{
	PARS_AUTO_BUF verbs = { 0 };
	const char *near = verb ? rpc_nearest(verb, verb_at, noun) : NULL, *one;
	for (size_t i = 0; (one = verb_at(noun, i)); i++) {
		pars_buf_put(&verbs, PARS_BYTES_STR(i ? ", " : ""));
		pars_buf_put(&verbs, PARS_BYTES_STR(one));
	}
	pars_buf_put_byte(&verbs, '\0');
	const char *list = (const char *)pars_buf_bytes(&verbs).p;
	if (near)
		return complain(p, "there is no command %s %.60s; did you mean %s %s?", noun, verb, noun, near);
	if (verb)
		return complain(p, "there is no command %s %.60s; there is %s", noun, verb, list);
	return complain(p, "%s needs a verb: one of %s", noun, list);
}

static bool find_method(struct parser *p, const char *noun, bool *ok)
{
	struct args *a = p->a;
	a->method = find_command(noun, NULL);
	if (a->method)
		return true;
	if (!verb_at(noun, 0))
		return unknown_noun(p, noun);
	a->noun = noun;
	const char *verb = next_word(p, ok);
	if (!*ok || (!verb && a->action != ARGS_CALL))
		return *ok;
	a->method = verb ? find_command(noun, verb) : NULL;
	return a->method || unknown_verb(p, noun, verb);
}

static const struct rpc_param *next_positional(struct parser *p, size_t *at)
{
	const struct rpc_method *m = p->a->method;
	for (; *at < m->params_count; (*at)++)
		if (args_is_positional(&m->params[*at]) && !json_object_get(p->a->params, m->params[*at].name))
			return &m->params[(*at)++];
	return NULL;
}

static bool take_arguments(struct parser *p)
{
	const char *word;
	bool ok = true;
	size_t at = 0;
	while ((word = next_word(p, &ok))) {
		const struct rpc_param *param = next_positional(p, &at);
		if (!param)
			return complain(p, "unexpected argument \"%.60s\": %s %s takes no more (quote texts with spaces)",
				word, p->a->method->noun, p->a->method->verb ? p->a->method->verb : "");
		if (!set_param(p, param, word))
			return false;
	}
	return ok;
}

static bool check_missing(struct parser *p)
{
	const struct rpc_method *m = p->a->method;
	json_t *checked;
	if (p->a->action != ARGS_CALL)
		return true;
	if (!rpc_params_check(m, p->a->params, &checked, p->why))
		return false;
	json_decref(checked);
	return true;
}

/* parsctl rpc METHOD [PARAM…]: each is JSON, or else a string. */
static bool take_raw(struct parser *p)
{
	const char *word;
	bool ok = true;
	p->a->raw_method = next_word(p, &ok);
	if (!ok || p->a->action != ARGS_CALL)
		return ok;
	if (!p->a->raw_method)
		return complain(p, "rpc needs a method's name, as in: parsctl rpc pars_status");
	json_decref(p->a->params);
	p->a->params = json_array();
	p->a->method = rpc_method_find(p->a->raw_method);
	const struct rpc_method *m = PARS_MOVE(p->a->method); /* its flags are not ours */
	while ((word = next_word(p, &ok))) {
		json_t *v = json_loads(word, JSON_DECODE_ANY, NULL);
		if (!v)
			v = json_string(word);
		if (!v)
			return complain(p, "a parameter is not valid UTF-8");
		json_array_append_new(p->a->params, v);
	}
	p->a->method = m;
	return ok;
}

static bool take_shell(struct parser *p)
{
	bool ok = true;
	const char *shell = next_word(p, &ok);
	p->a->noun = "completion";
	if (!ok || p->a->action != ARGS_CALL)
		return ok;
	for (size_t i = 0; shell && completion_shells[i]; i++) {
		if (strcmp(completion_shells[i], shell))
			continue;
		p->a->action = ARGS_COMPLETION;
		p->a->shell = completion_shells[i];
		return true;
	}
	return complain(p, "completion needs a shell: bash, zsh or fish");
}

static bool parse(struct parser *p)
{
	bool ok = true;
	const char *noun = next_word(p, &ok);
	if (noun && !strcmp(noun, "help")) {
		p->a->action = ARGS_HELP;
		noun = next_word(p, &ok);
	}
	if (!ok)
		return false;
	if (!noun) {
		if (p->a->action == ARGS_CALL)
			return complain(p, "a command is missing, see parsctl --help");
		return true;
	}
	if (!strcmp(noun, "rpc")) {
		p->a->noun = noun;
		return take_raw(p);
	}
	if (!strcmp(noun, "completion"))
		return take_shell(p);
	if (!find_method(p, noun, &ok))
		return false;
	return !p->a->method || (take_arguments(p) && check_missing(p));
}

bool args_parse(struct args *a, int argc, char *const *argv, struct rpc_why *why)
{
	struct parser p = { .a = a, .argv = argv, .argc = argc, .at = 1, .why = why };
	*a = (struct args){ .timeout_s = -1, .params = json_object() };
	return parse(&p);
}

void args_done(struct args *a)
{
	json_decref(a->params);
	a->params = NULL;
}
