#include "chain/import.h"

static enum pars_err write_block(struct pars_state *state, const struct pars_world *world,
	const struct pars_block *block, struct pars_arena *arena, struct pars_processed *ret)
{
	struct pars_digest root;
	size_t n;
	const struct pars_state_change *changes = pars_world_changes(world, arena, &n);
	enum pars_err err = pars_state_prepare(state, changes, n, &root);
	if (err)
		return err;
	if (!pars_digest_equal(&root, &block->header.state_root)) {
		ret->problem = "wrong root of the state";
		return PARS_OK;
	}
	return pars_state_commit(state, block->header.number, &block->hash);
}

enum pars_err pars_block_import(struct pars_state *state, struct pars_evm *evm,
	const struct pars_chain_config *config, const struct pars_header *parent,
	const struct pars_block *block, size_t raw_size, struct pars_arena *arena, struct pars_processed *ret)
{
	struct pars_state_view view;
	struct pars_world world;
	enum pars_err err = pars_state_view_init(&view, state, parent->number);
	if (err)
		return err;
	enum pars_fork fork = pars_chain_fork(config, block->header.number, block->header.timestamp);
	pars_world_init(&world, &view.host, fork, pars_evm_seed(evm));
	err = pars_block_process(evm, &world, config, parent, block, raw_size, arena, ret);
	if (!err && !ret->problem)
		err = write_block(state, &world, block, arena, ret);
	pars_world_done(&world);
	pars_state_view_done(&view);
	return err;
}
