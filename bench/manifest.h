// manifest.h - what there is to measure, in one table that all read: swiss_bench, its build (CMakeLists.txt), bench/run for the
// packages, and the report for order, titles and colours.
//
// A line is a macro's call; whoever includes this file defines the macros that it wants. The others do nothing. A line is read by the
// other programs as it stands: one line, texts in "".
//
//   SUITE(name, add, unit, means, title)           `add` puts its cells into the plan; by_contender: each contender does (suites.h).
//                                                  `unit`: what its sizes count. `means`: what the report takes means over: types,
//                                                  operation, size; none: the suite has a section of its own in the report
//   MAP(name, colour, header, package)             a contender of the suites of maps: add_name, in map_name.cc; in the order of
//                                                  the report's columns. The Debian packages that it needs; the header shows that
//                                                  the first of them is there
//   MALLOC(name, colour, library, package)         a contender of the suite heap, preloaded; how it is trimmed: heap/contender.c
//   OPERATION(name, function, count, when)         of the suite map, a function of operations.h: how many of it make up a
//                                                  repetition, and when it is measured at all. In an order in which operations
//                                                  that build maps leave them to those that use them
//   HEAP_CELL(types, operation, size, count)       of the suite heap, by types_operation in heap/*.c; count 0: follows from the size
//   LIFETIME(name, colour, header, package)        a contender of the suites arena, ref, pool, batch and cache besides those
//                                                  above; what it is: lifetimes/*.cc
//   ARENA_CELL, REF_CELL, POOL_CELL, BATCH_CELL, CACHE_CELL(types, operation, size, count, contenders...)
//                                                  of those suites, by types_operation in lifetimes/*.cc; malloc stands for
//                                                  all the MALLOC lines, that of swiss being called heap there
//   PROFILE(name, colour, environment)             a contender of the suite profile: swiss of the suite heap, with these variables
//   PROFILE_CELL(types, operation, size, count)    of that suite: a cell of the suite heap
//   GROWTH(name, colour)                           a contender of the suite growth besides the MAP lines: growth.h
//   COUNTER(name, title)                           a number that cells have besides their time
//   CHART(suite, types, operations)                what is drawn over the sizes: operations and counters; steps: the longest
//                                                  insertion at each size of a map that grows
//
// clang-format off
#ifndef SUITE
#    define SUITE(name, add, unit, means, title)
#endif
#ifndef MAP
#    define MAP(name, colour, header, package)
#endif
#ifndef MALLOC
#    define MALLOC(name, colour, library, package)
#endif
#ifndef OPERATION
#    define OPERATION(name, function, count, when)
#endif
#ifndef HEAP_CELL
#    define HEAP_CELL(types, operation, size, count)
#endif
#ifndef LIFETIME
#    define LIFETIME(name, colour, header, package)
#endif
#ifndef ARENA_CELL
#    define ARENA_CELL(types, operation, size, count, ...)
#endif
#ifndef REF_CELL
#    define REF_CELL(types, operation, size, count, ...)
#endif
#ifndef POOL_CELL
#    define POOL_CELL(types, operation, size, count, ...)
#endif
#ifndef BATCH_CELL
#    define BATCH_CELL(types, operation, size, count, ...)
#endif
#ifndef CACHE_CELL
#    define CACHE_CELL(types, operation, size, count, ...)
#endif
#ifndef PROFILE
#    define PROFILE(name, colour, environment)
#endif
#ifndef PROFILE_CELL
#    define PROFILE_CELL(types, operation, size, count)
#endif
#ifndef GROWTH
#    define GROWTH(name, colour)
#endif

SUITE(map, by_contender, "entries", "operation types size", "The maps")
SUITE(classic, by_contender, "entries", "", "Sequential keys")
SUITE(wordcount, by_contender, "entries", "", "Words counted in a text")
SUITE(same, by_contender, "entries", "", "The same hash for all")
SUITE(bad, by_contender, "entries", "", "Bad input")
SUITE(machine, by_contender, "entries", "", "The machine's limit")
SUITE(growth, by_contender, "entries", "size", "Growth")
SUITE(heap, add_heap, "size", "types", "The heap")
SUITE(arena, add_arena, "blocks", "operation", "Arenas")
SUITE(ref, add_ref, "objects", "types", "Counted and weak references")
SUITE(pool, add_pool, "size", "types", "Pools")
SUITE(batch, add_batch, "entries", "operation", "Batches in an arena")
SUITE(cache, add_cache, "entries", "types operation size", "Caches")
SUITE(profile, add_profile, "size", "types", "The heap, profiled")

