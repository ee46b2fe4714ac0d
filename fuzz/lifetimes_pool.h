/* lifetimes_pool.h - the part of the target `lifetimes` that tries pool.h, byte_pool.h, buffer.h and pool_manager.h. */
#include "lifetimes.h"
#include <swiss/buffer.h>
#include <swiss/pool_manager.h>

enum { POOLS = 2, ITEMS = 24, MADE = 48, BUFFERS = 2, LENT = 16, TIERS_LOG = 13, STREAM = 1 << 16 };

/* An object of a pool. */
typedef struct {
    unsigned char *bytes; /* NULL: there is none */
    unsigned char fill;
    bool idle, bad, aged;
    uint64_t put, since; /* the last time, as we count, and by the pool's clock */
} fuzz_item;

typedef struct {
    swiss_pool *pool; /* NULL: there is none */
    swiss_pool_options options;
    size_t size;
    bool exact; /* memory never ran out: then it is known which object a get returns */
    bool busy, trims, ends, refused;
    fuzz_item items[ITEMS], *own, *putting;
    uint64_t time;
    swiss_pool_stats expected;
    size_t failures; /* at the beginning of the operation */
} fuzz_pool;

static fuzz_pool pools[POOLS];

static fuzz_item *find_item(fuzz_pool *pool, const void *bytes) {
    for (unsigned i = 0; i < ITEMS; ++i)
        if (pool->items[i].bytes == bytes)
            return &pool->items[i];
    return NULL;
}

static bool is_expired(const fuzz_pool *pool, const fuzz_item *item) {
    return pool->options.max_idle && pool->time > item->since && pool->time - item->since > pool->options.max_idle;
}

static size_t count_idle(const fuzz_pool *pool) {
    size_t count = 0;
    for (unsigned i = 0; i < ITEMS; ++i)
        count += pool->items[i].bytes && pool->items[i].idle;
    return count;
}

/* True if there is no room for another object, beside the one that the thread keeps. */
static bool is_bounded(const fuzz_pool *pool, const fuzz_item *but) {
    size_t idle = count_idle(pool) - (but && but->idle);
    if (pool->exact && pool->own && pool->own != but)
        --idle;
    return pool->options.bound && idle >= pool->options.bound;
}

static fuzz_item *add_item(fuzz_pool *pool, void *bytes) {
    fuzz_item *item = find_item(pool, NULL);
    CHECK(item);
    *item = (fuzz_item){.bytes = bytes};
    item->fill = paint(bytes, pool->size);
    return item;
}

static void pool_step(const lifetime_step *step);

static void *make_item(void *context) {
    fuzz_pool *pool = context;
    CHECK(pool->busy);
    void *bytes = find_item(pool, NULL) ? memory_allocate(&memory, MADE, 8) : NULL;
    pool->refused |= !bytes;
    if (bytes)
        add_item(pool, bytes)->idle = true;
    return bytes;
}

static bool reset_item(void *object, void *context) {
    fuzz_pool *pool = context;
    fuzz_item *item = find_item(pool, object);
    CHECK(item && item == pool->putting);
    check_paint(object, pool->size, item->fill);
    item->fill = paint(object, pool->size);
    return !item->bad;
}

static void drop_item(void *object, void *context) {
    fuzz_pool *pool = context;
    fuzz_item *item = find_item(pool, object);
    CHECK(object && item && item->idle && pool->busy);
    check_paint(object, pool->size, item->fill);
    const bool failed = memory.failures != pool->failures;
    if (item == pool->putting) {
        const bool bad = pool->options.reset && item->bad;
        CHECK(bad || failed || is_bounded(pool, item));
        CHECK(bad || !pool->exact || pool->options.shared || pool->own);
    } else if (pool->trims) {
        const bool kept = pool->exact && pool->options.bound ? item == pool->own : !pool->options.shared;
        CHECK((pool->options.max_idle ? is_expired(pool, item) : item->aged) ||
              (kept && (failed || is_bounded(pool, item))));
    } else {
        CHECK(pool->ends || is_expired(pool, item) || (item->put == 0 && (failed || is_bounded(pool, item))));
    }
    item->bytes = NULL;
    ++pool->expected.drops;
    if (pool->own == item)
        pool->own = NULL;
    if (pool->options.make || !pool->options.size)
        memory_drop(object);
    if (item->fill % 4 == 0) { /* a function of the program may use pools, too */
        swiss_pool_stats stats;
        swiss_pool_get_stats(pool->pool, &stats);
        const unsigned other = pool == &pools[0];
        pool_step(&(lifetime_step){0, other, item->fill / 4, item->fill / 8 % 4, 0, 0, 0});
    }
}

