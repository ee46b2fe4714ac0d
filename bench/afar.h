/* afar.h - what is asked of the maps of other languages, which run a whole batch of operations in each call: entering
 * another language takes as long as several lookups, and is not inlined. The loops are theirs, over keys that stay in
 * C's memory, and the map operations are compiled as in any of their programs. The value that is entered for keys[i] is
 * i, cut to its type; one of 56 bytes begins with i. A key is a uint32_t, a uint64_t or a swiss_slice of UTF-8, whose
 * bytes must outlive the map. One thread at a time may call. */
#ifndef BENCH_AFAR_H
#define BENCH_AFAR_H

#include <stddef.h>
#include <stdint.h>

/* What a batch of `count` keys does, for each in turn, and returns. */
enum afar_operation {
    AFAR_SIZE,       /* the number of entries, without keys */
    AFAR_SUM,        /* the sum of all values, by iterating, without keys */
    AFAR_INSERT,     /* inserts, or overwrites the value: 0 */
    AFAR_FIND,       /* the sum of the values; a key that is not there counts as 0 */
    AFAR_FIND_CHAIN, /* the same, with each lookup waiting for the one before: the key looked up is keys[i + (value &
                        zero)], with the value that the lookup before found */
    AFAR_REMOVE,     /* how many of the keys were there */
    AFAR_CHURN,      /* removes keys[i], then inserts inserted[i]: how many were there */
};

#endif
