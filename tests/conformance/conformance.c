#include "tests/conformance/conformance.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>

static const char *data(void)
{
	const char *dir = getenv("ETHEREUM_DATA");
	if (!dir || !*dir)
		die("ETHEREUM_DATA is not set; tests/conformance/run sets it");
	return dir;
}

const char *conformance_path(const char *name)
{
	static char path[4096];
	snprintf(path, sizeof path, "%s/%s", data(), name);
	return path;
}

json_t *conformance_file(const char *name)
{
	return json_file(conformance_path(name));
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

void conformance_each(struct conformance *c, const char *folder,
	void (*file)(struct conformance *c, const char *path, json_t *root))
{
	char top[4096];
	snprintf(top, sizeof top, "%s/%s", data(), folder);
	FTS *tree = fts_open((char *[]){ top, NULL }, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;
	while (tree && (e = fts_read(tree))) {
		if (e->fts_info == FTS_NS || e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
			die("cannot read %s", e->fts_path);
		if (e->fts_info != FTS_F || e->fts_namelen < 5 || strcmp(e->fts_name + e->fts_namelen - 5, ".json"))
			continue;
		json_t *root = json_file(e->fts_path);
		c->path = e->fts_path + strlen(data()) + 1;
		file(c, c->path, root);
		json_decref(root);
	}
	if (tree)
		fts_close(tree);
}

void conformance_case(struct conformance *c, const char *name, const char *why)
{
	c->passed += !why;
	c->failed += !!why;
	if (why)
		printf("FAIL %s %s: %s\n", c->path ? c->path : c->suite, name, why);
}

void conformance_skip(struct conformance *c, const char *name, const char *why)
{
	c->skipped++;
	printf("skipped %s %s: %s\n", c->path ? c->path : c->suite, name, why);
}

int conformance_end(const struct conformance *c)
{
	if (!c->passed && !c->failed)
		die("%s: there was nothing to run", c->suite);
	printf("%u passed, %u failed, %u skipped: %s\n", c->passed, c->failed, c->skipped, c->suite);
	return c->failed > 0;
}

