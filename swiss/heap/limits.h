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

/* Asks the environment if no one has yet, and returns the limits. */
swiss_limits *swiss_limits_know(swiss_limits *limits);

/* Gives back what has been free for long, if there is more than a little of it and it was `every` milliseconds ago or
 * more that this was last done; never if that is 0. */
void swiss_limits_scavenge(swiss_pages *pages, swiss_mappings *mappings, uint32_t every);

/* True if whoever holds `held` may have `bytes` more. To keep within a soft limit, free memory goes back first. */
bool swiss_limits_admit(swiss_limits *limits, swiss_pages *pages, swiss_mappings *mappings, swiss_held held,
                        size_t bytes);

#endif
