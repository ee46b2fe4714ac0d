/* pool.c - a pool of objects: what pool.h does not do inline.
 *
 * Terms:
 * - Slot: what a pool has for a thread, or, at number 0, for all threads that have no number: those beyond the numbers
 *   that there are, and those that end.
 * - Own objects: those that a thread keeps by itself: the first, which the functions of the header know, and `more`.
 *   Only the thread touches them, without a lock. (An atomic exchange takes longer than a get and a put may take
 *   together.) When there is no room for another, `more` goes to the stack; when there is none left, half as many come
 *   from there: so a thread takes the lock once for several objects, and not again at once if it turns back. These are
 *   the magazines of J. Bonwick and J. Adams ("Magazines and Vmem", USENIX 2001), but for the copying.
 * - Stack: further idle objects in a slot, under its lock. Its thread pushes and pops at the end, others take from the
 *   beginning.
 * - Victims: the objects on a stack that a trim has seen there. The next trim drops them. So they leave the stack one
 *   by one, and only for who gets them: among the own objects they would be out of reach of another thread's trim.
 *
 *     entries   |  free  | victims ... | seen by no trim ... |  free  |
 *                   first^          old^                  end^    room^
 *
 * The number of a thread (os/thread.c) goes to another thread when it ends, and with it the slots of that number in all
 * pools. So nothing has to be done in any pool when a thread ends. A trim borrows the numbers that no thread has, and
 * so reaches the own objects of threads that are gone.
 *
 * A slot's lock is held for a few instructions, and never while a function of the program or an allocator is called.
 */
#include "swiss/pool.h"
#include "pool_lock.h"
#include "swiss/align.h"
#include <string.h>
#ifndef SWISS_NO_HEAP
#    include "os/os.h"
#endif

#ifdef SWISS_NO_HEAP

static unsigned thread_index(void) {
    return 0;
}

static bool borrow_index(size_t index) {
    (void)index;
    return false;
}

static void return_index(size_t index) {
    (void)index;
}

#else

static unsigned thread_index(void) {
    return swiss_os_thread_index();
}

static bool borrow_index(size_t index) {
    return swiss_os_thread_borrow((unsigned)index);
}

static void return_index(size_t index) {
    swiss_os_thread_return((unsigned)index);
}

static uint64_t system_clock(void *context) {
    (void)context;
    return swiss_os_milliseconds();
}

#endif

/* Aligned as any object of C may be; not every compiler has max_align_t. */
typedef union pool_any {
    long long integer;
    long double number;
    void *pointer;
} pool_any;

typedef struct pool_entry {
    void *object;
    uint64_t since; /* when it was put, if the pool has a clock */
} pool_entry;

typedef struct pool_slot {
    swiss_pool_slot_ own; /* only its thread writes these, but for the counts of the slot at 0 */
    size_t count, most;   /* of `more`; most is 0 where a thread keeps one object at most */
    bool keeps;           /* its thread may have own objects */
    size_t hits, misses;  /* gets that the first object did not serve */
    size_t puts;          /* of objects that did not become the first one, or that a trim has moved from there */
    size_t made, drops;
    void *more[SWISS_POOL_OWN - 1]; /* the newest last; NULL behind it */
    char apart[SWISS_CACHE_LINE];   /* what others write lies in another line */
    swiss_pool_lock lock;           /* guards the rest */
    pool_entry *entries;
    size_t first, old, end, room;
    size_t idle; /* end - first, for those who do not hold the lock */
} pool_slot;

/* The slots of a pool, by the numbers of threads. A table that has become too small stays until the pool is destroyed:
 * a thread may just be reading it. */
typedef struct pool_table {
    struct pool_table *smaller;
    size_t count;
    swiss_pool_slot_ *slots[];
} pool_table;

typedef struct whole_pool {
    swiss_pool pool;
    swiss_pool_options options;
    size_t bounded;    /* objects on all stacks, if there is a bound */
    swiss_pool *views; /* are kept the same as pool */
    size_t view_count;
    pool_table *table;
    swiss_pool_slot_ *first[1]; /* the table while there is none */
    swiss_pool_lock lock;       /* guards the growth of the table */
    pool_slot common;           /* the slot at 0 */
} whole_pool;

