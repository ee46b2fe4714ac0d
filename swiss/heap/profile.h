/* profile.h - samples of the blocks of all heaps, and their call stacks. Explained at the top of profile.c. */
#ifndef SWISS_HEAP_PROFILE_H
#define SWISS_HEAP_PROFILE_H

#include "swiss/profile.h"
#include "sampling.h"

SWISS_BEGIN_HIDDEN

/* A sample that was taken, or one that was freed. */
typedef struct swiss_profile_event {
    const void *block;
    size_t size;     /* as it was asked for */
    size_t usable;   /* of its class, or of its pages */
    uint64_t weight; /* the blocks that it stands for, in parts of SWISS_WEIGHT_ONE */
    uint64_t born;   /* swiss_os_nanoseconds when it was allocated */
    uint64_t freed;  /* the same when it was freed; 0: it was just allocated */
    uint32_t site;   /* id of its site */
} swiss_profile_event;

/* Called for each sample, taken or freed, in the thread that allocates or frees it, if it is set. Holds no lock, and
 * may use heaps: blocks that it allocates are not sampled. */
typedef void swiss_profile_listener(const swiss_profile_event *event);
extern _Atomic(swiss_profile_listener *) swiss_profile_listen;

/* Copies the frames of a site. Returns their number; 0 if there is no such site. */
unsigned swiss_profile_frames(uint32_t site, const void *frames[SWISS_PROFILE_FRAMES]);

extern atomic_bool swiss_profile_used; /* some block may be a sample */

/* Makes a live block a sample, which was drawn as one of `drawn` bytes by this rate. `caller` is an address in the
 * function that allocated it, for stacks that cannot be walked. */
void swiss_profile_take(void *block, size_t size, size_t drawn, size_t rate, const void *caller);

/* Draws if a live block is a sample, and makes it one. */
void swiss_profile_offer(void *block, size_t size, const void *caller);

/* Makes a sample, which is about to be freed, a block like others again: its state byte gets its tag. */
void swiss_profile_end(const void *block, _Atomic(uint8_t) *state);

/* Does the same for the live block of a heap that begins at `block`, if there is one and it is a sample. */
void swiss_profile_end_at(const swiss_heap *heap, const void *block);

/* Does the same for all blocks of a heap. */
void swiss_profile_end_all(swiss_heap *heap);

/* Notes that a block was resized in place; its usable size was `usable`. */
void swiss_profile_resize(void *block, size_t usable, size_t size, const void *caller);

SWISS_END_HIDDEN

#endif