MAP(swiss, "#d62728", "", "")
MAP(hmap, "#8c564b", "", "")
MAP(go, "#17a2c0", "", "golang-go")
MAP(std, "#7f7f7f", "", "")
MAP(absl, "#1f77b4", "absl/container/flat_hash_map.h", "libabsl-dev")
MAP(boost, "#2ca02c", "boost/unordered/unordered_flat_map.hpp", "libboost1.81-dev libxxhash-dev")
MAP(khash, "#9467bd", "htslib/khash.h", "libhts-dev")
MAP(uthash, "#bcbd22", "uthash.h", "uthash-dev")
MAP(glib, "#e377c2", "", "libglib2.0-dev pkg-config")
MAP(rust, "#ff7f0e", "", "rustc")
MAP(machine, "#000000", "", "") // no map: the machine's limit

MALLOC(swiss, "#d62728", "", "")
MALLOC(glibc, "#7f7f7f", "", "")
MALLOC(mimalloc, "#1f77b4", "libmimalloc.so.2.0", "libmimalloc2.0")
MALLOC(jemalloc, "#2ca02c", "libjemalloc.so.2", "libjemalloc2")
MALLOC(tcmalloc, "#9467bd", "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4")

LIFETIME(heap, "#e7969c", "", "")
LIFETIME(talloc, "#2ca02c", "talloc.h", "libtalloc-dev")
LIFETIME(apr, "#9467bd", "apr-1.0/apr_pools.h", "libapr1-dev")
LIFETIME(pmr, "#4c4c4c", "", "") // std::pmr: monotonic, or an unsynchronized pool
LIFETIME(pmr_sync, "#a5a5a5", "", "")
LIFETIME(unpadded, "#7f7f7f", "", "") // std::atomic
LIFETIME(swiss_lru, "#ff9896", "", "") // a cache that evicts what was used the longest time ago
LIFETIME(swiss_map, "#000000", "", "") // the map alone, which forgets nothing

GROWTH(swiss_bounded, "#e377c2") // SWISS_BOUNDED
GROWTH(swiss_malloc, "#ff9896") // on glibc's malloc, as the rivals are

PROFILE(swiss_profiled, "#1f77b4", "SWISS_PROFILE=/dev/null") // at the default rate
PROFILE(swiss_tracked, "#9467bd", "SWISS_LEAKS=1 SWISS_LEAKS_FILE=/dev/null SWISS_SYMBOLIZER=0") // every block

// `size`, `amounts`, `all` (a quick run fills each large map once only), `many` (the few sizes at which functions for many keys are
// measured): see suites.h.
OPERATION(insert_reserved, (fill_maps<Map, Filling::reserved>), amounts.fills(size), all && Map::reserves)
OPERATION(churn, churn<Map>, amounts.churns(size), all) // uses up the maps
OPERATION(insert_many, (fill_maps<Map, Filling::many>), amounts.fills(size), many)
OPERATION(remove_many, (empty_maps<Map, true>), amounts.removals(size), many) // uses up the maps
OPERATION(insert, (insert<Map, Counted>), amounts.fills(size), true)
OPERATION(find_hit, find_hit<Map>, amounts.lookups(size), true)
OPERATION(find_hit_dep, find_hit_dep<Map>, amounts.lookups(size) / 2, true)
OPERATION(find_miss, find_miss<Map>, amounts.lookups(size), true)
OPERATION(mixed, mixed<Map>, amounts.lookups(size), true)
OPERATION(find_many, find_many<Map>, amounts.lookups(size), true)
OPERATION(iterate, iterate<Map>, amounts.walks(size), true)
OPERATION(put, put<Map>, amounts.lookups(size), all) // spoils the values
OPERATION(remove, (empty_maps<Map, false>), amounts.removals(size), all) // uses up the maps