static whole_pool *whole_of(const swiss_pool *pool) {
    return (whole_pool *)(uintptr_t)pool;
}

static pool_slot *slot_at(const whole_pool *pool, size_t index) {
    return (pool_slot *)SWISS_SEEN_(SWISS_SEEN_(pool->pool.slots_)[index]);
}

static size_t slot_count(const whole_pool *pool) {
    return SWISS_SEEN_(pool->pool.count_);
}

static uint64_t time_of(const whole_pool *pool) {
    return pool->options.max_idle ? pool->options.clock(pool->options.context) : 0;
}

static bool is_expired(const whole_pool *pool, const pool_entry *entry, uint64_t now) {
    return pool->options.max_idle && now > entry->since && now - entry->since > pool->options.max_idle;
}

/* Slots ------------------------------------------------------------------------------------------------------------ */

static void begin_slot(const whole_pool *pool, pool_slot *slot, bool keeps) {
    static const pool_slot empty;
    *slot = empty;
    slot->keeps = keeps && !pool->options.shared;
    slot->own.takes_ = slot->keeps && !pool->options.reset;
    slot->most = slot->keeps ? pool->options.own - 1 : 0;
}

/* Allocates a table that has a place for `index`, all of whose places are the slot at 0. NULL when out of memory. */
static pool_table *create_table(whole_pool *pool, size_t index) {
    size_t count = swiss_round_up_to_power(index + 1);
    if (count < 8)
        count = 8;
    pool_table *table = swiss_allocator_allocate(pool->options.allocator, sizeof *table + count * sizeof *table->slots,
                                                 SWISS_ALIGNOF(pool_table));
    if (!table)
        return NULL;
    table->count = count;
    for (size_t i = 0; i < count; ++i)
        table->slots[i] = &pool->common.own;
    return table;
}

static void free_table(whole_pool *pool, pool_table *table) {
    if (table)
        swiss_allocator_free(pool->options.allocator, table, sizeof *table + table->count * sizeof *table->slots,
                             SWISS_ALIGNOF(pool_table));
}

static void show_views(whole_pool *pool) {
    for (size_t i = 0; i < pool->view_count; ++i) {
        SWISS_SHOW_(pool->views[i].slots_, pool->pool.slots_);
        SWISS_SHOW_(pool->views[i].count_, pool->pool.count_);
    }
}

void swiss_pool_view_(swiss_pool *handle, swiss_pool *views, size_t count) {
    whole_pool *pool = whole_of(handle);
    swiss_pool_lock_acquire(&pool->lock);
    pool->views = views;
    pool->view_count = count;
    show_views(pool);
    swiss_pool_lock_release(&pool->lock);
}

/* Gives the thread of this number a slot. Returns the slot at 0 when out of memory. */
static SWISS_COLD pool_slot *add_slot(whole_pool *pool, size_t index) {
    const swiss_allocator *allocator = pool->options.allocator;
    pool_table *table = NULL;
    pool_slot *slot = swiss_allocator_allocate(allocator, sizeof *slot, SWISS_CACHE_LINE);
    if (!slot)
        return &pool->common;
    if (index >= slot_count(pool) && !(table = create_table(pool, index))) {
        swiss_allocator_free(allocator, slot, sizeof *slot, SWISS_CACHE_LINE);
        return &pool->common;
    }
    begin_slot(pool, slot, true);
    swiss_pool_lock_acquire(&pool->lock);
    if (table && table->count > pool->pool.count_) {
        for (size_t i = 0; i < pool->pool.count_; ++i)
            table->slots[i] = pool->pool.slots_[i];
        table->smaller = pool->table;
        pool->table = table;
        SWISS_SHOW_(pool->pool.slots_, table->slots);
        SWISS_SHOW_(pool->pool.count_, table->count);
        show_views(pool);
        table = NULL;
    }
    SWISS_SHOW_(pool->pool.slots_[index], &slot->own);
    swiss_pool_lock_release(&pool->lock);
    free_table(pool, table); /* another thread was faster */
    return slot;
}

