/* pool_manager.c - pools by their names, and a report of all.
 *
 * The pools are a list that only grows. Who adds one holds the lock; all others follow the list without.
 */
#include "swiss/pool_manager.h"
#include "pool_lock.h"
#include <string.h>

typedef struct named_pool {
    struct named_pool *next, *before;
    swiss_pool *pool; /* one of the two; the other is NULL */
    swiss_byte_pool *bytes;
    size_t name_size; /* with the 0 at its end */
    char name[];
} named_pool;

struct swiss_pool_manager {
    const swiss_allocator *allocator;
    swiss_pool_lock lock;
    named_pool *first, *last;
};

swiss_pool_manager *swiss_pool_manager_create(const swiss_allocator *allocator) {
    static const swiss_pool_manager empty;
    swiss_pool_manager *manager =
        swiss_allocator_allocate(allocator, sizeof *manager, SWISS_ALIGNOF(swiss_pool_manager));
    if (manager) {
        *manager = empty;
        manager->allocator = allocator;
    }
    return manager;
}

static void free_named(const swiss_pool_manager *manager, named_pool *named) {
    swiss_allocator_free(manager->allocator, named, sizeof *named + named->name_size, SWISS_ALIGNOF(named_pool));
}

void swiss_pool_manager_destroy(swiss_pool_manager *manager) {
    if (!manager)
        return;
    for (named_pool *named = manager->last, *before; named; named = before) {
        before = named->before;
        swiss_pool_destroy(named->pool);
        swiss_byte_pool_destroy(named->bytes);
        free_named(manager, named);
    }
    swiss_allocator_free(manager->allocator, manager, sizeof *manager, SWISS_ALIGNOF(swiss_pool_manager));
}

static const named_pool *first_of(const swiss_pool_manager *manager) {
    return SWISS_SEEN_(manager->first);
}

static const named_pool *next_of(const named_pool *named) {
    return SWISS_SEEN_(named->next);
}

/* As strlen, which not every machine has. */
static size_t length_of(const char *text) {
    size_t length = 0;
    while (text[length])
        ++length;
    return length;
}

static const named_pool *find_named(const swiss_pool_manager *manager, const char *name) {
    const size_t name_size = length_of(name) + 1;
    const named_pool *named = first_of(manager);
    while (named && (named->name_size != name_size || memcmp(named->name, name, name_size) != 0))
        named = next_of(named);
    return named;
}

swiss_pool *swiss_pool_manager_find(const swiss_pool_manager *manager, const char *name) {
    const named_pool *named = find_named(manager, name);
    return named ? named->pool : NULL;
}

swiss_byte_pool *swiss_pool_manager_find_bytes(const swiss_pool_manager *manager, const char *name) {
    const named_pool *named = find_named(manager, name);
    return named ? named->bytes : NULL;
}

static bool add_named(swiss_pool_manager *manager, const char *name, swiss_pool *pool, swiss_byte_pool *bytes) {
    size_t name_size = length_of(name) + 1;
    named_pool *named =
        swiss_allocator_allocate(manager->allocator, sizeof *named + name_size, SWISS_ALIGNOF(named_pool));
    if (!named)
        return false;
    named->next = NULL;
    named->pool = pool;
    named->bytes = bytes;
    named->name_size = name_size;
    memcpy(named->name, name, name_size);
    swiss_pool_lock_acquire(&manager->lock);
    bool added = !find_named(manager, name);
    if (added) {
        named->before = manager->last;
        if (manager->last)
            SWISS_SHOW_(manager->last->next, named);
        else
            SWISS_SHOW_(manager->first, named);
        manager->last = named;
    }
    swiss_pool_lock_release(&manager->lock);
    if (!added)
        free_named(manager, named);
    return added;
}

bool swiss_pool_manager_add(swiss_pool_manager *manager, const char *name, swiss_pool *pool) {
    return pool && add_named(manager, name, pool, NULL);
}

bool swiss_pool_manager_add_bytes(swiss_pool_manager *manager, const char *name, swiss_byte_pool *pool) {
    return pool && add_named(manager, name, NULL, pool);
}

void swiss_pool_manager_trim(swiss_pool_manager *manager) {
    for (const named_pool *named = first_of(manager); named; named = next_of(named)) {
        if (named->pool)
            (void)swiss_pool_trim(named->pool);
        else
            (void)swiss_byte_pool_trim(named->bytes);
    }
}

/* The report ------------------------------------------------------------------------------------------------------- */

/* The caller's buffer, and the length of the text so far, also of what no longer fits. */
typedef struct pool_report {
    char *buffer;
    size_t size, length;
} pool_report;

static void add_char(pool_report *to, char c) {
    if (to->length < to->size)
        to->buffer[to->length] = c;
    ++to->length;
}

static void add_text(pool_report *to, const char *text) {
    while (*text)
        add_char(to, *text++);
}

/* Adds a number, with spaces in front of it up to `width` characters. */
static void add_number(pool_report *to, uint64_t number, unsigned width) {
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    for (unsigned i = count; i < width; ++i)
        add_char(to, ' ');
    while (count)
        add_char(to, digits[--count]);
}

/* Puts a 0 at the end of what fits. */
static size_t end_report(pool_report *to) {
    if (to->size)
        to->buffer[to->length < to->size ? to->length : to->size - 1] = 0;
    return to->length;
}

