#include "crypto/ripemd160.h"

#include <openssl/ripemd.h>

/* OpenSSL 3.0 offers it by EVP in one provider or another, depending on the
 * release and on the machine's configuration; these plain calls are always there. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

void pars_ripemd160(struct pars_bytes data, uint8_t digest[PARS_RIPEMD160_SIZE])
{
	RIPEMD160_CTX ctx;
	RIPEMD160_Init(&ctx);
	RIPEMD160_Update(&ctx, data.p, data.n);
	RIPEMD160_Final(digest, &ctx);
}

#pragma GCC diagnostic pop
