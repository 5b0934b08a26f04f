#include "tests/sim/disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"

#define SECTOR 512
#define FILES_MAX 16384

struct image {
	uint8_t *p;
	size_t n, cap;
};

struct content {
	char name[80];
	unsigned disk;
	bool exists;
	struct image now, platter;
	uint8_t *touched; /* a flag per sector of `now`: written since the sync */
	size_t touched_cap;
	size_t from, to; /* bytes: all that was touched lies between */
};

struct handle {
	sqlite3_file base;
	struct content *c;
	bool delete_on_close;
};

static struct {
	bool full, frozen;
	unsigned errors;
	uint64_t syncs;
} disks[DISKS_MAX];
static struct content *files[FILES_MAX];
static size_t file_count;
static struct pars_rng *rng;

/* -- images -------------------------------------------------------------------- */

static void image_resize(struct image *i, size_t n)
{
	if (n > i->cap) {
		i->cap = PARS_MAX(n, 2 * i->cap);
		i->p = pars_realloc(i->p, i->cap);
	}
	if (n > i->n)
		memset(i->p + i->n, 0, n - i->n);
	i->n = n;
}

static void image_copy(struct image *to, const struct image *from)
{
	image_resize(to, from->n);
	if (from->n)
		memcpy(to->p, from->p, from->n);
}

static void touch(struct content *c, size_t from, size_t to)
{
	c->from = c->to ? PARS_MIN(c->from, from) : from;
	c->to = PARS_MAX(c->to, to);
	size_t sectors = to / SECTOR + 1;
	if (sectors > c->touched_cap) {
		size_t cap = 2 * sectors;
		c->touched = pars_realloc(c->touched, cap);
		memset(c->touched + c->touched_cap, 0, cap - c->touched_cap);
		c->touched_cap = cap;
	}
	for (size_t s = from / SECTOR; s < (to + SECTOR - 1) / SECTOR; s++)
		c->touched[s] = 1;
}

/* A log grows to megabytes and is synced every few hundred bytes: only what
 * was touched moves. */
static void settle(struct content *c)
{
	size_t from = c->from / SECTOR * SECTOR, to = PARS_MIN(c->to, c->now.n);
	image_resize(&c->platter, c->now.n);
	if (from < to)
		memcpy(c->platter.p + from, c->now.p + from, to - from);
	if (c->touched && c->to)
		memset(c->touched + from / SECTOR, 0, PARS_MIN(c->to / SECTOR + 1, c->touched_cap) - from / SECTOR);
	c->from = c->to = 0;
}

/* The platter, and of the rest each sector or not. The length of a file that
 * grew or shrank is the old or the new one. */
static void lose_power(struct content *c)
{
	struct image after = { 0 };
	size_t n = pars_rng_below(rng, 2) ? c->now.n : c->platter.n;
	image_copy(&after, &c->platter);
	image_resize(&after, n);
	for (size_t at = 0; at < PARS_MIN(n, c->now.n); at += SECTOR)
		if (at / SECTOR < c->touched_cap && c->touched[at / SECTOR] && pars_rng_below(rng, 2))
			memcpy(after.p + at, c->now.p + at, PARS_MIN((size_t)SECTOR, PARS_MIN(n, c->now.n) - at));
	free(c->now.p);
	c->now = after;
	settle(c);
}

/* -- files ----------------------------------------------------------------------- */

static struct content *find(const char *name)
{
	for (size_t i = 0; i < file_count; i++)
		if (!strcmp(files[i]->name, name))
			return files[i];
	return NULL;
}

static struct content *find_or_make(const char *name)
{
	struct content *c = find(name);
	if (c)
		return c;
	if (file_count == FILES_MAX)
		abort();
	c = files[file_count++] = pars_alloc(sizeof *c);
	snprintf(c->name, sizeof c->name, "%s", name);
	c->disk = (unsigned)strtoul(name + 1, NULL, 10) % DISKS_MAX;
	return c;
}

static bool fails(const struct content *c)
{
	return disks[c->disk].frozen || (disks[c->disk].errors && pars_rng_below(rng, 10000) < disks[c->disk].errors);
}

static int f_close(sqlite3_file *f)
{
	struct handle *h = (struct handle *)f;
	if (h->delete_on_close && !disks[h->c->disk].frozen)
		h->c->exists = false;
	return SQLITE_OK;
}

static int f_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	struct content *c = ((struct handle *)f)->c;
	if (fails(c))
		return SQLITE_IOERR_READ;
	size_t have = (size_t)at < c->now.n ? PARS_MIN((size_t)n, c->now.n - (size_t)at) : 0;
	if (have)
		memcpy(to, c->now.p + at, have);
	if (have == (size_t)n)
		return SQLITE_OK;
	memset((char *)to + have, 0, (size_t)n - have);
	return SQLITE_IOERR_SHORT_READ;
}

static int f_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	struct content *c = ((struct handle *)f)->c;
	size_t end = (size_t)at + (size_t)n;
	if (fails(c))
		return SQLITE_IOERR_WRITE;
	if (disks[c->disk].full && end > c->now.n)
		return SQLITE_FULL;
	if (end > c->now.n)
		image_resize(&c->now, end);
	memcpy(c->now.p + at, from, (size_t)n);
	touch(c, (size_t)at, end);
	return SQLITE_OK;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	struct content *c = ((struct handle *)f)->c;
	if (fails(c))
		return SQLITE_IOERR_TRUNCATE;
	if ((size_t)n < c->now.n) {
		touch(c, (size_t)n, c->now.n);
		image_resize(&c->now, (size_t)n);
	}
	return SQLITE_OK;
}

