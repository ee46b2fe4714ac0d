/* tuning.h - when a heap gives memory back and how much it may have. Explained at the top of tuning.c. */
#ifndef SWISS_HEAP_TUNING_H
#define SWISS_HEAP_TUNING_H

#include "swiss/base.h"

#define SWISS_SCAVENGE_EVERY 1000 /* milliseconds, unless it is set otherwise */

typedef struct swiss_tuning {
    size_t soft_limit, hard_limit; /* bytes of memory; 0: none */
    uint32_t scavenge_every;       /* milliseconds; 0: never */
    bool known;                    /* the environment was asked, or need not be */
} swiss_tuning;

/* What the environment says, and where it says nothing what is so for heaps at first. */
void swiss_tuning_read(swiss_tuning *tuning);

/* How many bytes threads may keep at hand, or `otherwise` if the environment does not say. */
size_t swiss_tuning_cache_limit(size_t otherwise);

/* Whether the environment asks for a thread that scavenges. */
bool swiss_tuning_wants_thread(void);

#endif
