// workers.h - what is measured in a process of its own, a worker (heap/worker.h), with a malloc preloaded.
//
// A library named by SWISS_BENCH_HEAP_BASE takes part in the suite heap too, as "swiss-base": another build of
// libswiss-malloc.so, to see what a change to the heap gives.
#ifndef BENCH_WORKERS_H
#define BENCH_WORKERS_H

#include "plan.h"

#include <string>
#include <vector>

namespace bench {

struct Library {
    std::string contender, path;  // to be preloaded; empty: the C library as it is
    std::string environment = {}; // variables, as the shell takes them
};

// Those of the manifest, and swiss-base.
const std::vector<Library> &libraries();

// The worker of the suite heap.
extern const char *const heap_worker;

// Runs a worker once. Its time is the result, other numbers that it prints are counters. If another operation is given,
// a worker runs that, too, and its numbers are added.
void measure(benchmark::State &state, const Library &library, const std::string &program, const std::string &operation,
             size_t size, const std::string &also = "");

} // namespace bench

#endif
