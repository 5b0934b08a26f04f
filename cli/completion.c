/* Each script holds the same three lists: what can follow the words so far,
 * which flags a command has, and what can follow a flag. */
#include "cli/completion.h"

#include <string.h>

#include "cli/args.h"

const char *const completion_shells[] = { "bash", "zsh", "fish", NULL };

/* -- the table, as words -------------------------------------------------------- */

static bool is_first_of_noun(size_t i)
{
	if (!rpc_methods[i].noun)
		return false;
	for (size_t k = 0; k < i; k++)
		if (rpc_methods[k].noun && !strcmp(rpc_methods[k].noun, rpc_methods[i].noun))
			return false;
	return true;
}

static const char *noun_help(size_t i)
{
	return rpc_methods[i].verb ? "a group of commands" : rpc_methods[i].summary;
}

/* Whether the i-th parameter of m has a name that no earlier one has. */
static bool is_new_flag(size_t m, size_t i, bool (*which)(const struct rpc_param *))
{
	const char *name = rpc_methods[m].params[i].name;
	for (size_t a = 0; a <= m; a++)
		for (size_t b = 0; b < (a == m ? i : rpc_methods[a].params_count) && rpc_methods[a].noun; b++)
			if (!strcmp(rpc_methods[a].params[b].name, name) && which(&rpc_methods[a].params[b]))
				return false;
	return true;
}

static bool takes_file(const struct rpc_param *p)
{
	return p->flags & RPC_PATH;
}

static bool has_choices(const struct rpc_param *p)
{
	return p->choices;
}

static bool is_plain(const struct rpc_param *p)
{
	return !takes_file(p) && !has_choices(p);
}

/* All flags of a kind once, with `between` between them; false: there was
 * none. */
static bool put_flags(FILE *to, const char *between, bool (*which)(const struct rpc_param *))
{
	char flag[64];
	bool any = false;
	for (size_t m = 0; m < rpc_methods_count; m++) {
		for (size_t i = 0; i < rpc_methods[m].params_count && rpc_methods[m].noun; i++) {
			const struct rpc_param *p = &rpc_methods[m].params[i];
			if (!which(p) || !is_new_flag(m, i, which))
				continue;
			args_flag(p->name, flag);
			fprintf(to, "%s--%s", any ? between : "", flag);
			any = true;
		}
	}
	return any;
}

static void put_choices(FILE *to, const struct rpc_param *p)
{
	for (size_t i = 0; p->choices[i]; i++)
		fprintf(to, "%s%s", i ? " " : "", p->choices[i]);
}

/* In single quotes, whatever it holds. */
static void put_quoted(FILE *to, const char *s)
{
	for (; *s; s++)
		fputs(*s == '\'' ? "'\\''" : (char[]){ *s, '\0' }, to);
}

static void put_command(FILE *to, const struct rpc_method *m)
{
	fprintf(to, "%s %s%s", m->noun, m->verb ? m->verb : "", m->verb ? " " : "");
}

/* -- bash and zsh ------------------------------------------------------------------ */

/* A word in a list: bash takes it bare, zsh with a description. */
static void put_word(FILE *to, bool zsh, const char *word, const char *help)
{
	if (!zsh) {
		fprintf(to, " %s", word);
		return;
	}
	fprintf(to, " '%s:", word);
	put_quoted(to, help);
	fputc('\'', to);
}

static void put_words_of(FILE *to, bool zsh, const char *noun)
{
	for (size_t i = 0; i < rpc_methods_count; i++)
		if (rpc_methods[i].noun && !strcmp(rpc_methods[i].noun, noun) && rpc_methods[i].verb)
			put_word(to, zsh, rpc_methods[i].verb, rpc_methods[i].summary);
}

static void put_words(FILE *to, bool zsh)
{
	fputs("\t\tcase $cmd in\n\t\t('') list=(", to);
	for (size_t i = 0; i < rpc_methods_count; i++)
		if (is_first_of_noun(i))
			put_word(to, zsh, rpc_methods[i].noun, noun_help(i));
	put_word(to, zsh, "rpc", "calls a JSON-RPC method by its name");
	put_word(to, zsh, "completion", "prints a completion script");
	put_word(to, zsh, "help", "tells about a command");
	fputs(") ;;\n\t\t('completion ') list=(bash zsh fish) ;;\n\t\t('rpc ') list=(", to);
	for (size_t i = 0; i < rpc_methods_count; i++)
		put_word(to, zsh, rpc_methods[i].name, rpc_methods[i].summary);
	fputs(") ;;\n", to);
	for (size_t i = 0; i < rpc_methods_count; i++) {
		if (!is_first_of_noun(i) || !rpc_methods[i].verb)
			continue;
		fprintf(to, "\t\t('%s ') list=(", rpc_methods[i].noun);
		put_words_of(to, zsh, rpc_methods[i].noun);
		fputs(") ;;\n", to);
	}
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		if (!m->noun || !m->params_count || !m->params[0].choices || !args_is_positional(&m->params[0]))
			continue;
		fputs("\t\t('", to);
		put_command(to, m);
		fputs("') list=(", to);
		put_choices(to, &m->params[0]);
		fputs(") ;;\n", to);
	}
	fputs("\t\tesac\n", to);
}

