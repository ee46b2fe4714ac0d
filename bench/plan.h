// plan.h - the benchmarks there are: suites and contenders add their own (manifest.h names them), the rounds run them.
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bench {

// The effort of a run.
enum class Effort { quick, standard, full };

// One benchmark: a contender in a cell. Its name is suite/types/operation/size/contender.
struct Benchmark {
    std::string suite, types, operation;
    size_t size;
    std::string contender;
    size_t operations; // measured per repetition; what Google Benchmark calls iterations
    std::function<void(benchmark::State &)> run;
    std::string beside = ""; // another suite, in whose rounds it takes part

    std::string name() const {
        return suite + '/' + types + '/' + operation + '/' + std::to_string(size) + '/' + contender;
    }
};

// What the report says about a contender of the suites of maps.
struct Contender {
    std::string name, version, hashes, memory;
};

class Growth;

struct Plan {
    Effort effort = Effort::standard;
    // What a process of the suite growth may be asked to do, by contender; in such a process nothing else is planned.
    std::map<std::string, void (*)(Growth &)> growers = {};
    bool grows = false;
    std::vector<Contender> contenders;
    std::vector<Benchmark> benchmarks;
};

// Those whose functions these are.
#define SUITE(name, add, ...) void add(Plan &plan);
#define MAP(name, ...) void add_##name(Plan &plan);
#include "manifest.h"
void add_swiss_base(Plan &plan); // if it is built: the map of another checkout

} // namespace bench

#endif
