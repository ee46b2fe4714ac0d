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
 * mapping is kept, one at a time, for the next block that takes as many segments: a new one costs a page fault for each
 * page. (100 MB that are allocated, touched once per 4 KiB and freed in a loop take 0.3 ms instead of 11 with huge
 * pages, and 89 without.) It goes when a huge block of another length is made, and with all other idle memory: on
 * request, over a limit, and after a while.
 *
 * Resize. In place, up to the end of the segments.
 */
#include "mapping.h"
#include "../os/os.h"
#include "swiss/align.h"

#define SHORT_LIFE 1000 /* milliseconds */

size_t swiss_mapping_size(size_t size) {
    return swiss_os_round(swiss_round_up(size, SWISS_PAGE_SIZE));
}

/* Commits, or gives back, what makes a mapping of `from` bytes one of `to`. Returns false if the system refuses. */
static bool change(swiss_mappings *mappings, char *base, size_t from, size_t to) {
    if (to < from) {
        swiss_os_decommit(base + to, from - to);
        mappings->given_back += from - to;
    }
    if (to > from && !swiss_os_commit(base + from, to - from))
        return false;
    if (to > from && swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
        swiss_os_advise_huge(base, to);
    return true;
}

static swiss_mapping take_kept(swiss_mappings *mappings) {
    swiss_mapping kept = mappings->kept;
    mappings->kept = (swiss_mapping){NULL, 0};
    return kept;
}

char *swiss_mapping_make(swiss_mappings *mappings, size_t size, size_t alignment, struct swiss_span *span,
                         bool *zeroed) {
    swiss_mapping kept = take_kept(mappings);
    char *base = kept.base;
    if (base && swiss_is_aligned(base, alignment) &&
        swiss_segment_huge_reserved(kept.size) == swiss_segment_huge_reserved(size) &&
        change(mappings, base, kept.size, size)) {
        swiss_segment_find_huge(base, size, span);
        *zeroed = false;
    } else {
        mappings->given_back += kept.size;
        swiss_mapping_release(kept);
        base = swiss_segment_map_huge(size, alignment, span);
        *zeroed = true;
    }
    mappings->last = base;
    mappings->last_made = swiss_os_milliseconds();
    if (base) {
        mappings->bytes += size;
        mappings->reserved += swiss_segment_huge_reserved(size);
    }
    return base;
}

swiss_mapping swiss_mapping_end(swiss_mappings *mappings, swiss_mapping mapping) {
    mappings->bytes -= mapping.size;
    mappings->reserved -= swiss_segment_huge_reserved(mapping.size);
    swiss_segment_forget_huge(mapping.base, mapping.size);
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

bool swiss_mapping_resize(swiss_mappings *mappings, swiss_mapping mapping, size_t size) {
    if (swiss_segment_huge_reserved(size) != swiss_segment_huge_reserved(mapping.size) ||
        !change(mappings, mapping.base, mapping.size, size))
        return false;
    mappings->bytes += size - mapping.size;
    return true;
}

swiss_mapping swiss_mapping_drop(swiss_mappings *mappings) {
    swiss_mapping kept = take_kept(mappings);
    mappings->given_back += kept.size;
    return kept;
}

void swiss_mapping_release(swiss_mapping mapping) {
    if (mapping.base)
        swiss_os_release(mapping.base, swiss_segment_huge_reserved(mapping.size));
}