static void put_flag_lists(FILE *to, bool zsh)
{
	char flag[64], word[72];
	fputs("\t\tcase $cmd in\n", to);
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		if (!m->noun || !m->params_count)
			continue;
		fputs("\t\t('", to);
		put_command(to, m);
		fputs("'*) list=(", to);
		for (size_t p = 0; p < m->params_count; p++) {
			args_flag(m->params[p].name, flag);
			snprintf(word, sizeof word, "--%s", flag);
			put_word(to, zsh, word, m->params[p].help);
		}
		fputs(") ;;\n", to);
	}
	fputs("\t\tesac\n\t\tlist+=(", to);
	for (const struct args_option *o = args_options; o->name; o++) {
		snprintf(word, sizeof word, "--%.60s", o->name);
		put_word(to, zsh, word, o->help);
	}
	fputs(")\n", to);
}

/* What follows a flag that takes a value: a choice, a file, or nothing that
 * could be known here. */
static void put_values(FILE *to, const char *choices, const char *file)
{
	char flag[64];
	for (size_t m = 0; m < rpc_methods_count; m++) {
		for (size_t i = 0; i < rpc_methods[m].params_count && rpc_methods[m].noun; i++) {
			const struct rpc_param *p = &rpc_methods[m].params[i];
			if (!has_choices(p) || !is_new_flag(m, i, has_choices))
				continue;
			args_flag(p->name, flag);
			fprintf(to, "\t(--%s) list=(", flag);
			put_choices(to, p);
			fprintf(to, "); %s ;;\n", choices);
		}
	}
	fputs("\t(--rpc-socket|", to);
	put_flags(to, "|", takes_file);
	fprintf(to, ") %s ;;\n\t(--field|--timeout|", file);
	put_flags(to, "|", is_plain);
	fputs(") return ;;\n", to);
}

static void put_skipping(FILE *to)
{
	fputs("\t\t(--field|--timeout|--rpc-socket|", to);
	put_flags(to, "|", is_plain);
	fputc('|', to);
	if (put_flags(to, "|", has_choices))
		fputc('|', to);
	put_flags(to, "|", takes_file);
	fputs(") skip=1 ;;\n\t\t(-*) ;;\n", to);
}

static void print_bash(FILE *to)
{
	fputs("# bash completion of parsctl, written by `parsctl completion bash`\n"
		"_parsctl() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} word cmd= skip= n=0 list=()\n"
		"\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
		"\t\tif [[ $skip ]]; then skip=; continue; fi\n"
		"\t\tcase $word in\n", to);
	put_skipping(to);
	fputs("\t\t(*) ((n++ < 2)) && cmd+=\"$word \" ;;\n\t\tesac\n\tdone\n"
		"\tcase ${COMP_WORDS[COMP_CWORD-1]} in\n", to);
	put_values(to, "COMPREPLY=($(compgen -W \"${list[*]}\" -- \"$cur\")); return",
		"COMPREPLY=($(compgen -f -- \"$cur\")); return");
	fputs("\tesac\n\tif [[ $cur == -* ]]; then\n", to);
	put_flag_lists(to, false);
	fputs("\telse\n", to);
	put_words(to, false);
	fputs("\tfi\n\tCOMPREPLY=($(compgen -W \"${list[*]}\" -- \"$cur\"))\n}\ncomplete -F _parsctl parsctl\n", to);
}

static void print_zsh(FILE *to)
{
	fputs("#compdef parsctl\n# zsh completion of parsctl, written by `parsctl completion zsh`\n"
		"_parsctl() {\n"
		"\tlocal word cmd= skip= n=0\n\tlocal -a list\n"
		"\tfor word in \"${(@)words[2,CURRENT-1]}\"; do\n"
		"\t\tif [[ -n $skip ]]; then skip=; continue; fi\n"
		"\t\tcase $word in\n", to);
	put_skipping(to);
	fputs("\t\t(*) ((n++ < 2)) && cmd+=\"$word \" ;;\n\t\tesac\n\tdone\n"
		"\tcase ${words[CURRENT-1]} in\n", to);
	put_values(to, "compadd -a list; return", "_files; return");
	fputs("\tesac\n\tif [[ $PREFIX == -* ]]; then\n", to);
	put_flag_lists(to, true);
	fputs("\telse\n", to);
	put_words(to, true);
	fputs("\tfi\n\t_describe parsctl list\n}\n"
		"if [[ $funcstack[1] == _parsctl ]]; then _parsctl \"$@\"; else compdef _parsctl parsctl; fi\n", to);
}

