/* pool_manager.h - the pools of a program by their names, and the numbers of all of them in one report.
 *
 *     swiss_pool_manager *pools = swiss_pool_manager_create(NULL);
 *     if (!swiss_pool_manager_add(pools, "connections", connections) ||
 *         !swiss_pool_manager_add_bytes(pools, "messages", messages))
 *         return OUT_OF_MEMORY;
 *     ...
 *     swiss_pool_manager_trim(pools); // every minute, say
 *     char report[4096];
 *     swiss_pool_manager_format_json(pools, report, sizeof report);
 *     ...
 *     swiss_pool_manager_destroy(pools); // and the pools
 *
 * Any thread may call any of these functions but swiss_pool_manager_destroy, which needs the manager and its pools for
 * itself. A pool stays in its manager until then.
 */
#ifndef SWISS_POOL_MANAGER_H
#define SWISS_POOL_MANAGER_H

#include "byte_pool.h"

SWISS_BEGIN_C

/* Pools by their names. */
typedef struct swiss_pool_manager swiss_pool_manager;

/* Returns a new manager without pools, or NULL when out of memory. `allocator` is that of the manager's own memory;
 * NULL is the default one. O(1). */
SWISS_API SWISS_MUST_USE swiss_pool_manager *swiss_pool_manager_create(const swiss_allocator *allocator);

/* Destroys all pools that were added, the latest first, and the manager. NULL is ignored. */
SWISS_API void swiss_pool_manager_destroy(swiss_pool_manager *manager);

/* Add a pool, which is the manager's from now on, under a name, which is copied. They return false when out of memory,
 * if the name has a pool of either kind already, or if the pool is NULL: then the pool stays the caller's. O(pools). */
SWISS_API SWISS_MUST_USE bool swiss_pool_manager_add(swiss_pool_manager *manager, const char *name, swiss_pool *pool);
SWISS_API SWISS_MUST_USE bool swiss_pool_manager_add_bytes(swiss_pool_manager *manager, const char *name,
                                                           swiss_byte_pool *pool);

/* Return the pool of a name, or NULL if there is none of that kind. O(pools): who needs it often keeps the answer,
 * which does not change. */
SWISS_API swiss_pool *swiss_pool_manager_find(const swiss_pool_manager *manager, const char *name);
SWISS_API swiss_byte_pool *swiss_pool_manager_find_bytes(const swiss_pool_manager *manager, const char *name);

/* Trims all pools: swiss_pool_trim, swiss_byte_pool_trim. */
SWISS_API void swiss_pool_manager_trim(swiss_pool_manager *manager);

/* Write the numbers of all pools, in the order in which these were added: as lines of text, a line for each pool and
 * for each tier; or as a JSON object with two arrays, "pools" and "byte_pools", of objects that have a "name" and the
 * members of the statistics. Tiers that were never used are left out. As snprintf, each writes at most `size` bytes,
 * the last of them 0, and returns the length of the whole report in bytes. They allocate nothing. O(pools * tiers *
 * threads). */
SWISS_API size_t swiss_pool_manager_format_text(const swiss_pool_manager *manager, char *buffer, size_t size);
SWISS_API size_t swiss_pool_manager_format_json(const swiss_pool_manager *manager, char *buffer, size_t size);

SWISS_END_C

#endif
