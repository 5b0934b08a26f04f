#include "rpc/chain_genesis.h"

#include <stdlib.h>
#include <string.h>

#define EPOCH_BLOCKS 1024 /* unless the file says otherwise */

/* Who reads, where to, and what went wrong. Readers return false after a fault. */
struct reader {
	struct pars_arena *arena;
	struct pars_fault *fault;
	size_t slots;
};

static bool wrong(struct reader *r, const char *name, const char *why)
{
	(void)!pars_fail(r->fault, PARS_E_INVALID, "\"%.100s\" %s", name, why);
	return false;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* -- values -------------------------------------------------------------------- */

static bool number_of_text(const char *s, struct pars_u256 *ret)
{
	unsigned base = !strncmp(s, "0x", 2) || !strncmp(s, "0X", 2) ? 16 : 10;
	struct pars_u256 v = PARS_U256(0);
	s += base == 16 ? 2 : 0;
	if (!*s && base == 10)
		return false;
	for (; *s; s++) {
		unsigned d = (unsigned)digit(*s);
		if (d >= base || pars_u256_mul_over(&v, &v, &PARS_U256(base)) || pars_u256_add(&v, &v, &PARS_U256(d)))
			return false;
	}
	*ret = v;
	return true;
}

/* Absent or null: what *ret is already. */
static bool take_u256(struct reader *r, const json_t *o, const char *name, struct pars_u256 *ret)
{
	const json_t *v = json_object_get(o, name);
	if (!v || json_is_null(v))
		return true;
	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*ret = PARS_U256((uint64_t)json_integer_value(v));
		return true;
	}
	if (json_is_string(v) && number_of_text(json_string_value(v), ret))
		return true;
	return wrong(r, name, "must be a number, decimal or with 0x, of at most 256 bits");
}

static bool take_u64(struct reader *r, const json_t *o, const char *name, uint64_t *ret)
{
	struct pars_u256 v = PARS_U256(*ret);
	if (!take_u256(r, o, name, &v))
		return false;
	if (!pars_u256_is_u64(&v))
		return wrong(r, name, "must be a number of at most 64 bits");
	*ret = v.w[0];
	return true;
}

static const char *skip_0x(const char *s)
{
	return s && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? s + 2 : s;
}

/* Exactly n bytes, or absent. */
static bool take_fixed(struct reader *r, const json_t *o, const char *name, uint8_t *out, size_t n)
{
	const json_t *v = json_object_get(o, name);
	const char *s = skip_0x(json_string_value(v));
	if (!v || json_is_null(v) || (s && pars_unhex(s, out, n)))
		return true;
	return wrong(r, name, "must be hex digits of the length such a value has");
}

static bool take_bytes(struct reader *r, const json_t *o, const char *name, size_t max, struct pars_bytes *ret)
{
	const json_t *v = json_object_get(o, name);
	const char *s = skip_0x(json_string_value(v));
	if (!v || json_is_null(v))
		return true;
	size_t n = s ? strlen(s) / 2 : 0;
	if (!s || n > max)
		return wrong(r, name, "must be hex digits, no more than such a value has");
	uint8_t *p = pars_arena_room(r->arena, n + 1);
	if (!pars_unhex(s, p, n))
		return wrong(r, name, "must be an even number of hex digits");
	*ret = PARS_BYTES(p, n);
	return true;
}

/* -- config --------------------------------------------------------------------- */

static const struct {
	enum pars_fork fork;
	const char *name;
} fork_members[] = {
	{ PARS_HOMESTEAD, "homesteadBlock" }, { PARS_TANGERINE, "eip150Block" }, { PARS_SPURIOUS, "eip158Block" },
	{ PARS_BYZANTIUM, "byzantiumBlock" }, { PARS_CONSTANTINOPLE, "constantinopleBlock" },
	{ PARS_PETERSBURG, "petersburgBlock" }, { PARS_ISTANBUL, "istanbulBlock" }, { PARS_BERLIN, "berlinBlock" },
	{ PARS_LONDON, "londonBlock" }, { PARS_PARIS, "mergeNetsplitBlock" }, { PARS_SHANGHAI, "shanghaiTime" },
	{ PARS_CANCUN, "cancunTime" }, { PARS_PRAGUE, "pragueTime" }, { PARS_OSAKA, "osakaTime" },
};

/* In the order in which they can begin. */
static const struct {
	const char *name, *since;
} blob_members[] = {
	{ "cancun", "cancunTime" }, { "prague", "pragueTime" }, { "osaka", "osakaTime" }, { "bpo1", "bpo1Time" },
	{ "bpo2", "bpo2Time" }, { "bpo3", "bpo3Time" }, { "bpo4", "bpo4Time" }, { "bpo5", "bpo5Time" },
};