static uint64_t tell_time(void *context) {
    return ((const fuzz_pool *)context)->time;
}

static void check_pool(fuzz_pool *pool) {
    if (!pool->pool)
        return;
    swiss_pool_stats stats, *expected = &pool->expected;
    swiss_pool_get_stats(pool->pool, &stats);
    CHECK(stats.gets == expected->hits + expected->misses && stats.hits == expected->hits);
    CHECK(stats.misses == expected->misses && stats.puts == expected->puts && stats.made == expected->made);
    CHECK(stats.drops == expected->drops && stats.idle == count_idle(pool));
    for (unsigned i = 0; i < ITEMS; ++i)
        if (pool->items[i].bytes)
            check_paint(pool->items[i].bytes, pool->size, pool->items[i].fill);
    CHECK(!pool->options.bound || stats.idle <= pool->options.bound + !pool->options.shared);
}

static void begin_operation(fuzz_pool *pool) {
    pool->busy = true;
    pool->failures = memory.failures;
    pool->refused = false;
}

static void end_operation(fuzz_pool *pool) {
    pool->exact &= memory.failures == pool->failures;
    if (!pool->exact)
        pool->own = NULL;
    pool->busy = false;
    check_pool(pool);
}

static void create_pool(fuzz_pool *pool, const lifetime_step *step) {
    memset(pool, 0, sizeof *pool);
    swiss_pool_options *options = &pool->options;
    options->make = step->index & 1 ? make_item : NULL;
    options->size = step->index & 2 || options->make ? 0 : 8 + step->first % 64;
    options->alignment = options->size && step->index & 4 ? (size_t)1 << step->second % 8 : 0;
    options->reset = step->index & 8 ? reset_item : NULL;
    options->drop = drop_item;
    options->context = pool;
    options->bound = step->index & 16 ? 1 + step->second % 8 : 0;
    options->own = options->bound ? 0 : step->second % 40;
    options->shared = step->index & 32;
    options->max_idle = step->index & 64 ? 1 + step->first % 16 : 0;
    options->clock = tell_time;
    options->allocator = &fuzz_allocator;
    pool->size = options->size ? options->size : MADE;
    const size_t failures = memory.failures;
    pool->pool = swiss_pool_create(options);
    CHECK((pool->pool == NULL) == (memory.failures != failures));
    options->shared |= options->max_idle != 0;
    pool->exact = true;
}

static void destroy_pool(fuzz_pool *pool) {
    if (!pool->pool)
        return;
    pool->busy = pool->ends = true;
    swiss_pool *ended = pool->pool;
    check_pool(pool);
    swiss_pool_destroy(ended);
    pool->pool = NULL;
    for (unsigned i = 0; i < ITEMS; ++i)
        if (pool->items[i].bytes) {
            CHECK(!pool->items[i].idle);
            check_paint(pool->items[i].bytes, pool->size, pool->items[i].fill);
            memory_drop(pool->items[i].bytes);
        }
}

