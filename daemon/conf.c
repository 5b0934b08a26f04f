#include "daemon/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4096

struct parser {
	const char *name;
	unsigned line;
	char section[64];
};

static char *trim(char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	size_t n = strlen(s);
	while (n && strchr(" \t\r", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static enum pars_err wrong(const struct parser *p, struct pars_fault *fault, const char *what)
{
	return pars_fail(fault, PARS_E_INVALID, "%s:%u: %s", p->name, p->line, what);
}

static enum pars_err section_line(struct parser *p, char *s, struct pars_fault *fault)
{
	size_t n = strlen(s);
	if (s[n - 1] != ']')
		return wrong(p, fault, "a section is written [name]");
	s[n - 1] = '\0';
	s = trim(s + 1);
	if (!*s || strlen(s) >= sizeof p->section)
		return wrong(p, fault, "the section's name is empty or too long");
	snprintf(p->section, sizeof p->section, "%s", s);
	return PARS_OK;
}

static char *unquote(char *s)
{
	size_t n = strlen(s);
	if (n < 2 || s[0] != '"' || s[n - 1] != '"')
		return s;
	s[n - 1] = '\0';
	return s + 1;
}

static enum pars_err digest(struct parser *p, char *s,
	enum pars_err (*take)(void *, const struct conf_line *, struct pars_fault *), void *arg,
	struct pars_fault *fault)
{
	s = trim(s);
	if (!*s || *s == '#' || *s == ';')
		return PARS_OK;
	if (*s == '[')
		return section_line(p, s, fault);
	char *eq = strchr(s, '=');
	if (!eq)
		return wrong(p, fault, "expected `key = value` or `[section]`");
	*eq = '\0';
	struct conf_line line = { p->section, trim(s), unquote(trim(eq + 1)), p->line };
	if (!*line.key)
		return wrong(p, fault, "the key before = is missing");
	if (!p->section[0])
		return wrong(p, fault, "a setting must stand under a [section]");
	return take(arg, &line, fault);
}

enum pars_err conf_parse(struct pars_bytes text, const char *name,
	enum pars_err (*take)(void *arg, const struct conf_line *line, struct pars_fault *fault), void *arg,
	struct pars_fault *fault)
{
	struct parser p = { .name = name };
	char line[LINE_MAX_BYTES];
	while (text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		struct pars_bytes part = pars_bytes_take(&text, end ? (size_t)(end - text.p) : text.n);
		if (text.n)
			pars_bytes_take(&text, 1);
		p.line++;
		if (part.n >= sizeof line)
			return wrong(&p, fault, "the line is longer than 4095 bytes");
		if (part.n && memchr(part.p, '\0', part.n))
			return wrong(&p, fault, "the line holds a zero byte");
		if (part.n)
			memcpy(line, part.p, part.n);
		line[part.n] = '\0';
		enum pars_err err = digest(&p, line, take, arg, fault);
		if (err)
			return err;
	}
	return PARS_OK;
}