static bool take_blobs(struct reader *r, const json_t *config, struct pars_chain_config *c)
{
	const json_t *schedule = json_object_get(config, "blobSchedule");
	for (size_t i = 0; i < PARS_COUNT(blob_members); i++) {
		const json_t *o = json_object_get(schedule, blob_members[i].name);
		struct pars_blob_rule rule = { .since = PARS_FORK_NEVER };
		if (!take_u64(r, config, blob_members[i].since, &rule.since))
			return false;
		if (!o || rule.since == PARS_FORK_NEVER)
			continue;
		if (!take_u64(r, o, "target", &rule.target) || !take_u64(r, o, "max", &rule.max) ||
		    !take_u64(r, o, "baseFeeUpdateFraction", &rule.update_fraction))
			return false;
		c->blobs[c->blob_count++] = rule;
	}
	return true;
}

/* This network's own precompiles; absent: none. */
static bool take_network(struct reader *r, const json_t *pars, struct pars_chain_config *c)
{
	if (!pars || json_is_null(pars))
		return true;
	if (!json_is_object(pars))
		return wrong(r, "pars", "must be an object");
	if (!json_object_get(pars, "stakeMin"))
		return wrong(r, "stakeMin", "is missing in \"pars\"");
	c->has_network = true;
	c->network.epoch_blocks = EPOCH_BLOCKS;
	return take_u64(r, pars, "epochBlocks", &c->network.epoch_blocks) &&
		take_u256(r, pars, "stakeMin", &c->network.stake_min);
}

static bool take_config(struct reader *r, const json_t *config, struct pars_chain_config *c)
{
	struct pars_u256 difficulty = { { 1 } };
	if (!json_is_object(config))
		return wrong(r, "config", "must be an object");
	for (int f = 0; f < PARS_FORKS; f++)
		c->since[f] = f ? PARS_FORK_NEVER : 0;
	for (size_t i = 0; i < PARS_COUNT(fork_members); i++)
		if (!take_u64(r, config, fork_members[i].name, &c->since[fork_members[i].fork]))
			return false;
	/* A chain whose total difficulty is over from the start begins in Paris. */
	if (!take_u256(r, config, "terminalTotalDifficulty", &difficulty))
		return false;
	if (pars_u256_is_zero(&difficulty) && c->since[PARS_PARIS] == PARS_FORK_NEVER)
		c->since[PARS_PARIS] = c->since[PARS_LONDON];
	if (!json_object_get(config, "chainId"))
		return wrong(r, "chainId", "is missing");
	if (!take_u64(r, config, "chainId", &c->chain_id) || !take_blobs(r, config, c) ||
	    !take_fixed(r, config, "depositContractAddress", c->deposit_contract.b, PARS_ADDRESS_SIZE) ||
	    !take_network(r, json_object_get(config, "pars"), c))
		return false;
	const char *problem = pars_chain_config_problem(c);
	return problem ? wrong(r, "config", problem) : true;
}

/* -- alloc ---------------------------------------------------------------------- */

static int by_slot(const void *a, const void *b)
{
	return pars_u256_compare(&((const struct pars_state_slot *)a)->key, &((const struct pars_state_slot *)b)->key);
}

static int by_address(const void *a, const void *b)
{
	return memcmp(((const struct pars_state_change *)a)->address.b, ((const struct pars_state_change *)b)->address.b,
		PARS_ADDRESS_SIZE);
}

static bool word_of_text(const char *text, struct pars_u256 *ret)
{
	const char *s = skip_0x(text);
	size_t n = s ? strlen(s) : 0;
	struct pars_u256 v = PARS_U256(0);
	if (!s || n > 64)
		return false;
	for (size_t i = 0; i < n; i++) {
		int d = digit(s[i]);
		if (d > 15)
			return false;
		pars_u256_shl(&v, &v, 4);
		v.w[0] |= (uint64_t)d;
	}
	*ret = v;
	return true;
}

