#include "rpc/nearest.h"

#include <ctype.h>
#include <string.h>

#include "base/base.h"

#define WORD_MAX 64

static size_t min3(size_t a, size_t b, size_t c)
{
	return PARS_MIN(a, PARS_MIN(b, c));
}

/* Edits (insert, delete, replace, swap of neighbours; case is free) between
 * two words of at most WORD_MAX characters. */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1], na = strlen(a), nb = strlen(b);
	for (size_t j = 0; j <= nb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *now = row[i % 3], *before = row[(i - 1) % 3], *earlier = row[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
			now[j] = min3(before[j] + 1, now[j - 1] + 1, before[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = PARS_MIN(now[j], earlier[j - 2] + 1);
		}
	}
	return row[na % 3][nb];
}

const char *rpc_nearest(const char *word, const char *(*at)(const void *list, size_t i), const void *list)
{
	const char *best = NULL, *candidate;
	size_t best_d = 4, n = strlen(word);
	if (!n || n > WORD_MAX)
		return NULL;
	for (size_t i = 0; (candidate = at(list, i)); i++) {
		if (strlen(candidate) > WORD_MAX)
			continue;
		size_t d = distance(word, candidate);
		/* Half the word wrong is another word, not a slip. */
		if (d < best_d && 2 * d < PARS_MAX(n, strlen(candidate)) + 1) {
			best = candidate;
			best_d = d;
		}
	}
	return best;
}
