/* samples.c - the samples of a profile, and the sites that allocated them.
 *
 *     places     | - | 4 | - | 1 | 3 | ...      by the hash of the block: number of a record plus 1, 0: none
 *                      |       |   |
 *     records    | 0 | 1 | 2 | 3 | 4 | ...      a live sample each, or unused; in pieces that never move
 *                      |
 *     sites      | 0 | 1 | 2 | ...              a call stack and its sums each; never move, never end
 *                      |
 *     places     | - | 2 | ...                  by the hash of the frames, as above
 *
 * Stacks come again, so the last ones are recalled by where the stack stood, and compared with it as it is now
 * (trace.c): then they need not be walked up.
 *
 * Both tables are open addressing with linear probing, at most half full. A record or a site keeps its number, so that
 * a walk can go on from a number when threads have added and dropped samples meanwhile.
 *
 * All memory comes from the system: from swiss_os_alloc. One lock guards all of it. It is held for some instructions,
 * and longer only where a table grows. It is the last in the order of locks: a thread may take it while it holds any
 * other.
 */
#include "samples.h"
#include "../os/os.h"
#include "ranks.h"
#include "sampling.h"
#include <string.h>

#define PIECE 4096                     /* records that are taken from the system at once */
#define SITE_MEMORY ((size_t)64 << 10) /* bytes that sites are cut from */

/* A table of numbers by hash. */
typedef struct sample_places {
    uint32_t *at;
    size_t capacity, count; /* a power of two, or 0 */
} sample_places;

/* A list of pieces of memory. */
typedef struct sample_pieces {
    void **at;
    size_t capacity, count;
} sample_pieces;

/* A stack that was walked up: where the function that asked had its frame, and the site that it belonged to. */
typedef struct recalled {
    const void *base; /* NULL: none */
    uint32_t site;
    uint16_t count, places[SWISS_TRACE_FRAMES];
} recalled;

#define RECALL_SETS 128 /* by the hash of `base` */
#define RECALL_WAYS 8   /* in each set, that used last first */

static struct {
    swiss_os_spin lock; /* guards everything here */
    recalled *recalled; /* NULL: none yet */
    sample_places by_block, by_frames;
    sample_pieces records; /* PIECE of them each */
    sample_pieces sites;   /* one each */
    sample_pieces memory;  /* what sites are cut from, SITE_MEMORY each */
    size_t memory_used;    /* of the last one */
    uint32_t unused;       /* the first unused record plus 1 */
    swiss_site_sums sums;
    size_t bytes;
} store;

void swiss_samples_lock(void) {
    swiss_os_spin_acquire(&store.lock, SWISS_RANK_SAMPLES);
}

void swiss_samples_unlock(void) {
    swiss_os_spin_release(&store.lock, SWISS_RANK_SAMPLES);
}

/* Memory ----------------------------------------------------------------------------------------------------------- */

static void *sample_memory(size_t bytes) {
    void *memory = swiss_os_alloc(bytes);
    store.bytes += memory ? swiss_os_round(bytes) : 0;
    return memory;
}

static void release_memory(void *memory, size_t bytes) {
    if (!memory)
        return;
    swiss_os_release(memory, swiss_os_round(bytes));
    store.bytes -= swiss_os_round(bytes);
}

/* Adds a piece of `bytes` to a list; NULL when out of memory. */
static void *add_piece(sample_pieces *pieces, void *piece) {
    if (pieces->count == pieces->capacity) {
        size_t more = pieces->capacity ? 2 * pieces->capacity : 512;
        void **at = sample_memory(more * sizeof *at);
        if (!at)
            return NULL;
        if (pieces->count)
            memcpy(at, pieces->at, pieces->count * sizeof *at);
        release_memory(pieces->at, pieces->capacity * sizeof *at);
        pieces->at = at;
        pieces->capacity = more;
    }
    return pieces->at[pieces->count++] = piece;
}

static void forget_pieces(sample_pieces *pieces, size_t bytes) {
    for (size_t i = 0; bytes && i < pieces->count; ++i)
        release_memory(pieces->at[i], bytes);
    release_memory(pieces->at, pieces->capacity * sizeof *pieces->at);
    *pieces = (sample_pieces){NULL, 0, 0};
}

static void forget_places(sample_places *places) {
    release_memory(places->at, places->capacity * sizeof *places->at);
    *places = (sample_places){NULL, 0, 0};
}

/* Tables ----------------------------------------------------------------------------------------------------------- */

static swiss_sample *record_at(uint32_t index) {
    return (swiss_sample *)store.records.at[index / PIECE] + index % PIECE;
}

static swiss_site *site_at(uint32_t id) {
    return store.sites.at[id];
}

