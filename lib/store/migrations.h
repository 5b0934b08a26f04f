/* store/migrations.h - the schema, as the steps that made it. */
#ifndef PARS_STORE_MIGRATIONS_H
#define PARS_STORE_MIGRATIONS_H

/* migration[i] takes a database from version i to i + 1. A released one is
 * never edited: what changes is a new one. */
extern const char *const pars_store_migrations[];
extern const unsigned pars_store_migration_count;

#endif
