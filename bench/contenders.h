// contenders.h - who takes part, in the order of the report's columns. Each map's function is in map_<name>.cc.
#ifndef BENCH_CONTENDERS_H
#define BENCH_CONTENDERS_H

#include "plan.h"

namespace bench {

void add_swiss(Plan &plan);
void add_swiss_base(Plan &plan); // if it is built: the map of another tree
void add_hmap(Plan &plan);
void add_go(Plan &plan);
void add_std(Plan &plan);
void add_absl(Plan &plan);
void add_boost(Plan &plan);
void add_khash(Plan &plan);
void add_uthash(Plan &plan);
void add_glib(Plan &plan);
void add_rust(Plan &plan);
void add_machine(Plan &plan); // no map: the machine's limit (machine_reads.cc)
void add_heap(Plan &plan);    // no map either: the mallocs (heap_suite.cc)

inline void add_contenders(Plan &plan) {
    for (const auto add : {add_swiss, add_hmap, add_go, add_std, add_absl, add_boost, add_khash, add_uthash, add_glib,
                           add_rust, add_machine, add_heap})
        add(plan);
#ifdef SWISS_BENCH_MAP_BASE
    add_swiss_base(plan);
#endif
}

} // namespace bench

#endif
