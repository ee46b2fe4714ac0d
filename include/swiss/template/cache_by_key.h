/* cache_by_key.h - the operations of cache.h that take a key, written once: as by_key.h for maps, with the same
 * SWISS_BY_, SWISS_OP_, SWISS_OWN_ and SWISS_BY_LOOKUP_, which it undefines.
 */

SWISS_ALWAYS_INLINE uint64_t SWISS_OWN_(hash_of)(const SWISS_NAME *cache, const SWISS_BY_ *key) {
    return SWISS_OWN_(hash)(key, (SWISS_FN_(shards_))(cache)->table.seed, NULL);
}

static SWISS_NOINLINE void *SWISS_OWN_(find_further_at)(const swiss_table *table, uint64_t hash, const SWISS_BY_ *key) {
    return swiss_table_find_further_(table, &SWISS_FN_(type_).table, hash, SWISS_OWN_(equal), key);
}

static SWISS_NOINLINE void *SWISS_OWN_(find_further)(const swiss_table *table, uint64_t hash, SWISS_BY_ key) {
    return swiss_table_find_further_(table, &SWISS_FN_(type_).table, hash, SWISS_OWN_(equal), &key);
}

/* Returns the slot of a key, also of an entry that is no longer one: a weak reference, or one whose time is over. */
SWISS_ALWAYS_INLINE SWISS_FN_(slot_) * SWISS_OWN_(find)(const swiss_table *table, uint64_t hash, const SWISS_BY_ *key) {
    SWISS_ASSERT_LIVES_(table);
    if (SWISS_UNLIKELY(table->control == NULL))
        return NULL;
    swiss_cache_fetch_(table, &SWISS_FN_(type_).table, hash);
    void *slot = swiss_table_find_first_(table, &SWISS_FN_(type_).table, hash, SWISS_OWN_(equal), key,
                                         SWISS_FETCH_NOTHING_, NULL);
    if (slot == NULL && SWISS_UNLIKELY(swiss_table_goes_further_(table, hash)))
        slot = sizeof *key <= 2 * sizeof(void *) ? SWISS_OWN_(find_further)(table, hash, *key)
                                                 : SWISS_OWN_(find_further_at)(table, hash, key);
    return (SWISS_FN_(slot_) *)slot;
}

SWISS_ALWAYS_INLINE swiss_cache_search_ SWISS_OWN_(search)(const SWISS_NAME *cache, const SWISS_BY_ *key) {
    swiss_cache_search_ search;
    search.hash = SWISS_OWN_(hash_of)(cache, key);
    search.equal = SWISS_OWN_(equal);
    search.key = key;
    search.now = (SWISS_FN_(now_))(cache);
    return search;
}

/* Finds an entry. In general the library does it; that an entry has no times, and is no weak reference, is inlined. */
static SWISS_NOINLINE SWISS_FN_(slot_) * SWISS_OWN_(get_slow)(const SWISS_NAME *cache, const SWISS_BY_ *key,
                                                              swiss_cache_how_ how, SWISS_FN_(value) * value,
                                                              bool *failed) {
    SWISS_FN_(slot_) spare;
    const swiss_cache_search_ search = SWISS_OWN_(search)(cache, key);
    return (SWISS_FN_(slot_) *)swiss_cache_get_((SWISS_FN_(shard_of_))(cache, search.hash), &SWISS_FN_(type_), &search,
                                                how, value, failed, &spare);
}

#ifndef SWISS_THREADS
SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_OP_(get)(SWISS_NAME *cache, SWISS_BY_ key) {
    if (!SWISS_HAS_TIMES_) {
        const uint64_t hash = SWISS_OWN_(hash_of)(cache, &key);
        swiss_cache_shard_ *shard = cache->shards_;
        SWISS_FN_(slot_) *slot = SWISS_OWN_(find)(&shard->table, hash, &key);
        if (slot == NULL) {
            shard->misses += 1;
            return NULL;
        }
        if (!SWISS_IS_WEAK_ || SWISS_LIKELY(swiss_cache_kind_of_(&slot->node) != SWISS_CACHE_WEAK_)) {
            shard->hits += 1;
            (SWISS_FN_(touch_))(shard, slot);
            return &slot->entry.value;
        }
    }
    SWISS_FN_(slot_) *slot = SWISS_OWN_(get_slow)(cache, &key, SWISS_CACHE_GETS_, NULL, NULL);
    return slot ? &slot->entry.value : NULL;
}