/* Adds a name as a string of JSON. */
static void add_quoted(pool_report *to, const char *name) {
    static const char hex[] = "0123456789abcdef";
    add_char(to, '"');
    for (; *name; ++name) {
        const unsigned char c = (unsigned char)*name;
        if (c < 0x20) {
            add_text(to, "\\u00");
            add_char(to, hex[c >> 4]);
            add_char(to, hex[c & 15]);
            continue;
        }
        if (c == '"' || c == '\\')
            add_char(to, '\\');
        add_char(to, *name);
    }
    add_char(to, '"');
}

enum { POOL_NUMBERS = 7, POOL_WIDTH = 13 };

static const char *const number_names[POOL_NUMBERS] = {"gets", "hits", "misses", "puts", "made", "drops", "idle"};

static void list_numbers(const swiss_pool_stats *stats, uint64_t numbers[POOL_NUMBERS]) {
    const uint64_t all[POOL_NUMBERS] = {stats->gets, stats->hits,  stats->misses, stats->puts,
                                        stats->made, stats->drops, stats->idle};
    memcpy(numbers, all, sizeof all);
}

/* Adds `"name":number`, with a comma in front of it unless it is the first. */
static void add_member(pool_report *to, const char *name, uint64_t number, bool first) {
    if (!first)
        add_char(to, ',');
    add_quoted(to, name);
    add_char(to, ':');
    add_number(to, number, 0);
}

static void add_json_numbers(pool_report *to, const swiss_pool_stats *stats) {
    uint64_t numbers[POOL_NUMBERS];
    list_numbers(stats, numbers);
    for (unsigned i = 0; i < POOL_NUMBERS; ++i)
        add_member(to, number_names[i], numbers[i], false);
}

/* True if a tier was ever used. */
static bool get_used_tier(const swiss_byte_pool *pool, unsigned tier, swiss_byte_tier_stats *stats) {
    return swiss_byte_pool_get_tier_stats(pool, tier, stats) && (stats->pool.gets || stats->pool.puts);
}

static void add_json_bytes(pool_report *to, const swiss_byte_pool *pool) {
    swiss_byte_pool_stats stats;
    swiss_byte_pool_get_stats(pool, &stats);
    add_member(to, "oversize_gets", stats.oversize_gets, false);
    add_member(to, "oversize_frees", stats.oversize_frees, false);
    add_member(to, "foreign_frees", stats.foreign_frees, false);
    add_member(to, "foreign_refused", stats.foreign_refused, false);
    add_member(to, "idle_bytes", stats.idle_bytes, false);
    add_text(to, ",\"tiers\":[");
    bool first = true;
    for (unsigned i = 0; i < swiss_byte_pool_tiers(pool); ++i) {
        swiss_byte_tier_stats tier;
        if (!get_used_tier(pool, i, &tier))
            continue;
        add_text(to, first ? "{" : ",{");
        add_member(to, "capacity", tier.capacity, true);
        add_json_numbers(to, &tier.pool);
        add_char(to, '}');
        first = false;
    }
    add_char(to, ']');
}

/* Adds the pools of one kind. */
static void add_json_pools(pool_report *to, const swiss_pool_manager *manager, bool bytes) {
    bool first = true;
    for (const named_pool *named = first_of(manager); named; named = next_of(named)) {
        if ((named->bytes != NULL) != bytes)
            continue;
        add_text(to, first ? "{\"name\":" : ",{\"name\":");
        add_quoted(to, named->name);
        if (bytes) {
            add_json_bytes(to, named->bytes);
        } else {
            swiss_pool_stats stats;
            swiss_pool_get_stats(named->pool, &stats);
            add_json_numbers(to, &stats);
        }
        add_char(to, '}');
        first = false;
    }
}

size_t swiss_pool_manager_format_json(const swiss_pool_manager *manager, char *buffer, size_t size) {
    pool_report to = {buffer, size, 0};
    add_text(&to, "{\"pools\":[");
    add_json_pools(&to, manager, false);
    add_text(&to, "],\"byte_pools\":[");
    add_json_pools(&to, manager, true);
    add_text(&to, "]}");
    return end_report(&to);
}

static void add_line(pool_report *to, const char *name, const swiss_pool_stats *stats) {
    uint64_t numbers[POOL_NUMBERS];
    list_numbers(stats, numbers);
    for (unsigned i = 0; i < POOL_NUMBERS; ++i)
        add_number(to, numbers[i], POOL_WIDTH);
    add_text(to, "  ");
    for (; *name; ++name)
        add_char(to, (unsigned char)*name < 0x20 ? '?' : *name);
}

size_t swiss_pool_manager_format_text(const swiss_pool_manager *manager, char *buffer, size_t size) {
    pool_report to = {buffer, size, 0};
    for (unsigned i = 0; i < POOL_NUMBERS; ++i) {
        for (size_t length = length_of(number_names[i]); length < POOL_WIDTH; ++length)
            add_char(&to, ' ');
        add_text(&to, number_names[i]);
    }
    add_text(&to, "  pool\n");
    for (const named_pool *named = first_of(manager); named; named = next_of(named)) {
        if (named->pool) {
            swiss_pool_stats stats;
            swiss_pool_get_stats(named->pool, &stats);
            add_line(&to, named->name, &stats);
            add_char(&to, '\n');
            continue;
        }
        for (unsigned i = 0; i < swiss_byte_pool_tiers(named->bytes); ++i) {
            swiss_byte_tier_stats tier;
            if (!get_used_tier(named->bytes, i, &tier))
                continue;
            add_line(&to, named->name, &tier.pool);
            add_char(&to, '/');
            add_number(&to, tier.capacity, 0);
            add_char(&to, '\n');
        }
    }
    return end_report(&to);
}
