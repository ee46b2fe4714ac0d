// lifetimes_suite.cc - the cells of the suites arena, ref, pool, batch and cache.
#include "workers.h"

#include <sstream>

namespace bench {

namespace {

// A contender of a cell, by its name in the worker.
void add_contender(Plan &plan, const Benchmark &cell, const std::string &name, const Library &library) {
    Benchmark one = cell;
    one.contender = name != "malloc" ? name : library.contender == "swiss" ? "heap" : library.contender;
    const std::string program = name == "go" ? SWISS_BENCH_LIFETIMES_GO : SWISS_BENCH_LIFETIMES_WORKER;
    const std::string operation = cell.suite + '/' + cell.types + '/' + cell.operation + '/' + name;
    one.run = [=, &library](benchmark::State &state) { measure(state, library, program, operation, cell.size); };
    plan.benchmarks.push_back(one);
}

void add_cell(Plan &plan, const char *suite, const char *types, const char *operation, size_t size, size_t count,
              const char *contenders) {
    if (plan.effort != Effort::full && size > 100000)
        return;
    const Benchmark cell = {suite, types, operation, size, "", plan.effort == Effort::quick ? count / 4 : count, {}};
    std::istringstream names(contenders);
    for (std::string name; std::getline(names >> std::ws, name, ',');)
        for (const Library &library : libraries())
            if (name == "malloc" ? library.contender != "swiss-base" : library.path.empty())
                add_contender(plan, cell, name, library);
}

} // namespace

void add_arena(Plan &plan) {
#define ARENA_CELL(types, operation, size, count, ...)                                                                 \
    add_cell(plan, "arena", #types, #operation, size, count, #__VA_ARGS__);
#include "manifest.h"
}

void add_ref(Plan &plan) {
#define REF_CELL(types, operation, size, count, ...)                                                                   \
    add_cell(plan, "ref", #types, #operation, size, count, #__VA_ARGS__);
#include "manifest.h"
}

void add_pool(Plan &plan) {
#define POOL_CELL(types, operation, size, count, ...)                                                                  \
    add_cell(plan, "pool", #types, #operation, size, count, #__VA_ARGS__);
#include "manifest.h"
}

void add_batch(Plan &plan) {
#define BATCH_CELL(types, operation, size, count, ...)                                                                 \
    add_cell(plan, "batch", #types, #operation, size, count, #__VA_ARGS__);
#include "manifest.h"
}

void add_cache(Plan &plan) {
#define CACHE_CELL(types, operation, size, count, ...)                                                                 \
    add_cell(plan, "cache", #types, #operation, size, count, #__VA_ARGS__);
#include "manifest.h"
}

} // namespace bench
