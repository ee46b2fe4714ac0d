// heap_suite.cc - the cells of the heap suite.
#include "workers.h"

namespace bench {

namespace {

struct Cell {
    const char *types, *operation;
    size_t size;
    size_t operations; // 10 to 100 ms of them; 0: they follow from the size
};

constexpr Cell cells[] = {
#define HEAP_CELL(types, operation, size, count) {#types, #operation, size, count},
#include "manifest.h"
};

size_t operations_of(const Cell &cell, Effort effort) {
    if (cell.operations)
        return effort == Effort::quick ? cell.operations / 4 : cell.operations;
    return std::string(cell.types) == "map" ? cell.size : 2 * cell.size;
}

} // namespace

void add_heap(Plan &plan) {
    for (const Cell &cell : cells)
        for (const Library &library : libraries())
            plan.benchmarks.push_back({"heap", cell.types, cell.operation, cell.size, library.contender,
                                       operations_of(cell, plan.effort), [&cell, &library](benchmark::State &state) {
                                           measure(state, library, heap_worker,
                                                   std::string(cell.types) + '/' + cell.operation, cell.size);
                                       }});
}

} // namespace bench
