/* sizeclass.c - the size classes.
 *
 * A small block, up to 32 KiB, is rounded up to one of 68 sizes. Blocks of one size share spans: runs of 8 KiB pages
 * cut into equal slots. Few sizes keep the spans well filled; many sizes waste less inside the blocks. These are the
 * sizes of the Go runtime, made by its published rules (mksizeclasses.go), which weigh the two against each other, and
 * one more for tiny objects:
 *
 * 1. Candidates are 4, and go up from 8 in steps of 8. From 32 on the step is 16, from 128 on an eighth of the last
 *    power of two, and from 2048 on it stays at 256.
 * 2. A span has as few pages as leave at most an eighth of it as a tail, which is too short for another slot.
 * 3. A candidate that needs as many pages, and has as many slots, as the one before it replaces that: the larger size
 *    costs nothing.
 * 4. Last, a size is raised to the span's bytes divided by its slots, rounded down to 128, where that is more.
 *
 * The result: 68 classes, spans of 1 to 10 pages. Rounding and tail together take at most a third of a span (33 bytes
 * asked for, 48 given) beyond the three smallest sizes, and at most a sixth above 80 bytes. Class 0 stands for large
 * blocks, which get whole pages.
 *
 * Large blocks of up to 4 MiB have 52 classes more, for thread caches only: all numbers of pages up to 16, and then
 * eight in each octave. These take up to an eighth more than was asked for, in the mean less than a twentieth; most
 * often what is behind it is never touched. With the others they fit into the seven bits that the owner of a page has
 * for the class (segment.h).
 *
 * Tiny objects, of less than 16 bytes, share what would be a block of 16: four of up to 4 bytes, or two of up to 8. In
 * Go all that fit share one, whatever their sizes, and it goes as a whole once no pointer leads there. A program that
 * frees objects one by one needs to know of each if it is live. Here the state byte of every slot says that (span.c),
 * and the place of a freed one is used again at once. (doc/experiments.md: "Tiny objects".)
 *
 * The class of a size is looked up in two tables: in steps of 4 bytes up to 1 KiB, and of 128 bytes above, where all
 * sizes are multiples of 128. A third one, in steps of 8 bytes, leaves out the classes of 4 and of 24 bytes, for malloc
 * (override/malloc.c). The slot of an address is its offset times the reciprocal of the size, instead of a division.
 *
 * The tables are written down as they are. The unit test makes them again by the rules and compares.
 */
#include "sizeclass.h"

const uint16_t swiss_class_size[SWISS_CLASS_COUNT] = {
    0,     4,     8,     16,    24,    32,    48,    64,    80,    96,    112,   128,   144,  160,
    176,   192,   208,   224,   240,   256,   288,   320,   352,   384,   416,   448,   480,  512,
    576,   640,   704,   768,   896,   1024,  1152,  1280,  1408,  1536,  1792,  2048,  2304, 2688,
    3072,  3200,  3456,  4096,  4864,  5376,  6144,  6528,  6784,  6912,  8192,  9472,  9728, 10240,
    10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768};

const uint8_t swiss_class_pages[SWISS_CLASS_COUNT] = {
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1, 1, 1,
    1, 2, 1, 2, 1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4};

const uint32_t swiss_class_reciprocal[SWISS_CLASS_COUNT] = {
    0x0,       0x40000000, 0x20000000, 0x10000000, 0xaaaaaab, 0x8000000, 0x5555556, 0x4000000, 0x3333334, 0x2aaaaab,
    0x2492493, 0x2000000,  0x1c71c72,  0x199999a,  0x1745d18, 0x1555556, 0x13b13b2, 0x124924a, 0x1111112, 0x1000000,
    0xe38e39,  0xcccccd,   0xba2e8c,   0xaaaaab,   0x9d89d9,  0x924925,  0x888889,  0x800000,  0x71c71d,  0x666667,
    0x5d1746,  0x555556,   0x492493,   0x400000,   0x38e38f,  0x333334,  0x2e8ba3,  0x2aaaab,  0x24924a,  0x200000,
    0x1c71c8,  0x186187,   0x155556,   0x147ae2,   0x12f685,  0x100000,  0xd7944,   0xc30c4,   0xaaaab,   0xa0a0b,
    0x9a90f,   0x97b43,    0x80000,    0x6eb3f,    0x6bca2,   0x66667,   0x60607,   0x55556,   0x4d488,   0x4924a,
    0x40000,   0x38e39,    0x36fae,    0x33334,    0x30304,   0x2aaab,   0x2675d,   0x24925,   0x20000};

const uint8_t swiss_class_fine[SWISS_CLASS_FINE_MAX / 4 + 1] = {
    2,  1,  2,  3,  3,  4,  4,  5,  5,  6,  6,  6,  6,  7,  7,  7,  7,  8,  8,  8,  8,  9,  9,  9,  9,  10, 10, 10, 10,
    11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15, 16, 16, 16, 16, 17, 17, 17, 17, 18,
    18, 18, 18, 19, 19, 19, 19, 20, 20, 20, 20, 20, 20, 20, 20, 21, 21, 21, 21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22,
    22, 22, 23, 23, 23, 23, 23, 23, 23, 23, 24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 25, 26, 26, 26,
    26, 26, 26, 26, 26, 27, 27, 27, 27, 27, 27, 27, 27, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    30, 30, 30, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32,
    32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 33, 33, 33, 33, 33, 33, 33,
    33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33};

const uint8_t swiss_class_fine_16[SWISS_CLASS_FINE_MAX / 8 + 1] = {
    2,  2,  3,  5,  5,  6,  6,  7,  7,  8,  8,  9,  9,  10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16,
    16, 17, 17, 18, 18, 19, 19, 20, 20, 20, 20, 21, 21, 21, 21, 22, 22, 22, 22, 23, 23, 23, 23, 24, 24, 24,
    24, 25, 25, 25, 25, 26, 26, 26, 26, 27, 27, 27, 27, 28, 28, 28, 28, 28, 28, 28, 28, 29, 29, 29, 29, 29,
    29, 29, 29, 30, 30, 30, 30, 30, 30, 30, 30, 31, 31, 31, 31, 31, 31, 31, 31, 32, 32, 32, 32, 32, 32, 32,
    32, 32, 32, 32, 32, 32, 32, 32, 32, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33};

const uint8_t swiss_class_coarse[(SWISS_SMALL_MAX - SWISS_CLASS_FINE_MAX) / 128 + 1] = {
    33, 34, 35, 36, 37, 38, 38, 39, 39, 40, 40, 41, 41, 41, 42, 42, 42, 43, 44, 44, 45, 45, 45, 45, 45, 46, 46, 46,
    46, 46, 46, 47, 47, 47, 47, 48, 48, 48, 48, 48, 48, 49, 49, 49, 50, 50, 51, 52, 52, 52, 52, 52, 52, 52, 52, 52,
    52, 53, 53, 53, 53, 53, 53, 53, 53, 53, 53, 54, 54, 55, 55, 55, 55, 56, 56, 56, 56, 56, 57, 57, 57, 57, 57, 57,
    57, 57, 57, 57, 57, 58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 59, 59, 59, 59, 59, 59, 60, 60, 60, 60, 60, 60, 60,
    60, 60, 60, 60, 60, 60, 60, 60, 60, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 62, 62, 62,
    62, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 65, 65, 65, 65, 65,
    65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
    66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 67, 67, 67, 67, 67, 67, 67, 67, 67, 67, 67, 68, 68, 68, 68, 68, 68, 68,
    68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68};
