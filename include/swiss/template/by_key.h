/* by_key.h - the operations of map.h that take a key, written once. map.h includes it for the keys themselves and, if
 * there is a SWISS_LOOKUP, once more for keys of that second type, whose functions end in _as. Before each inclusion it
 * defines, and this file undefines,
 *
 *     SWISS_BY_          the type of the keys: NAME_key or NAME_lookup
 *     SWISS_OP_(verb)    the name of a public function: NAME_verb or NAME_verb_as
 *     SWISS_OWN_(verb)   the name of a private function: NAME_verb_ or NAME_verb_as_. The functions hash and equal are
 *                        there already, as the core wants them.
 *     SWISS_BY_LOOKUP_   if the keys are of the second type: the map's own key is then made by SWISS_LOOKUP_MAKE
 */

/* The hash --------------------------------------------------------------------------------------------------------- */

SWISS_LINKAGE_ uint64_t SWISS_OP_(hash)(SWISS_NAME *map, SWISS_BY_ key) {
    SWISS_ASSERT_LIVES_(&map->table);
    swiss_table_draw_seed_(&map->table);
    return SWISS_OWN_(hash)(&key, map->table.seed, SWISS_HOOK_TYPE_(map));
}

/* Returns the hash of a key: *known, if the caller has it, or else, if `known` is NULL, computed. */
SWISS_ALWAYS_INLINE uint64_t SWISS_OWN_(hash_of)(const swiss_table *table, const SWISS_BY_ *key,
                                                 const uint64_t *known) {
    /* A NaN has another hash each time. */
    SWISS_ASSERT((known == NULL || *known == SWISS_OWN_(hash)(key, table->seed, SWISS_HOOK_TYPE_(table)) ||
                  SWISS_OWN_(hash)(key, table->seed, SWISS_HOOK_TYPE_(table)) !=
                      SWISS_OWN_(hash)(key, table->seed, SWISS_HOOK_TYPE_(table))) &&
                 "swiss: this hash is not that of the key in this map: ask NAME_hash for it");
    return known ? *known : SWISS_OWN_(hash)(key, table->seed, SWISS_HOOK_TYPE_(table));
}

/* What is rare is not inlined. It takes a small key by value, so that the key need not be in memory where this is not
 * called; for a large one there is each function once more, which takes its address. For words the library has
 * them. */
