/* words.c - what maps of words do rarely, compiled once for all of them: detail/words.h says which maps these are. */
#include "swiss/table.h"

uint64_t swiss_words_hash_(const void *key, uint64_t seed, const swiss_table_type *type) {
    (void)type;
    return swiss_hash_u64(swiss_word_(key), seed);
}

bool swiss_words_equal_(const void *a, const void *b, const swiss_table_type *type) {
    (void)type;
    return swiss_word_(a) == swiss_word_(b);
}

/* The functions for slots of `size` bytes. Their constant type is for the core alone, which makes code of it: the
 * caller's, with its alignment, is for the allocator. */
#define WORDS(size)                                                                                                    \
    static const swiss_table_type words_##size = {                                                                     \
        .key_size = sizeof(uint64_t), .slot_size = size, .hash = swiss_words_hash_, .avalanches = true};               \
                                                                                                                       \
    void swiss_words_split_##size##_(const swiss_table *table, const swiss_table_type *type, swiss_split *split) {     \
        (void)type;                                                                                                    \
        swiss_table_split_(table, &words_##size, split);                                                               \
    }                                                                                                                  \
                                                                                                                       \
    void *swiss_words_find_further_##size##_(const swiss_table *table, const swiss_table_type *type, uint64_t hash,    \
                                             uint64_t key) {                                                           \
        (void)type;                                                                                                    \
        return swiss_table_find_further_(table, &words_##size, hash, swiss_words_equal_, &key);                        \
    }                                                                                                                  \
                                                                                                                       \
    swiss_table_result swiss_words_claim_further_##size##_(swiss_table *table, const swiss_table_type *type,           \
                                                           uint64_t hash, uint64_t key) {                              \
        swiss_table_result result = {NULL, false};                                                                     \
        if (table->control && swiss_table_goes_further_(table, hash))                                                  \
            result.slot = swiss_words_find_further_##size##_(table, type, hash, key);                                  \
        if (result.slot)                                                                                               \
            return result;                                                                                             \
        result.slot = swiss_table_add_further_(table, type, hash, &key);                                               \
        result.inserted = result.slot != NULL;                                                                         \
        return result;                                                                                                 \
    }

WORDS(8)
WORDS(16)