/* Returns this thread's slot, or the one at 0 if it cannot have its own. */
static pool_slot *own_slot(whole_pool *pool) {
    size_t index = thread_index();
    pool_slot *slot = index < slot_count(pool) ? slot_at(pool, index) : &pool->common;
    return index && slot == &pool->common ? add_slot(pool, index) : slot;
}

/* Own objects ------------------------------------------------------------------------------------------------------ */

static void push_more(pool_slot *slot, void *object) {
    const size_t count = slot->count;
    SWISS_STORE_(slot->more[count], object);
    SWISS_STORE_(slot->count, count + 1);
}

/* Returns the newest of `more`, of which there is one at least. */
static void *pop_more(pool_slot *slot) {
    const size_t left = slot->count - 1;
    void *object = slot->more[left];
    SWISS_STORE_(slot->more[left], NULL);
    SWISS_STORE_(slot->count, left);
    return object;
}

/* Returns the first object, or else the newest of `more`; NULL if there is none. */
static void *pop_own(pool_slot *slot) {
    void *object = SWISS_LOAD_(slot->own.object_);
    if (object)
        SWISS_STORE_(slot->own.object_, NULL);
    else if (slot->count)
        object = pop_more(slot);
    return object;
}

/* Closes the gap that the `gone` oldest of `more` have left. */
static void forget_more(pool_slot *slot, size_t gone) {
    if (!gone) /* as in the slot at 0, which has none and where others look */
        return;
    const size_t count = slot->count;
    for (size_t i = 0; i < count; ++i)
        SWISS_STORE_(slot->more[i], i + gone < count ? slot->more[i + gone] : NULL);
    SWISS_STORE_(slot->count, count - gone);
}

/* Stacks ----------------------------------------------------------------------------------------------------------- */

static void note_idle(pool_slot *slot) {
    SWISS_STORE_(slot->idle, slot->end - slot->first);
}

/* Makes room for `count` more entries on a stack, if there is memory. The lock is held before and after. */
static void make_entry_room(whole_pool *pool, pool_slot *slot, size_t count) {
    const swiss_allocator *allocator = pool->options.allocator;
    while (slot->room - slot->end < count) {
        if (slot->first > slot->room / 2) {
            memmove(slot->entries, slot->entries + slot->first, (slot->end - slot->first) * sizeof *slot->entries);
            slot->old -= slot->first;
            slot->end -= slot->first;
            slot->first = 0;
            continue;
        }
        size_t room = slot->room ? 2 * slot->room : 8;
        swiss_pool_lock_release(&slot->lock);
        pool_entry *entries =
            room <= PTRDIFF_MAX / sizeof *entries
                ? swiss_allocator_allocate(allocator, room * sizeof *entries, SWISS_ALIGNOF(pool_entry))
                : NULL;
        swiss_pool_lock_acquire(&slot->lock);
        if (!entries)
            return;
        pool_entry *unused = entries;
        size_t unused_room = room;
        if (slot->room < room) {
            if (slot->room)
                memcpy(entries, slot->entries, slot->end * sizeof *entries);
            unused = slot->entries;
            unused_room = slot->room;
            slot->entries = entries;
            slot->room = room;
        }
        if (unused) {
            swiss_pool_lock_release(&slot->lock);
            swiss_allocator_free(allocator, unused, unused_room * sizeof *unused, SWISS_ALIGNOF(pool_entry));
            swiss_pool_lock_acquire(&slot->lock);
        }
    }
}

/* Counts objects that are to be pushed. Returns how many of them the bound has room for. */
static size_t count_bounded(whole_pool *pool, size_t count) {
    const size_t bound = pool->options.bound;
    if (!bound)
        return count;
    const size_t all = SWISS_ADD_(pool->bounded, count);
    const size_t beyond = all <= bound ? 0 : all - bound < count ? all - bound : count;
    if (beyond)
        SWISS_ADD_(pool->bounded, (size_t)0 - beyond);
    return count - beyond;
}