static int f_sync(sqlite3_file *f, int flags)
{
	struct content *c = ((struct handle *)f)->c;
	(void)flags;
	if (fails(c))
		return SQLITE_IOERR_FSYNC;
	disks[c->disk].syncs++;
	settle(c);
	return SQLITE_OK;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct handle *)f)->c->now.n;
	return SQLITE_OK;
}

static int f_lock(sqlite3_file *f, int level)
{
	(void)f, (void)level;
	return SQLITE_OK;
}

static int f_reserved(sqlite3_file *f, int *ret)
{
	(void)f;
	*ret = 0;
	return SQLITE_OK;
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	(void)f, (void)op, (void)arg;
	return SQLITE_NOTFOUND;
}

static int f_sector(sqlite3_file *f)
{
	(void)f;
	return SECTOR;
}

static int f_traits(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, .xClose = f_close, .xRead = f_read, .xWrite = f_write, .xTruncate = f_truncate,
	.xSync = f_sync, .xFileSize = f_size, .xLock = f_lock, .xUnlock = f_lock, .xCheckReservedLock = f_reserved,
	.xFileControl = f_control, .xSectorSize = f_sector, .xDeviceCharacteristics = f_traits,
};

/* -- the file system ------------------------------------------------------------------ */

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	static unsigned temporary;
	char made[40];
	struct handle *h = (struct handle *)f;
	(void)v;
	f->pMethods = NULL;
	if (!name) {
		snprintf(made, sizeof made, "/%u/temporary-%u", DISKS_MAX - 1, temporary++);
		name = made;
	}
	struct content *c = find(name);
	if ((!c || !c->exists) && !(flags & SQLITE_OPEN_CREATE))
		return SQLITE_CANTOPEN;
	c = find_or_make(name);
	if (!c->exists) {
		c->exists = true;
		image_resize(&c->now, 0);
		image_resize(&c->platter, 0);
	}
	h->c = c;
	h->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
	if (out_flags)
		*out_flags = flags;
	f->pMethods = &methods;
	return SQLITE_OK;
}

static int v_delete(sqlite3_vfs *v, const char *name, int sync_dir)
{
	struct content *c = find(name);
	(void)v, (void)sync_dir;
	if (!c || !c->exists)
		return SQLITE_IOERR_DELETE_NOENT;
	if (disks[c->disk].frozen)
		return SQLITE_IOERR_DELETE;
	c->exists = false;
	return SQLITE_OK;
}

static int v_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
	struct content *c = find(name);
	(void)v, (void)flags;
	*ret = c && c->exists;
	return SQLITE_OK;
}

static int v_full_path(sqlite3_vfs *v, const char *name, int n, char *out)
{
	(void)v;
	snprintf(out, (size_t)n, "%s", name);
	return SQLITE_OK;
}

static int v_random(sqlite3_vfs *v, int n, char *out)
{
	(void)v;
	pars_rng_bytes(rng, out, (size_t)n);
	return n;
}

static int v_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	return us;
}

static int v_time(sqlite3_vfs *v, double *ret)
{
	(void)v;
	*ret = 2460000.5;
	return SQLITE_OK;
}

static sqlite3_vfs vfs = {
	.iVersion = 1, .szOsFile = sizeof(struct handle), .mxPathname = 79, .zName = DISK_VFS,
	.xOpen = v_open, .xDelete = v_delete, .xAccess = v_access, .xFullPathname = v_full_path,
	.xRandomness = v_random, .xSleep = v_sleep, .xCurrentTime = v_time,
};

/* -- for the simulator ---------------------------------------------------------------------- */

void disk_reset(struct pars_rng *r)
{
	rng = r;
	/* The default, and its randomness drawn anew: a run depends on its seed only. */
	sqlite3_vfs_register(&vfs, 1);
	sqlite3_randomness(0, NULL);
	for (size_t i = 0; i < file_count; i++) {
		free(files[i]->now.p);
		free(files[i]->platter.p);
		free(files[i]->touched);
		free(files[i]);
	}
	file_count = 0;
	memset(disks, 0, sizeof disks);
}

void disk_power_cut(unsigned disk)
{
	for (size_t i = 0; i < file_count; i++)
		if (files[i]->disk == disk)
			lose_power(files[i]);
}

void disk_erase(unsigned disk)
{
	for (size_t i = 0; i < file_count; i++) {
		struct content *c = files[i];
		if (c->disk != disk)
			continue;
		free(c->now.p);
		free(c->platter.p);
		c->now = c->platter = (struct image){ 0 };
		c->exists = false;
		settle(c);
	}
}

void disk_freeze(unsigned disk, bool frozen)
{
	disks[disk].frozen = frozen;
}

void disk_set_full(unsigned disk, bool full)
{
	disks[disk].full = full;
}

void disk_set_errors(unsigned disk, unsigned per_10000)
{
	disks[disk].errors = per_10000;
}

void disk_clone(unsigned from, unsigned to)
{
	for (size_t i = 0, n = file_count; i < n; i++) {
		char name[80];
		const char *rest = strchr(files[i]->name + 1, '/');
		if (files[i]->disk != from || !files[i]->exists || !rest)
			continue;
		snprintf(name, sizeof name, "/%u%s", to, rest);
		struct content *c = find_or_make(name);
		c->exists = true;
		image_copy(&c->now, &files[i]->now);
		touch(c, 0, PARS_MAX(c->now.n, c->platter.n));
		settle(c);
	}
}

uint64_t disk_syncs(unsigned disk)
{
	return disks[disk].syncs;
}
