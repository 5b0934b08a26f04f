/* base/alloc.h - heap memory that is there or ends the process.
 *
 * Bounds are checked before allocation, so a failed allocation means the
 * machine is out of memory; there is no tested way on from there. */
#ifndef PARS_BASE_ALLOC_H
#define PARS_BASE_ALLOC_H

#include "base/base.h"

void *pars_alloc(size_t size);                  /* zeroed; free() it */
void *pars_realloc(void *p, size_t size);       /* new part not zeroed */
void *pars_alloc_array(size_t n, size_t size);  /* zeroed, overflow-checked */
char *pars_strdup(const char *s);
char *pars_sprintf(const char *fmt, ...) PARS_PRINTF(1, 2); /* gives */

#endif
