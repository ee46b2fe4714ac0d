// heap_suite.h - the suite that races the bundled heap against other mallocs, each in processes of its own (heap/worker.h).
#ifndef BENCH_HEAP_SUITE_H
#define BENCH_HEAP_SUITE_H

#include "plan.h"
#include "results.h"

namespace bench {

// The mallocs, swiss first. The version is as the library tells it, or why it cannot take part.
std::vector<Contender> heap_contenders();

void add_heap(Plan &plan);

// Prints the tables of the suite, if it ran.
void print_heap_report(const Results &results);

} // namespace bench

#endif
