/* tests/evm/json.h - Ethereum's test data out of JSON: hex of all lengths. */
#ifndef PARS_TESTS_EVM_JSON_H
#define PARS_TESTS_EVM_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "crypto/address.h"

/* Of a hex string, "0x" or not; a missing one is empty or zero. What is no hex
 * ends the program with a message, as broken data is nobody's test. */
struct pars_bytes json_bytes(struct pars_arena *a, const json_t *v);
struct pars_u256 json_u256(const json_t *v);
uint64_t json_u64(const json_t *v);
struct pars_address json_address(const json_t *v);
struct pars_digest json_digest(const json_t *v);
/* The same of the text itself: keys of objects. */
struct pars_bytes hex_bytes(struct pars_arena *a, const char *text);
struct pars_u256 hex_u256(const char *text);
/* The whole file, or the end of the program. Free by json_decref. */
json_t *json_file(const char *path);
void die(const char *fmt, ...) PARS_PRINTF(1, 2) __attribute__((noreturn));

#endif
