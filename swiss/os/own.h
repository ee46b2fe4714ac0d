/* own.h - the memory that the heap has for its own records. Explained at the top of own.c. */
#ifndef SWISS_OS_OWN_H
#define SWISS_OS_OWN_H

#include "swiss/base.h"

SWISS_BEGIN_HIDDEN

/* Note that swiss_os_alloc has given memory away, and that memory is about to go back to the system. O(1). */
void swiss_os_own_add(const void *address, size_t size);
void swiss_os_own_drop(const void *address);

/* What the heap has from swiss_os_alloc: memory from `start` on, up to `end`. */
typedef struct swiss_os_owned {
    uintptr_t start, end;
} swiss_os_owned;

#define SWISS_OS_OWNED 4096 /* at most */

/* Fills `owned`, an array of SWISS_OS_OWNED, in no order. Returns how many there are; SIZE_MAX if there were once more
 * than are known. */
size_t swiss_os_own_list(swiss_os_owned *owned);

SWISS_END_HIDDEN

#endif
