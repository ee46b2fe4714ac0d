/* profile.h - where the memory goes: samples of the blocks of all heaps, with the call stacks that allocated them.
 *
 *     static void print_site(void *file, const swiss_profile_site *site) {
 *         fprintf(file, "%" PRIu64 " bytes in use, allocated at %p\n", site->inuse_space, site->frames[0]);
 *     }
 *     ...
 *     swiss_profile_start(SWISS_PROFILE_RATE); // one sample per 2 MiB, on average
 *     ...
 *     swiss_profile_walk(print_site, stderr);
 *
 * A *sample* is a block of which more is known than its size: the call stack that allocated it, and when. Which blocks
 * become samples is left to chance: each byte that is allocated has the same chance, 1 in `rate`, and a block is
 * sampled if one of its bytes is hit. So a large block is nearly always one, and a small one seldom. Each sample has a
 * *weight*, the number of blocks that it stands for, 1 / (1 - exp(-size / rate)), with the size of its class if it has
 * one. Sums of the weights, and of weight times size, are *unbiased*: on average they are those of all blocks, for each
 * call stack by itself. Their error is small where there are many samples: with n it is about 1 in the square root of
 * n.
 *
 * A *site* is a call stack that has allocated samples. The sums of a site are kept from the first sample on, until
 * swiss_profile_reset: those of all that was allocated, and those of what is in use, which is not yet freed.
 *
 * With *tracking* every block is a sample of weight 1. Then all sums are exact, for blocks allocated since then.
 *
 * For every function here:
 * - Any thread may call at any time, but not a signal handler.
 * - The samples of all heaps are one set. They have their memory from the system, never from a heap. If that is out, a
 *   block is not sampled, and counted as dropped: no allocation fails because of it.
 * - A resize that moves a block is an allocation and a free. So is one that changes the number of pages of a block of
 *   more than 32 KiB in place. Any other that leaves the block where it is changes the size of a sample, not its call
 *   stack, and counts as no allocation.
 * - Blocks that were allocated while neither sampling nor tracking was on are never samples.
 *
 * Off, sampling costs nothing. On, a sample costs 0.1 to 0.3 microseconds where its call stack was seen lately, else a
 * walk up the stack, some microseconds; all other small blocks cost nothing more, large ones some nanoseconds. So it
 * costs what it is used for: a program that does nothing but allocate blocks of 32 KiB, and frees each at once, takes
 * 1.2 times as long at SWISS_PROFILE_RATE, one whose blocks are small the same time.
 *
 * A call stack that was seen lately is known by its return addresses and by where on the stack they are. A function
 * with an array of a size that varies (alloca) may hide that another one has called it, and its blocks may then count
 * for the call before.
 */
#ifndef SWISS_PROFILE_H
#define SWISS_PROFILE_H

#include "heap.h"

SWISS_BEGIN_C

#define SWISS_PROFILE_RATE ((size_t)2 << 20) /* bytes: a rate that costs little, that of tcmalloc */
#define SWISS_PROFILE_FRAMES 64 /* of a call stack, at most; those of the outermost functions are cut off */

/* A call stack, and the sums of the blocks that it allocated. All but the two last are unbiased, and rounded. */
typedef struct swiss_profile_site {
    const void *const *frames; /* return addresses, the innermost first: that of the call of the heap */
    unsigned frame_count;      /* at least 1 */
    uint32_t id;               /* the same in every walk until swiss_profile_reset; below the number of sites */
    uint64_t alloc_objects;    /* blocks allocated */
    uint64_t alloc_space;      /* their bytes, as they were asked for */
    uint64_t inuse_objects;    /* of these, blocks that are not yet freed */
    uint64_t inuse_space;      /* and their bytes */
    uint64_t inuse_usable;     /* and the bytes that they take, rounded up to the size of their class, or to pages */
    uint64_t alloc_samples;    /* samples among the blocks allocated: what the sums come from */
    uint64_t inuse_samples;    /* those that are not yet freed */
} swiss_profile_site;

/* A live block that is a sample. */
typedef struct swiss_profile_live {
    const void *block;
    size_t size;               /* bytes, as they were asked for */
    size_t usable;             /* bytes of its class, or of its pages */
    uint64_t age;              /* nanoseconds since it was allocated, some milliseconds more or less */
    double weight;             /* the number of blocks that it stands for, at least 1 */
    const void *const *frames; /* those of its site */
    unsigned frame_count;
    uint32_t site; /* the id of its site */
} swiss_profile_live;

