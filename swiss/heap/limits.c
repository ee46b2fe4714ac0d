/* limits.c - how much memory a heap may have, and when free memory goes back to the system (scavenging).
 *
 * Terms:
 * - Touched: the page has memory. Idle: it is free, and touched.
 * - Soft limit: beyond it idle memory goes back before more is taken. Hard limit: beyond it there is no more.
 *
 *      in use | idle                              | given back, or never touched
 *             |<-- enough -->|<- goes after a     |
 *                               second            |
 *      |<------ soft limit: if more is needed, all that is idle goes first
 *      |<------ hard limit: counts only what is in use
 *
 * Scavenge. Looks at all free memory, whichever heap freed it, when spans and large blocks come and go, and in the
 * thread that scavenges where there is one. It happens at most once per interval, and reads the clock only if there is
 * something to give.
 *
 * Admit. Asks the limits of one heap before it gets more memory.
 *
 * The caller holds the lock of the page heap.
 */
#include "limits.h"
#include "../os/os.h"

void swiss_limits_read(swiss_limits *limits) {
    limits->soft_limit = swiss_option_get(SWISS_OPTION_SOFT_LIMIT);
    limits->hard_limit = swiss_option_get(SWISS_OPTION_HARD_LIMIT);
    size_t every = swiss_option_get(SWISS_OPTION_SCAVENGE);
    limits->scavenge_every = every > UINT32_MAX ? UINT32_MAX : (uint32_t)every;
    limits->known = true;
    limits->soft_hits = limits->hard_hits = 0;
    swiss_options_apply_huge_pages();
}

void swiss_limits_give_back(swiss_pages *pages, swiss_mappings *mappings, uint32_t every) {
    uint64_t now = swiss_os_milliseconds(), before = pages->given_back + mappings->given_back;
    if (mappings->kept.base && now - mappings->kept_since >= every)
        swiss_mapping_release(swiss_mapping_drop(mappings));
    if (pages->touched_pages > swiss_limits_enough(pages) && now - pages->scavenged_at >= every) {
        pages->scavenged_at = now;
        (void)swiss_pages_scavenge(pages, swiss_limits_enough(pages));
    }
    if (pages->given_back + mappings->given_back == before)
        return;
    ++pages->scavenges;
    pages->gave_at = now;
}

bool swiss_limits_admit(swiss_limits *limits, swiss_pages *pages, swiss_mappings *mappings, swiss_held held,
                        size_t bytes) {
    const size_t soft = limits->soft_limit, hard = limits->hard_limit;
    size_t used = held.pages * SWISS_PAGE_SIZE + held.huge_bytes;
    if (hard && (used > hard || bytes > hard - used)) {
        ++limits->hard_hits;
        return false;
    }
    size_t idle = (pages->touched_pages - pages->used_pages) * SWISS_PAGE_SIZE + mappings->kept.size;
    if (!soft || (used + idle <= soft && bytes <= soft - used - idle))
        return true;
    ++limits->soft_hits;
    if (idle) {
        (void)swiss_pages_release(pages);
        swiss_mapping_release(swiss_mapping_drop(mappings));
    }
    return true;
}
