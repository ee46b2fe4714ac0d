/* samples.h - the samples of a profile, and the sites that allocated them. Explained at the top of samples.c. */
#ifndef SWISS_HEAP_SAMPLES_H
#define SWISS_HEAP_SAMPLES_H

#include "swiss/profile.h"
#include "trace.h"

SWISS_BEGIN_HIDDEN

/* A live block that is a sample. */
typedef struct swiss_sample {
    const void *block;   /* NULL: an unused record */
    size_t size, usable; /* bytes, as they were asked for, and of the class or the pages */
    uint64_t born;       /* nanoseconds of the clock */
    uint64_t weight;     /* in parts of SWISS_WEIGHT_ONE */
    uint32_t site;       /* of unused records, the next one plus 1 */
    uint8_t tag;         /* what the block's state byte was */
} swiss_sample;

/* The sums of a site, or of all. Objects are in parts of SWISS_WEIGHT_ONE, space in bytes. */
typedef struct swiss_site_sums {
    uint64_t alloc_objects, alloc_space, inuse_objects, inuse_space, inuse_usable, alloc_samples, inuse_samples;
} swiss_site_sums;

typedef struct swiss_site {
    uint64_t hash;
    swiss_site_sums sums;
    uint32_t frame_count;
    const void *frames[];
} swiss_site;

/* Take and release the lock of all samples; the caller of all functions below holds it. */
void swiss_samples_lock(void);
void swiss_samples_unlock(void);

/* Takes memory for the first samples, so that these need not. */
void swiss_samples_prepare(void);

/* Finds the site of the stack of this thread, without a walk up that. `base` is an address in the frame of the function
 * that calls this. Returns false if it is not among those that were found here lately. O(1). */
bool swiss_samples_recall(const void *base, uint32_t *site);

/* Finds or makes the site of a call stack that was captured with `base`, and remembers it for the function above.
 * Returns false when out of memory. O(1) on average. */
bool swiss_samples_find_site(const swiss_trace *trace, const void *base, uint32_t *site);

/* Adds a sample. A record of the same block that a free has left behind is dropped first. Returns false when out of
 * memory. O(1) on average. */
bool swiss_samples_add(const swiss_sample *sample);

/* Removes the sample of a block. Returns false if there is none; else fills *sample. O(1) on average. */
bool swiss_samples_drop(const void *block, swiss_sample *sample);

/* Changes the size of the sample of a block, if there is one. O(1) on average. */
void swiss_samples_resize(const void *block, size_t size);

/* Returns the number of sites, and the site with an id below that. */
uint32_t swiss_samples_sites(void);
const swiss_site *swiss_samples_site(uint32_t id);

/* Returns the number of records, and one of them, which may be unused. */
uint32_t swiss_samples_count(void);
const swiss_sample *swiss_samples_get(uint32_t index);

/* Fills in the sums of all sites, and the bytes of memory taken. */
void swiss_samples_total(swiss_site_sums *sums, size_t *bytes);

/* Forgets all samples and sites, and gives their memory back. */
void swiss_samples_forget(void);

SWISS_END_HIDDEN

#endif