#ifdef SWISS_BY_LOOKUP_
#    define SWISS_BY_WORDS_(slot_size) false
#else
#    define SWISS_BY_WORDS_(slot_size) SWISS_IS_OF_WORDS_(slot_size)
#endif
#define SWISS_FURTHER_(function, table, hash, key)                                                                     \
    (SWISS_BY_WORDS_(16)  ? swiss_words_##function##_16_(table, SWISS_TYPE_(table), hash, swiss_word_(key))            \
     : SWISS_BY_WORDS_(8) ? swiss_words_##function##_8_(table, SWISS_TYPE_(table), hash, swiss_word_(key))             \
     : sizeof *(key) <= 2 * sizeof(void *) ? SWISS_OWN_(function)(table, hash, *(key))                                 \
                                           : SWISS_OWN_(function##_at)(table, hash, key))

/* Finding ---------------------------------------------------------------------------------------------------------- */

static SWISS_NOINLINE void *SWISS_OWN_(find_further_at)(const swiss_table *table, uint64_t hash, const SWISS_BY_ *key) {
    return swiss_table_find_further_(table, SWISS_TYPE_(table), hash, SWISS_OWN_(equal), key);
}

static SWISS_NOINLINE void *SWISS_OWN_(find_further)(const swiss_table *table, uint64_t hash, SWISS_BY_ key) {
    return swiss_table_find_further_(table, SWISS_TYPE_(table), hash, SWISS_OWN_(equal), &key);
}

SWISS_ALWAYS_INLINE void *SWISS_OWN_(find)(const swiss_table *table, uint64_t hash, const SWISS_BY_ *key,
                                           swiss_fetch_ fetch) {
    SWISS_ASSERT_LIVES_(table);
    if (SWISS_UNLIKELY(table->control == NULL))
        return NULL;
    void *slot = swiss_table_find_first_(table, SWISS_TYPE_(table), hash, SWISS_OWN_(equal), key, fetch, NULL);
    if (slot == NULL && SWISS_UNLIKELY(swiss_table_goes_further_(table, hash)))
        slot = SWISS_FURTHER_(find_further, table, hash, key);
    return slot;
}

SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_OP_(find)(const SWISS_NAME *map, SWISS_BY_ key) {
    return (SWISS_ENTRY_ *)SWISS_OWN_(find)(&map->table, SWISS_OWN_(hash_of)(&map->table, &key, NULL), &key,
                                            SWISS_FETCH_MATCHING_);
}

SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_OP_(find_hashed)(const SWISS_NAME *map, uint64_t hash, SWISS_BY_ key) {
    return (SWISS_ENTRY_ *)SWISS_OWN_(find)(&map->table, SWISS_OWN_(hash_of)(&map->table, &key, &hash), &key,
                                            SWISS_FETCH_MATCHING_);
}

SWISS_LINKAGE_ bool SWISS_OP_(contains)(const SWISS_NAME *map, SWISS_BY_ key) {
    return SWISS_OP_(find)(map, key) != NULL;
}

SWISS_LINKAGE_ bool SWISS_OP_(contains_hashed)(const SWISS_NAME *map, uint64_t hash, SWISS_BY_ key) {
    return SWISS_OP_(find_hashed)(map, hash, key) != NULL;
}

#ifdef SWISS_VALUE
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_OP_(get)(const SWISS_NAME *map, SWISS_BY_ key) {
    SWISS_ENTRY_ *entry = SWISS_OP_(find)(map, key);
    return entry ? &entry->value : NULL;
}

SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_OP_(get_hashed)(const SWISS_NAME *map, uint64_t hash, SWISS_BY_ key) {
    SWISS_ENTRY_ *entry = SWISS_OP_(find_hashed)(map, hash, key);
    return entry ? &entry->value : NULL;
}
#endif

SWISS_LINKAGE_ void SWISS_OP_(find_many)(const SWISS_NAME *map, const SWISS_BY_ *keys, size_t count,
                                         SWISS_ENTRY_ **entries) {
    const swiss_table *table = &map->table;
    if (!swiss_table_gains_by_batches_(table, &SWISS_FN_(type_))) {
        for (size_t i = 0; i < count; ++i)
            entries[i] = SWISS_OP_(find)(map, keys[i]);
        return;
    }
    uint64_t ring[SWISS_BATCH_RING_];
    const swiss_batch_keys_ batch = {keys, sizeof *keys, count, SWISS_OWN_(hash)};
    for (size_t i = 0; i < count; ++i) {
        if (i % SWISS_BATCH_ == 0)
            swiss_table_fetch_ahead_(table, SWISS_TYPE_(table), ring, &batch, i, false);
        entries[i] =
            (SWISS_ENTRY_ *)SWISS_OWN_(find)(table, ring[i % SWISS_BATCH_RING_], &keys[i], SWISS_FETCH_NOTHING_);
    }
}

/* Inserting -------------------------------------------------------------------------------------------------------- */

#if !defined(SWISS_BY_LOOKUP_) || defined(SWISS_LOOKUP_MAKE)

#    ifdef SWISS_BY_LOOKUP_

/* Finds the entry of a key or takes a slot for it, and fills in the key; the caller fills in the value. The table has a
 * block. */
SWISS_ALWAYS_INLINE swiss_table_result SWISS_OWN_(claim_hashed)(swiss_table *table, uint64_t hash, const SWISS_BY_ *key,
                                                                swiss_fetch_ fetch) {
    swiss_table_result result = {NULL, false};
    result.slot = SWISS_OWN_(find)(table, hash, key, fetch);
    if (result.slot)
        return result;
    /* The key is made before there is a slot for it and before entries may move: the hook may look at the map, and
     * `key` may point into it. */
    const size_t size = table->size;
    const uint32_t generation = table->generation;
    SWISS_FN_(key) own_key;
    if (!SWISS_HOOK_(SWISS_CONTEXT_OF_(table), SWISS_LOOKUP_MAKE, &own_key, key))
        return result;
    SWISS_ASSERT(table->generation == generation && table->size == size &&
                 "swiss: SWISS_LOOKUP_MAKE has changed the map that it makes a key for");
    (void)generation, (void)size;
    result.slot = swiss_table_add_(table, SWISS_TYPE_(table), hash);
    result.inserted = result.slot != NULL;
    if (!result.inserted) {
#        ifdef SWISS_KEY_DROP
        SWISS_HOOK_(SWISS_CONTEXT_OF_(table), SWISS_KEY_DROP, &own_key);
#        endif
        return result;
    }
    ((SWISS_ENTRY_ *)result.slot)->key = own_key;
    return result;
}

SWISS_ALWAYS_INLINE swiss_table_result SWISS_OWN_(claim)(swiss_table *table, const uint64_t *known,
                                                         const SWISS_BY_ *key) {
    const swiss_table_result none = {NULL, false};
    if (!swiss_table_prepare_(table, SWISS_TYPE_(table)))
        return none;
    return SWISS_OWN_(claim_hashed)(table, SWISS_OWN_(hash_of)(table, key, known), key, SWISS_FETCH_EARLY_);
}

#    else

/* Does the work of claim_hashed if the home group is not enough; or if the table has no block, and the key perhaps no
 * hash yet either. */
SWISS_ALWAYS_INLINE swiss_table_result SWISS_OWN_(claim_rest)(swiss_table *table, uint64_t hash, const SWISS_BY_ *key) {
    swiss_table_result result = {NULL, false};
    if (table->control && swiss_table_goes_further_(table, hash))
        result.slot = SWISS_FURTHER_(find_further, table, hash, key);
    if (result.slot)
        return result;
    result.slot = swiss_table_add_further_(table, SWISS_TYPE_(table), hash, key);
    result.inserted = result.slot != NULL;
    return result;
}

static SWISS_NOINLINE swiss_table_result SWISS_OWN_(claim_further_at)(swiss_table *table, uint64_t hash,
                                                                      const SWISS_BY_ *key) {
    return SWISS_OWN_(claim_rest)(table, hash, key);
}

static SWISS_NOINLINE swiss_table_result SWISS_OWN_(claim_further)(swiss_table *table, uint64_t hash, SWISS_BY_ key) {
    return SWISS_OWN_(claim_rest)(table, hash, &key);
}

/* Finds the entry of a key or takes a slot for it; the caller fills in the key and the value. The table has a block. */
SWISS_ALWAYS_INLINE swiss_table_result SWISS_OWN_(claim_hashed)(swiss_table *table, uint64_t hash, const SWISS_BY_ *key,
                                                                swiss_fetch_ fetch) {
    swiss_table_result result = {NULL, false};
    result.slot = swiss_table_find_first_(table, SWISS_TYPE_(table), hash, SWISS_OWN_(equal), key, fetch, NULL);
    if (result.slot)
        return result;
    if (SWISS_LIKELY(!swiss_table_goes_further_(table, hash))) {
        result.slot = swiss_table_add_first_(table, &SWISS_FN_(type_), hash);
        result.inserted = true;
        if (SWISS_LIKELY(result.slot != NULL))
            return result;
    }
    return SWISS_FURTHER_(claim_further, table, hash, key);
}

SWISS_ALWAYS_INLINE swiss_table_result SWISS_OWN_(claim)(swiss_table *table, const uint64_t *known,
                                                         const SWISS_BY_ *key) {
    SWISS_ASSERT_LIVES_(table);
    if (SWISS_UNLIKELY(table->control == NULL))
        return SWISS_FURTHER_(claim_further, table, known ? SWISS_OWN_(hash_of)(table, key, known) : 0, key);
    return SWISS_OWN_(claim_hashed)(table, SWISS_OWN_(hash_of)(table, key, known), key, SWISS_FETCH_EARLY_);
}

#    endif

/* Gives an entry the caller's key and value; one that was found by a key of the second type keeps its key. */
SWISS_ALWAYS_INLINE void SWISS_OWN_(fill)(SWISS_ENTRY_ *entry, const SWISS_BY_ *key SWISS_COMMA_VALUE_AT_) {
    (void)entry, (void)key;
#    ifndef SWISS_BY_LOOKUP_
    entry->key = *key;
#    endif
#    ifdef SWISS_VALUE
    entry->value = *value;
#    endif
}

/* insert and insert_hashed; `known` is the hash, or NULL. The key and the value do not lie in a map that has no room:
 * its entries move. */
SWISS_ALWAYS_INLINE SWISS_FN_(result)
    SWISS_OWN_(insert)(SWISS_NAME *map, const uint64_t *known, const SWISS_BY_ *key SWISS_COMMA_VALUE_AT_) {
    swiss_table_result claimed = SWISS_OWN_(claim)(&map->table, known, key);
    SWISS_FN_(result) result = {(SWISS_ENTRY_ *)claimed.slot, claimed.inserted};
    if (SWISS_LIKELY(claimed.inserted))
        SWISS_OWN_(fill)(result.entry, key SWISS_COMMA_VALUE_PASSED_);
    return result;
}

SWISS_LINKAGE_ SWISS_FN_(result) SWISS_OP_(insert)(SWISS_NAME *map, SWISS_BY_ key SWISS_COMMA_VALUE_) {
    return SWISS_OWN_(insert)(map, NULL, &key SWISS_COMMA_VALUE_ADDRESS_);
}

SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_OP_(insert_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_BY_ key SWISS_COMMA_VALUE_) {
    return SWISS_OWN_(insert)(map, &hash, &key SWISS_COMMA_VALUE_ADDRESS_);
}

/* Gives an entry that was found the caller's key and value, and drops those that it had. */
SWISS_ALWAYS_INLINE void SWISS_OWN_(refill)(const swiss_table *table, SWISS_ENTRY_ *entry,
                                            const SWISS_BY_ *key SWISS_COMMA_VALUE_AT_) {
    (void)table, (void)entry, (void)key;
#    if defined(SWISS_KEY_DROP) && !defined(SWISS_BY_LOOKUP_)
    if (memcmp(&entry->key, key, sizeof *key) != 0)
        SWISS_HOOK_(SWISS_CONTEXT_OF_(table), SWISS_KEY_DROP, &entry->key);
#    endif
#    ifdef SWISS_VALUE_DROP
    if (memcmp(&entry->value, value, sizeof *value) != 0)
        SWISS_HOOK_(SWISS_CONTEXT_OF_(table), SWISS_VALUE_DROP, &entry->value);
#    endif
#    ifndef SWISS_BY_LOOKUP_
    if (!SWISS_EQUALS_BITS_) /* else it has the key already, and the store is spared */
        entry->key = *key;
#    endif
#    ifdef SWISS_VALUE
    entry->value = *value;
#    endif
}

SWISS_ALWAYS_INLINE SWISS_FN_(result)
    SWISS_OWN_(put)(SWISS_NAME *map, const uint64_t *known, const SWISS_BY_ *key SWISS_COMMA_VALUE_AT_) {
    swiss_table *const table = &map->table;
    swiss_table_result claimed = SWISS_OWN_(claim)(table, known, key);
    SWISS_FN_(result) result = {(SWISS_ENTRY_ *)claimed.slot, claimed.inserted};
    if (SWISS_UNLIKELY(result.entry == NULL))
        return result;
    if (claimed.inserted)
        SWISS_OWN_(fill)(result.entry, key SWISS_COMMA_VALUE_PASSED_);
    else
        SWISS_OWN_(refill)(table, result.entry, key SWISS_COMMA_VALUE_PASSED_);
    return result;
}

SWISS_LINKAGE_ SWISS_FN_(result) SWISS_OP_(put)(SWISS_NAME *map, SWISS_BY_ key SWISS_COMMA_VALUE_) {
    return SWISS_OWN_(put)(map, NULL, &key SWISS_COMMA_VALUE_ADDRESS_);
}

SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_OP_(put_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_BY_ key SWISS_COMMA_VALUE_) {
    return SWISS_OWN_(put)(map, &hash, &key SWISS_COMMA_VALUE_ADDRESS_);
}

#    ifdef SWISS_VALUE
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_OP_(get_or_insert)(SWISS_NAME *map, SWISS_BY_ key, SWISS_FN_(value) value) {
    SWISS_ENTRY_ *entry = SWISS_OP_(insert)(map, key, value).entry;
    return entry ? &entry->value : NULL;
}

SWISS_LINKAGE_ SWISS_FN_(value) *
    SWISS_OP_(get_or_insert_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_BY_ key, SWISS_FN_(value) value) {
    SWISS_ENTRY_ *entry = SWISS_OP_(insert_hashed)(map, hash, key, value).entry;
    return entry ? &entry->value : NULL;
}
#    endif

#    if defined(SWISS_VALUE) || !defined(SWISS_BY_LOOKUP_)
#        ifdef SWISS_BY_LOOKUP_
#            define SWISS_OLD_ SWISS_FN_(value)
#            define SWISS_OLD_OF_(entry) (entry)->value
#        else
#            define SWISS_OLD_ SWISS_ENTRY_
#            define SWISS_OLD_OF_(entry) *(entry)
#        endif
SWISS_ALWAYS_INLINE SWISS_FN_(result) SWISS_OWN_(replace)(SWISS_NAME *map, const uint64_t *known,
                                                          const SWISS_BY_ *key SWISS_COMMA_VALUE_AT_, SWISS_OLD_ *old) {
    SWISS_FN_(result) result = SWISS_OWN_(insert)(map, known, key SWISS_COMMA_VALUE_PASSED_);
    if (result.inserted || SWISS_UNLIKELY(result.entry == NULL))
        return result;
    if (old)
        *old = SWISS_OLD_OF_(result.entry);
    SWISS_OWN_(fill)(result.entry, key SWISS_COMMA_VALUE_PASSED_);
    return result;
}

SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_OP_(replace)(SWISS_NAME *map, SWISS_BY_ key SWISS_COMMA_VALUE_, SWISS_OLD_ *old) {
    return SWISS_OWN_(replace)(map, NULL, &key SWISS_COMMA_VALUE_ADDRESS_, old);
}

SWISS_LINKAGE_ SWISS_FN_(result)
    SWISS_OP_(replace_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_BY_ key SWISS_COMMA_VALUE_, SWISS_OLD_ *old) {
    return SWISS_OWN_(replace)(map, &hash, &key SWISS_COMMA_VALUE_ADDRESS_, old);
}
#        undef SWISS_OLD_
#        undef SWISS_OLD_OF_
#    endif

/* insert_many and insert_many_marked; `inserted` may be NULL. */
SWISS_ALWAYS_INLINE size_t SWISS_OWN_(insert_many)(SWISS_NAME *map, const SWISS_BY_ *keys SWISS_COMMA_VALUES_,
                                                   size_t count, bool *inserted) {
    swiss_table *table = &map->table;
    size_t i = 0;
    for (; i < count && !swiss_table_gains_by_batches_(table, &SWISS_FN_(type_)); ++i) {
        SWISS_FN_(result) result = SWISS_OP_(insert)(map, keys[i] SWISS_COMMA_VALUE_I_);
        if (result.entry == NULL)
            return i;
        if (inserted)
            inserted[i] = result.inserted;
    }
    uint64_t ring[SWISS_BATCH_RING_];
    const size_t done = i;
    const swiss_batch_keys_ batch = {keys + done, sizeof *keys, count - done, SWISS_OWN_(hash)};
    for (; i < count; ++i) {
        if ((i - done) % SWISS_BATCH_ == 0)
            swiss_table_fetch_ahead_(table, SWISS_TYPE_(table), ring, &batch, i - done, true);
        swiss_table_result claimed =
            SWISS_OWN_(claim_hashed)(table, ring[(i - done) % SWISS_BATCH_RING_], &keys[i], SWISS_FETCH_NOTHING_);
        if (claimed.slot == NULL)
            return i;
        if (inserted)
            inserted[i] = claimed.inserted;
        if (claimed.inserted)
            SWISS_OWN_(fill)((SWISS_ENTRY_ *)claimed.slot, &keys[i] SWISS_COMMA_VALUE_I_ADDRESS_);
    }
    return count;
}

SWISS_LINKAGE_ size_t SWISS_OP_(insert_many)(SWISS_NAME *map, const SWISS_BY_ *keys SWISS_COMMA_VALUES_, size_t count) {
    return SWISS_OWN_(insert_many)(map, keys SWISS_COMMA_VALUES_PASSED_, count, NULL);
}

SWISS_LINKAGE_ size_t SWISS_OP_(insert_many_marked)(SWISS_NAME *map, const SWISS_BY_ *keys SWISS_COMMA_VALUES_,
                                                    size_t count, bool *inserted) {
    return SWISS_OWN_(insert_many)(map, keys SWISS_COMMA_VALUES_PASSED_, count, inserted);
}

#endif

/* Removing --------------------------------------------------------------------------------------------------------- */

/* Removes the entry of `key`, after it has been dropped, if `with_drop`, and copied to *taken, unless that is NULL. The
 * table has a block. */
SWISS_ALWAYS_INLINE bool SWISS_OWN_(remove)(swiss_table *table, uint64_t hash, const SWISS_BY_ *key, swiss_fetch_ fetch,
                                            bool with_drop, SWISS_ENTRY_ *taken) {
    swiss_found_ found;
    void *first = swiss_table_find_first_(table, SWISS_TYPE_(table), hash, SWISS_OWN_(equal), key, fetch, &found);
    SWISS_ENTRY_ *entry = (SWISS_ENTRY_ *)first;
    if (SWISS_UNLIKELY(first == NULL)) {
        if (SWISS_LIKELY(!swiss_table_goes_further_(table, hash)))
            return false;
        entry = (SWISS_ENTRY_ *)SWISS_FURTHER_(find_further, table, hash, key);
        if (entry == NULL)
            return false;
    }
    if (taken)
        *taken = *entry;
#if defined(SWISS_KEY_DROP) || defined(SWISS_VALUE_DROP)
    if (with_drop)
        (SWISS_FN_(drop_))(entry, SWISS_TYPE_(table));
#else
    (void)with_drop;
#endif
    if (SWISS_LIKELY(first != NULL))
        swiss_table_release_found_(table, &found, hash);
    else
        swiss_table_release_slot_(table, &SWISS_FN_(type_), entry);
    return true;
}

/* The same for a table that may have no block; `known` is the hash, or NULL. */
SWISS_ALWAYS_INLINE bool SWISS_OWN_(remove_one)(swiss_table *table, const uint64_t *known, const SWISS_BY_ *key,
                                                bool with_drop, SWISS_ENTRY_ *taken) {
    SWISS_ASSERT_LIVES_(table);
    return SWISS_LIKELY(table->control != NULL) && SWISS_OWN_(remove)(table, SWISS_OWN_(hash_of)(table, key, known),
                                                                      key, SWISS_FETCH_MATCHING_, with_drop, taken);
}

SWISS_LINKAGE_ bool SWISS_OP_(remove)(SWISS_NAME *map, SWISS_BY_ key) {
    return SWISS_OWN_(remove_one)(&map->table, NULL, &key, true, NULL);
}

SWISS_LINKAGE_ bool SWISS_OP_(remove_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_BY_ key) {
    return SWISS_OWN_(remove_one)(&map->table, &hash, &key, true, NULL);
}

SWISS_LINKAGE_ bool SWISS_OP_(take)(SWISS_NAME *map, SWISS_BY_ key, SWISS_ENTRY_ *entry) {
    return SWISS_OWN_(remove_one)(&map->table, NULL, &key, false, entry);
}

SWISS_LINKAGE_ bool SWISS_OP_(take_hashed)(SWISS_NAME *map, uint64_t hash, SWISS_BY_ key, SWISS_ENTRY_ *entry) {
    return SWISS_OWN_(remove_one)(&map->table, &hash, &key, false, entry);
}

SWISS_LINKAGE_ size_t SWISS_OP_(remove_many)(SWISS_NAME *map, const SWISS_BY_ *keys, size_t count) {
    swiss_table *table = &map->table;
    const size_t before = swiss_table_size(table);
    if (!swiss_table_gains_by_batches_(table, &SWISS_FN_(type_))) {
        for (size_t i = 0; i < count; ++i)
            SWISS_OP_(remove)(map, keys[i]);
        return before - swiss_table_size(table);
    }
    uint64_t ring[SWISS_BATCH_RING_];
    const swiss_batch_keys_ batch = {keys, sizeof *keys, count, SWISS_OWN_(hash)};
    for (size_t i = 0; i < count; ++i) {
        if (i % SWISS_BATCH_ == 0)
            swiss_table_fetch_ahead_(table, SWISS_TYPE_(table), ring, &batch, i, false);
        SWISS_OWN_(remove)(table, ring[i % SWISS_BATCH_RING_], &keys[i], SWISS_FETCH_NOTHING_, true, NULL);
    }
    return before - swiss_table_size(table);
}

/* By pointer ------------------------------------------------------------------------------------------------------- */

#ifndef SWISS_BY_LOOKUP_

SWISS_LINKAGE_ SWISS_ENTRY_ *SWISS_OP_(find_ptr)(const SWISS_NAME *map, const SWISS_BY_ *key) {
    return (SWISS_ENTRY_ *)SWISS_OWN_(find)(&map->table, SWISS_OWN_(hash_of)(&map->table, key, NULL), key,
                                            SWISS_FETCH_MATCHING_);
}

SWISS_LINKAGE_ bool SWISS_OP_(contains_ptr)(const SWISS_NAME *map, const SWISS_BY_ *key) {
    return SWISS_OP_(find_ptr)(map, key) != NULL;
}

#    ifdef SWISS_VALUE
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_OP_(get_ptr)(const SWISS_NAME *map, const SWISS_BY_ *key) {
    SWISS_ENTRY_ *entry = SWISS_OP_(find_ptr)(map, key);
    return entry ? &entry->value : NULL;
}
#    endif

SWISS_LINKAGE_ SWISS_FN_(result) SWISS_OP_(insert_ptr)(SWISS_NAME *map, const SWISS_BY_ *key SWISS_COMMA_VALUE_AT_) {
    swiss_table *const table = &map->table;
    if (SWISS_LIKELY(table->growth_left != 0 && !swiss_table_moves_(table, &SWISS_FN_(type_))))
        return SWISS_OWN_(insert)(map, NULL, key SWISS_COMMA_VALUE_PASSED_);
        /* Entries may have to move, and the key or the value may be one of theirs. */
#    ifdef SWISS_VALUE
    swiss_table_result inserted = swiss_table_insert(table, SWISS_TYPE_(table), key, value);
#    else
    swiss_table_result inserted = swiss_table_insert(table, SWISS_TYPE_(table), key, NULL);
#    endif
    SWISS_FN_(result) result = {(SWISS_ENTRY_ *)inserted.slot, inserted.inserted};
    return result;
}

SWISS_LINKAGE_ SWISS_FN_(result) SWISS_OP_(put_ptr)(SWISS_NAME *map, const SWISS_BY_ *key SWISS_COMMA_VALUE_AT_) {
    const swiss_table *const table = &map->table;
    if (SWISS_LIKELY(table->growth_left != 0 && !swiss_table_moves_(table, &SWISS_FN_(type_))))
        return SWISS_OWN_(put)(map, NULL, key SWISS_COMMA_VALUE_PASSED_);
    SWISS_FN_(result) result = SWISS_OP_(insert_ptr)(map, key SWISS_COMMA_VALUE_PASSED_);
    if (!result.inserted && SWISS_LIKELY(result.entry != NULL))
        SWISS_OWN_(refill)(table, result.entry, key SWISS_COMMA_VALUE_PASSED_);
    return result;
}

SWISS_LINKAGE_ bool SWISS_OP_(remove_ptr)(SWISS_NAME *map, const SWISS_BY_ *key) {
    return SWISS_OWN_(remove_one)(&map->table, NULL, key, true, NULL);
}

#endif

#undef SWISS_BY_
#undef SWISS_OP_
#undef SWISS_OWN_
#undef SWISS_BY_LOOKUP_
#undef SWISS_BY_WORDS_
#undef SWISS_FURTHER_
