/* limits.h - how much memory a heap may have, and when it gives some back. Explained at the top of limits.c. */
#ifndef SWISS_HEAP_LIMITS_H
#define SWISS_HEAP_LIMITS_H

#include "mapping.h"
#include "options.h"
#include "pages.h"

typedef struct swiss_limits {
    size_t soft_limit, hard_limit; /* bytes of memory; 0: none */
    uint32_t scavenge_every;       /* milliseconds; 0: never */
    bool known;                    /* the environment was asked, or need not be */
} swiss_limits;

/* Memory that spans and large blocks have. */
typedef struct swiss_held {
    size_t pages;
    size_t huge_bytes, huge_reserved; /* of mappings, which are not among the pages, and the address space for them */
} swiss_held;

/* What the environment says, and where it says nothing what is so for heaps at first. */
void swiss_limits_read(swiss_limits *limits);

/* Gives back what has been free for long, if it was `every` milliseconds ago or more that this was last done. */
void swiss_limits_give_back(swiss_pages *pages, swiss_mappings *mappings, uint32_t every);

/* True if whoever holds `held` may have `bytes` more, of limits that are known. To keep within a soft limit, free
 * memory goes back first: all that is idle, for whoever needs memory takes from it. */
bool swiss_limits_admit(const swiss_limits *limits, swiss_pages *pages, swiss_mappings *mappings, swiss_held held,
                        size_t bytes);

/* Asks the environment if no one has yet, and returns the limits. */
SWISS_ALWAYS_INLINE swiss_limits *swiss_limits_know(swiss_limits *limits) {
    if (SWISS_UNLIKELY(!limits->known))
        swiss_limits_read(limits);
    return limits;
}

/* How many pages may be touched before those that are idle go: a tenth more than are in use, and 4 MiB. */
SWISS_ALWAYS_INLINE size_t swiss_limits_enough(const swiss_pages *pages) {
    return pages->used_pages + pages->used_pages / 10 + 512;
}

/* The same as swiss_limits_give_back if there is more than a little to give; never if `every` is 0. */
SWISS_ALWAYS_INLINE void swiss_limits_scavenge(swiss_pages *pages, swiss_mappings *mappings, uint32_t every) {
    bool much = pages->touched_pages > swiss_limits_enough(pages) || mappings->kept.base;
    if (SWISS_UNLIKELY(much) && every)
        swiss_limits_give_back(pages, mappings, every);
}

#endif