static void get_item(fuzz_pool *pool) {
    if (!find_item(pool, NULL))
        return;
    begin_operation(pool);
    fuzz_item *newest = pool->own;
    bool any = false;
    for (unsigned i = 0; i < ITEMS; ++i) {
        fuzz_item *item = &pool->items[i];
        if (!item->bytes || !item->idle || is_expired(pool, item))
            continue;
        any = true;
        if (!newest || (newest != pool->own && item->put > newest->put))
            newest = item;
    }
    unsigned char *bytes = swiss_pool_get(pool->pool);
    fuzz_item *item = bytes ? find_item(pool, bytes) : NULL;
    if (any) {
        CHECK(item && item->idle && !is_expired(pool, item) && (!pool->exact || item == newest));
        ++pool->expected.hits;
    } else {
        ++pool->expected.misses;
        CHECK(bytes || memory.failures != pool->failures || pool->refused ||
              (!pool->options.make && !pool->options.size));
        pool->expected.made += bytes != NULL;
    }
    if (bytes && pool->options.size && !any) {
        CHECK(!item);
        const size_t i = memory_index(bytes);
        CHECK(memory.blocks[i].size == pool->size);
        CHECK(!pool->options.alignment || memory.blocks[i].alignment == pool->options.alignment);
        item = add_item(pool, bytes);
    }
    if (item) {
        check_paint(bytes, pool->size, item->fill);
        item->idle = item->aged = false;
        if (pool->own == item)
            pool->own = NULL;
    }
    end_operation(pool);
}

static void put_item(fuzz_pool *pool, const lifetime_step *step) {
    fuzz_item *item = &pool->items[step->index % ITEMS];
    swiss_pool_put(pool->pool, NULL);
    if (!item->bytes && !pool->options.size) { /* one that the pool has not made */
        void *bytes = memory_allocate(&memory, MADE, 8);
        if (!bytes)
            return;
        item = add_item(pool, bytes);
    }
    if (!item->bytes || item->idle)
        return;
    begin_operation(pool);
    item->idle = true;
    item->aged = false;
    item->bad = step->first % 4 == 0;
    item->put = ++now;
    item->since = pool->time;
    pool->putting = item;
    ++pool->expected.puts;
    swiss_pool_put(pool->pool, item->bytes);
    pool->putting = NULL;
    if (item->bytes && !pool->own && !pool->options.shared)
        pool->own = item;
    end_operation(pool);
}

static void trim_pool(fuzz_pool *pool) {
    begin_operation(pool);
    pool->trims = true;
    const uint64_t drops = pool->expected.drops;
    const size_t count = swiss_pool_trim(pool->pool);
    CHECK(count == pool->expected.drops - drops);
    pool->trims = false;
    for (unsigned i = 0; i < ITEMS; ++i) {
        fuzz_item *item = &pool->items[i];
        if (!item->bytes || !item->idle)
            continue;
        CHECK(pool->options.max_idle ? !is_expired(pool, item) : !item->aged || item == pool->own);
        item->aged = true;
    }
    if (pool->own) /* it is on the stack now */
        pool->own->put = ++now;
    pool->own = NULL;
    end_operation(pool);
}

static void prefill_pool(fuzz_pool *pool, size_t count) {
    if (!pool->options.make)
        return;
    begin_operation(pool);
    const size_t before = count_idle(pool);
    const bool done = swiss_pool_prefill(pool->pool, count);
    unsigned made = 0;
    for (unsigned i = 0; i < ITEMS; ++i) {
        fuzz_item *item = &pool->items[i];
        if (!item->bytes || !item->idle || item->put)
            continue;
        item->put = ++now; /* in any order: then a get is no longer foreseen */
        item->since = pool->time;
        ++made;
    }
    pool->exact &= made < 2;
    CHECK(count_idle(pool) == before + made && (done ? made == count : made < count));
    CHECK(done || memory.failures != pool->failures || pool->refused || is_bounded(pool, NULL));
    swiss_pool_stats stats;
    swiss_pool_get_stats(pool->pool, &stats);
    pool->expected.made += made + (!done && !pool->refused); /* the one that was dropped again */
    CHECK(stats.made == pool->expected.made);
    end_operation(pool);
}

static void pool_step(const lifetime_step *step) {
    fuzz_pool *pool = &pools[step->which % POOLS];
    if (pool->busy)
        return;
    if (!pool->pool) {
        create_pool(pool, step);
        return;
    }
    switch (step->first % 16) {
    case 0:
    case 1:
        trim_pool(pool);
        break;
    case 2:
        prefill_pool(pool, step->second % 8);
        break;
    case 3:
        pool->time += step->second % 32;
        break;
    case 4:
        destroy_pool(pool);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
        get_item(pool);
        break;
    default:
        put_item(pool, &(lifetime_step){0, 0, step->index, step->second, 0, 0, 0});
        break;
    }
}

