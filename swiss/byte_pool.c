/* byte_pool.c - a pool of buffers: the tiers, and what has none. */
#include "swiss/byte_pool.h"
#include "swiss/align.h"
#include <string.h>

/* What the pool of a tier is told when it makes a buffer, or clears one. */
typedef struct byte_tier {
    const struct whole_byte_pool *pool;
    swiss_pool *objects;
    size_t capacity;
} byte_tier;

typedef struct whole_byte_pool {
    swiss_byte_pool pool;
    swiss_byte_pool_options options;
    size_t oversize_gets, oversize_frees, foreign_frees, foreign_refused;
    size_t smallest, largest;
    unsigned count; /* of tiers */
    byte_tier tiers[sizeof(size_t) * 8];
} whole_byte_pool;

static whole_byte_pool *whole_bytes(const swiss_byte_pool *pool) {
    return (whole_byte_pool *)(uintptr_t)pool;
}

static void *allocate_buffer(const whole_byte_pool *pool, size_t capacity) {
    void *buffer = swiss_allocator_allocate(pool->options.allocator, capacity, SWISS_BYTE_POOL_ALIGNMENT);
    return buffer && pool->options.clear ? memset(buffer, 0, capacity) : buffer;
}

static void free_buffer(const whole_byte_pool *pool, void *buffer, size_t capacity) {
    swiss_allocator_free(pool->options.allocator, buffer, capacity, SWISS_BYTE_POOL_ALIGNMENT);
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

/* Makes the pool of the next tier. Returns false when out of memory. */
static bool create_tier(whole_byte_pool *pool) {
    byte_tier *tier = &pool->tiers[pool->count];
    tier->pool = pool;
    tier->capacity = pool->smallest << pool->count;
    swiss_pool_options options = {0};
    options.make = make_buffer;
    options.reset = pool->options.clear ? clear_buffer : NULL;
    options.drop = drop_buffer;
    options.context = tier;
    options.bound = pool->options.bound / tier->capacity;
    if (pool->options.bound && !options.bound)
        options.bound = 1;
    options.shared = tier->capacity > SWISS_BYTE_POOL_ALONE;
    options.own = pool->options.bound || tier->capacity > 4096 ? 1 : 4096 / tier->capacity;
    options.allocator = pool->options.allocator;
    tier->objects = swiss_pool_create(&options);
    pool->count += tier->objects != NULL;
    return tier->objects != NULL;
}

/* Lets each number of bits lead to its tier. Those without one have a capacity that no tier and no buffer has. */
static void place_tiers(whole_byte_pool *pool) {
    const size_t most = sizeof pool->pool.tiers_ / sizeof *pool->pool.tiers_;
    for (size_t bits = 0; bits < most; ++bits)
        pool->pool.tiers_[bits].capacity_ = 1;
    for (size_t bits = 0, number = 0; number < pool->count; ++number) {
        const size_t first = bits;
        for (; pool->tiers[number].capacity >> bits >= 2; ++bits) {
            pool->pool.tiers_[bits].pool_ = pool->tiers[number].objects;
            pool->pool.tiers_[bits].capacity_ = pool->tiers[number].capacity;
        }
        swiss_pool_view_(pool->tiers[number].objects, pool->pool.views_ + first, bits - first);
    }
}

swiss_byte_pool *swiss_byte_pool_create(const swiss_byte_pool_options *options) {
    static const swiss_byte_pool_options none;
    swiss_byte_pool_options settled = options ? *options : none;
    size_t smallest = settled.smallest ? settled.smallest : 64, largest = settled.largest ? settled.largest : 1u << 20;
    if (smallest > largest || largest > PTRDIFF_MAX / 2 + 1)
        return NULL;
    whole_byte_pool *pool = swiss_allocator_allocate(settled.allocator, sizeof *pool, SWISS_ALIGNOF(whole_byte_pool));
    if (!pool)
        return NULL;
    static const whole_byte_pool empty;
    *pool = empty;
    pool->options = settled;
    pool->smallest = swiss_round_up_to_power(smallest > 16 ? smallest : 16);
    pool->largest = swiss_round_up_to_power(largest > 16 ? largest : 16);
    while (pool->smallest << pool->count <= pool->largest)
        if (!create_tier(pool)) {
            swiss_byte_pool_destroy(&pool->pool);
            return NULL;
        }
    place_tiers(pool);
    return &pool->pool;
}

void swiss_byte_pool_destroy(swiss_byte_pool *handle) {
    if (!handle)
        return;
    whole_byte_pool *pool = whole_bytes(handle);
    for (unsigned i = 0; i < pool->count; ++i)
        swiss_pool_destroy(pool->tiers[i].objects);
    swiss_allocator_free(pool->options.allocator, pool, sizeof *pool, SWISS_ALIGNOF(whole_byte_pool));
}

void *swiss_byte_pool_get_other_(swiss_byte_pool *handle, size_t size, size_t *capacity) {
    const swiss_byte_tier_ *tier = &handle->tiers_[swiss_byte_tier_of_(size + !size)];
    if (tier->pool_) {
        void *buffer = swiss_pool_get(tier->pool_);
        *capacity = buffer ? tier->capacity_ : 0;
        return buffer;
    }
    whole_byte_pool *pool = whole_bytes(handle);
    void *buffer = size <= PTRDIFF_MAX ? allocate_buffer(pool, size) : NULL;
    *capacity = buffer ? size : 0;
    if (buffer)
        (void)SWISS_ADD_(pool->oversize_gets, 1);
    return buffer;
}

bool swiss_byte_pool_put_other_(swiss_byte_pool *handle, void *buffer, size_t capacity) {
    whole_byte_pool *pool = whole_bytes(handle);
    bool oversize = capacity > pool->largest;
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
        bytes += swiss_pool_trim(pool->tiers[i].objects) * pool->tiers[i].capacity;
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
    swiss_pool_get_stats(pool->tiers[tier].objects, &stats->pool);
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
