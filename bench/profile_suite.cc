// profile_suite.cc - cells of the suite heap with profiling off and on.
#include "workers.h"

namespace bench {

namespace {

// libswiss-malloc.so as it is, and with the variables of the PROFILE lines.
std::vector<Library> modes() {
    std::vector<Library> list;
    for (const Library &library : libraries())
        if (library.contender == "swiss") {
            list.push_back(library);
#define PROFILE(name, colour, environment) list.push_back({#name, library.path, environment});
#include "manifest.h"
        }
    return list;
}

void add_cell(Plan &plan, const Library &mode, const char *types, const char *operation, size_t size, size_t count) {
    const std::string run = std::string(types) + '/' + operation;
    plan.benchmarks.push_back({"profile", types, operation, size, mode.contender,
                               plan.effort == Effort::quick ? count / 4 : count,
                               [=](benchmark::State &state) { measure(state, mode, heap_worker, run, size); }});
}

} // namespace

void add_profile(Plan &plan) {
    for (const Library &mode : modes()) {
#define PROFILE_CELL(types, operation, size, count) add_cell(plan, mode, #types, #operation, size, count);
#include "manifest.h"
    }
}

} // namespace bench
