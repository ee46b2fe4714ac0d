/* set.h - a hash set for the key type that the includer names: map.h without a value.
 *
 *     #define SWISS_NAME seen
 *     #define SWISS_KEY  uint64_t
 *     #include <swiss/set.h>
 *
 *     seen ids = {0};
 *     seen_result result = seen_insert(&ids, 42);
 *     if (result.entry == NULL) return out_of_memory;
 *     if (!result.inserted) puts("seen before");
 *     seen_free(&ids);
 *
 * Parameters and functions are those of map.h, but for SWISS_VALUE and its hooks, all that is called get..., and
 * replace_as and replace_hashed_as; an entry has a key and no value.
 */
#ifdef SWISS_VALUE
#    error "swiss: a set has no SWISS_VALUE: include <swiss/map.h>"
#endif
#include "map.h"
