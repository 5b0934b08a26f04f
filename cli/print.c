#include "cli/print.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/human.h"

#define COLUMNS_MAX 64

static bool is_terminal(FILE *f)
{
	return isatty(fileno(f));
}

static bool has_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return is_terminal(f) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

static void write_out(FILE *to, struct pars_bytes b)
{
	if (b.n)
		fwrite(b.p, 1, b.n, to);
}

void print_json(FILE *to, const json_t *value)
{
	json_dumpf(value, to, JSON_ENCODE_ANY | (is_terminal(to) ? JSON_INDENT(2) : JSON_COMPACT));
	fputc('\n', to);
}

/* -- tables --------------------------------------------------------------------- */

static bool is_column(const struct rpc_field *f, bool wide)
{
	return wide || f->flags & RPC_COLUMN;
}

struct table {
	const struct rpc_shape *shape;
	const json_t *rows;
	bool wide, heading;
	int64_t now_s;
	size_t *width;
};

static void put_cell(struct pars_buf *out, const struct table *t, const json_t *row, size_t column)
{
	const struct rpc_field *f = &t->shape->fields[column];
	const json_t *v = json_object_get(row, f->name);
	char more[32];
	size_t n = json_array_size(v);
	const char *first = json_string_value(json_array_get(v, 0));
	if (!json_is_array(v)) {
		human_put(out, f, v, t->now_s);
		return;
	}
	/* Of several values the first, and how many more there are. */
	if (first)
		pars_buf_put(out, PARS_BYTES_STR(first));
	if (!first || n > 1) {
		snprintf(more, sizeof more, "%s%zu", first ? " +" : "", first ? n - 1 : n);
		pars_buf_put(out, PARS_BYTES_STR(more));
	}
}

static void put_heading(struct pars_buf *out, const struct rpc_field *f)
{
	size_t from = out->n;
	human_label(out, f);
	for (uint8_t *p = out->mem + out->off + from; p < out->mem + out->off + out->n; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (uint8_t)(*p - 32);
}

/* One line; row NULL: the heading. The last column is not padded. */
static void put_line(struct pars_buf *out, const struct table *t, const json_t *row)
{
	size_t pad = 0;
	for (size_t i = 0; i < t->shape->count; i++) {
		if (!is_column(&t->shape->fields[i], t->wide))
			continue;
		for (; pad; pad--)
			pars_buf_put_byte(out, ' ');
		size_t from = out->n;
		if (row)
			put_cell(out, t, row, i);
		else
			put_heading(out, &t->shape->fields[i]);
		size_t w = human_width(PARS_BYTES(out->mem + out->off + from, out->n - from));
		pad = 2 + (t->width[i] > w ? t->width[i] - w : 0);
	}
}

static void measure(struct table *t)
{
	for (size_t i = 0; i < t->shape->count; i++) {
		for (size_t r = t->heading ? 0 : 1; r <= json_array_size(t->rows); r++) {
			PARS_AUTO_BUF cell = { 0 };
			if (r)
				put_cell(&cell, t, json_array_get(t->rows, r - 1), i);
			else
				put_heading(&cell, &t->shape->fields[i]);
			t->width[i] = PARS_MAX(t->width[i], human_width(pars_buf_bytes(&cell)));
		}
	}
}

static void print_line(FILE *to, const struct table *t, const json_t *row)
{
	PARS_AUTO_BUF line = { 0 };
	put_line(&line, t, row);
	bool bold = !row && has_colour(to);
	fputs(bold ? "\033[1m" : "", to);
	write_out(to, pars_buf_bytes(&line));
	fputs(bold ? "\033[0m\n" : "\n", to);
}

/* The widths so far; further pages of a table stay in its columns. */
static size_t *widths(const struct rpc_shape *shape, bool fresh)
{
	static size_t kept[COLUMNS_MAX];
	assert(shape->count <= COLUMNS_MAX);
	if (fresh)
		memset(kept, 0, sizeof kept);
	return kept;
}

static void print_table(FILE *to, const struct args *a, const struct rpc_shape *shape, const json_t *rows,
	bool more)
{
	bool follow = a->method->flags & RPC_FOLLOW, heading = !more && !follow;
	struct table t = { shape, rows, a->wide, heading, follow ? 0 : time(NULL), NULL };
	t.width = widths(shape, !more);
	measure(&t);
	if (heading && json_array_size(rows))
		print_line(to, &t, NULL);
	else if (heading && isatty(fileno(to)))
		fputs("(none)\n", stderr); /* silence would puzzle a person, not a script */
	for (size_t i = 0; i < json_array_size(rows); i++)
		print_line(to, &t, json_array_get(rows, i));
}

/* -- key and value ---------------------------------------------------------------- */

static void print_strings(FILE *to, const json_t *list, size_t indent)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		PARS_AUTO_BUF line = { 0 };
		human_put_text(&line, json_string_value(json_array_get(list, i)), false);
		fprintf(to, "%*s", i ? (int)indent : 0, "");
		write_out(to, pars_buf_bytes(&line));
		fputc('\n', to);
	}
	if (!json_array_size(list))
		fputs("-\n", to);
}

static void print_pair(FILE *to, const struct rpc_field *f, const json_t *v, size_t width)
{
	PARS_AUTO_BUF line = { 0 };
	human_label(&line, f);
	while (line.n < width)
		pars_buf_put_byte(&line, ' ');
	if (f->kind != RPC_STRINGS) {
		human_put(&line, f, v, time(NULL));
		pars_buf_put_byte(&line, '\n');
	}
	write_out(to, pars_buf_bytes(&line));
	if (f->kind == RPC_STRINGS)
		print_strings(to, v, width);
}

