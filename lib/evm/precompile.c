#include "evm/precompile_impl.h"
#include "evm/validators.h"

#define ROW(address, since, name, function) \
	{ address, since, name, pars_precompile_##function##_gas, pars_precompile_##function }

/* The names are those of EIP-7910 in small letters. */
const struct pars_precompile pars_precompiles[] = {
	ROW(0x01, PARS_FRONTIER, "ecrec", ecrecover),
	ROW(0x02, PARS_FRONTIER, "sha256", sha256),
	ROW(0x03, PARS_FRONTIER, "ripemd160", ripemd160),
	ROW(0x04, PARS_FRONTIER, "id", identity),
	ROW(0x05, PARS_BYZANTIUM, "modexp", modexp),
	ROW(0x06, PARS_BYZANTIUM, "bn254_add", bn254_add),
	ROW(0x07, PARS_BYZANTIUM, "bn254_mul", bn254_mul),
	ROW(0x08, PARS_BYZANTIUM, "bn254_pairing", bn254_pairing),
	ROW(0x09, PARS_ISTANBUL, "blake2f", blake2f),
	ROW(0x0a, PARS_CANCUN, "kzg_point_evaluation", kzg),
	ROW(0x0b, PARS_PRAGUE, "bls12_g1add", bls_g1_add),
	ROW(0x0c, PARS_PRAGUE, "bls12_g1msm", bls_g1_msm),
	ROW(0x0d, PARS_PRAGUE, "bls12_g2add", bls_g2_add),
	ROW(0x0e, PARS_PRAGUE, "bls12_g2msm", bls_g2_msm),
	ROW(0x0f, PARS_PRAGUE, "bls12_pairing_check", bls_pairing),
	ROW(0x10, PARS_PRAGUE, "bls12_map_fp_to_g1", bls_map_g1),
	ROW(0x11, PARS_PRAGUE, "bls12_map_fp2_to_g2", bls_map_g2),
	ROW(0x100, PARS_OSAKA, "p256verify", p256),
};
const size_t pars_precompile_count = PARS_COUNT(pars_precompiles);

const struct pars_precompile pars_network_precompiles[] = {
	ROW(0x601, PARS_FRONTIER, "reserved_mldsa", reserved),
	ROW(0x602, PARS_FRONTIER, "reserved_mlkem", reserved),
	ROW(0x603, PARS_FRONTIER, "reserved_hybrid", reserved),
	{ PARS_VALIDATORS, PARS_BERLIN, "validators", .act = pars_validators_act },
};
const size_t pars_network_precompile_count = PARS_COUNT(pars_network_precompiles);

static const struct pars_precompile *look(const struct pars_precompile *rows, size_t n,
	const struct pars_address *address, enum pars_fork fork)
{
	static const uint8_t zeros[PARS_ADDRESS_SIZE - 2];
	if (memcmp(address->b, zeros, sizeof zeros))
		return NULL;
	uint16_t number = pars_be16(address->b + sizeof zeros);
	for (size_t i = 0; i < n && rows[i].address <= number; i++)
		if (rows[i].address == number)
			return fork >= rows[i].since ? &rows[i] : NULL;
	return NULL;
}

const struct pars_precompile *pars_precompile_find(const struct pars_address *address, enum pars_fork fork)
{
	return look(pars_precompiles, pars_precompile_count, address, fork);
}

const struct pars_precompile *pars_network_precompile_find(const struct pars_address *address,
	enum pars_fork fork)
{
	const struct pars_precompile *p = pars_precompile_find(address, fork);
	return p ? p : look(pars_network_precompiles, pars_network_precompile_count, address, fork);
}

uint64_t pars_precompile_reserved_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	(void)fork;
	return UINT64_MAX;
}

bool pars_precompile_reserved(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)in;
	(void)fork;
	(void)out;
	return false;
}