static void uncount_bounded(whole_pool *pool, size_t count) {
    if (pool->options.bound && count)
        SWISS_ADD_(pool->bounded, (size_t)0 - count);
}

/* Pushes idle objects, the oldest first, and leaves NULL in their places before anyone else can get them. Returns how
 * many: less than `count` if more would be beyond the bound, or when out of memory. They may be own ones of the slot:
 * while the stack grows, the allocator may use the pool, so that fewer are there afterwards, and NULL behind them. */
static size_t push_objects(whole_pool *pool, pool_slot *slot, void **objects, size_t count) {
    const size_t counted = count_bounded(pool, count);
    if (!counted)
        return 0;
    const uint64_t now = time_of(pool);
    size_t pushed = 0;
    swiss_pool_lock_acquire(&slot->lock);
    make_entry_room(pool, slot, counted);
    for (; pushed < counted && slot->end < slot->room && SWISS_LOAD_(objects[pushed]); ++pushed) {
        pool_entry entry = {SWISS_LOAD_(objects[pushed]), now};
        slot->entries[slot->end++] = entry;
        SWISS_STORE_(objects[pushed], NULL);
    }
    note_idle(slot);
    swiss_pool_lock_release(&slot->lock);
    uncount_bounded(pool, counted - pushed);
    return pushed;
}

/* Takes up to `most` entries of a stack, the newest or the oldest; of victims one. They are in the order of the stack.
 * Returns how many. */
static size_t take_entries(whole_pool *pool, pool_slot *slot, bool newest, pool_entry *entries, size_t most) {
    if (SWISS_LOAD_(slot->idle) == 0)
        return 0;
    swiss_pool_lock_acquire(&slot->lock);
    size_t count = slot->end - slot->first, fresh = newest || slot->old == slot->first ? slot->end - slot->old : 0;
    if (count > 1 && count > fresh)
        count = fresh ? fresh : 1;
    if (count > most)
        count = most;
    if (count) {
        const size_t from = newest ? slot->end - count : slot->first;
        memcpy(entries, slot->entries + from, count * sizeof *entries);
        if (newest)
            slot->end = from;
        else
            slot->first += count;
        if (slot->old > slot->end)
            slot->old = slot->end;
        else if (slot->old < slot->first)
            slot->old = slot->first;
        note_idle(slot);
    }
    swiss_pool_lock_release(&slot->lock);
    uncount_bounded(pool, count);
    return count;
}

/* Takes the oldest object of a stack if it is a victim, or, with max_idle, if it has expired. Returns NULL if not. */
static void *take_stale(whole_pool *pool, pool_slot *slot, uint64_t now) {
    void *object = NULL;
    swiss_pool_lock_acquire(&slot->lock);
    if (slot->first < slot->end &&
        (pool->options.max_idle ? is_expired(pool, &slot->entries[slot->first], now) : slot->first < slot->old)) {
        object = slot->entries[slot->first++].object;
        if (slot->old < slot->first)
            slot->old = slot->first;
        note_idle(slot);
    }
    swiss_pool_lock_release(&slot->lock);
    uncount_bounded(pool, object != NULL);
    return object;
}

/* Counts in this thread's slot, or in the one at 0. */
static void count_one(whole_pool *pool, pool_slot *mine, size_t *counter) {
    if (mine == &pool->common)
        (void)SWISS_ADD_(*counter, 1);
    else
        SWISS_STORE_(*counter, SWISS_LOAD_(*counter) + 1);
}

/* Objects ---------------------------------------------------------------------------------------------------------- */

static void *make_object(whole_pool *pool, pool_slot *mine) {
    const swiss_pool_options *options = &pool->options;
    void *object = options->make   ? options->make(options->context)
                   : options->size ? swiss_allocator_allocate(options->allocator, options->size, options->alignment)
                                   : NULL;
    if (object)
        count_one(pool, mine, &mine->made);
    return object;
}