static size_t label_width(const struct rpc_shape *shape)
{
	size_t width = 0;
	for (size_t i = 0; i < shape->count; i++) {
		PARS_AUTO_BUF label = { 0 };
		human_label(&label, &shape->fields[i]);
		width = PARS_MAX(width, label.n);
	}
	return width + 2;
}

static bool print_raw(FILE *to, const struct rpc_field *f, const json_t *v)
{
	if (!(f->flags & RPC_RAW))
		return false;
	PARS_AUTO_BUF text = { 0 };
	/* Into a pipe it goes as it is: a program reads it. */
	if (is_terminal(to))
		human_put_text(&text, json_string_value(v), true);
	else
		pars_buf_put(&text, PARS_BYTES(json_string_value(v), json_string_length(v)));
	write_out(to, pars_buf_bytes(&text));
	if (text.n && text.mem[text.off + text.n - 1] != '\n')
		fputc('\n', to);
	return true;
}

/* A row that holds sentences: "first: second", and the rest below. */
static void print_prose(FILE *to, const struct rpc_shape *shape, const json_t *rows)
{
	for (size_t r = 0; r < json_array_size(rows); r++) {
		PARS_AUTO_BUF text = { 0 };
		for (size_t i = 0; i < shape->count; i++) {
			const char *s = json_string_value(json_object_get(json_array_get(rows, r), shape->fields[i].name));
			const char *before = i == 0 ? "\n" : i == 1 ? ": " : "\n    ";
			if (!s || !*s)
				continue;
			pars_buf_put(&text, PARS_BYTES_STR(before));
			human_put_text(&text, s, false);
		}
		pars_buf_put_byte(&text, '\n');
		write_out(to, pars_buf_bytes(&text));
	}
}

static void print_list(FILE *to, const struct args *a, const struct rpc_field *f, const json_t *v, bool more)
{
	if (f->flags & RPC_PROSE)
		print_prose(to, f->shape, v);
	else
		print_table(to, a, f->shape, v, more);
}

static void print_object(FILE *to, const struct args *a, const struct rpc_shape *shape, const json_t *o, bool more)
{
	size_t width = label_width(shape);
	for (size_t i = 0; i < shape->count; i++) {
		const struct rpc_field *f = &shape->fields[i];
		const json_t *v = json_object_get(o, f->name);
		bool pairs = shape->fields[0].kind != RPC_OBJECTS;
		if (f->kind == RPC_OBJECTS && pairs && json_array_size(v) && !(f->flags & RPC_PROSE))
			fputc('\n', to);
		if (f->kind == RPC_OBJECTS)
			print_list(to, a, f, v, more);
		else if (pairs && !(f->flags & RPC_NEXT) && !print_raw(to, f, v))
			print_pair(to, f, v, width);
	}
	/* What a page holds back must not pass for all there is. */
	const json_t *next = json_object_get(o, "next"), *rest = json_object_get(o, "more");
	if (!a->all && json_is_string(next) && (!rest || json_is_true(rest)) && !(a->method->flags & RPC_FOLLOW))
		fprintf(stderr, "(more: --all, or --cursor %s)\n", json_string_value(next));
}

void print_result(FILE *to, const struct args *a, const json_t *result, bool more)
{
	if (a->json || !a->method || a->method->result.kind != RPC_OBJECT || !json_is_object(result))
		print_json(to, result);
	else
		print_object(to, a, a->method->result.shape, result, more);
	fflush(to);
}

/* -- --field --------------------------------------------------------------------- */

static const json_t *member(const json_t *v, const char *name, size_t n)
{
	char key[128], *end;
	if (!n || n >= sizeof key)
		return NULL;
	memcpy(key, name, n);
	key[n] = '\0';
	if (!json_is_array(v))
		return json_object_get(v, key);
	unsigned long i = strtoul(key, &end, 10);
	return *end ? NULL : json_array_get(v, i);
}

static void print_bare(FILE *to, const json_t *v)
{
	PARS_AUTO_BUF text = { 0 };
	if (!json_is_string(v)) {
		json_dumpf(v, to, JSON_ENCODE_ANY | JSON_COMPACT);
	} else if (is_terminal(to)) {
		human_put_text(&text, json_string_value(v), true);
		write_out(to, pars_buf_bytes(&text));
	} else {
		fwrite(json_string_value(v), 1, json_string_length(v), to);
	}
	fputc('\n', to);
}

bool print_field(FILE *to, const char *path, const json_t *result, struct rpc_why *why)
{
	const json_t *v = result;
	for (const char *p = path; *p && v;) {
		size_t n = strcspn(p, ".");
		v = member(v, p, n);
		p += n + (p[n] == '.');
	}
	if (!v) {
		why->param = NULL;
		snprintf(why->text, sizeof why->text, "the answer has no field %.100s (--json shows all of it)", path);
		return false;
	}
	if (!json_is_array(v))
		print_bare(to, v);
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
		print_bare(to, json_array_get(v, i));
	fflush(to);
	return true;
}

bool print_is_sick(const struct rpc_method *m, const json_t *result)
{
	const struct rpc_shape *shape = m ? m->result.shape : NULL;
	for (size_t i = 0; shape && i < shape->count; i++)
		if (shape->fields[i].flags & RPC_SICK && json_array_size(json_object_get(result, shape->fields[i].name)))
			return true;
	return false;
}