/* Byte pools ------------------------------------------------------------------------------------------------------- */

typedef struct {
    unsigned char *bytes; /* NULL: there is none */
    size_t capacity;
    unsigned char fill;
    bool idle, aged;
} fuzz_lent;

static swiss_byte_pool *byte_pool; /* NULL: there is none */
static swiss_byte_pool_options byte_options;
static fuzz_lent lent[2 * LENT]; /* what is with us, and what was put */
static swiss_byte_pool_stats byte_expected;
static struct {
    swiss_buffer buffer;
    size_t begin, size; /* of the stream: byte i is i * 7 */
} buffers[BUFFERS];
static bool buffers_used; /* then not all puts and gets of the pool are ours */

/* Returns the bytes of the stream from `begin` on: the row comes again after 256. */
static const unsigned char *stream_from(size_t begin) {
    static unsigned char bytes[STREAM + 256];
    for (size_t i = 0; bytes[1] == 0 && i < sizeof bytes; ++i)
        bytes[sizeof bytes - 1 - i] = (unsigned char)((sizeof bytes - 1 - i) * 7);
    return bytes + begin % 256;
}

static size_t power_from(size_t size) {
    size_t power = 1;
    while (power < size)
        power *= 2;
    return power;
}

static size_t least_capacity(void) {
    const size_t least = power_from(byte_options.smallest ? byte_options.smallest : 64);
    return least < 16 ? 16 : least;
}

static size_t most_capacity(void) {
    const size_t most = power_from(byte_options.largest ? byte_options.largest : 1 << 20);
    return most < 16 ? 16 : most;
}

static bool has_tier(size_t capacity) {
    return capacity >= least_capacity() && capacity <= most_capacity() && (capacity & (capacity - 1)) == 0;
}

/* Idle buffers that the pool has freed are gone. Returns how many bytes they had. */
static size_t forget_freed(void) {
    size_t bytes = 0;
    for (unsigned i = 0; i < 2 * LENT; ++i)
        if (lent[i].bytes && lent[i].idle && !memory_has(lent[i].bytes)) {
            lent[i].bytes = NULL;
            bytes += lent[i].capacity;
        }
    return bytes;
}

static void check_lent(const fuzz_lent *is) {
    CHECK(memory.blocks[memory_index(is->bytes)].size == is->capacity);
    check_paint(is->bytes, is->capacity, is->idle && byte_options.clear ? 0 : is->fill);
}

static void check_bytes(void) {
    if (!byte_pool)
        return;
    swiss_byte_pool_stats stats;
    swiss_byte_pool_get_stats(byte_pool, &stats);
    CHECK(stats.foreign_frees == byte_expected.foreign_frees);
    CHECK(stats.foreign_refused == byte_expected.foreign_refused);
    if (!buffers_used)
        CHECK(stats.oversize_gets == byte_expected.oversize_gets &&
              stats.oversize_frees == byte_expected.oversize_frees);
    size_t idle = 0;
    for (unsigned i = 0; i < 2 * LENT; ++i)
        if (lent[i].bytes && (!lent[i].idle || !buffers_used)) {
            check_lent(&lent[i]);
            idle += lent[i].idle ? lent[i].capacity : 0;
        }
    CHECK(buffers_used || stats.idle_bytes == idle);
    swiss_byte_tier_stats tier;
    idle = 0;
    unsigned tiers = 0;
    for (; swiss_byte_pool_get_tier_stats(byte_pool, tiers, &tier); ++tiers) {
        CHECK(tier.capacity == least_capacity() << tiers && tier.pool.gets == tier.pool.hits + tier.pool.misses);
        CHECK(tier.pool.idle == tier.pool.made + tier.pool.puts - tier.pool.drops - tier.pool.gets ||
              memory.failures); /* a miss may have made none */
        const size_t most = byte_options.bound / tier.capacity;
        if (byte_options.bound)
            CHECK(tier.pool.idle <= (most ? most : 1) + (tier.capacity <= SWISS_BYTE_POOL_ALONE));
        idle += tier.pool.idle * tier.capacity;
    }
    CHECK(tiers == swiss_byte_pool_tiers(byte_pool) && idle == stats.idle_bytes && tier.capacity == most_capacity());
    for (unsigned i = 0; i < BUFFERS; ++i) {
        const swiss_buffer *buffer = &buffers[i].buffer;
        CHECK(buffer->size == buffers[i].size && buffer->size + buffer->consumed <= buffer->capacity);
        CHECK((buffer->data == NULL) == (buffer->capacity == 0));
        CHECK(swiss_buffer_room(buffer) == buffer->capacity - buffer->consumed - buffer->size);
        if (buffer->data)
            CHECK(memory.blocks[memory_index(buffer->data - buffer->consumed)].size == buffer->capacity);
        CHECK(buffer->size == 0 || memcmp(buffer->data, stream_from(buffers[i].begin), buffer->size) == 0);
    }
}

