/* mapping.c - blocks that are larger than a segment, or aligned to more than one: huge blocks.
 *
 *     |<------------- whole segments of address space ------------->|
 *     | committed: the block                  | reserved            |    the map leads from each segment to the span
 *
 * Make. Reserves a whole number of segments, and commits as much as the block needs. A block that is here for its
 * alignment may be as small as a page. large.c knows which blocks have a mapping.
 *
 * Free. The mapping goes back to the system at once: so much memory is worth more to the machine than to a free list.
 * But a block that is freed within a second of being made is likely a buffer that is needed again and again. Its
 * mapping is kept, one at a time, for the next block that takes no more segments: a new one costs a page fault for each
 * page. (100 MB that are allocated, touched once per 4 KiB and freed in a loop take 0.3 ms instead of 11 with huge
 * pages, and 89 without.) It goes when a longer block is made, and with all other idle memory: on request, over a
 * limit, and after a while. A block takes as much of it as it needs, and the rest stays kept behind it:
 *
 *     |<-- segments of the block -->|
 *     | committed: the block | kept                 | reserved            |
 *
 * Resize. In place, up to the end of the segments; and into the rest that is kept behind the block. So a table that is
 * built again and again doubles into the pages that it had. What a block gives up goes to that rest. When the block is
 * freed both are one again.
 */
#include "mapping.h"
#include "../os/os.h"
#include "swiss/align.h"

#define SHORT_LIFE 1000 /* milliseconds */

size_t swiss_mapping_size(size_t size) {
    return swiss_os_round(swiss_round_up(size, SWISS_PAGE_SIZE));
}

