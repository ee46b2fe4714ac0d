/* words.h - maps of words: keys of 8 bytes, integers or pointers, with the default hash and comparison, in slots of 8
 * or 16 bytes. What these common maps do rarely is compiled in words.c, once for all of them: a file with one takes
 * 0.86 of the time to compile. Other maps have these functions in each file (map.h, template/by_key.h).
 */
SWISS_BEGIN_C

SWISS_API uint64_t swiss_words_hash_(const void *key, uint64_t seed, const swiss_table_type *type);
SWISS_API bool swiss_words_equal_(const void *a, const void *b, const swiss_table_type *type);

SWISS_API void swiss_words_split_8_(const swiss_table *table, const swiss_table_type *type, swiss_split *split);
SWISS_API void swiss_words_split_16_(const swiss_table *table, const swiss_table_type *type, swiss_split *split);

SWISS_API SWISS_NOINLINE SWISS_PURE void *
swiss_words_find_further_8_(const swiss_table *table, const swiss_table_type *type, uint64_t hash, uint64_t key);
SWISS_API SWISS_NOINLINE SWISS_PURE void *
swiss_words_find_further_16_(const swiss_table *table, const swiss_table_type *type, uint64_t hash, uint64_t key);

SWISS_API SWISS_NOINLINE swiss_table_result swiss_words_claim_further_8_(swiss_table *table,
                                                                         const swiss_table_type *type, uint64_t hash,
                                                                         uint64_t key);
SWISS_API SWISS_NOINLINE swiss_table_result swiss_words_claim_further_16_(swiss_table *table,
                                                                          const swiss_table_type *type, uint64_t hash,
                                                                          uint64_t key);

/* Returns the word at `key`. */
SWISS_ALWAYS_INLINE uint64_t swiss_word_(const void *key) {
    uint64_t word;
    memcpy(&word, key, sizeof word);
    return word;
}

SWISS_END_C