static void create_bytes(const lifetime_step *step) {
    memset(&byte_expected, 0, sizeof byte_expected);
    memset(lent, 0, sizeof lent);
    memset(buffers, 0, sizeof buffers);
    buffers_used = false;
    byte_options = (swiss_byte_pool_options){.allocator = &fuzz_allocator};
    byte_options.smallest = step->index & 1 ? 1 + step->first % 100 : 0;
    byte_options.largest = step->index & 2 ? (size_t)1 << step->second % (TIERS_LOG + 1) : 0;
    byte_options.bound = step->index & 4 ? (size_t)64 * step->first : 0;
    byte_options.clear = step->index & 8;
    byte_options.refuse_foreign = step->index & 16;
    const size_t failures = memory.failures;
    byte_pool = swiss_byte_pool_create(&byte_options);
    const size_t smallest = byte_options.smallest ? byte_options.smallest : 64,
                 largest = byte_options.largest ? byte_options.largest : 1 << 20;
    CHECK((byte_pool == NULL) == (memory.failures != failures || smallest > largest));
    for (unsigned i = 0; i < BUFFERS && byte_pool; ++i)
        buffers[i].buffer = swiss_buffer_of(byte_pool);
}

static void destroy_bytes(void) {
    if (!byte_pool)
        return;
    check_bytes();
    for (unsigned i = 0; i < BUFFERS; ++i)
        swiss_buffer_free(&buffers[i].buffer);
    swiss_byte_pool_destroy(byte_pool);
    byte_pool = NULL;
    for (unsigned i = 0; i < 2 * LENT; ++i) {
        if (lent[i].bytes && !lent[i].idle)
            memory_drop(lent[i].bytes);
        else if (lent[i].bytes && !buffers_used)
            CHECK(!memory_has(lent[i].bytes));
        lent[i].bytes = NULL;
    }
}

static fuzz_lent *unused_lent(void) {
    for (unsigned i = 0; i < 2 * LENT; ++i)
        if (!lent[i].bytes)
            return &lent[i];
    return NULL;
}

static void get_bytes(size_t size) {
    fuzz_lent *to = unused_lent();
    if (!to)
        return;
    size_t capacity = 1;
    const size_t failures = memory.failures;
    unsigned char *bytes = swiss_byte_pool_get(byte_pool, size, &capacity);
    CHECK((bytes == NULL) == (capacity == 0) && (bytes || memory.failures != failures));
    if (!bytes)
        return;
    size_t wanted = size > most_capacity() ? size : power_from(size);
    CHECK(capacity == (wanted < least_capacity() ? least_capacity() : wanted));
    byte_expected.oversize_gets += size > most_capacity();
    CHECK((uintptr_t)bytes % (capacity < 16 ? power_from(capacity / 2 + 1) : 16) == 0);
    bool idle = false, was_idle = false;
    for (unsigned i = 0; i < 2 * LENT; ++i) {
        idle |= lent[i].bytes && lent[i].idle && lent[i].capacity == capacity;
        if (lent[i].bytes == bytes) {
            CHECK(lent[i].idle && lent[i].capacity == capacity && !was_idle);
            was_idle = true;
            to = &lent[i];
        }
    }
    CHECK(buffers_used || idle == was_idle);
    if (byte_options.clear)
        check_paint(bytes, capacity, 0);
    else if (was_idle && !buffers_used)
        check_paint(bytes, capacity, to->fill);
    *to = (fuzz_lent){bytes, capacity, paint(bytes, capacity), false, false};
}