HEAP_CELL(fixed, pair, 8, 2000000)
HEAP_CELL(fixed, pair, 16, 2000000)
HEAP_CELL(fixed, pair, 64, 2000000)
HEAP_CELL(fixed, pair, 256, 2000000)
HEAP_CELL(fixed, pair, 1024, 2000000)
HEAP_CELL(fixed, pair, 32768, 1000000)
HEAP_CELL(batch, in_order, 1000, 2000000)
HEAP_CELL(batch, reversed, 1000, 2000000)
HEAP_CELL(batch, shuffled, 1000, 2000000)
HEAP_CELL(list, cycle, 10000, 1000000)
HEAP_CELL(list, cycle, 1000000, 2000000)
HEAP_CELL(bignum, factor, 8, 1000000)
HEAP_CELL(mixed, churn, 1000, 1000000)
HEAP_CELL(mixed, churn, 100000, 500000)
HEAP_CELL(pareto, churn, 100000, 500000)
HEAP_CELL(large, pair, 100000, 200000)
HEAP_CELL(large, pair, 131072, 5000)
HEAP_CELL(large, pair, 1048576, 500)
HEAP_CELL(large, pair, 8388608, 60)
HEAP_CELL(large, churn, 32, 400)
HEAP_CELL(realloc, grow, 1048576, 3000)
HEAP_CELL(realloc, grow_in_turn, 65536, 10000)
HEAP_CELL(threads, churn, 2, 4000000)
HEAP_CELL(threads, producer_consumer, 2, 2000000)
HEAP_CELL(threads, larson, 2, 2000000)
HEAP_CELL(threads, succession, 2, 20000000)
HEAP_CELL(threads, pareto, 2, 2000000)
HEAP_CELL(threads, births, 2, 1000000)
HEAP_CELL(resident, fixed, 500000, 0)
HEAP_CELL(resident, mixed, 100000, 0)
HEAP_CELL(resident, pareto, 300000, 0)
HEAP_CELL(resident, large, 32, 0)
HEAP_CELL(map, insert, 1000000, 0)