static bool take_storage(struct reader *r, const json_t *o, struct pars_state_change *c)
{
	json_t *storage = json_object_get(o, "storage"), *value;
	const char *key;
	if (!storage || json_is_null(storage))
		return true;
	size_t n = json_object_size(storage);
	if (!json_is_object(storage) || (r->slots += n) > RPC_ALLOC_MAX)
		return wrong(r, "storage", "must be an object of no more slots than can be");
	c->slots = pars_arena_alloc(r->arena, (n + 1) * sizeof *c->slots);
	json_object_foreach(storage, key, value) {
		struct pars_state_slot *slot = &c->slots[c->slot_count++];
		if (!word_of_text(key, &slot->key) || !word_of_text(json_string_value(value), &slot->value))
			return wrong(r, key, "in \"storage\" must be 256 bits in hex, and so must be its value");
	}
	qsort(c->slots, c->slot_count, sizeof *c->slots, by_slot);
	for (size_t i = 1; i < c->slot_count; i++)
		if (!by_slot(&c->slots[i - 1], &c->slots[i]))
			return wrong(r, "storage", "has a slot twice");
	return true;
}

static bool take_account(struct reader *r, const char *name, const json_t *o, struct pars_state_change *c)
{
	if (!pars_unhex(skip_0x(name), c->address.b, PARS_ADDRESS_SIZE))
		return wrong(r, name, "in \"alloc\" is no address");
	if (!json_is_object(o))
		return wrong(r, name, "in \"alloc\" must be an object");
	c->exists = true;
	if (!take_u256(r, o, "balance", &c->balance) || !take_u64(r, o, "nonce", &c->nonce) ||
	    !take_bytes(r, o, "code", SIZE_MAX / 4, &c->code) || !take_storage(r, o, c))
		return false;
	c->code_hash = c->code.n ? pars_keccak256(c->code) : pars_keccak256_empty;
	return true;
}

static bool take_alloc(struct reader *r, json_t *alloc, struct pars_genesis *g)
{
	const char *name;
	json_t *account;
	if (!alloc || json_is_null(alloc))
		return true;
	size_t n = json_object_size(alloc);
	if (!json_is_object(alloc) || n > RPC_ALLOC_MAX)
		return wrong(r, "alloc", "must be an object of no more accounts than can be");
	g->alloc = pars_arena_alloc(r->arena, (n + 1) * sizeof *g->alloc);
	json_object_foreach(alloc, name, account)
		if (!take_account(r, name, account, &g->alloc[g->alloc_count++]))
			return false;
	qsort(g->alloc, n, sizeof *g->alloc, by_address);
	for (size_t i = 1; i < n; i++)
		if (!by_address(&g->alloc[i - 1], &g->alloc[i]))
			return wrong(r, "alloc", "has an address twice");
	return true;
}

/* -- header --------------------------------------------------------------------- */

static bool take_header(struct reader *r, const json_t *file, struct pars_genesis *g)
{
	const json_t *fee = json_object_get(file, "baseFeePerGas");
	struct pars_bytes extra = { 0 };
	uint64_t nonce = 0;
	g->has_base_fee = fee && !json_is_null(fee);
	g->difficulty = PARS_U256(0);
	if (!take_u64(r, file, "nonce", &nonce) || !take_u64(r, file, "timestamp", &g->timestamp) ||
	    !take_u64(r, file, "number", &g->number) || !take_u64(r, file, "gasLimit", &g->gas_limit) ||
	    !take_u64(r, file, "gasUsed", &g->gas_used) || !take_u256(r, file, "difficulty", &g->difficulty) ||
	    !take_u256(r, file, "baseFeePerGas", &g->base_fee) || !take_u64(r, file, "blobGasUsed", &g->blob_gas_used) ||
	    !take_u64(r, file, "excessBlobGas", &g->excess_blob_gas) ||
	    !take_bytes(r, file, "extraData", PARS_EXTRA_MAX, &extra) ||
	    !take_fixed(r, file, "mixHash", g->mix_hash.b, sizeof g->mix_hash.b) ||
	    !take_fixed(r, file, "parentHash", g->parent.b, sizeof g->parent.b) ||
	    !take_fixed(r, file, "coinbase", g->coinbase.b, sizeof g->coinbase.b))
		return false;
	if (!json_object_get(file, "gasLimit"))
		return wrong(r, "gasLimit", "is missing");
	pars_put_be64(g->nonce, nonce);
	g->extra_n = (uint8_t)extra.n;
	if (extra.n)
		memcpy(g->extra, extra.p, extra.n);
	return true;
}

enum pars_err rpc_chain_genesis_read(const json_t *file, struct pars_arena *arena, struct pars_genesis *ret,
	struct pars_fault *fault)
{
	struct reader r = { arena, fault, 0 };
	struct pars_genesis g = { .number = 0 };
	if (!take_config(&r, json_object_get(file, "config"), &g.config) || !take_header(&r, file, &g) ||
	    !take_alloc(&r, json_object_get(file, "alloc"), &g))
		return PARS_E_INVALID;
	*ret = g;
	return PARS_OK;
}