static void put_bytes(fuzz_lent *is) {
    if (!is->bytes || is->idle)
        return;
    check_lent(is);
    const size_t capacity = is->capacity, failures = memory.failures;
    const bool foreign = !has_tier(capacity) && capacity <= most_capacity();
    const bool refused = foreign && byte_options.refuse_foreign;
    CHECK(swiss_byte_pool_put(byte_pool, is->bytes, capacity) == !refused);
    byte_expected.foreign_refused += refused;
    byte_expected.foreign_frees += foreign && !refused;
    byte_expected.oversize_frees += capacity > most_capacity();
    is->idle = !refused;
    is->aged = false;
    const bool gone = forget_freed() != 0;
    CHECK(has_tier(capacity) ? !gone || byte_options.bound || memory.failures != failures : gone == !refused);
}

/* A buffer that the pool has not made, of any capacity. */
static void lend_bytes(size_t capacity) {
    fuzz_lent *to = unused_lent();
    unsigned char *bytes = to && capacity >= 16 ? memory_allocate(&memory, capacity, 16) : NULL;
    if (bytes)
        *to = (fuzz_lent){bytes, capacity, paint(bytes, capacity), false, false};
}

static void trim_bytes(void) {
    const size_t freed = swiss_byte_pool_trim(byte_pool), gone = forget_freed();
    CHECK(buffers_used || freed == gone);
    for (unsigned i = 0; i < 2 * LENT; ++i)
        if (lent[i].bytes && lent[i].idle && !buffers_used) {
            CHECK(!lent[i].aged);
            lent[i].aged = true;
        }
}

/* Buffers get and put in ways of their own: from then on idle ones are not followed any more. */
static void buffer_step(const lifetime_step *step) {
    if (!buffers_used) {
        buffers_used = true;
        for (unsigned i = 0; i < 2 * LENT; ++i)
            if (lent[i].idle)
                lent[i].bytes = NULL;
    }
    swiss_buffer *buffer = &buffers[step->index % BUFFERS].buffer;
    size_t *begin = &buffers[step->index % BUFFERS].begin, *size = &buffers[step->index % BUFFERS].size;
    const size_t failures = memory.failures, more = step->size % (1 << 14);
    const unsigned char *bytes = stream_from(*begin + *size);
    switch (step->index / BUFFERS % 8) {
    case 0:
    case 1:
        if (*size + more > STREAM)
            break;
        if (swiss_buffer_append(buffer, bytes, more))
            *size += more;
        else
            CHECK(memory.failures != failures);
        break;
    case 2:
    case 3:
        if (*size + more > STREAM)
            break;
        if (!swiss_buffer_reserve(buffer, more)) {
            CHECK(memory.failures != failures);
            break;
        }
        CHECK(swiss_buffer_room(buffer) >= more && swiss_buffer_end(buffer));
        memcpy(swiss_buffer_end(buffer), bytes, more);
        swiss_buffer_extend(buffer, more);
        *size += more;
        break;
    case 4:
        swiss_buffer_free(buffer);
        CHECK(buffer->size == 0 && buffer->data == NULL && buffer->pool == byte_pool);
        *size = 0;
        break;
    case 5:
        CHECK(!swiss_buffer_reserve(buffer, SIZE_MAX - step->first));
        CHECK(!swiss_buffer_append(buffer, bytes, PTRDIFF_MAX));
        break;
    default: {
        const size_t gone = more < *size ? more : *size;
        swiss_buffer_consume(buffer, more);
        *size -= gone;
        *begin += gone;
        break;
    }
    }
}

