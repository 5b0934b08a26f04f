/* tests/interop/ed25519_pipe.c - checks of signatures behind a pipe: each line is words
 * of hex, each a key, a signature and a message in a row. The answer has a 1 or a 0 for
 * each, checked together, and after a blank checked alone. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "crypto/ed25519.h"

#define CLAIMS 256
#define HEAD (PARS_ED25519_PUBLIC_SIZE + PARS_ED25519_SIGNATURE_SIZE)

struct line {
	uint8_t *bytes[CLAIMS];
	struct pars_ed25519_public key[CLAIMS];
	struct pars_ed25519_claim claims[CLAIMS];
	size_t count;
};

static bool add(struct line *l, const char *word)
{
	size_t size = strlen(word) / 2, i = l->count;
	if (size < HEAD || i == CLAIMS)
		return false;
	uint8_t *b = l->bytes[l->count++] = pars_alloc(size);
	bool ok = pars_unhex(word, b, size);
	memcpy(l->key[i].b, b, sizeof l->key[i].b);
	l->claims[i] = (struct pars_ed25519_claim){ .key = &l->key[i], .signature = b + PARS_ED25519_PUBLIC_SIZE,
		.message = PARS_BYTES(b + HEAD, size - HEAD) };
	return ok;
}

static void answer(struct line *l)
{
	pars_ed25519_verify_each(l->claims, l->count);
	for (size_t i = 0; i < l->count; i++)
		putchar(l->claims[i].is_valid ? '1' : '0');
	putchar(' ');
	for (size_t i = 0; i < l->count; i++) {
		putchar(pars_ed25519_verify(&l->key[i], l->claims[i].message, l->claims[i].signature) ? '1' : '0');
		free(l->bytes[i]);
	}
	putchar('\n');
	fflush(stdout);
	l->count = 0;
}

int main(void)
{
	static struct line l;
	char *text = NULL;
	size_t cap = 0;
	while (getline(&text, &cap, stdin) > 0) {
		for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n"))
			if (!add(&l, word)) {
				fprintf(stderr, "ed25519_pipe: not a key, a signature and a message: %.40s\n", word);
				return 1;
			}
		answer(&l);
	}
	free(text);
	return 0;
}
