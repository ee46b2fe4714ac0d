/* sampling.c - chance: which blocks become samples, and how many blocks each stands for.
 *
 *     bytes allocated    ----x--------------x-x---------------------------x------ ...    x: hit, 1 of `rate` bytes
 *     blocks             [  ][  ][  ][  ][  ][  ][  ][  ][  ][  ][  ][  ][  ][  ]
 *                          *             *                              *                sampled: at least one hit
 *
 * The gaps between the hits are drawn from an exponential distribution: a Poisson process (that of tcmalloc's and Go's
 * heap profiles). It has no memory. So it can be begun anew at any time, and be cut into one process for each size
 * class of each thread, which count blocks instead of bytes: how many come before the next hit has a geometric
 * distribution, the gap divided by the size. A block that no cache hands out is asked by itself.
 *
 * A block is sampled with the probability p = 1 - exp(-size / rate), and stands for 1 / p blocks. Sums of these are on
 * average the sums over all blocks, whatever the sizes.
 *
 * The logarithm and the power are here, because a program need not link the library that has them.
 */
#include "sampling.h"
#include "../os/os.h"
#include <string.h>

atomic_size_t swiss_sampling_rate;

/* Returns 64 random bits: splitmix64 (G. Steele, D. Lea, C. Flood, 2014). */
static uint64_t draw_bits(void) {
    static _Atomic(uint64_t) state;
    if (!atomic_load_explicit(&state, memory_order_relaxed))
        atomic_store_explicit(&state, swiss_os_nanoseconds() ^ (uintptr_t)&state, memory_order_relaxed);
    uint64_t bits = atomic_fetch_add_explicit(&state, UINT64_C(0x9E3779B97F4A7C15), memory_order_relaxed);
    bits = (bits ^ bits >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94D049BB133111EB);
    return bits ^ bits >> 31;
}

/* Returns a random number above 0, up to 1. */
static double draw_unit(void) {
    return (double)((draw_bits() >> 11) + 1) * (1.0 / 9007199254740992.0);
}

/* Returns the natural logarithm of x, 2^-53 to 1: of its power of two, and, by the series of ln((1 + s) / (1 - s)), of
 * the rest, 0.7 to 1.4. Right to seven digits. */
static double logarithm(double x) {
    uint64_t bits, least = UINT64_C(0x3FE6A09E00000000); /* the root of 1/2, as IEEE 754 has it */
    memcpy(&bits, &x, sizeof bits);
    const int power = (int)((int64_t)(bits - least) >> 52);
    bits -= (uint64_t)(int64_t)power << 52;
    memcpy(&x, &bits, sizeof bits);
    const double s = (x - 1) / (x + 1), square = s * s;
    return s * (2.0 + square * (2.0 / 3 + square * (2.0 / 5 + square * (2.0 / 7)))) + power * 0.693147180559945309;
}

/* Returns 1 - exp(-x), x at least 0: the probability of a hit where x are expected. */
static double probability(double x) {
    if (x > 40)
        return 1;
    int squarings = 0;
    for (; x > 0.25; x /= 2)
        ++squarings;
    /* The series of 1 - exp(-x), divided by x: no digits are lost if x is small. */
    static const double terms[] = {1.0 / 12, 1.0 / 11, 1.0 / 10, 1.0 / 9, 1.0 / 8, 1.0 / 7,
                                   1.0 / 6,  1.0 / 5,  1.0 / 4,  1.0 / 3, 1.0 / 2, 1.0};
    double sum = 0;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; ++i)
        sum = (1 - sum * x) * terms[i];
    double p = x * sum;
    for (; squarings; --squarings)
        p *= 2 - p; /* 1 - (1 - p)^2 */
    return p;
}

uint64_t swiss_sampling_draw(size_t size, size_t *rate) {
    *rate = atomic_load_explicit(&swiss_sampling_rate, memory_order_relaxed);
    if (*rate <= 1)
        return *rate ? 1 : UINT64_MAX;
    double blocks = -logarithm(draw_unit()) * (double)*rate / (double)size;
    return blocks < 9e18 ? (uint64_t)blocks + 1 : UINT64_MAX;
}

size_t swiss_sampling_pick(size_t size) {
    size_t rate = atomic_load_explicit(&swiss_sampling_rate, memory_order_relaxed);
    if (rate <= 1)
        return rate;
    const double unit = draw_unit(), expected = (double)size / (double)rate;
    return unit <= expected && unit <= probability(expected) ? rate : 0; /* the first is cheap, and seldom true */
}

uint64_t swiss_sampling_weight(size_t size, size_t rate) {
    if (rate <= 1)
        return SWISS_WEIGHT_ONE;
    double weight = (double)SWISS_WEIGHT_ONE / probability((double)size / (double)rate);
    return weight < 9e18 ? (uint64_t)(weight + 0.5) : UINT64_MAX / 2;
}
