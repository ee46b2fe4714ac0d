/* byte_pool.c - a pool of buffers: the tiers, and what has none. */
#include "swiss/byte_pool.h"
#include "swiss/align.h"
#include <string.h>

/* What the pool of a tier is told when it makes a buffer, or clears one. */
typedef struct byte_tier {
    const struct whole_byte_pool *pool;
    size_t capacity;
} byte_tier;

typedef struct whole_byte_pool {
    swiss_byte_pool pool;
    swiss_byte_pool_options options;
    size_t oversize_gets, oversize_frees, foreign_frees, foreign_refused;
    unsigned count;
    byte_tier tiers[sizeof(size_t) * 8];
} whole_byte_pool;

static whole_byte_pool *whole_bytes(const swiss_byte_pool *pool) {
    return (whole_byte_pool *)(uintptr_t)pool;
}

static size_t alignment_of(size_t capacity) {
    return capacity < SWISS_BYTE_POOL_ALIGNMENT ? swiss_round_up_to_power(capacity / 2 + 1) : SWISS_BYTE_POOL_ALIGNMENT;
}

static void *allocate_buffer(const whole_byte_pool *pool, size_t capacity) {
    void *buffer = swiss_allocator_allocate(pool->options.allocator, capacity, alignment_of(capacity));
    return buffer && pool->options.clear ? memset(buffer, 0, capacity) : buffer;
}

static void free_buffer(const whole_byte_pool *pool, void *buffer, size_t capacity) {
    swiss_allocator_free(pool->options.allocator, buffer, capacity, alignment_of(capacity));
}

static void *make_buffer(void *context) {
    const byte_tier *tier = context;
    return allocate_buffer(tier->pool, tier->capacity);
}

static bool clear_buffer(void *buffer, void *context) {
    const byte_tier *tier = context;
    memset(buffer, 0, tier->capacity);
    return true;
}

static void drop_buffer(void *buffer, void *context) {
    const byte_tier *tier = context;
    free_buffer(tier->pool, buffer, tier->capacity);
}

static unsigned bits_of(size_t power) {
    unsigned bits = 0;
    while ((size_t)1 << bits < power)
        ++bits;
    return bits;
}

/* Makes the pool of the next tier. Returns false when out of memory. */
static bool create_tier(whole_byte_pool *pool) {
    byte_tier *tier = &pool->tiers[pool->count];
    tier->pool = pool;
    tier->capacity = (size_t)1 << (pool->pool.least_bits_ + pool->count);
    swiss_pool_options options = {0};
    options.make = make_buffer;
    options.reset = pool->options.clear ? clear_buffer : NULL;
    options.drop = drop_buffer;
    options.context = tier;
    options.bound = pool->options.bound / tier->capacity;
    if (pool->options.bound && !options.bound)
        options.bound = 1;
    options.shared = tier->capacity > SWISS_BYTE_POOL_ALONE;
    options.allocator = pool->options.allocator;
    swiss_pool *made = swiss_pool_create(&options);
    pool->pool.pools_[pool->count] = made;
    pool->count += made != NULL;
    return made != NULL;
}

swiss_byte_pool *swiss_byte_pool_create(const swiss_byte_pool_options *options) {
    static const swiss_byte_pool_options none;
    swiss_byte_pool_options settled = options ? *options : none;
    size_t smallest = swiss_round_up_to_power(settled.smallest ? settled.smallest : 64);
    size_t largest = swiss_round_up_to_power(settled.largest ? settled.largest : (size_t)1 << 20);
    if (!smallest || smallest > largest || largest > PTRDIFF_MAX)
        return NULL;
    whole_byte_pool *pool = swiss_allocator_allocate(settled.allocator, sizeof *pool, SWISS_ALIGNOF(whole_byte_pool));
    if (!pool)
        return NULL;
    static const whole_byte_pool empty;
    *pool = empty;
    pool->options = settled;
    pool->pool.least_bits_ = bits_of(smallest);
    pool->pool.largest_ = largest;
    unsigned count = bits_of(largest) - bits_of(smallest) + 1;
    while (pool->count < count)
        if (!create_tier(pool)) {
            swiss_byte_pool_destroy(&pool->pool);
            return NULL;
        }
    return &pool->pool;
}

void swiss_byte_pool_destroy(swiss_byte_pool *handle) {
    if (!handle)
        return;
    whole_byte_pool *pool = whole_bytes(handle);
    for (unsigned i = 0; i < pool->count; ++i)
        swiss_pool_destroy(handle->pools_[i]);
    swiss_allocator_free(pool->options.allocator, pool, sizeof *pool, SWISS_ALIGNOF(whole_byte_pool));
}

void *swiss_byte_pool_get_other_(swiss_byte_pool *handle, size_t size, size_t *capacity) {
    if (!size)
        return swiss_byte_pool_get(handle, 1, capacity);
    whole_byte_pool *pool = whole_bytes(handle);
    void *buffer = size <= PTRDIFF_MAX ? allocate_buffer(pool, size) : NULL;
    *capacity = buffer ? size : 0;
    if (buffer)
        (void)SWISS_ADD_(pool->oversize_gets, 1);
    return buffer;
}

bool swiss_byte_pool_put_other_(swiss_byte_pool *handle, void *buffer, size_t capacity) {
    whole_byte_pool *pool = whole_bytes(handle);
    bool oversize = capacity > handle->largest_;
    if (!buffer)
        return true;
    if (!capacity || (!oversize && pool->options.refuse_foreign)) {
        (void)SWISS_ADD_(pool->foreign_refused, 1);
        return false;
    }
    (void)SWISS_ADD_(*(oversize ? &pool->oversize_frees : &pool->foreign_frees), 1);
    if (pool->options.clear)
        memset(buffer, 0, capacity);
    free_buffer(pool, buffer, capacity);
    return true;
}

size_t swiss_byte_pool_trim(swiss_byte_pool *handle) {
    const whole_byte_pool *pool = whole_bytes(handle);
    size_t bytes = 0;
    for (unsigned i = 0; i < pool->count; ++i)
        bytes += swiss_pool_trim(handle->pools_[i]) * pool->tiers[i].capacity;
    return bytes;
}

unsigned swiss_byte_pool_tiers(const swiss_byte_pool *pool) {
    return whole_bytes(pool)->count;
}

bool swiss_byte_pool_get_tier_stats(const swiss_byte_pool *handle, unsigned tier, swiss_byte_tier_stats *stats) {
    const whole_byte_pool *pool = whole_bytes(handle);
    if (tier >= pool->count)
        return false;
    stats->capacity = pool->tiers[tier].capacity;
    swiss_pool_get_stats(handle->pools_[tier], &stats->pool);
    return true;
}

void swiss_byte_pool_get_stats(const swiss_byte_pool *handle, swiss_byte_pool_stats *stats) {
    const whole_byte_pool *pool = whole_bytes(handle);
    stats->oversize_gets = SWISS_LOAD_(pool->oversize_gets);
    stats->oversize_frees = SWISS_LOAD_(pool->oversize_frees);
    stats->foreign_frees = SWISS_LOAD_(pool->foreign_frees);
    stats->foreign_refused = SWISS_LOAD_(pool->foreign_refused);
    stats->idle_bytes = 0;
    swiss_byte_tier_stats tier;
    for (unsigned i = 0; swiss_byte_pool_get_tier_stats(handle, i, &tier); ++i)
        stats->idle_bytes += tier.pool.idle * tier.capacity;
}
