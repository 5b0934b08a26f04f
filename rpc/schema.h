/* rpc/schema.h - what a method takes and gives, as data.
 *
 * One description per method drives the parameter check, the reply check of
 * the tests, rpc_discover and parsctl. Everything here is const and has no
 * handlers, so parsctl links it without a node. */
#ifndef PARS_RPC_SCHEMA_H
#define PARS_RPC_SCHEMA_H

#include <jansson.h>

#include "base/base.h"

enum rpc_kind {
	RPC_STRING,
	RPC_INT,
	RPC_BOOL,
	RPC_OBJECT,  /* of `shape` */
	RPC_STRINGS, /* list of strings */
	RPC_OBJECTS, /* list of objects of `shape` */
	RPC_MAP,     /* object whose keys are data and whose values are strings */
	RPC_ANY,
};

/* How people like to read a value; the JSON is the same. */
enum rpc_unit {
	RPC_PLAIN,
	RPC_BYTES,   /* integer */
	RPC_USEC,    /* integer, a duration in microseconds */
	RPC_TIME,    /* string, RFC 3339 in UTC */
	RPC_SECONDS, /* integer, a duration */
};

enum {
	/* fields */
	RPC_NULLABLE = 1, /* may be null */
	RPC_COLUMN = 2,   /* shown in a table; the other fields only singly or with --wide */
	RPC_SICK = 4,     /* anything in this list means that something is wrong */
	RPC_NEXT = 8,     /* cursor of the next page; null or absent: it was the last */
	RPC_RAW = 16,     /* a text to be shown as it is */
	/* parameters */
	RPC_REQUIRED = 32,
	RPC_POSITIONAL = 64, /* parsctl takes it without its name; required ones always */
	RPC_CURSOR = 128,    /* takes what RPC_NEXT gave */
	RPC_WAIT = 256,      /* seconds that the answer may take */
	/* methods */
	RPC_FOLLOW = 512,    /* parsctl asks again from `next` on, for ever */
	RPC_WHOLE = 1024,    /* parsctl asks for all pages: one alone means little */
	RPC_NO_NODE = 2048,  /* works while the node is not open */
	RPC_PATH = 4096,     /* parameter: a file; parsctl makes it absolute */
	RPC_REFRESH = 8192,  /* method: on a terminal parsctl shows it anew every second */
	RPC_PROSE = 16384,   /* list of objects: parsctl writes them as sentences, not as a table */
};

struct rpc_shape;

struct rpc_field {
	const char *name;
	enum rpc_kind kind;
	enum rpc_unit unit;
	unsigned flags;
	const struct rpc_shape *shape; /* RPC_OBJECT, RPC_OBJECTS */
	const char *help;
	size_t at;     /* 1 + where the value stands in the struct that rpc_row_put is given;
	                * 0: a handler puts it into a tree */
	size_t stride; /* RPC_OBJECTS: bytes from one row to the next */
};

struct rpc_shape {
	const char *name; /* of the type in rpc_discover */
	const struct rpc_field *fields;
	size_t count;
};

struct rpc_param {
	const char *name;
	enum rpc_kind kind;         /* RPC_STRING, RPC_INT or RPC_BOOL */
	unsigned flags;
	int64_t min, max;           /* of an integer, or of a string's bytes */
	const char *def;            /* as text; NULL: none */
	const char *const *choices; /* NULL-terminated; NULL: any */
	const char *help;
};

/* Most rights last. */
enum rpc_role { RPC_READ, RPC_WALLET, RPC_ADMIN };

struct rpc_method {
	const char *name;          /* "pars_peerLs" */
	const char *noun, *verb;   /* parsctl peer ls; noun NULL: no command, verb
	                            * NULL: the noun alone is the command */
	enum rpc_role role;
	unsigned flags;
	const char *summary;       /* one sentence */
	const struct rpc_param *params;
	size_t params_count;
	struct rpc_field result;
	const char *example;       /* parameters, JSON */
	const char *example_result;
};

#define RPC_WHY_MAX 400

/* What is wrong with a value, in a sentence for people. */
struct rpc_why {
	const char *param; /* its name, NULL: the parameters as a whole. Borrows
	                    * the table or the checked value */
	char text[RPC_WHY_MAX];
};

const char *rpc_role_name(enum rpc_role role);
const char *rpc_kind_name(enum rpc_kind kind);

/* Checks parameters given by name (object), by position (array) or not at all
 * (NULL). Gives an object with every known parameter that has a value,
 * defaults filled in. A null stands for "not given". */
PARS_MUST bool rpc_params_check(const struct rpc_method *m, json_t *given, json_t **ret,
	struct rpc_why *why);
/* The JSON value that a text means for this parameter, unchecked range. */
PARS_MUST bool rpc_param_parse(const struct rpc_param *p, const char *text, json_t **ret,
	struct rpc_why *why);
/* "an integer from 1 to 1000" */
void rpc_param_expected(const struct rpc_param *p, char out[RPC_WHY_MAX]);

/* Whether a result is as the schema says: every field there, none other. */
PARS_MUST bool rpc_result_check(const struct rpc_field *f, const json_t *value, struct rpc_why *why);

#endif
