#include "tests/evm/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

void die(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

json_t *json_file(const char *path)
{
	json_error_t error;
	json_t *v = json_load_file(path, JSON_ALLOW_NUL, &error);
	if (!v)
		die("%s:%d: %s", path, error.line, error.text);
	return v;
}

struct pars_bytes hex_bytes(struct pars_arena *a, const char *text)
{
	if (!strncmp(text, "0x", 2))
		text += 2;
	size_t digits = strlen(text), n = (digits + 1) / 2;
	uint8_t *out = pars_arena_room(a, n + 1);
	bool odd = digits % 2;
	char first[3] = { '0', text[0], 0 };
	if ((odd && !pars_unhex(first, out, 1)) || !pars_unhex(text + odd, out + odd, digits / 2))
		die("not hexadecimal: %.80s", text);
	return PARS_BYTES(out, n);
}

struct pars_u256 hex_u256(const char *text)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_u256 v;
	/* Data for the oldest tests has decimal numbers, too. */
	if (strncmp(text, "0x", 2) && strlen(text) < 20)
		return PARS_U256(strtoull(text, NULL, 10));
	if (!pars_u256_from_bytes(hex_bytes(&arena, text), &v))
		die("more than 256 bits: %.80s", text);
	return v;
}

struct pars_bytes json_bytes(struct pars_arena *a, const json_t *v)
{
	return v ? hex_bytes(a, json_string_value(v)) : (struct pars_bytes){ 0 };
}

struct pars_u256 json_u256(const json_t *v)
{
	if (json_is_integer(v))
		return PARS_U256((uint64_t)json_integer_value(v));
	return v ? hex_u256(json_string_value(v)) : PARS_U256(0);
}

uint64_t json_u64(const json_t *v)
{
	struct pars_u256 n = json_u256(v);
	return pars_u256_u64(&n);
}

struct pars_address json_address(const json_t *v)
{
	struct pars_u256 n = json_u256(v);
	return pars_address_from_u256(&n);
}

struct pars_digest json_digest(const json_t *v)
{
	struct pars_digest d;
	struct pars_u256 n = json_u256(v);
	pars_u256_to_be(&n, d.b);
	return d;
}