/* -- fish -------------------------------------------------------------------------------- */

static void put_fish_line(FILE *to, const char *what, const char *help)
{
	fprintf(to, "complete -c parsctl %s -d '", what);
	for (; *help; help++)
		fputs(*help == '\'' ? "\\'" : *help == '\\' ? "\\\\" : (char[]){ *help, '\0' }, to);
	fputs("'\n", to);
}

static void put_fish(FILE *to, const char *when, const char *words, const char *more, const char *help)
{
	char what[500];
	snprintf(what, sizeof what, "-n '%s \"%s\"' %s", when, words, more);
	put_fish_line(to, what, help);
}

static void put_fish_param(FILE *to, const struct rpc_method *m, const struct rpc_param *p)
{
	char words[64], flag[64], more[300];
	args_flag(p->name, flag);
	snprintf(words, sizeof words, "%s%s%s", m->noun, m->verb ? " " : "", m->verb ? m->verb : "");
	size_t n = (size_t)snprintf(more, sizeof more, "-l %s %s", flag, takes_file(p) ? "-r -F" : "-x");
	for (size_t i = 0; p->choices && p->choices[i] && n < sizeof more; i++)
		n += (size_t)snprintf(more + n, sizeof more - n, "%s%s", i ? " " : " -a '", p->choices[i]);
	if (p->choices && n < sizeof more)
		snprintf(more + n, sizeof more - n, "'");
	put_fish(to, "__parsctl_in", words, more, p->help);
	if (!p->choices || !args_is_positional(p))
		return;
	for (size_t i = 0; p->choices[i]; i++) {
		snprintf(more, sizeof more, "-a %.60s", p->choices[i]);
		put_fish(to, "__parsctl_at", words, more, "");
	}
}

static void put_fish_commands(FILE *to)
{
	char more[80];
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		snprintf(more, sizeof more, "-a %.70s", m->name);
		put_fish(to, "__parsctl_at", "rpc", more, m->summary);
		if (!m->noun)
			continue;
		snprintf(more, sizeof more, "-a %.70s", m->noun);
		if (is_first_of_noun(i))
			put_fish(to, "__parsctl_at", "", more, noun_help(i));
		snprintf(more, sizeof more, "-a %.70s", m->verb ? m->verb : "");
		if (m->verb)
			put_fish(to, "__parsctl_at", m->noun, more, m->summary);
		for (size_t p = 0; p < m->params_count; p++)
			put_fish_param(to, m, &m->params[p]);
	}
}

static void print_fish(FILE *to)
{
	fputs("# fish completion of parsctl, written by `parsctl completion fish`\n"
		"function __parsctl_words\n"
		"\tset -l skip\n"
		"\tset -l found\n"
		"\tfor word in (commandline -opc)[2..-1]\n"
		"\t\tif test -n \"$skip\"\n\t\t\tset skip\n\t\t\tcontinue\n\t\tend\n"
		"\t\tswitch $word\n"
		"\t\t\tcase --field --timeout --rpc-socket ", to);
	put_flags(to, " ", is_plain);
	fputc(' ', to);
	put_flags(to, " ", has_choices);
	fputc(' ', to);
	put_flags(to, " ", takes_file);
	fputs("\n\t\t\t\tset skip 1\n\t\t\tcase '-*'\n\t\t\tcase '*'\n\t\t\t\tset -a found $word\n"
		"\t\tend\n\tend\n\techo $found\nend\n"
		"function __parsctl_at\n\ttest \"$(__parsctl_words)\" = \"$argv\"\nend\n"
		"function __parsctl_in\n\tstring match -q -- \"$argv *\" \"$(__parsctl_words) \"\nend\n"
		"complete -c parsctl -f\n", to);
	put_fish_commands(to);
	put_fish(to, "__parsctl_at", "", "-a rpc", "calls a JSON-RPC method by its name");
	put_fish(to, "__parsctl_at", "", "-a completion", "prints a completion script");
	put_fish(to, "__parsctl_at", "", "-a help", "tells about a command");
	for (size_t i = 0; completion_shells[i]; i++) {
		char more[32];
		snprintf(more, sizeof more, "-a %s", completion_shells[i]);
		put_fish(to, "__parsctl_at", "completion", more, "");
	}
	for (const struct args_option *o = args_options; o->name; o++) {
		char more[64];
		snprintf(more, sizeof more, "-l %.40s%s", o->name, !o->arg ? "" : strcmp(o->arg, "PATH") ? " -x" : " -r -F");
		put_fish_line(to, more, o->help);
	}
}

void completion_print(FILE *to, const char *shell)
{
	if (!strcmp(shell, "bash"))
		print_bash(to);
	else if (!strcmp(shell, "zsh"))
		print_zsh(to);
	else
		print_fish(to);
}
