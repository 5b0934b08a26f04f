/* Machines: they start and die, their disks and clocks fail, they are copied. */
#include <sqlite3.h>
#include <stdio.h>

#include "tests/sim/disk.h"
#include "tests/sim/sim_impl.h"

static void learn_address(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_id_info id;
	char listen[64];
	sim_listen_address(node, listen);
	pars_id_get(s->nodes[node].node, &a, &id);
	snprintf(s->nodes[node].address, sizeof s->nodes[node].address, "%s/p2p/%s", listen, id.peer_id);
}

void sim_restart(struct sim *s, unsigned node)
{
	struct sim_node *n = &s->nodes[node];
	struct pars_fault fault;
	char listen[64];
	const char *listens[] = { listen };
	sim_listen_address(node, listen);
	struct pars_node_config config = { .path = n->path, .vfs = DISK_VFS, .agent = "parsd/sim", .network = "dev",
		.listen = listens, .listens = 1, .skip_integrity_check = true, .save_apart = true,
		.conns_max = n->conns_max };
	pars_rng_bytes(&s->rng, config.seed, sizeof config.seed);
	enum pars_err err = pars_node_new(&config, sim_node_time(s, node), &n->node, &fault);
	if (err && err != PARS_E_DISK_FULL && err != PARS_E_DISK_IO && err != PARS_E_DISK_READ_ONLY)
		sim_fail(s, "node %u does not open: %s", node, fault.text);
	if (err) {
		sim_push(s, (struct timed){ .at = s->now + REOPEN_TIME, .node = node, .life = n->life, .reopen = true });
		return;
	}
	learn_address(s, node);
	sim_check_node(s, node, true);
	sim_set_timer(s, node);
}

void sim_crash(struct sim *s, unsigned node)
{
	struct sim_node *n = &s->nodes[node];
	for (struct link *l = s->links; l; l = l->next)
		for (int side = 0; side < 2; side++)
			if (l->end[side].node == node && l->end[side].open)
				sim_close_end(s, node, l->end[side].conn);
	disk_freeze(node, true);
	pars_node_free(n->node);
	disk_freeze(node, false);
	n->node = NULL;
	n->listening = false;
	n->life++;
	sim_forget_sent(n);
	sim_tell_nobody(s, node);
}

/* What was in memory only is gone, and it may be vertices of others: the
 * checker forgets how many there were. What was acknowledged must stay. */
void sim_power_cut(struct sim *s, unsigned node)
{
	sim_crash(s, node);
	disk_power_cut(node);
	s->nodes[node].vertices = 0;
	s->nodes[node].arrival[0] = '\0';
}

/* What it had acknowledged is the others' to keep now. */
void sim_destroy(struct sim *s, unsigned node)
{
	if (s->nodes[node].node)
		sim_crash(s, node);
	disk_erase(node);
	for (size_t i = 0; i < s->acknowledged_count; i++)
		if (s->acknowledged[i].node == node)
			s->acknowledged[i].node = NOBODY;
	s->nodes[node].vertices = 0;
	s->nodes[node].arrival[0] = '\0';
}

void sim_disk(struct sim *s, unsigned node, bool full, unsigned errors_per_10000)
{
	s->nodes[node].disk_errors = errors_per_10000;
	disk_set_full(node, full);
	disk_set_errors(node, errors_per_10000);
}

void sim_clock(struct sim *s, unsigned node, int64_t jump_ns, int drift_ppm)
{
	struct sim_node *n = &s->nodes[node];
	n->wall_ns += jump_ns;
	/* A monotonic clock never goes back: it may only run faster than before. */
	n->drift_ppm = PARS_MAX(n->drift_ppm, drift_ppm);
}

void sim_slow(struct sim *s, unsigned node, unsigned max_ms)
{
	s->nodes[node].slow_ms = max_ms;
}

void sim_conns(struct sim *s, unsigned node, unsigned max)
{
	s->nodes[node].conns_max = max;
	sim_crash(s, node);
	sim_restart(s, node);
}

void sim_twin(struct sim *s, unsigned of, unsigned as)
{
	sqlite3 *db;
	if (s->nodes[as].node)
		sim_crash(s, as);
	sim_disk(s, as, false, 0);
	disk_clone(of, as);
	/* What only the old node `as` had went with its disk. */
	size_t kept = 0;
	for (size_t i = 0; i < s->acknowledged_count; i++)
		if (s->acknowledged[i].node != as)
			s->acknowledged[kept++] = s->acknowledged[i];
	s->acknowledged_count = kept;
	/* The same person, but a node of its own: it draws a new node key. */
	if (sqlite3_open_v2(s->nodes[as].path, &db, SQLITE_OPEN_READWRITE, DISK_VFS) ||
	    sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; DELETE FROM fact WHERE name = 'node_key'", NULL, NULL, NULL))
		sim_fail(s, "node %u's disk cannot be copied: %s", of, sqlite3_errmsg(db));
	sqlite3_close(db);
	s->nodes[as].vertices = 0;
	s->nodes[as].arrival[0] = '\0';
	sim_restart(s, as);
}
