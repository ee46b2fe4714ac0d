/* swiss.h - all of swiss by one name, which is also the name of the two-file library's header (swiss/amalgamate): a
 * program that includes this one does not change when it takes swiss in another way.
 *
 *     #define SWISS_NAME ages
 *     #define SWISS_KEY const char *
 *     #define SWISS_VALUE int
 *     #include "swiss.h"
 *
 * With SWISS_NAME it is swiss/map.h: a map, or a set if there is no SWISS_VALUE; again for each type. With SWISS_CACHE
 * defined as well it is swiss/cache.h, a cache, and undefines that. Without SWISS_NAME it declares what else there is:
 * the heap, arenas, pools, counted references, run-time typed tables, hashes and allocators.
 */
#include "swiss/base.h"
#include "swiss/align.h"
#include "swiss/allocator.h"
#include "swiss/arena.h"
#include "swiss/arena_weak.h"
#include "swiss/buffer.h"
#include "swiss/byte_pool.h"
#include "swiss/group.h"
#include "swiss/hash.h"
#ifndef SWISS_NO_HEAP
#    include "swiss/heap.h"
#    include "swiss/heap_leaks.h"
#    include "swiss/heap_misuse.h"
#    include "swiss/heap_stats.h"
#    include "swiss/profile.h"
#endif
#include "swiss/map_stats.h"
#include "swiss/pool.h"
#include "swiss/pool_manager.h"
#include "swiss/ref.h"
#include "swiss/table.h"

/* A parameter without a name would be ignored, and then be the next map's. */
#if defined(SWISS_NAME) && defined(SWISS_CACHE)
#    include "swiss/cache.h"
#    undef SWISS_CACHE
#elif defined(SWISS_NAME)
#    include "swiss/map.h"
#elif defined(SWISS_CACHE) || defined(SWISS_COST) || defined(SWISS_TIMES) || defined(SWISS_WEAK) ||                    \
    defined(SWISS_THREADS) || defined(SWISS_KEY) || defined(SWISS_KEY_OWNED_STRING) || defined(SWISS_VALUE) ||         \
    defined(SWISS_HASH) || defined(SWISS_HASH_AVALANCHES) || defined(SWISS_HASH_KEYED) || defined(SWISS_EQUAL) ||      \
    defined(SWISS_KEY_DROP) || defined(SWISS_VALUE_DROP) || defined(SWISS_KEY_CLONE) || defined(SWISS_VALUE_CLONE) ||  \
    defined(SWISS_LOOKUP) || defined(SWISS_LOOKUP_HASH) || defined(SWISS_LOOKUP_EQUAL) ||                              \
    defined(SWISS_LOOKUP_MAKE) || defined(SWISS_CONTEXT) || defined(SWISS_BOUNDED) || defined(SWISS_DECLARE) ||        \
    defined(SWISS_DEFINE)
#    error "swiss: #define SWISS_NAME to the name of the map type before including swiss.h"
#endif
