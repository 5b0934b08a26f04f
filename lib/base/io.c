#include "base/io.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

struct pars_effect *pars_effects_add(struct pars_effects *e, enum pars_effect_type type)
{
	if (e->count == e->cap) {
		e->cap = e->cap ? e->cap * 2 : 16;
		e->list = pars_realloc(e->list, e->cap * sizeof *e->list);
	}
	struct pars_effect *f = &e->list[e->count++];
	*f = (struct pars_effect){ .type = type };
	return f;
}

void pars_effects_log(struct pars_effects *e, enum pars_log_level level, const char *folder,
	const char *fmt, ...)
{
	char line[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	struct pars_effect *f = pars_effects_add(e, PARS_EF_LOG);
	f->level = level;
	f->folder = folder;
	f->text = pars_arena_string(&e->arena, PARS_BYTES_STR(line));
}

void pars_effects_notify(struct pars_effects *e, enum pars_topic topic, const char *text)
{
	struct pars_effect *f = pars_effects_add(e, PARS_EF_NOTIFY);
	f->topic = topic;
	f->text = pars_arena_string(&e->arena, PARS_BYTES_STR(text));
}

void pars_effects_copy(struct pars_effects *e, const struct pars_effect *from)
{
	struct pars_effect *f = pars_effects_add(e, from->type);
	*f = *from;
	f->data = pars_arena_copy(&e->arena, from->data);
	f->text = from->text ? pars_arena_string(&e->arena, PARS_BYTES_STR(from->text)) : NULL;
}

void pars_effects_reset(struct pars_effects *e)
{
	e->count = 0;
	pars_arena_reset(&e->arena);
}

void pars_effects_done(struct pars_effects *e)
{
	free(e->list);
	pars_arena_done(&e->arena);
	*e = (struct pars_effects){ 0 };
}

enum pars_err pars_fail(struct pars_fault *fault, enum pars_err err, const char *fmt, ...)
{
	if (fault) {
		va_list ap;
		va_start(ap, fmt);
		fault->err = err;
		vsnprintf(fault->text, sizeof fault->text, fmt, ap);
		va_end(ap);
	}
	return err;
}