SWISS_LINKAGE_ SWISS_FN_(value) * SWISS_OP_(peek)(const SWISS_NAME *cache, SWISS_BY_ key) {
    SWISS_FN_(slot_) * slot;
    if (SWISS_HAS_TIMES_ || SWISS_IS_WEAK_)
        slot = SWISS_OWN_(get_slow)(cache, &key, SWISS_CACHE_PEEKS_, NULL, NULL);
    else
        slot = SWISS_OWN_(find)(&cache->shards_->table, SWISS_OWN_(hash_of)(cache, &key), &key);
    return slot ? &slot->entry.value : NULL;
}
#endif

SWISS_LINKAGE_ bool SWISS_OP_(contains)(const SWISS_NAME *cache, SWISS_BY_ key) {
    return SWISS_OWN_(get_slow)(cache, &key, SWISS_CACHE_PEEKS_, NULL, NULL) != NULL;
}

#ifdef SWISS_CAN_COPY_
SWISS_LINKAGE_ bool SWISS_OP_(get_copy)(SWISS_NAME *cache, SWISS_BY_ key, SWISS_FN_(value) * value) {
    if (!SWISS_HAS_TIMES_ && !SWISS_IS_WEAK_) {
        const uint64_t hash = SWISS_OWN_(hash_of)(cache, &key);
        swiss_cache_shard_ *shard = (SWISS_FN_(shard_of_))(cache, hash);
        SWISS_LOCK_(acquire, shard);
        SWISS_FN_(slot_) *slot = SWISS_OWN_(find)(&shard->table, hash, &key);
        bool copied = false;
        if (slot) {
            shard->hits += 1;
            (SWISS_FN_(touch_))(shard, slot);
            copied = (SWISS_FN_(clone_value_))(value, &slot->entry.value);
        } else {
            shard->misses += 1;
        }
        SWISS_LOCK_(release, shard);
        return copied;
    }
    bool failed = false;
    return SWISS_OWN_(get_slow)(cache, &key, SWISS_CACHE_GETS_, value, &failed) != NULL && !failed;
}

SWISS_LINKAGE_ bool SWISS_OP_(peek_copy)(const SWISS_NAME *cache, SWISS_BY_ key, SWISS_FN_(value) * value) {
    bool failed = false;
    return SWISS_OWN_(get_slow)(cache, &key, SWISS_CACHE_PEEKS_, value, &failed) != NULL && !failed;
}
#endif

SWISS_LINKAGE_ bool SWISS_OP_(remove)(SWISS_NAME *cache, SWISS_BY_ key) {
    SWISS_FN_(slot_) spare;
    const swiss_cache_search_ search = SWISS_OWN_(search)(cache, &key);
    return swiss_cache_remove_((SWISS_FN_(shard_of_))(cache, search.hash), &SWISS_FN_(type_), &search, true, &spare);
}

SWISS_LINKAGE_ bool SWISS_OP_(take)(SWISS_NAME *cache, SWISS_BY_ key, SWISS_ENTRY_ *entry) {
    SWISS_FN_(slot_) spare;
    const swiss_cache_search_ search = SWISS_OWN_(search)(cache, &key);
    if (!swiss_cache_remove_((SWISS_FN_(shard_of_))(cache, search.hash), &SWISS_FN_(type_), &search, false, &spare))
        return false;
    if (entry)
        *entry = spare.entry;
    return true;
}

SWISS_LINKAGE_ bool SWISS_OP_(pin)(SWISS_NAME *cache, SWISS_BY_ key) {
    SWISS_FN_(slot_) spare;
    const swiss_cache_search_ search = SWISS_OWN_(search)(cache, &key);
    return swiss_cache_pin_((SWISS_FN_(shard_of_))(cache, search.hash), &SWISS_FN_(type_), &search, true, &spare);
}

SWISS_LINKAGE_ bool SWISS_OP_(unpin)(SWISS_NAME *cache, SWISS_BY_ key) {
    SWISS_FN_(slot_) spare;
    const swiss_cache_search_ search = SWISS_OWN_(search)(cache, &key);
    return swiss_cache_pin_((SWISS_FN_(shard_of_))(cache, search.hash), &SWISS_FN_(type_), &search, false, &spare);
}