static uint64_t hash_block(const void *block) {
    uint64_t hash = (uint64_t)(uintptr_t)block * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static uint64_t hash_frames(const void *const *frames, unsigned count) {
    uint64_t hash = count;
    for (unsigned i = 0; i < count; ++i) {
        hash = (hash ^ (uint64_t)(uintptr_t)frames[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash;
}

static uint64_t hash_of(const sample_places *places, uint32_t number) {
    return places == &store.by_block ? hash_block(record_at(number - 1)->block) : site_at(number - 1)->hash;
}

static void put_place(sample_places *places, uint32_t number) {
    size_t i = (size_t)hash_of(places, number) & (places->capacity - 1);
    while (places->at[i])
        i = (i + 1) & (places->capacity - 1);
    places->at[i] = number;
}

/* Makes room for one more number. Returns false when out of memory. */
static bool widen_places(sample_places *places) {
    if (places->count < places->capacity / 2)
        return true;
    sample_places old = *places;
    size_t more = old.capacity ? 2 * old.capacity : 1024;
    uint32_t *at = more <= UINT32_MAX ? sample_memory(more * sizeof *at) : NULL;
    if (!at)
        return false;
    places->at = at;
    places->capacity = more;
    for (size_t i = 0; i < old.capacity; ++i)
        if (old.at[i])
            put_place(places, old.at[i]);
    release_memory(old.at, old.capacity * sizeof *at);
    return true;
}

/* Samples ---------------------------------------------------------------------------------------------------------- */

/* Returns where the number of a block's record is; SIZE_MAX if there is none. */
static size_t find_block(const void *block) {
    const sample_places *places = &store.by_block;
    if (!places->capacity)
        return SIZE_MAX;
    size_t i = (size_t)hash_block(block) & (places->capacity - 1);
    while (places->at[i] && record_at(places->at[i] - 1)->block != block)
        i = (i + 1) & (places->capacity - 1);
    return places->at[i] ? i : SIZE_MAX;
}

/* Removes a number from its place, and moves numbers behind the gap into it, as far as their own searches allow. */
static void close_gap(sample_places *places, size_t gap) {
    const size_t mask = places->capacity - 1;
    for (size_t i = (gap + 1) & mask; places->at[i]; i = (i + 1) & mask)
        if (((i - hash_of(places, places->at[i])) & mask) >= ((i - gap) & mask)) {
            places->at[gap] = places->at[i];
            gap = i;
        }
    places->at[gap] = 0;
    --places->count;
}

/* Returns an unused record plus 1; 0 when out of memory. */
static uint32_t unused_record(void) {
    if (!store.unused) {
        if (store.records.count >= UINT32_MAX / 2 / PIECE)
            return 0;
        swiss_sample *piece = sample_memory(PIECE * sizeof *piece);
        if (!piece || !add_piece(&store.records, piece)) {
            release_memory(piece, PIECE * sizeof *piece);
            return 0;
        }
        uint32_t first = (uint32_t)(store.records.count - 1) * PIECE;
        for (uint32_t i = PIECE; i-- > 0;) {
            piece[i].site = store.unused;
            store.unused = first + i + 1;
        }
    }
    return store.unused;
}

/* Returns the bytes that blocks of `size` bytes stand for. */
static uint64_t weigh(uint64_t weight, size_t size) {
    return weight == SWISS_WEIGHT_ONE ? size : (uint64_t)((double)weight / SWISS_WEIGHT_ONE * (double)size + 0.5);
}

/* Adds a live sample to sums, or, if `sign` is -1, takes it away. */
static void count_live(swiss_site_sums *sums, const swiss_sample *sample, uint64_t sign) {
    sums->inuse_samples += sign;
    sums->inuse_objects += sign * sample->weight;
    sums->inuse_space += sign * weigh(sample->weight, sample->size);
    sums->inuse_usable += sign * weigh(sample->weight, sample->usable);
}

static void count_alloc(swiss_site_sums *sums, const swiss_sample *sample) {
    ++sums->alloc_samples;
    sums->alloc_objects += sample->weight;
    sums->alloc_space += weigh(sample->weight, sample->size);
    count_live(sums, sample, 1);
}

static void count_everywhere(const swiss_sample *sample, uint64_t sign) {
    count_live(&store.sums, sample, sign);
    count_live(&site_at(sample->site)->sums, sample, sign);
}

/* Sites ------------------------------------------------------------------------------------------------------------ */

static swiss_site *create_site(uint64_t hash, const void *const *frames, unsigned count) {
    size_t size = sizeof(swiss_site) + count * sizeof *frames;
    if (!store.memory.count || store.memory_used + size > SITE_MEMORY) {
        void *piece = sample_memory(SITE_MEMORY);
        if (!piece || !add_piece(&store.memory, piece)) {
            release_memory(piece, SITE_MEMORY);
            return NULL;
        }
        store.memory_used = 0;
    }
    swiss_site *site = (void *)((char *)store.memory.at[store.memory.count - 1] + store.memory_used);
    if (!add_piece(&store.sites, site))
        return NULL;
    store.memory_used += (size + 7) & ~(size_t)7;
    *site = (swiss_site){.hash = hash, .frame_count = count};
    memcpy(site->frames, frames, count * sizeof *frames);
    return site;
}

/* Finds or makes the site with these frames. Returns false when out of memory. */
static bool need_site(const void *const *frames, unsigned count, uint32_t *id) {
    sample_places *places = &store.by_frames;
    if (!widen_places(places))
        return false;
    const uint64_t hash = hash_frames(frames, count);
    for (size_t i = (size_t)hash & (places->capacity - 1); places->at[i]; i = (i + 1) & (places->capacity - 1)) {
        const swiss_site *site = site_at(places->at[i] - 1);
        *id = places->at[i] - 1;
        if (site->hash == hash && site->frame_count == count &&
            memcmp(site->frames, frames, count * sizeof *frames) == 0)
            return true;
    }
    if (!create_site(hash, frames, count))
        return false;
    *id = (uint32_t)store.sites.count - 1;
    put_place(places, *id + 1);
    ++places->count;
    return true;
}

/* Stacks that come again ------------------------------------------------------------------------------------------- */

static size_t hash_base(const void *base) {
    return (size_t)(hash_block(base) >> 20) % RECALL_SETS;
}

bool swiss_samples_recall(const void *base, uint32_t *site) {
    recalled *set = store.recalled ? store.recalled + hash_base(base) * RECALL_WAYS : NULL;
    for (unsigned i = 0; set && i < RECALL_WAYS && set[i].base; ++i)
        if (set[i].base == base &&
            swiss_trace_matches(base, site_at(set[i].site)->frames, set[i].places, set[i].count)) {
            recalled found = set[i];
            memmove(set + 1, set, i * sizeof *set);
            set[0] = found;
            *site = found.site;
            return true;
        }
    return false;
}

static bool may_remember(void) {
    if (!store.recalled)
        store.recalled = sample_memory(RECALL_SETS * RECALL_WAYS * sizeof *store.recalled);
    return store.recalled;
}

static void remember_stack(const swiss_trace *trace, const void *base, uint32_t site) {
    if (!may_remember() || !trace->placed || !trace->count)
        return;
    recalled *set = store.recalled + hash_base(base) * RECALL_WAYS;
    memmove(set + 1, set, (RECALL_WAYS - 1) * sizeof *set);
    *set = (recalled){.base = base, .site = site, .count = (uint16_t)trace->count};
    memcpy(set->places, trace->places, trace->count * sizeof *trace->places);
}

bool swiss_samples_find_site(const swiss_trace *trace, const void *base, uint32_t *site) {
    if (!need_site(trace->frames, trace->count, site))
        return false;
    remember_stack(trace, base, *site);
    return true;
}

/* All of it -------------------------------------------------------------------------------------------------------- */

void swiss_samples_prepare(void) {
    (void)(widen_places(&store.by_block) && widen_places(&store.by_frames) && unused_record() && may_remember());
}

bool swiss_samples_add(const swiss_sample *sample) {
    swiss_sample left;
    (void)swiss_samples_drop(sample->block, &left);
    if (!widen_places(&store.by_block) || !unused_record())
        return false;
    uint32_t number = store.unused;
    swiss_sample *record = record_at(number - 1);
    store.unused = record->site;
    *record = *sample;
    put_place(&store.by_block, number);
    ++store.by_block.count;
    count_alloc(&store.sums, sample);
    count_alloc(&site_at(sample->site)->sums, sample);
    return true;
}

bool swiss_samples_drop(const void *block, swiss_sample *sample) {
    size_t place = find_block(block);
    if (place == SIZE_MAX)
        return false;
    uint32_t number = store.by_block.at[place];
    swiss_sample *record = record_at(number - 1);
    close_gap(&store.by_block, place);
    *sample = *record;
    count_everywhere(sample, (uint64_t)-1);
    *record = (swiss_sample){.site = store.unused};
    store.unused = number;
    return true;
}

void swiss_samples_resize(const void *block, size_t size) {
    size_t place = find_block(block);
    if (place == SIZE_MAX)
        return;
    swiss_sample *record = record_at(store.by_block.at[place] - 1);
    count_everywhere(record, (uint64_t)-1);
    record->size = size;
    count_everywhere(record, 1);
}

uint32_t swiss_samples_sites(void) {
    return (uint32_t)store.sites.count;
}

const swiss_site *swiss_samples_site(uint32_t id) {
    return site_at(id);
}

uint32_t swiss_samples_count(void) {
    return (uint32_t)store.records.count * PIECE;
}

const swiss_sample *swiss_samples_get(uint32_t index) {
    return record_at(index);
}

void swiss_samples_total(swiss_site_sums *sums, size_t *bytes) {
    *sums = store.sums;
    *bytes = store.bytes;
}

void swiss_samples_forget(void) {
    forget_places(&store.by_block);
    forget_places(&store.by_frames);
    forget_pieces(&store.records, PIECE * sizeof(swiss_sample));
    forget_pieces(&store.sites, 0);
    forget_pieces(&store.memory, SITE_MEMORY);
    release_memory(store.recalled, RECALL_SETS * RECALL_WAYS * sizeof *store.recalled);
    store.recalled = NULL;
    store.unused = 0;
    store.memory_used = 0;
    store.sums = (swiss_site_sums){0};
}
