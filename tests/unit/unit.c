#include "tests/unit/unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

extern const struct unit_case *const __start_unit_cases[];
extern const struct unit_case *const __stop_unit_cases[];

static char tmpdir[64];
static pid_t tmpdir_owner;

struct pars_bytes unit_hex(const char *hex)
{
	static struct pars_buf kept[256];
	static size_t at;
	struct pars_buf *b = &kept[at++ % PARS_COUNT(kept)];
	size_t n = strlen(hex) / 2;
	pars_buf_done(b);
	ck_assert_msg(pars_unhex(hex, pars_buf_room(b, n), n), "bad hex: %s", hex);
	pars_buf_added(b, n);
	return pars_buf_bytes(b);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_tmpdir(void)
{
	if (tmpdir[0] && getpid() == tmpdir_owner)
		nftw(tmpdir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *unit_tmpdir(void)
{
	if (!tmpdir[0] || getpid() != tmpdir_owner) {
		snprintf(tmpdir, sizeof tmpdir, "/tmp/parsd-unit-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(tmpdir));
		tmpdir_owner = getpid();
		atexit(remove_tmpdir);
	}
	return tmpdir;
}

int main(void)
{
	Suite *suite = suite_create("parsd");
	for (const struct unit_case *const *c = __start_unit_cases; c < __stop_unit_cases; c++) {
		TCase *tc = tcase_create((*c)->name);
		tcase_set_timeout(tc, 120);
		(*c)->add(tc);
		suite_add_tcase(suite, tc);
	}
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
