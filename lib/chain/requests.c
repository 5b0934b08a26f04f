#include "chain/requests.h"

/* keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)") */
static const struct pars_digest deposit_event = { {
	0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42, 0xaf, 0xea, 0x4e, 0x5c, 0xd8, 0x2d, 0x40, 0x49,
	0xe7, 0xe1, 0xee, 0x91, 0x2f, 0xc0, 0x88, 0x9a, 0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5,
} };

#define WORD 32
#define EVENT_SIZE 576

/* The five fields as the ABI lays them out: where their lengths stand, and what
 * those are: key, credentials, amount, signature, index. */
static const struct { uint16_t at, n; } fields[5] = { { 160, 48 }, { 256, 32 }, { 320, 8 }, { 384, 96 }, { 512, 8 } };

static bool word_is(const uint8_t *word, uint64_t v)
{
	struct pars_u256 n = pars_u256_from_be(word);
	return pars_u256_equal(&n, &PARS_U256(v));
}

static bool add_deposit(struct pars_buf *deposits, struct pars_bytes data)
{
	if (data.n != EVENT_SIZE)
		return false;
	for (size_t i = 0; i < PARS_COUNT(fields); i++)
		if (!word_is(data.p + WORD * i, fields[i].at) || !word_is(data.p + fields[i].at, fields[i].n))
			return false;
	for (size_t i = 0; i < PARS_COUNT(fields); i++)
		pars_buf_put(deposits, PARS_BYTES(data.p + fields[i].at + WORD, fields[i].n));
	return true;
}

bool pars_requests_add_deposits(struct pars_buf *deposits, const struct pars_address *contract,
	const struct pars_log *logs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pars_address_equal(&logs[i].address, contract) && logs[i].topic_count &&
			pars_digest_equal(&logs[i].topics[0], &deposit_event) && !add_deposit(deposits, logs[i].data))
			return false;
	return true;
}

struct pars_digest pars_requests_hash(const struct pars_buf data[PARS_REQUEST_TYPES])
{
	PARS_AUTO_BUF all = { 0 };
	for (unsigned i = 0; i < PARS_REQUEST_TYPES; i++) {
		uint8_t type = (uint8_t)i;
		if (!data[i].n)
			continue;
		struct pars_digest one = pars_sha256_2(PARS_BYTES(&type, 1), pars_buf_bytes(&data[i]));
		pars_buf_put(&all, pars_digest_bytes(&one));
	}
	return pars_sha256(pars_buf_bytes(&all));
}
