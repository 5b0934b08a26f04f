/* tests/sim/disk.h - disks in memory that fail like real ones: an SQLite VFS.
 *
 * A file has what the operating system shows and what is on the platter. A
 * crash of the process keeps the first. A power cut keeps the second and, of
 * what was written since the last sync, any sectors in any combination (a
 * sector is written whole or not at all). Files of disk N are named
 * "/N/anything". One process, one thread. */
#ifndef PARS_TESTS_SIM_DISK_H
#define PARS_TESTS_SIM_DISK_H

#include "crypto/rng.h"

#define DISK_VFS "simdisk"
#define DISKS_MAX 1200

/* Registers the VFS once; forgets all files and faults. Borrows rng. */
void disk_reset(struct pars_rng *rng);
void disk_power_cut(unsigned disk);
/* Nothing changes while it is frozen: a process that ends by kill -9 writes
 * no more, but closing a database politely would. */
void disk_freeze(unsigned disk, bool frozen);
/* Writes that need room fail while it is full. */
void disk_set_full(unsigned disk, bool full);
/* Every write, sync and read fails with this probability, in 1/10000. */
void disk_set_errors(unsigned disk, unsigned per_10000);
/* A copy of all files of one disk under the names of another. */
void disk_clone(unsigned from, unsigned to);
void disk_erase(unsigned disk); /* all its files, as if they had never been */
uint64_t disk_syncs(unsigned disk);

#endif
