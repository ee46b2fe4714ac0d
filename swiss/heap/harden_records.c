/* harden_records.c - the records of a hardened heap's blocks: a table by their addresses, with open addressing and
 * linear probing.
 *
 *     table[]      | - | * | - | * | * | ...      at most half full; doubled then
 *                        |       |   |
 *     chunks       | record | record | unused | ...   of 200, from the system
 *
 * Find. Begins at the hash of the address, and ends at an empty entry. Add. Takes an unused record, or a new chunk of
 * them. Drop. Closes the gap that the record leaves (D. Knuth, TAOCP 6.4, algorithm R).
 */
#include "harden_records.h"
#include "../os/os.h"
#include "segment.h"
#include "ranks.h"
#include "span.h"
#include <string.h>

#define CHUNK_RECORDS 200

typedef struct swiss_harden_chunk {
    struct swiss_harden_chunk *next;
    swiss_harden_record records[CHUNK_RECORDS];
} swiss_harden_chunk;

static struct {
    swiss_os_lock lock;          /* guards everything below; taken before all locks of heaps */
    swiss_harden_record **table; /* by address; open addressing, linear probing */
    size_t capacity, count;
    swiss_harden_chunk *chunks;
    swiss_harden_record *unused;
} ledger = {.lock = SWISS_OS_LOCK_INITIALIZER};

void swiss_harden_lock(void) {
    swiss_os_lock_acquire(&ledger.lock, SWISS_RANK_HARDEN);
}

void swiss_harden_unlock(void) {
    swiss_os_lock_release(&ledger.lock, SWISS_RANK_HARDEN);
}

static size_t place_of(const void *block) {
    return (size_t)((uint64_t)(uintptr_t)block * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (ledger.capacity - 1);
}

swiss_harden_record *swiss_harden_find(const void *block) {
    if (!ledger.capacity)
        return NULL;
    for (size_t i = place_of(block); ledger.table[i]; i = (i + 1) & (ledger.capacity - 1))
        if (ledger.table[i]->block == block)
            return ledger.table[i];
    return NULL;
}

static void put_record(swiss_harden_record *record) {
    size_t i = place_of(record->block);
    while (ledger.table[i])
        i = (i + 1) & (ledger.capacity - 1);
    ledger.table[i] = record;
}

/* Makes room in the table, and makes sure that a record is unused. Returns false when out of memory. */
static bool make_room(void) {
    if (!ledger.unused) {
        swiss_harden_chunk *chunk = swiss_os_alloc(sizeof *chunk);
        if (!chunk)
            return false;
        chunk->next = ledger.chunks;
        ledger.chunks = chunk;
        for (unsigned i = 0; i < CHUNK_RECORDS; ++i) {
            chunk->records[i].next = ledger.unused;
            ledger.unused = &chunk->records[i];
        }
    }
    if (ledger.count < ledger.capacity / 2)
        return true;
    size_t capacity = ledger.capacity, doubled = capacity ? 2 * capacity : 8192;
    swiss_harden_record **old = ledger.table, **table = swiss_os_alloc(doubled * sizeof(void *));
    if (!table)
        return false;
    ledger.table = table;
    ledger.capacity = doubled;
    for (size_t i = 0; i < capacity; ++i)
        if (old[i])
            put_record(old[i]);
    if (old)
        swiss_os_release(old, swiss_os_round(capacity * sizeof(void *)));
    return true;
}

swiss_harden_record *swiss_harden_add(swiss_heap *heap, char *block, size_t size) {
    if (!make_room())
        return NULL;
    swiss_harden_record *record = ledger.unused;
    ledger.unused = record->next;
    *record = (swiss_harden_record){.block = block, .heap = heap, .size = size};
    put_record(record);
    ++ledger.count;
    return record;
}

/* Moves records behind the gap into it, as far as their own searches allow. */
void swiss_harden_drop(swiss_harden_record *record) {
    size_t mask = ledger.capacity - 1, gap = place_of(record->block);
    while (ledger.table[gap] != record)
        gap = (gap + 1) & mask;
    for (size_t i = (gap + 1) & mask; ledger.table[i]; i = (i + 1) & mask)
        if (((i - place_of(ledger.table[i]->block)) & mask) >= ((i - gap) & mask)) {
            ledger.table[gap] = ledger.table[i];
            gap = i;
        }
    ledger.table[gap] = NULL;
    --ledger.count;
    record->block = NULL;
    record->next = ledger.unused;
    ledger.unused = record;
}

swiss_harden_place swiss_harden_begin(void) {
    return (swiss_harden_place){ledger.chunks, 0};
}

swiss_harden_record *swiss_harden_next(swiss_harden_place *place) {
    if (place->chunk && place->index == CHUNK_RECORDS)
        *place = (swiss_harden_place){place->chunk->next, 0};
    return place->chunk ? &place->chunk->records[place->index++] : NULL;
}

size_t swiss_harden_slot_size(const swiss_harden_record *record) {
    return swiss_segment_find(record->block)->size;
}

swiss_harden_record *swiss_harden_find_around(const void *address) {
    swiss_span *span = swiss_segment_find(address);
    if (span)
        return swiss_harden_find(span->base + (size_t)((const char *)address - span->base) / span->size * span->size);
    swiss_harden_place place = {swiss_segment_of(address) ? ledger.chunks : NULL, 0};
    swiss_harden_record *record = NULL;
    while (!record && (record = swiss_harden_next(&place)))
        if (!record->block || (uintptr_t)address - (uintptr_t)record->block >= swiss_harden_slot_size(record))
            record = NULL;
    return record;
}