static void drop_object(whole_pool *pool, pool_slot *mine, void *object) {
    const swiss_pool_options *options = &pool->options;
    count_one(pool, mine, &mine->drops);
    if (options->drop)
        options->drop(object, options->context);
    if (!options->make && options->size)
        swiss_allocator_free(options->allocator, object, options->size, options->alignment);
}

/* Returns the newest object of a stack, or the oldest, and makes those next to it own objects of `mine`, which has
 * none: half as many as it may have. Drops what has expired. NULL if there is none. */
static void *take_objects(whole_pool *pool, pool_slot *mine, pool_slot *from, bool newest, uint64_t now) {
    pool_entry entries[SWISS_POOL_OWN];
    size_t count;
    while ((count = take_entries(pool, from, newest, entries, 1 + mine->most / 2)) != 0) {
        const size_t one = newest ? count - 1 : 0;
        for (size_t i = 0; i < count; ++i)
            if (i != one)
                push_more(mine, entries[i].object);
        if (!is_expired(pool, &entries[one], now))
            return entries[one].object;
        drop_object(pool, mine, entries[one].object);
    }
    return NULL;
}

static SWISS_NOINLINE void *get_any(whole_pool *pool) {
    pool_slot *mine = own_slot(pool);
    void *object = mine->keeps ? SWISS_LOAD_(mine->own.object_) : NULL;
    if (object) {
        SWISS_STORE_(mine->own.object_, NULL);
        count_one(pool, mine, &mine->own.hits_);
        return object;
    }
    if (mine->count)
        object = pop_more(mine);
    else {
        uint64_t now = time_of(pool);
        object = take_objects(pool, mine, mine, true, now);
        size_t count = slot_count(pool);
        for (size_t i = 0; i < count && !object; ++i)
            if (i == 0 || slot_at(pool, i) != &pool->common)
                object = take_objects(pool, mine, slot_at(pool, i), false, now);
    }
    if (object) {
        count_one(pool, mine, &mine->hits);
        return object;
    }
    count_one(pool, mine, &mine->misses);
    return make_object(pool, mine);
}

SWISS_NOINLINE void *swiss_pool_get_slow_(swiss_pool *pool, swiss_pool_slot_ *seen) {
    pool_slot *slot = (pool_slot *)seen;
    if (!slot || !slot->count || SWISS_LOAD_(slot->own.object_))
        return get_any(whole_of(pool));
    SWISS_STORE_(slot->hits, SWISS_LOAD_(slot->hits) + 1);
    return pop_more(slot);
}

static SWISS_NOINLINE void put_any(whole_pool *pool, void *object) {
    if (!object)
        return;
    pool_slot *mine = own_slot(pool);
    bool good = !pool->options.reset || pool->options.reset(object, pool->options.context);
    if (good && mine->keeps && !SWISS_LOAD_(mine->own.object_)) {
        SWISS_STORE_(mine->own.object_, object);
        return;
    }
    count_one(pool, mine, &mine->puts);
    if (good && mine->most && mine->count == mine->most)
        forget_more(mine, push_objects(pool, mine, mine->more, mine->most));
    if (good && mine->count < mine->most)
        push_more(mine, object);
    else if (!good || mine->most || !push_objects(pool, mine, &object, 1))
        drop_object(pool, mine, object);
}

SWISS_NOINLINE void swiss_pool_put_slow_(swiss_pool *pool, void *object, swiss_pool_slot_ *seen) {
    pool_slot *slot = (pool_slot *)seen;
    if (!slot || slot->count >= slot->most || !slot->own.takes_ || !SWISS_LOAD_(slot->own.object_) || !object) {
        put_any(whole_of(pool), object);
        return;
    }
    SWISS_STORE_(slot->puts, SWISS_LOAD_(slot->puts) + 1);
    push_more(slot, object);
}

