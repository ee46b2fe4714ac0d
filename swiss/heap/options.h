/* options.h - what the environment, or a program, says about the heap. All options are in the table in options.c. */
#ifndef SWISS_HEAP_OPTIONS_H
#define SWISS_HEAP_OPTIONS_H

#include "swiss/base.h"
#include <stdatomic.h>

SWISS_BEGIN_HIDDEN

#define SWISS_SCAVENGE_EVERY 1000 /* milliseconds, unless it is set otherwise */

typedef enum swiss_option {
    SWISS_OPTION_HARDENED,
    SWISS_OPTION_SOFT_LIMIT,
    SWISS_OPTION_HARD_LIMIT,
    SWISS_OPTION_CACHE_LIMIT,
    SWISS_OPTION_SCAVENGE,
    SWISS_OPTION_SCAVENGER,
    SWISS_OPTION_HUGE_PAGES,
    SWISS_OPTION_PROFILE,
    SWISS_OPTION_PROFILE_RATE,
    SWISS_OPTION_PROFILE_EVERY,
    SWISS_OPTION_PROFILE_SIGNAL,
    SWISS_OPTION_LEAKS,
    SWISS_OPTION_LEAKS_FILE,
    SWISS_OPTION_SYMBOLIZER,
    SWISS_OPTION_RECORD,
    SWISS_OPTION_RECORD_RATE,
    SWISS_OPTION_RECORD_LEAKS,
    SWISS_OPTIONS
} swiss_option;

/* The form of a value. */
typedef enum swiss_option_form {
    SWISS_OPTION_SWITCH,       /* 0: off; anything else: on */
    SWISS_OPTION_BYTES,        /* a number; with k, m or g behind it KiB, MiB or GiB */
    SWISS_OPTION_MILLISECONDS, /* a number */
    SWISS_OPTION_NUMBER,       /* a number */
    SWISS_OPTION_WORD,         /* one of some words; the value is its place among them, from 0 on */
    SWISS_OPTION_TEXT          /* any: swiss_option_get_text */
} swiss_option_form;

typedef struct swiss_option_row {
    const char *name; /* of the variable of the environment */
    swiss_option_form form;
    const char *words; /* for a word: all that may be written, with a space between two */
    size_t otherwise;  /* the value of a variable that is not set, or makes no sense */
    const char *help;
} swiss_option_row;

#define SWISS_OPTION_UNSAID SIZE_MAX

extern const swiss_option_row swiss_option_table[SWISS_OPTIONS];

/* Returns what the environment says of an option now, or else its default. O(variables of the environment). */
size_t swiss_option_get(swiss_option option);

/* Copies the text of an option of that form. Returns false if it is not set, empty, or longer than `size` less 1. */
bool swiss_option_get_text(swiss_option option, char *text, size_t size);

/* Chooses huge pages as the environment says, unless the program has chosen. Has an effect only once. */
void swiss_options_apply_huge_pages(void);

extern atomic_int swiss_options_hardening; /* 1: on, 0: off, -1: not decided yet */

/* Decides if heaps are hardened, the first time: by the environment, else by the build, or a tool that watches. Returns
 * the decision. */
bool swiss_options_decide(void);

/* Decides for hardening, if nothing is decided yet. Returns the decision. */
bool swiss_options_harden(void);

/* Returns true if heaps are hardened. The answer never changes. */
SWISS_ALWAYS_INLINE bool swiss_options_hardened(void) {
    int state = atomic_load_explicit(&swiss_options_hardening, memory_order_relaxed);
    return SWISS_LIKELY(state >= 0) ? state : swiss_options_decide();
}

SWISS_END_HIDDEN

#endif
