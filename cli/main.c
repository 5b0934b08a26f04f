/* parsctl - commands for a running parsd, all of them from the method table. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/human.h"
#include "cli/link.h"
#include "cli/print.h"

#define TIMEOUT_S 30 /* on top of what the call itself may wait */

static void complain(const struct rpc_why *why)
{
	fprintf(stderr, "parsctl: %s\n", why->text);
}

static const struct rpc_param *wait_param(const struct rpc_method *m)
{
	for (size_t i = 0; m && i < m->params_count; i++)
		if (m->params[i].flags & RPC_WAIT)
			return &m->params[i];
	return NULL;
}

/* A call that may wait by itself gets its time from --timeout, so that the
 * daemon's answer says what was missing when it is over. */
static int timeout_ms(struct args *a)
{
	const struct rpc_param *p = a->raw_method ? NULL : wait_param(a->method);
	int64_t s = a->timeout_s >= 0 ? a->timeout_s : TIMEOUT_S;
	if (p && a->timeout_s >= 0 && !a->wait_given && !(a->method->flags & RPC_FOLLOW)) {
		json_object_set_new(a->params, p->name, json_integer(PARS_MIN(s, p->max)));
		a->wait_given = true;
	}
	if (p && (a->wait_given || p->def)) {
		json_t *v = json_object_get(a->params, p->name);
		int64_t wait = v ? json_integer_value(v) : strtoll(p->def, NULL, 10);
		s = a->timeout_s >= 0 ? PARS_MAX(s, wait) + 5 : s + wait;
	}
	return (int)(s * 1000);
}

static int print_error(const struct args *a, const json_t *error)
{
	PARS_AUTO_BUF text = { 0 };
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *name = json_string_value(json_object_get(json_object_get(error, "data"), "name"));
	human_put_text(&text, message ? message : "the daemon answered an error without a message", true);
	pars_buf_put_byte(&text, '\0');
	if (a->json)
		print_json(stdout, error);
	fprintf(stderr, "parsctl: %s (%s%s%d)\n", (const char *)text.mem, name ? name : "", name ? ", " : "", (int)json_integer_value(json_object_get(error, "code")));
	return name && !strcmp(name, "TIMEOUT") ? EXIT_TIMEOUT : EXIT_ERROR;
}

static int show(const struct args *a, const json_t *result, bool more)
{
	struct rpc_why why;
	if (!a->field)
		print_result(stdout, a, result, more);
	else if (!print_field(stdout, a->field, result, &why))
		return complain(&why), EXIT_USAGE;
	if (ferror(stdout))
		return EXIT_ERROR; /* nobody reads any more */
	return print_is_sick(a->method, result) ? EXIT_UNHEALTHY : EXIT_OK;
}

/* The cursor to go on from; NULL: that was all. Following never ends unless
 * it was told not to wait. */
static const char *next_page(const struct args *a, const json_t *result)
{
	const char *next = json_string_value(json_object_get(result, "next"));
	const json_t *more = json_object_get(result, "more"), *wait = json_object_get(a->params, "wait");
	if (a->raw_method || !a->method || !next)
		return NULL;
	if (a->method->flags & RPC_FOLLOW && !(wait && !json_integer_value(wait)))
		return next;
	if (!(a->all || a->method->flags & (RPC_WHOLE | RPC_FOLLOW)))
		return NULL;
	return !more || json_is_true(more) ? next : NULL;
}

static int call_pages(struct link *l, struct args *a, struct rpc_why *why)
{
	const char *method = a->raw_method ? a->raw_method : a->method->name, *next = "";
	int worst = EXIT_OK, status = EXIT_OK, ms = timeout_ms(a);
	for (bool more = false; next && (!status || status == EXIT_UNHEALTHY); more = true) {
		json_t *reply;
		status = link_call(l, method, a->params, ms, &reply, why);
		if (status) {
			complain(why);
			return status;
		}
		json_t *error = json_object_get(reply, "error"), *result = json_object_get(reply, "result");
		status = error ? print_error(a, error) : show(a, result, more);
		next = error ? NULL : next_page(a, result);
		if (next)
			json_object_set_new(a->params, "cursor", json_string(next));
		json_decref(reply);
		worst = PARS_MAX(worst, status);
	}
	return worst;
}

static bool refreshes(const struct args *a)
{
	return a->method && !a->raw_method && a->method->flags & RPC_REFRESH && !a->json && !a->field &&
		isatty(STDOUT_FILENO);
}

/* Over and over until Ctrl-C. The screen is cleared by what is written over
 * it, so that it does not flicker; the last look stays. */
static int call_again(struct link *l, struct args *a, struct rpc_why *why)
{
	int status;
	fputs("\033[2J", stdout);
	do {
		fputs("\033[H\033[J", stdout);
		status = call_pages(l, a, why);
	} while ((status == EXIT_OK || status == EXIT_UNHEALTHY) && !sleep(1));
	return status;
}

static int call(struct args *a)
{
	struct link l;
	struct rpc_why why;
	int status = link_open(&l, a->socket, &why);
	if (status)
		complain(&why);
	else if (refreshes(a))
		status = call_again(&l, a, &why);
	else
		status = call_pages(&l, a, &why);
	link_close(&l);
	return status;
}

static int act(struct args *a)
{
	if (a->action == ARGS_VERSION)
		puts("parsctl " PARS_VERSION);
	else if (a->action == ARGS_HELP)
		help_print(stdout, a);
	else if (a->action == ARGS_COMPLETION)
		completion_print(stdout, a->shell);
	else
		return call(a);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct args a;
	struct rpc_why why;
	int status = EXIT_USAGE;
	signal(SIGPIPE, SIG_DFL); /* `parsctl … | head` ends quietly */
	if (args_parse(&a, argc, argv, &why))
		status = act(&a);
	else
		complain(&why);
	args_done(&a);
	return status;
}
