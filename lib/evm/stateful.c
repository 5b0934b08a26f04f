#include "evm/stateful.h"

#include <assert.h>

#include "evm/evm_impl.h"

#define LOG_GAS 375 /* once, and for each topic */
#define LOG_BYTE_GAS 8
#define ERROR_SELECTOR 0x08c379a0 /* Error(string) */

static bool over(struct pars_stateful *c, enum pars_evm_status status)
{
	c->status = status;
	return false;
}

bool pars_stateful_pay(struct pars_stateful *c, int64_t gas)
{
	c->gas -= gas;
	return c->gas >= 0 || over(c, PARS_EVM_OUT_OF_GAS);
}

bool pars_stateful_load(struct pars_stateful *c, const struct pars_u256 *key, struct pars_u256 *ret)
{
	struct pars_world_slot *s;
	if ((c->err = pars_world_slot(c->world, c->self, key, &s)))
		return false;
	int64_t cost = !c->rules->warm_and_cold ? c->rules->sload_gas
		: pars_world_warm_slot(c->world, c->self, s) ? WARM_GAS : COLD_SLOT_GAS;
	*ret = s->value;
	return pars_stateful_pay(c, cost);
}

bool pars_stateful_store(struct pars_stateful *c, const struct pars_u256 *key, const struct pars_u256 *value)
{
	struct pars_world_slot *s;
	assert(!c->is_static);
	if ((c->err = pars_world_slot(c->world, c->self, key, &s)))
		return false;
	return slot_store(c->world, c->rules, c->self, s, value, &c->gas) || over(c, PARS_EVM_OUT_OF_GAS);
}

bool pars_stateful_log(struct pars_stateful *c, const struct pars_digest *topics, unsigned topic_count,
	struct pars_bytes data)
{
	struct pars_log log = { .address = c->self->address, .topic_count = topic_count, .data = data };
	assert(!c->is_static && topic_count <= PARS_COUNT(log.topics));
	if (!pars_stateful_pay(c, LOG_GAS * (1 + (int64_t)topic_count) + LOG_BYTE_GAS * (int64_t)data.n))
		return false;
	memcpy(log.topics, topics, topic_count * sizeof *topics);
	pars_world_log(c->world, &log);
	return true;
}

bool pars_stateful_send(struct pars_stateful *c, const struct pars_address *to, const struct pars_u256 *value)
{
	struct pars_world_account *a;
	assert(!c->is_static);
	if ((c->err = pars_world_get(c->world, to, &a)))
		return false;
	if (pars_u256_less(&c->self->now.balance, value)) /* a genesis may have forgotten it */
		return pars_stateful_refuse(c, "too little balance");
	int64_t cost = CALL_VALUE_GAS + (pars_world_is_dead(c->world, a) ? NEW_ACCOUNT_GAS : 0);
	if (!pars_stateful_pay(c, cost))
		return false;
	pars_world_transfer(c->world, c->self, a, value);
	return true;
}

bool pars_stateful_refuse(struct pars_stateful *c, const char *reason)
{
	static const uint8_t zeros[32];
	struct pars_bytes text = PARS_BYTES_STR(reason);
	uint8_t selector[4];
	pars_put_be32(selector, ERROR_SELECTOR);
	pars_buf_truncate(c->out, 0);
	pars_buf_put(c->out, PARS_BYTES_ARRAY(selector));
	pars_stateful_put(c, &PARS_U256(32)); /* where the string begins */
	pars_stateful_put(c, &PARS_U256(text.n));
	pars_buf_put(c->out, text);
	pars_buf_put(c->out, PARS_BYTES(zeros, -text.n % 32));
	return over(c, PARS_EVM_REVERT);
}

void pars_stateful_put(struct pars_stateful *c, const struct pars_u256 *word)
{
	uint8_t b[32];
	pars_u256_to_be(word, b);
	pars_buf_put(c->out, PARS_BYTES_ARRAY(b));
}