/* Looks at the newest 1,000 of each stack: so a program that puts very many is still usable in a debug build. */
bool swiss_pool_has_(swiss_pool *handle, const void *object) {
    whole_pool *pool = whole_of(handle);
    bool found = false;
    size_t count = slot_count(pool);
    for (size_t i = 0; i < count && !found; ++i) {
        pool_slot *slot = slot_at(pool, i);
        if (i && slot == &pool->common)
            continue;
        found = object && SWISS_LOAD_(slot->own.object_) == object;
        for (size_t j = 0; object && !found && j < SWISS_POOL_OWN - 1; ++j)
            found = SWISS_LOAD_(slot->more[j]) == object;
        swiss_pool_lock_acquire(&slot->lock);
        for (size_t j = slot->end; !found && j > slot->first && slot->end - j < 1000; --j)
            found = slot->entries[j - 1].object == object;
        swiss_pool_lock_release(&slot->lock);
    }
    return found;
}

/* Pools ------------------------------------------------------------------------------------------------------------ */

/* Completes the options of a new pool. Returns false if they cannot be met. */
static bool settle_options(swiss_pool_options *options) {
    if (options->max_idle && !options->clock) {
#ifdef SWISS_NO_HEAP
        return false;
#else
        options->clock = system_clock;
#endif
    }
    if (options->max_idle)
        options->shared = true;
    const size_t fitting = options->make || !options->size || options->bound ? 1 : ((size_t)4 << 10) / options->size;
    if (!options->own)
        options->own = fitting ? fitting : 1;
    if (options->own > SWISS_POOL_OWN)
        options->own = SWISS_POOL_OWN;
    if (!options->alignment)
        options->alignment = SWISS_ALIGNOF(pool_any);
    return options->size <= PTRDIFF_MAX && swiss_is_power_of_two(options->alignment);
}

swiss_pool *swiss_pool_create(const swiss_pool_options *options) {
    static const swiss_pool_options none;
    swiss_pool_options settled = options ? *options : none;
    if (!settle_options(&settled))
        return NULL;
    whole_pool *pool = swiss_allocator_allocate(settled.allocator, sizeof *pool, SWISS_CACHE_LINE);
    if (!pool)
        return NULL;
    static const whole_pool empty;
    *pool = empty;
    pool->options = settled;
#ifdef SWISS_NO_HEAP
    begin_slot(pool, &pool->common, true);
#else
    begin_slot(pool, &pool->common, false);
#endif
    pool->first[0] = &pool->common.own;
    pool->pool.slots_ = pool->first;
    pool->pool.count_ = 1;
    return &pool->pool;
}

/* Drops what a slot has. Returns true if that is anything. */
static bool empty_slot(whole_pool *pool, pool_slot *slot) {
    bool any = false;
    for (void *object; (object = pop_own(slot)) != NULL; any = true)
        drop_object(pool, slot, object);
    for (pool_entry entry; take_entries(pool, slot, false, &entry, 1); any = true)
        drop_object(pool, slot, entry.object);
    return any;
}

/* Frees a slot but for the one at 0. */
static void free_slot(whole_pool *pool, pool_slot *slot) {
    const swiss_allocator *allocator = pool->options.allocator;
    if (slot->entries)
        swiss_allocator_free(allocator, slot->entries, slot->room * sizeof *slot->entries, SWISS_ALIGNOF(pool_entry));
    if (slot != &pool->common)
        swiss_allocator_free(allocator, slot, sizeof *slot, SWISS_CACHE_LINE);
}

void swiss_pool_destroy(swiss_pool *handle) {
    if (!handle)
        return;
    whole_pool *pool = whole_of(handle);
    for (bool any = true; any;) { /* as long as the drop function itself uses the pool */
        any = empty_slot(pool, &pool->common);
        for (size_t i = 1; i < slot_count(pool); ++i)
            if (slot_at(pool, i) != &pool->common)
                any |= empty_slot(pool, slot_at(pool, i));
    }
    for (size_t i = 1; i < slot_count(pool); ++i)
        if (slot_at(pool, i) != &pool->common)
            free_slot(pool, slot_at(pool, i));
    free_slot(pool, &pool->common);
    while (pool->table) {
        pool_table *table = pool->table;
        pool->table = table->smaller;
        free_table(pool, table);
    }
    swiss_allocator_free(pool->options.allocator, pool, sizeof *pool, SWISS_CACHE_LINE);
}

