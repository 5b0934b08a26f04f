/* tests/interop/precompile_pipe.c - the precompiles behind a pipe: each line is an
 * address and an input in hex ("6 00ab…"), and is answered by the output in hex with
 * an "=" before it, or by "fail". The newest rules hold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "evm/precompile.h"

int main(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	while ((n = getline(&line, &cap, stdin)) > 0) {
		char *hex = NULL;
		struct pars_address a = pars_address_small((uint16_t)strtoul(line, &hex, 16));
		const struct pars_precompile *p = pars_precompile_find(&a, PARS_FORKS - 1);
		hex += strspn(hex, " ");
		hex[strcspn(hex, "\n")] = '\0';
		size_t size = strlen(hex) / 2;
		uint8_t *in = pars_alloc(size);
		PARS_AUTO_BUF out = { 0 };
		if (!p || !pars_unhex(hex, in, size)) {
			fprintf(stderr, "precompile_pipe: not an address and hex: %.40s\n", line);
			return 1;
		}
		if (p->gas(PARS_BYTES(in, size), PARS_FORKS - 1) != UINT64_MAX
			&& p->run(PARS_BYTES(in, size), PARS_FORKS - 1, &out)) {
			char *text = pars_alloc(2 * out.n + 1);
			pars_hex(pars_buf_bytes(&out), text);
			printf("=%s\n", text);
			free(text);
		} else {
			puts("fail");
		}
		fflush(stdout);
		free(in);
	}
	free(line);
	return 0;
}
