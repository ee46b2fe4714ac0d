/* record.c - the records of spans: how they lie in memory, and where they come from.
 *
 * The record of a span lies apart from its pages. So a block that overflows cannot destroy it, and looking for a free
 * slot touches no page of blocks. In front are the state bytes of the slots, backwards: they are found without knowing
 * how many there are. Then comes a cache line that the owner reads and writes; it ends with the first two words of the
 * bitmap. The members that others write lie in another line:
 *
 * ... state[1] state[0] | window base size bin ... bits[0] bits[1] | ... bits[31] | waiting announced next ... freed[]
 *                         span                                       + 64           the next multiple of 64
 *
 * Spans have 1 to 32 words of bits, and records only as many lines as they need, 3 to 42.
 *
 * Take. An unused record with as many words, else a new one, cut from a chunk of 64 KiB from the system.
 *
 * Give. The record goes to the list of unused ones with as many words. Its memory never goes back to the system, and
 * its layout never changes: a thread that has freed the last slot of a span may still look at the record for a moment
 * when the span has been destroyed.
 *
 * The caller holds the lock of the page heap.
 */
#include "record.h"
#include "../os/os.h"
#include "bits.h"
#include "pages.h"
#include <string.h>

#define CHUNK_BYTES ((size_t)64 * 1024) /* of records: up to 341 of them; a whole number of system pages everywhere */

SWISS_STATIC_ASSERT(sizeof(swiss_span) == 48 || sizeof(void *) != 8, "two words of bits fit into the first cache line");

size_t swiss_record_size(unsigned words) {
    return words * 64u + swiss_span_head_size(words) +
           swiss_round_up(sizeof(swiss_span_remote) + words * sizeof(uint64_t), 64);
}

/* Returns an unused record for `words` words of bits; NULL if there is none. */
static swiss_span *reuse_record(swiss_records *records, unsigned words) {
    swiss_span *span = records->unused[words];
    if (span)
        records->unused[words] = swiss_span_remote_of(span)->next;
    return span;
}

/* Returns memory for a new record of `size` bytes, NULL when out of memory. Where a limit on address space is used up
 * by pages, free ones are given back: else they would stay free, for want of records. */
static char *record_room(swiss_records *records, swiss_pages *pages, size_t size) {
    if ((size_t)(records->chunk_end - records->chunk) < size) {
        char *chunk = swiss_os_alloc(CHUNK_BYTES);
        while (!chunk && swiss_pages_unreserve(pages))
            chunk = swiss_os_alloc(CHUNK_BYTES);
        if (!chunk)
            return NULL;
        *(char **)(void *)chunk = records->chunks; /* its first line links the chunks */
        records->chunks = chunk;
        records->chunk = chunk + 64;
        records->chunk_end = chunk + CHUNK_BYTES;
        records->bytes += CHUNK_BYTES;
    }
    char *room = records->chunk;
    records->chunk += size;
    return room;
}

swiss_span *swiss_record_take(swiss_records *records, swiss_pages *pages, unsigned words) {
    swiss_span *span = reuse_record(records, words);
    if (span)
        return span;
    char *room = record_room(records, pages, swiss_record_size(words));
    if (room) {
        span = (swiss_span *)(void *)(room + words * 64u);
        span->words = (uint8_t)words;
    }
    while (!span && ++words < SWISS_RECORD_KINDS)
        span = reuse_record(records, words);
    return span;
}

void swiss_record_give(swiss_records *records, swiss_span *span) {
    swiss_span **unused = &records->unused[span->words];
    swiss_span_remote_of(span)->next = *unused;
    *unused = span;
}

void swiss_record_fill(swiss_span *span, char *base, size_t size, unsigned slots, struct swiss_bin *bin) {
    swiss_span_remote *remote = swiss_span_remote_of(span);
    span->window = 0;
    span->base = base;
    span->size = size;
    span->slots = (uint16_t)slots;
    span->used = 0;
    span->cursor = 0;
    span->full = span->spare = span->armed = false;
    atomic_store_explicit(&span->bin, bin, memory_order_relaxed);
    atomic_store_explicit(&remote->waiting, false, memory_order_relaxed);
    for (unsigned word = 0; word < span->words; ++word) {
        unsigned left = slots > word * 64 ? slots - word * 64 : 0;
        atomic_store_explicit(&swiss_span_bits(span)[word], swiss_bits_low(left < 64 ? left : 64),
                              memory_order_relaxed);
        atomic_store_explicit(&remote->freed[word], 0, memory_order_relaxed);
    }
    memset((char *)span - span->words * 64u, SWISS_SLOT_FREE, span->words * 64u);
}

void swiss_records_destroy(swiss_records *records) {
    while (records->chunks) {
        char *chunk = records->chunks;
        records->chunks = *(char **)(void *)chunk;
        swiss_os_release(chunk, CHUNK_BYTES);
    }
    *records = (swiss_records){.chunks = NULL};
}