// An arena that is made and dropped for each list, or used again. `new`: zeroed, by type. The size: blocks.
ARENA_CELL(nodes, list, 10000, 3000000, swiss, malloc, talloc, apr, glib, pmr)
ARENA_CELL(nodes, list_again, 10000, 3000000, swiss, malloc, talloc, apr, glib, pmr)
ARENA_CELL(pairs, new, 1000, 4000000, swiss, malloc, talloc, apr, glib, pmr)
// One more reference to one of so many objects, by a strong or a weak one, a read, and a release.
REF_CELL(threads, strong, 100, 2000000, swiss, std, rust, glib)
REF_CELL(threads, weak, 100, 2000000, swiss, std, rust)
REF_CELL(threads, strong, 10000, 2000000, swiss, std, rust, glib)
REF_CELL(threads, weak, 10000, 2000000, swiss, std, rust)
REF_CELL(local, strong, 100, 4000000, swiss, std, rust, glib)
REF_CELL(local, weak, 100, 4000000, swiss, std, rust)
// Of pairs, each a get and a put, the size is the number of threads, and the time that of each thread. Objects: 64 bytes;
// bytes: 1,100 to 1,999, or, mixed, 100 to 4,095.
POOL_CELL(objects, pair, 1, 2000000, swiss, malloc, glib, pmr, pmr_sync, go)
POOL_CELL(objects, pair, 2, 2000000, swiss, malloc, glib, pmr_sync, go)
POOL_CELL(objects, batch, 1000, 1000000, swiss, malloc, glib, pmr, pmr_sync, go)
POOL_CELL(bytes, pair, 1, 2000000, swiss, malloc, pmr, pmr_sync, go)
POOL_CELL(bytes, pair, 2, 2000000, swiss, malloc, pmr_sync, go)
POOL_CELL(bytes, mixed, 1, 2000000, swiss, malloc, pmr, pmr_sync, go)
POOL_CELL(counters, count, 2, 4000000, swiss, unpadded)
BATCH_CELL(json, process, 20000, 60000, swiss, malloc)
BATCH_CELL(map, mix, 100000, 200000, swiss, malloc)
// A full cache of so many entries, of one thread (local), or of two that have it in common.
CACHE_CELL(local, hit, 1000, 1000000, swiss, swiss_lru, swiss_map, std, boost, glib, rust)
CACHE_CELL(local, miss, 1000, 500000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(local, zipf, 1000, 1000000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, hit, 1000, 500000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, miss, 1000, 250000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, zipf, 1000, 500000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(local, hit, 100000, 1000000, swiss, swiss_lru, swiss_map, std, boost, glib, rust)
CACHE_CELL(local, miss, 100000, 500000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(local, zipf, 100000, 1000000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, hit, 100000, 500000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, miss, 100000, 250000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, zipf, 100000, 500000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(local, hit, 1000000, 1000000, swiss, swiss_lru, swiss_map, std, boost, glib, rust)
CACHE_CELL(local, miss, 1000000, 500000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(local, zipf, 1000000, 1000000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, hit, 1000000, 500000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, miss, 1000000, 250000, swiss, swiss_lru, std, boost, glib, rust)
CACHE_CELL(threads, zipf, 1000000, 500000, swiss, swiss_lru, std, boost, glib, rust)

PROFILE_CELL(fixed, pair, 16, 4000000)
PROFILE_CELL(fixed, pair, 1024, 4000000)
PROFILE_CELL(fixed, pair, 32768, 2000000)
PROFILE_CELL(mixed, churn, 1000, 2000000)
PROFILE_CELL(mixed, churn, 100000, 1000000)
PROFILE_CELL(large, pair, 131072, 20000)
PROFILE_CELL(large, pair, 1048576, 2000)
PROFILE_CELL(threads, births, 2, 500000)
PROFILE_CELL(threads, producer_consumer, 2, 500000)

// For the report alone.
#define COUNTER(name, title)
#define CHART(suite, types, operations)
COUNTER(bytes_per_entry, "bytes per entry, filled one by one")
COUNTER(peak_bytes_per_entry, "bytes per entry, at most while it is filled one by one")
COUNTER(peak, "resident bytes per byte alive at the peak")
COUNTER(sparse, "resident bytes per byte alive at the peak, nine tenths of the blocks freed, and trimmed")
COUNTER(freed, "resident bytes per byte alive at the peak, all freed")
COUNTER(trimmed, "resident bytes per byte alive at the peak, all freed, and trimmed")
COUNTER(most, "MiB resident at most, beside the input")
COUNTER(hits, "of 100 keys that are asked for, so many are there")
COUNTER(faults, "page faults of filling a map without reserve")
COUNTER(longest, "microseconds, the longest insertion")
COUNTER(longest_warm, "microseconds, the longest insertion of a map that is filled again, by pages that are there")
COUNTER(p9999, "microseconds that 9,999 of 10,000 insertions take at most")
COUNTER(p999, "microseconds that 999 of 1,000 insertions take at most")
COUNTER(held, "MiB resident when the map is filled")
COUNTER(fresh, "MiB of pages that come to be resident while it is filled")
COUNTER(faults_warm, "page faults of filling it again")
COUNTER(clock, "nanoseconds of reading the clock, which are taken off each insertion")

CHART(map, u64_u64, "insert insert_reserved find_hit find_hit_dep find_miss find_many churn remove iterate bytes_per_entry")
CHART(map, u32_u32, "find_hit")
CHART(map, u64_56B, "insert find_hit")
CHART(map, str_u64, "insert find_hit find_miss")
CHART(growth, u64_u64, "steps")
CHART(heap, fixed, "pair")
CHART(heap, large, "pair")
CHART(cache, local, "hit miss zipf")

#undef SUITE
#undef MAP
#undef MALLOC
#undef OPERATION
#undef HEAP_CELL
#undef LIFETIME
#undef ARENA_CELL
#undef REF_CELL
#undef POOL_CELL
#undef BATCH_CELL
#undef CACHE_CELL
#undef PROFILE
#undef PROFILE_CELL
#undef GROWTH
#undef COUNTER
#undef CHART
// clang-format on