/* Makes the key of an entry. */
#if defined(SWISS_BY_LOOKUP_) && defined(SWISS_LOOKUP_MAKE)
#    define SWISS_MAKE_KEY_(to, key) SWISS_LOOKUP_MAKE(to, key)
#elif !defined(SWISS_BY_LOOKUP_)
#    define SWISS_MAKE_KEY_(to, key) (*(to) = *(key), true)
#endif

#ifdef SWISS_MAKE_KEY_
SWISS_ALWAYS_INLINE swiss_cache_result SWISS_OWN_(put)(SWISS_NAME *cache, const SWISS_BY_ *key,
                                                       const SWISS_FN_(value) * value, uint64_t ttl) {
    SWISS_FN_(slot_) slot, spare;
    swiss_cache_search_ search = SWISS_OWN_(search)(cache, key);
    if (!SWISS_MAKE_KEY_(&slot.entry.key, key))
        return SWISS_CACHE_OUT_OF_MEMORY;
    slot.entry.value = *value;
    search.equal = SWISS_FN_(equal_);
    search.key = &slot.entry.key;
    swiss_cache_result result =
        swiss_cache_put_((SWISS_FN_(shard_of_))(cache, search.hash), &SWISS_FN_(type_), &search, &slot, ttl, &spare);
#    if defined(SWISS_BY_LOOKUP_) && defined(SWISS_KEY_DROP)
    if (result == SWISS_CACHE_OUT_OF_MEMORY)
        SWISS_KEY_DROP(&slot.entry.key);
#    endif
    return result;
}

SWISS_LINKAGE_ swiss_cache_result SWISS_OP_(put)(SWISS_NAME *cache, SWISS_BY_ key, SWISS_FN_(value) value) {
    return SWISS_OWN_(put)(cache, &key, &value, 0);
}

#    ifdef SWISS_TIMES
SWISS_LINKAGE_ swiss_cache_result SWISS_OP_(put_for)(SWISS_NAME *cache, SWISS_BY_ key, SWISS_FN_(value) value,
                                                     uint64_t ttl) {
    return SWISS_OWN_(put)(cache, &key, &value, ttl);
}
#    endif

#    ifdef SWISS_CAN_COPY_
SWISS_LINKAGE_ swiss_cache_result SWISS_OP_(get_or_load)(SWISS_NAME *cache, SWISS_BY_ key,
                                                         bool (*load)(const SWISS_FN_(key) * key,
                                                                      SWISS_FN_(value) * value, void *context),
                                                         void *context, SWISS_FN_(value) * value) {
    SWISS_FN_(slot_) slot, spare;
#        ifdef SWISS_BY_LOOKUP_
    bool failed = false;
    if (SWISS_OWN_(get_slow)(cache, &key, SWISS_CACHE_TRIES_, value, &failed))
        return failed ? SWISS_CACHE_OUT_OF_MEMORY : SWISS_CACHE_HIT;
#        endif
    swiss_cache_search_ search = SWISS_OWN_(search)(cache, &key);
    swiss_cache_shard_ *shard = (SWISS_FN_(shard_of_))(cache, search.hash);
    if (!SWISS_MAKE_KEY_(&slot.entry.key, &key))
        return SWISS_CACHE_OUT_OF_MEMORY;
    search.equal = SWISS_FN_(equal_);
    search.key = &slot.entry.key;
    SWISS_FN_(loader_) loader = {load, context};
    swiss_cache_result result =
        swiss_cache_load_entry_(shard, &SWISS_FN_(type_), &search, SWISS_FN_(load_), &loader, value, &slot, &spare);
#        if defined(SWISS_BY_LOOKUP_) && defined(SWISS_KEY_DROP)
    if (result != SWISS_CACHE_LOADED)
        SWISS_KEY_DROP(&slot.entry.key);
#        endif
    return result;
}
#    endif
#endif

#undef SWISS_MAKE_KEY_
#undef SWISS_BY_
#undef SWISS_OP_
#undef SWISS_OWN_
#undef SWISS_BY_LOOKUP_
