/* tuning.c - what the environment says of the default heap.
 *
 *     SWISS_SOFT_LIMIT   bytes; with k, m or g behind the number KiB, MiB or GiB. 0, or nothing: no limit
 *     SWISS_HARD_LIMIT   the same
 *     SWISS_SCAVENGE     milliseconds; 0: never
 *     SWISS_SCAVENGER    thread: there is one for it
 *     SWISS_CACHE_LIMIT  bytes, as SWISS_SOFT_LIMIT: what all threads together keep at hand
 *
 * It is asked when the heap first takes memory, or when one of the three is first set: what is set by a call stays. A value
 * that makes no sense counts as none. Heaps that a program makes for itself are tuned by calls alone.
 */
#include "tuning.h"
#include "../os/os.h"
#include <string.h>

/* The number that `name` stands for, or `otherwise`. Without stdlib's functions, which look at the locale. */
static size_t number(const char *name, bool of_bytes, size_t otherwise) {
    char text[32];
    const char *at = text;
    if (!swiss_os_environment(name, text, sizeof text) || *at < '0' || *at > '9')
        return otherwise;
    size_t value = 0;
    for (; *at >= '0' && *at <= '9'; ++at) {
        if (value > (SIZE_MAX - 9) / 10)
            return otherwise;
        value = value * 10 + (size_t)(*at - '0');
    }
    static const char units[] = "kKmMgG";
    const char *unit = of_bytes && *at ? strchr(units, *at) : NULL;
    unsigned shift = unit ? 10 * (unsigned)((unit - units) / 2 + 1) : 0;
    at += unit != NULL;
    return *at || value > SIZE_MAX >> shift ? otherwise : value << shift;
}

void swiss_tuning_read(swiss_tuning *tuning) {
    tuning->soft_limit = number("SWISS_SOFT_LIMIT", true, 0);
    tuning->hard_limit = number("SWISS_HARD_LIMIT", true, 0);
    size_t every = number("SWISS_SCAVENGE", false, SWISS_SCAVENGE_EVERY);
    tuning->scavenge_every = every > UINT32_MAX ? UINT32_MAX : (uint32_t)every;
    tuning->known = true;
}

size_t swiss_tuning_cache_limit(size_t otherwise) {
    return number("SWISS_CACHE_LIMIT", true, otherwise);
}

bool swiss_tuning_wants_thread(void) {
    char wish[8];
    return swiss_os_environment("SWISS_SCAVENGER", wish, sizeof wish) && strcmp(wish, "thread") == 0;
}
