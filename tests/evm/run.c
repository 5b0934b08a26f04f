/* One bytecode, run or traced: a line a step as EIP-3155 has it. */
#include "tests/evm/suites.h"

#include <inttypes.h>
#include <stdlib.h>

#include "evm/opcode.h"
#include "tests/evm/prestate.h"

/* The step before the one that is told: only now is it known what it cost. */
static struct {
	bool waits;
	struct pars_evm_step step;
	struct pars_u256 stack[1024];
} last;

static void print_word(const struct pars_u256 *v)
{
	uint8_t b[32];
	char hex[65];
	pars_u256_to_be(v, b);
	pars_hex(PARS_BYTES_ARRAY(b), hex);
	const char *digits = hex + strspn(hex, "0");
	printf("\"0x%s\"", *digits ? digits : "0");
}

static void print_last(int64_t cost)
{
	char name[16];
	if (!last.waits)
		return;
	const struct pars_evm_step *s = &last.step;
	pars_opcode_name(s->op, name);
	printf("{\"pc\":%" PRIu32 ",\"op\":%u,\"gas\":\"0x%" PRIx64 "\",\"gasCost\":\"0x%" PRIx64 "\",\"memSize\":%zu,\"stack\":[",
		s->pc, s->op, (uint64_t)s->gas, (uint64_t)cost, s->memory_size);
	for (size_t i = 0; i < s->stack_count; i++) {
		if (i)
			putchar(',');
		print_word(&s->stack[i]);
	}
	printf("],\"depth\":%u,\"refund\":%" PRId64 ",\"opName\":\"%s\"}\n", s->depth, s->refund, name);
	last.waits = false;
}

static void tell(void *ctx, const struct pars_evm_step *step)
{
	(void)ctx;
	if (last.waits && step->depth == last.step.depth)
		print_last(last.step.gas - step->gas);
	else if (last.waits && step->depth > last.step.depth)
		print_last(last.step.gas - step->caller_gas);
	else
		print_last(last.step.cost);
	last.step = *step;
	memcpy(last.stack, step->stack, step->stack_count * sizeof *step->stack);
	last.step.stack = last.stack;
	last.waits = true;
}

int run_code(const struct run_options *o)
{
	PARS_AUTO_ARENA arena = { 0 };
	PARS_AUTO(pars_evm) evm = pars_evm_new(o->fork, 1);
	struct prestate state;
	prestate_init(&state, NULL);
	struct pars_world world;
	pars_world_init(&world, &state.host, o->fork, 1);
	pars_world_begin(&world);
	struct pars_address to = { { [18] = 0xc0, [19] = 0xde } };
	struct pars_world_account *a;
	struct pars_evm_result r;
	const struct pars_evm_block block = { .chain_id = 1, .number = 1, .timestamp = 1, .gas_limit = INT64_MAX };
	const struct pars_evm_tx tx = { 0 };
	if (pars_world_get(&world, &to, &a))
		die("the state failed");
	pars_world_set_code(&world, a, hex_bytes(&arena, o->code));
	if (o->trace)
		pars_evm_trace(evm, tell, NULL);
	pars_evm_start(evm, &world, &block, &tx, &(struct pars_evm_call){
		.to = to, .gas = o->gas, .input = hex_bytes(&arena, o->input) });
	if (pars_evm_run(evm, &r))
		die("the state failed");
	bool whole = r.status == PARS_EVM_SUCCESS || r.status == PARS_EVM_REVERT;
	print_last(whole ? last.step.gas - r.gas_left : last.step.cost);
	char *hex = pars_arena_room(&arena, 2 * r.output.n + 1);
	pars_hex(r.output, hex);
	printf("{\"output\":\"0x%s\",\"gasUsed\":\"0x%" PRIx64 "\"", hex, (uint64_t)(o->gas - r.gas_left));
	if (r.status != PARS_EVM_SUCCESS)
		printf(",\"error\":\"%s\"", pars_evm_status_text(r.status));
	printf("}\n");
	pars_world_done(&world);
	prestate_done(&state);
	return r.status != PARS_EVM_SUCCESS;
}
