/* bounded.h - what tables of a bounded type (map.h: SWISS_BOUNDED) have besides: the functions of bounded.c, by a
 * pointer in the type, so that programs without such a type do not contain them. Where the compiler knows that the
 * pointer is NULL nothing is left of the questions below.
 *
 * A bounded table of 128 groups and more has its control bytes in an allocation of their own, and behind the place of
 * pop two pointers:
 *
 *     control bytes | overflow bytes | away lanes | the place of pop | growth | sweep
 *
 * While it grows the members of the table describe the old view of it: what has not been moved to the new one.
 * bounded.c has the picture.
 */
SWISS_BEGIN_C

typedef struct swiss_growth_ swiss_growth_; /* in bounded.c */

/* The functions for a table that grows; find takes the first steps of a search again. The first three and add are also
 * for one that does not. */
struct swiss_bounded {
    bool (*allocate)(swiss_table *table, const swiss_table_type *type, size_t capacity);
    void (*free)(swiss_table *table, const swiss_table_type *type);
    bool (*step)(swiss_table *table, const swiss_table_type *type);
    void *(*add)(swiss_table *table, const swiss_table_type *type, uint64_t hash);
    bool (*grow)(swiss_table *table, const swiss_table_type *type);
    void *(*find)(const swiss_table *table, const swiss_table_type *type, uint64_t hash, swiss_equal_function equal,
                  const void *key);
    void (*release)(swiss_table *table, const swiss_table_type *type, const void *slot);
    bool (*holds)(const swiss_table *table, const swiss_table_type *type, const void *pointer, bool anywhere);
    void (*drop)(swiss_table *table, const swiss_table_type *type); /* all entries, which stay where they are */
    bool (*pop)(swiss_table *table, const swiss_table_type *type, void *taken);
    swiss_table_iter (*iterate_from)(const swiss_table *table, size_t hint);
    void *(*next)(swiss_table_iter *iter, const swiss_table_type *type);
    void (*iter_remove)(swiss_table *table, const swiss_table_type *type, swiss_table_iter *iter);
    const char *(*validate)(const swiss_table *table, const swiss_table_type *type);
    size_t (*bytes)(const swiss_table *table, const swiss_table_type *type);
    void (*measure)(const swiss_table *table, const swiss_table_type *type, swiss_table_stats *stats);
};

enum {
    SWISS_BLOCK_ = 128 * SWISS_GROUP_WIDTH,  /* the slots of a block of groups */
    SWISS_BOUNDED_SIZE_ = 2 * sizeof(void *) /* bytes of the two pointers */
};

/* Returns pointer number `which` of those behind the place of pop: 0 the growth, 1 the sweep; NULL if there is none. */
SWISS_ALWAYS_INLINE swiss_growth_ *swiss_table_under_way_(const swiss_table *table, const swiss_table_type *type,
                                                          unsigned which) {
    swiss_growth_ *growth = NULL;
    if (type->bounded && table->mask >= SWISS_BLOCK_ - SWISS_GROUP_WIDTH)
        memcpy(&growth, swiss_pop_place_(table->overflow, table->mask) + SWISS_POP_PLACE_SIZE_ + which * sizeof growth,
               sizeof growth);
    return growth;
}

/* True if the table is one of a bounded type and grows. */
SWISS_ALWAYS_INLINE bool swiss_table_grows_(const swiss_table *table, const swiss_table_type *type) {
    return type->bounded && SWISS_UNLIKELY(swiss_table_under_way_(table, type, 0) != NULL);
}

/* True if an insertion may move entries of the table, even if that has room. */
SWISS_ALWAYS_INLINE bool swiss_table_moves_(const swiss_table *table, const swiss_table_type *type) {
    return type->bounded && (swiss_table_under_way_(table, type, 0) || swiss_table_under_way_(table, type, 1));
}

/* True if the entry in slot `index` of a table of several groups may not be in its home group. */
SWISS_ALWAYS_INLINE bool swiss_is_away_(const swiss_table *table, size_t index) {
    return *swiss_away_(table->overflow, table->mask, index) >> index % SWISS_GROUP_WIDTH & 1;
}

SWISS_BEGIN_HIDDEN

/* Of table.c, for bounded.c. */
size_t swiss_table_settle_(swiss_table *table, uint64_t hash, size_t step, size_t end);
SWISS_NOINLINE size_t swiss_table_step_into_(uint64_t hash, size_t home, size_t base, size_t capacity);
void swiss_table_send_home_(swiss_table *table, const swiss_table_type *type, size_t position, size_t base,
                            size_t half);
uint8_t swiss_table_tidy_(swiss_table *table, const swiss_table_type *type, size_t half, size_t base, unsigned halves,
                          uint8_t may_stay);
void swiss_table_rehash_(swiss_table *table, const swiss_table_type *type);
void swiss_table_rebuilt_(const swiss_table *table, const swiss_table_type *type);
bool swiss_table_gains_by_rehash_(const swiss_table *table);
size_t swiss_table_max_load_(size_t capacity);
size_t swiss_table_align_(const swiss_table_type *type);

SWISS_END_HIDDEN

SWISS_END_C