/* The numbers of the profile as a whole. */
typedef struct swiss_profile_totals {
    size_t rate;      /* bytes per sample; 1: every block; 0: sampling is off */
    bool tracks;      /* every block is a sample, whatever the rate */
    size_t sites;     /* call stacks known */
    size_t live;      /* samples that are not yet freed */
    uint64_t taken;   /* samples taken since the last reset */
    uint64_t dropped; /* samples that there was no memory for, or that were due while this thread took another one */
    uint64_t since;   /* nanoseconds since sampling or tracking was first asked for, or since the last reset */
    size_t bytes;     /* memory that samples and call stacks take */
} swiss_profile_totals;

/* Takes a sample per `rate` bytes from now on, on average; 1: of every block; 0: none. Every thread follows at its next
 * call. May be called again with another rate: what was sampled until then stays, and stays right. O(threads). */
SWISS_API void swiss_profile_start(size_t rate);

/* Takes no more samples, unless tracking is on. What was sampled stays, and frees of samples are still noticed.
 * O(threads). */
SWISS_API void swiss_profile_stop(void);

/* Makes every block a sample from now on, or leaves it to swiss_profile_start again which are. O(threads). */
SWISS_API void swiss_heap_track(bool wanted);

/* Forgets all samples and sites, and gives their memory back. Blocks that are live now are not samples any more. Does
 * not stop sampling. O(memory). */
SWISS_API void swiss_profile_reset(void);

/* Fills *totals. O(1). */
SWISS_API void swiss_profile_get_totals(swiss_profile_totals *totals);

/* Calls visit(argument, site) once for each site, in the order of their ids. What `site` points to is valid during the
 * call of `visit`, which may use heaps and call any function here. The sums of one site belong together; threads may go
 * on meanwhile, so those of two sites are of two moments. O(sites). */
SWISS_API void swiss_profile_walk(void (*visit)(void *argument, const swiss_profile_site *site), void *argument);

/* Calls visit(argument, live) once for each sample that is not yet freed, in no order; as above. The block may be freed
 * by another thread meanwhile. O(most samples that were ever live). */
SWISS_API void swiss_profile_walk_live(void (*visit)(void *argument, const swiss_profile_live *live), void *argument);

/* Files that pprof reads. SWISS_PROFILE_TEXT: the text form of gperftools, for `go tool pprof` and google-pprof.
 * SWISS_PROFILE_PROTOBUF: pprof's own, gzipped, for `go tool pprof`. */
typedef enum swiss_profile_format { SWISS_PROFILE_TEXT, SWISS_PROFILE_PROTOBUF } swiss_profile_format;

/* Writes all sites to a file. It is there as a whole or not at all: it is written under another name in the same folder
 * ("PATH.PROCESS.NUMBER.new"), and renamed. What is there and is not a plain file, a device, a pipe or a link, is
 * written as it is. Returns false, with errno set, if the file cannot be written (ENOSPC, EROFS, EACCES, ENAMETOOLONG
 * and so on), or if there is no memory for a copy of the sites (ENOMEM): then a file of that name is as it was. Nothing
 * is locked while the file is written. O(sites). */
SWISS_API bool swiss_profile_write(const char *path, swiss_profile_format format);

/* Writes the same to an open file, a descriptor, from where it stands. Returns false, with errno set, if that fails:
 * then a part may be written. A pipe that nobody reads is EPIPE, and no signal. */
SWISS_API bool swiss_profile_write_to(int file, swiss_profile_format format);

/* Does what the environment variables SWISS_PROFILE, SWISS_PROFILE_RATE, SWISS_PROFILE_EVERY, SWISS_PROFILE_SIGNAL,
 * SWISS_LEAKS and SWISS_LEAKS_FILE ask for, as libswiss-malloc.so does by itself: samples or tracks from now on, and
 * writes profiles and a report while the program runs and when it ends. Call it first in main. Returns true if they ask
 * for something. Only the first call has an effect. */
SWISS_API bool swiss_profile_from_environment(void);

SWISS_END_C

#endif
