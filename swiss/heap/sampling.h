/* sampling.h - chance: which blocks become samples, and how many blocks each stands for. Explained at the top of
 * sampling.c. A rate is the bytes per sample; 1: every block is one; 0: none. */
#ifndef SWISS_HEAP_SAMPLING_H
#define SWISS_HEAP_SAMPLING_H

#include "swiss/base.h"
#include <stdatomic.h>

SWISS_BEGIN_HIDDEN

extern atomic_size_t swiss_sampling_rate; /* that of all heaps now */

/* Draws how many blocks of `size` bytes come until one is sampled, with that one: at least 1; UINT64_MAX: none is. Sets
 * *rate to the rate that this comes from. */
uint64_t swiss_sampling_draw(size_t size, size_t *rate);

/* Draws if one block of `size` bytes is sampled. Returns the rate if it is, else 0. */
size_t swiss_sampling_pick(size_t size);

#define SWISS_WEIGHT_ONE ((uint64_t)1 << 16)

/* Returns how many blocks a sample of `size` bytes stands for, in parts of SWISS_WEIGHT_ONE. */
uint64_t swiss_sampling_weight(size_t size, size_t rate);

SWISS_END_HIDDEN

#endif