bool swiss_pool_prefill(swiss_pool *handle, size_t count) {
    whole_pool *pool = whole_of(handle);
    pool_slot *mine = own_slot(pool);
    for (; count; --count) {
        void *object = make_object(pool, mine);
        if (!object)
            return false;
        if (!push_objects(pool, mine, &object, 1)) {
            drop_object(pool, mine, object);
            return false;
        }
    }
    return true;
}

/* Puts the own objects of this thread, or of one that is gone, on its stack, where trims age them. Returns how many
 * were dropped, because memory is out or the bound is reached. */
static size_t trim_own(whole_pool *pool, pool_slot *mine, pool_slot *slot, size_t index) {
    void *objects[SWISS_POOL_OWN];
    if (slot != mine && !borrow_index(index))
        return 0;
    size_t count = slot->count;
    memcpy(objects, slot->more, sizeof slot->more);
    forget_more(slot, count);
    objects[count] = SWISS_LOAD_(slot->own.object_);
    if (objects[count]) {
        SWISS_STORE_(slot->own.object_, NULL);
        SWISS_STORE_(slot->puts, slot->puts + 1);
        ++count;
    }
    if (slot != mine)
        return_index(index);
    const size_t pushed = push_objects(pool, slot, objects, count);
    for (size_t i = pushed; i < count; ++i)
        drop_object(pool, mine, objects[i]);
    return count - pushed;
}

/* Trims the slot of a number; see swiss_pool_trim. */
static size_t trim_slot(whole_pool *pool, pool_slot *mine, pool_slot *slot, size_t index) {
    uint64_t now = time_of(pool);
    size_t dropped = 0;
    for (void *object; (object = take_stale(pool, slot, now)) != NULL; ++dropped)
        drop_object(pool, mine, object);
    dropped += trim_own(pool, mine, slot, index);
    swiss_pool_lock_acquire(&slot->lock);
    slot->old = slot->end;
    pool_entry *unused = NULL;
    size_t room = slot->room;
    if (slot->first == slot->end) {
        unused = slot->entries;
        slot->entries = NULL;
        slot->first = slot->old = slot->end = slot->room = 0;
    }
    swiss_pool_lock_release(&slot->lock);
    if (unused)
        swiss_allocator_free(pool->options.allocator, unused, room * sizeof *unused, SWISS_ALIGNOF(pool_entry));
    return dropped;
}

size_t swiss_pool_trim(swiss_pool *handle) {
    whole_pool *pool = whole_of(handle);
    pool_slot *mine = own_slot(pool);
    size_t dropped = 0, count = slot_count(pool);
    for (size_t i = 0; i < count; ++i)
        if (i == 0 || slot_at(pool, i) != &pool->common)
            dropped += trim_slot(pool, mine, slot_at(pool, i), i);
    return dropped;
}

void swiss_pool_get_stats(const swiss_pool *handle, swiss_pool_stats *stats) {
    const whole_pool *pool = whole_of(handle);
    static const swiss_pool_stats none;
    *stats = none;
    size_t count = slot_count(pool);
    for (size_t i = 0; i < count; ++i) {
        const pool_slot *slot = slot_at(pool, i);
        if (i && slot == &pool->common)
            continue;
        const uint64_t first_hits = SWISS_LOAD_(slot->own.hits_);
        const size_t first = SWISS_LOAD_(slot->own.object_) != NULL;
        stats->hits += first_hits + SWISS_LOAD_(slot->hits);
        stats->misses += SWISS_LOAD_(slot->misses);
        stats->puts += first_hits + first + SWISS_LOAD_(slot->puts);
        stats->made += SWISS_LOAD_(slot->made);
        stats->drops += SWISS_LOAD_(slot->drops);
        stats->idle += SWISS_LOAD_(slot->idle) + SWISS_LOAD_(slot->count) + first;
    }
    stats->gets = stats->hits + stats->misses;
}