static void bytes_step(const lifetime_step *step) {
    if (!byte_pool) {
        create_bytes(step);
        return;
    }
    fuzz_lent *is = &lent[step->index % (2 * LENT)];
    switch (step->op % 8) {
    case 0:
    case 1:
        get_bytes(step->size);
        break;
    case 2:
    case 3:
        put_bytes(is);
        break;
    case 4:
        lend_bytes(step->size);
        break;
    case 5:
        if (step->index % 4)
            trim_bytes();
        else
            destroy_bytes();
        break;
    default:
        buffer_step(step);
        break;
    }
    check_bytes();
}

/* Managers --------------------------------------------------------------------------------------------------------- */

/* A report is the same in a buffer of any size, as far as there is room. */
static void check_report(const swiss_pool_manager *manager, bool json, size_t size) {
    static char whole[1 << 14], part[1 << 14];
    const size_t length = json ? swiss_pool_manager_format_json(manager, whole, sizeof whole)
                               : swiss_pool_manager_format_text(manager, whole, sizeof whole);
    CHECK(length < sizeof whole && strlen(whole) == length);
    memset(part, 1, size + 1);
    CHECK(length == (json ? swiss_pool_manager_format_json(manager, part, size)
                          : swiss_pool_manager_format_text(manager, part, size)));
    CHECK(part[size] == 1);
    if (size)
        CHECK(strlen(part) == (length < size ? length : size - 1) && memcmp(whole, part, strlen(part)) == 0);
}

static void use_manager(const lifetime_step *step) {
    const size_t failures = memory.failures, bytes = memory.bytes;
    swiss_pool_manager *manager = swiss_pool_manager_create(&fuzz_allocator);
    CHECK(manager || memory.failures != failures);
    if (!manager)
        return;
    for (unsigned i = 0; i < step->index % 8; ++i) {
        char name[3] = {(char)(step->first % 127 + 1), (char)('a' + i % 3), 0};
        const bool known = swiss_pool_manager_find(manager, name) || swiss_pool_manager_find_bytes(manager, name);
        CHECK(known || memory.failures != failures || i < 3);
        if (i % 2) {
            swiss_byte_pool *pool = swiss_byte_pool_create(
                &(swiss_byte_pool_options){.smallest = 16, .largest = 64, .allocator = &fuzz_allocator});
            size_t capacity;
            void *buffer = pool ? swiss_byte_pool_get(pool, step->second, &capacity) : NULL;
            if (buffer)
                CHECK(swiss_byte_pool_put(pool, buffer, capacity));
            const bool added = swiss_pool_manager_add_bytes(manager, name, pool);
            CHECK(added ? pool && !known : !pool || known || memory.failures != failures);
            if (added)
                CHECK(swiss_pool_manager_find_bytes(manager, name) == pool && !swiss_pool_manager_find(manager, name));
            else
                swiss_byte_pool_destroy(pool);
        } else {
            swiss_pool *pool = swiss_pool_create(&(swiss_pool_options){.size = 24, .allocator = &fuzz_allocator});
            if (pool)
                swiss_pool_put(pool, swiss_pool_get(pool));
            const bool added = swiss_pool_manager_add(manager, name, pool);
            CHECK(added ? pool && !known : !pool || known || memory.failures != failures);
            if (added)
                CHECK(swiss_pool_manager_find(manager, name) == pool && !swiss_pool_manager_find_bytes(manager, name));
            else
                swiss_pool_destroy(pool);
        }
    }
    if (step->second % 2)
        swiss_pool_manager_trim(manager);
    check_report(manager, true, step->size % 4096);
    check_report(manager, false, step->size % 4096);
    swiss_pool_manager_destroy(manager);
    CHECK(memory.bytes == bytes);
}

static void begin_pools(void) {
    memset(pools, 0, sizeof pools);
    byte_pool = NULL;
}

static void end_pools(void) {
    for (unsigned i = 0; i < POOLS; ++i) {
        pools[!i].busy = true; /* a drop may not make another */
        destroy_pool(&pools[i]);
    }
    destroy_bytes();
}
