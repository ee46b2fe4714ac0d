/* limits.h - how much memory a heap may have, and when free memory goes back (scavenging). Explained at the top of
 * limits.c. */
#ifndef SWISS_HEAP_LIMITS_H
#define SWISS_HEAP_LIMITS_H

#include "mapping.h"
#include "options.h"
#include "pages.h"

SWISS_BEGIN_HIDDEN

typedef struct swiss_limits {
    size_t soft_limit, hard_limit; /* bytes of memory; 0: none */
    uint32_t scavenge_every;       /* milliseconds; 0: never */
    bool known;                    /* true if the environment was asked, or need not be */
    uint64_t soft_hits;            /* times that more was needed than the soft limit */
    uint64_t hard_hits;            /* times that the hard limit refused memory */
} swiss_limits;

/* The memory that spans and large blocks have. */
typedef struct swiss_held {
    size_t pages;
    size_t huge_bytes, huge_reserved; /* of mappings, which are not among the pages; and their address space */
} swiss_held;

/* Fills in what the environment says, and the defaults for what it does not say. */
void swiss_limits_read(swiss_limits *limits);

/* Gives back what has been free for long, if `every` milliseconds or more have passed since this was last done. */
void swiss_limits_give_back(swiss_pages *pages, swiss_mappings *mappings, uint32_t every);

/* Returns true if a share that holds `held` may have `bytes` more. To stay within a soft limit, all idle memory is
 * given back first. Counts what the limits say. The limits are known. */
bool swiss_limits_admit(swiss_limits *limits, swiss_pages *pages, swiss_mappings *mappings, swiss_held held,
                        size_t bytes);

/* Returns the limits, and asks the environment the first time. */
SWISS_ALWAYS_INLINE swiss_limits *swiss_limits_know(swiss_limits *limits) {
    if (SWISS_UNLIKELY(!limits->known))
        swiss_limits_read(limits);
    return limits;
}

/* Returns how many pages may be touched before idle ones go: a tenth more than are in use, and 4 MiB. */
SWISS_ALWAYS_INLINE size_t swiss_limits_enough(const swiss_pages *pages) {
    return pages->used_pages + pages->used_pages / 10 + 512;
}

/* Does the same as swiss_limits_give_back if there is more than a little to give; never if `every` is 0. */
SWISS_ALWAYS_INLINE void swiss_limits_scavenge(swiss_pages *pages, swiss_mappings *mappings, uint32_t every) {
    bool much = pages->touched_pages > swiss_limits_enough(pages) || mappings->kept.base;
    if (SWISS_UNLIKELY(much) && every)
        swiss_limits_give_back(pages, mappings, every);
}

SWISS_END_HIDDEN

#endif