static void advise_huge(char *base, size_t size) {
    if (swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
        swiss_os_advise_huge(base, size);
}

/* Takes the first `size` bytes of what is kept, or all. */
static void take_kept(swiss_mappings *mappings, size_t size) {
    swiss_mapping *kept = &mappings->kept;
    *kept = kept->size > size ? (swiss_mapping){kept->base + size, kept->size - size} : (swiss_mapping){NULL, 0};
    mappings->kept_since = swiss_os_milliseconds(); /* the rest is in use, in a way */
}

/* Returns how many bytes of what is kept are in the last segment of the block in front of it. */
static size_t in_segment_before(swiss_mapping kept) {
    if (!kept.base)
        return 0;
    const size_t before = (size_t)((char *)swiss_align_up(kept.base, SWISS_SEGMENT_SIZE) - kept.base);
    return before < kept.size ? before : kept.size;
}

/* True if what is kept lies behind a mapping, and what of it is in other segments may be released with it. */
static bool kept_follows(const swiss_mappings *mappings, swiss_mapping mapping) {
    const char *kept = mappings->kept.base;
    return kept && kept == mapping.base + mapping.size &&
           (!swiss_is_aligned(kept, SWISS_SEGMENT_SIZE) || swiss_os_releases_parts());
}

/* True if what is kept is good for a block of `reserved` bytes, whole segments. */
static bool kept_serves(const swiss_mappings *mappings, size_t reserved, size_t alignment) {
    const char *base = mappings->kept.base;
    const size_t kept = swiss_segment_huge_reserved(mappings->kept.size);
    return base && swiss_is_aligned(base, SWISS_SEGMENT_SIZE) && swiss_is_aligned(base, alignment) &&
           (kept == reserved || (kept > reserved && swiss_os_releases_parts()));
}

static void note_made(swiss_mappings *mappings, char *base) {
    mappings->last = base;
    mappings->last_made = swiss_os_milliseconds();
}

char *swiss_mapping_make(swiss_mappings *mappings, size_t size, size_t alignment, struct swiss_span *span,
                         bool *zeroed) {
    const size_t reserved = swiss_segment_huge_reserved(size);
    char *base = mappings->kept.base;
    *zeroed = !kept_serves(mappings, reserved, alignment) || !swiss_os_commit(base, size);
    if (*zeroed) {
        swiss_mapping_release(swiss_mapping_drop(mappings));
        base = swiss_segment_map_huge(size, alignment, span);
    } else {
        if (mappings->kept.size < size)
            advise_huge(base, size);
        take_kept(mappings, size);
        swiss_segment_find_huge(base, size, span);
    }
    note_made(mappings, base);
    if (base) {
        mappings->bytes += size;
        mappings->reserved += reserved;
    }
    return base;
}

swiss_mapping swiss_mapping_end(swiss_mappings *mappings, swiss_mapping mapping) {
    mappings->bytes -= mapping.size;
    mappings->reserved -= swiss_segment_huge_reserved(mapping.size);
    swiss_segment_forget_huge(mapping.base, mapping.size);
    if (kept_follows(mappings, mapping)) {
        mapping.size += mappings->kept.size;
        mappings->kept = (swiss_mapping){NULL, 0};
    }
    uint64_t now = swiss_os_milliseconds();
    if (mappings->last != mapping.base || now - mappings->last_made >= SHORT_LIFE) {
        mappings->given_back += mapping.size;
        return mapping;
    }
    swiss_mapping before = swiss_mapping_drop(mappings);
    mappings->kept = mapping;
    mappings->kept_since = now;
    return before;
}

static void shrink(swiss_mappings *mappings, swiss_mapping mapping, size_t size) {
    const size_t less = mapping.size - size;
    if (kept_follows(mappings, mapping)) {
        mappings->kept = (swiss_mapping){mapping.base + size, mappings->kept.size + less};
        return;
    }
    swiss_os_decommit(mapping.base + size, less);
    mappings->given_back += less;
}

/* Lets a mapping have `size` bytes, which may take it into segments of what is kept behind it. Returns false if it has
 * no such segments, or the system refuses. */
static bool grow(swiss_mappings *mappings, swiss_mapping mapping, size_t size, struct swiss_span *span) {
    const size_t kept = kept_follows(mappings, mapping) ? mappings->kept.size : 0;
    const size_t before = swiss_segment_huge_reserved(mapping.size), after = swiss_segment_huge_reserved(size);
    if (after > swiss_segment_huge_reserved(mapping.size + kept) ||
        !swiss_os_commit(mapping.base + mapping.size, size - mapping.size))
        return false;
    advise_huge(mapping.base, size);
    if (kept)
        take_kept(mappings, size - mapping.size);
    if (after > before) {
        swiss_segment_find_huge(mapping.base, size, span);
        mappings->reserved += after - before;
        note_made(mappings, mapping.base);
    }
    return true;
}

bool swiss_mapping_resize(swiss_mappings *mappings, swiss_mapping mapping, size_t size, struct swiss_span *span) {
    if (swiss_segment_huge_reserved(size) < swiss_segment_huge_reserved(mapping.size) ||
        (size > mapping.size && !grow(mappings, mapping, size, span)))
        return false;
    if (size < mapping.size)
        shrink(mappings, mapping, size);
    mappings->bytes += size - mapping.size;
    return true;
}

swiss_mapping swiss_mapping_drop(swiss_mappings *mappings) {
    swiss_mapping kept = mappings->kept;
    const size_t before = in_segment_before(kept), whole = kept.size - before;
    mappings->kept = (swiss_mapping){NULL, 0};
    mappings->given_back += kept.size;
    if (before)
        swiss_os_decommit(kept.base, before);
    return (swiss_mapping){whole ? kept.base + before : NULL, whole};
}

size_t swiss_mappings_kept_reserved(const swiss_mappings *mappings) {
    const size_t before = in_segment_before(mappings->kept);
    return before + swiss_segment_huge_reserved(mappings->kept.size - before);
}

void swiss_mapping_release(swiss_mapping mapping) {
    if (mapping.base)
        swiss_os_release(mapping.base, swiss_segment_huge_reserved(mapping.size));
}
