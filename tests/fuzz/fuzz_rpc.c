/* Bytes from a client, cut in two at a place that the first byte chooses. The
 * client may not make backups, so nothing is written but the database. */
#include <assert.h>
#include <stdlib.h>

#include "rpc/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rpc_server_config config = { .agent = "parsd/fuzz", .network = "dev" };
static struct pars_node *node;
static struct rpc_server *server;
static struct pars_effects effects;
static struct pars_time now = { PARS_S(1), 1 };

static void open_node(void)
{
	struct pars_node_config c = { .path = ":memory:", .agent = "parsd/fuzz", .network = "dev" };
	if (pars_node_new(&c, now, &node, NULL))
		abort();
	server = rpc_server_new(&config);
	rpc_server_bind(server, node);
}

static void feed(struct rpc_client *c, struct pars_bytes b)
{
	pars_step_begin(node, now);
	rpc_server_begin(server, now.mono_us);
	rpc_client_input(c, b);
	enum pars_err err = pars_step_end(node, &effects);
	rpc_server_end(server, err, NULL);
	for (size_t i = 0; i < effects.count; i++)
		if (effects.list[i].type == PARS_EF_NOTIFY)
			rpc_server_notify(server, effects.list[i].topic, effects.list[i].text);
	rpc_server_poll(server, now.mono_us);
	assert(!err);
}

/* Every line must be ASCII JSON without braces in strings: as many { as }. */
static void check_output(struct rpc_client *c)
{
	struct pars_bytes piece;
	bool notification;
	while (rpc_client_output(c, &piece, 1, &notification)) {
		long depth = 0;
		for (size_t i = 0; i < piece.n; i++) {
			assert(piece.p[i] < 0x80);
			depth += (piece.p[i] == '{') - (piece.p[i] == '}');
			assert(depth >= 0 && (piece.p[i] != '\n' || i == piece.n - 1));
		}
		assert(!depth);
		rpc_client_sent(c, piece.n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!node)
		open_node();
	if (!size)
		return 0;
	struct rpc_client *c = rpc_client_new(server, RPC_WALLET);
	struct pars_bytes rest = { data + 1, size - 1 };
	struct pars_bytes head = pars_bytes_take(&rest, PARS_MIN(rest.n, (size_t)data[0]));
	feed(c, head);
	feed(c, rest);
	check_output(c);
	now.mono_us += PARS_S(3600);
	feed(c, PARS_BYTES(NULL, 0));
	check_output(c);
	rpc_client_free(c);
	return 0;
}
