/* options.h - what the environment, or a program, says about the heap. All of it is in the table in options.c. */
#ifndef SWISS_HEAP_OPTIONS_H
#define SWISS_HEAP_OPTIONS_H

#include "swiss/base.h"
#include <stdatomic.h>

#define SWISS_SCAVENGE_EVERY 1000 /* milliseconds, unless it is set otherwise */

typedef enum swiss_option {
    SWISS_OPTION_HARDENED,
    SWISS_OPTION_SOFT_LIMIT,
    SWISS_OPTION_HARD_LIMIT,
    SWISS_OPTION_CACHE_LIMIT,
    SWISS_OPTION_SCAVENGE,
    SWISS_OPTION_SCAVENGER,
    SWISS_OPTION_HUGE_PAGES,
    SWISS_OPTIONS
} swiss_option;

/* How a value is written. */
typedef enum swiss_option_form {
    SWISS_OPTION_SWITCH,       /* 0: off; anything else: on */
    SWISS_OPTION_BYTES,        /* a number; with k, m or g behind it KiB, MiB or GiB */
    SWISS_OPTION_MILLISECONDS, /* a number */
    SWISS_OPTION_WORD          /* one of some words; the value is its place among them, from 0 on */
} swiss_option_form;

typedef struct swiss_option_row {
    const char *name; /* of the variable of the environment */
    swiss_option_form form;
    const char *words; /* of a word: all of them, with a space in between */
    size_t otherwise;  /* the value if it is not said, or makes no sense */
    const char *help;
} swiss_option_row;

#define SWISS_OPTION_UNSAID SIZE_MAX

extern const swiss_option_row swiss_option_table[SWISS_OPTIONS];

/* What the environment says of an option now, or else what is so at first. O(variables of the environment). */
size_t swiss_option_get(swiss_option option);

/* Lets huge pages be as the environment says, unless someone has set them. Has an effect once. */
void swiss_options_apply_huge_pages(void);

extern atomic_int swiss_options_hardening; /* 1: on, 0: off, -1: no one has asked yet */

/* Decides on hardening, if no one has yet: from what the environment says, or the build, or a tool that watches. */
bool swiss_options_decide(void);

/* Decides for hardening, if no one has yet. Returns what is so. */
bool swiss_options_harden(void);

/* True if heaps are hardened. The answer never changes. */
SWISS_ALWAYS_INLINE bool swiss_options_hardened(void) {
    int state = atomic_load_explicit(&swiss_options_hardening, memory_order_relaxed);
    return SWISS_LIKELY(state >= 0) ? state : swiss_options_decide();
}

#endif
