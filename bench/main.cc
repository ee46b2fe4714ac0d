// main.cc - the benchmarks' command line.
#include "growth.h"
#include "machine.h"
#include "results.h"
#include "rounds.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <regex>

namespace {

constexpr const char *usage =
    "usage: swiss_bench [--quick | --full] [--filter REGEX] [--json FILE] [--list]\n"
    "Races the maps and the mallocs and writes the results as Google Benchmark does; bench/report reads them.\n"
    "  --quick         fewer sizes and repetitions\n"
    "  --full          more sizes and repetitions\n"
    "  --filter REGEX  only benchmarks whose name, suite/types/operation/size/contender, matches\n"
    "  --json FILE     where to write the results, instead of stdout\n"
    "  --list          only print the benchmarks' names\n";

struct Options {
    bench::Effort effort = bench::Effort::standard;
    std::string filter, json;
    bool list = false, help = false;
};

// False if the arguments make no sense.
bool parse(int count, char **arguments, Options &options) {
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        const bool has_value = i + 1 < count;
        if (argument == "--quick")
            options.effort = bench::Effort::quick;
        else if (argument == "--full")
            options.effort = bench::Effort::full;
        else if (argument == "--list")
            options.list = true;
        else if (argument == "--help")
            options.help = true;
        else if (argument == "--filter" && has_value)
            options.filter = arguments[++i];
        else if (argument == "--json" && has_value)
            options.json = arguments[++i];
        else
            return false;
    }
    return true;
}

void keep_matching(bench::Plan &plan, const std::string &filter) {
    const std::regex wanted(filter);
    auto &all = plan.benchmarks;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const bench::Benchmark &one) { return !std::regex_search(one.name(), wanted); }),
              all.end());
}

// What the report says besides the results.
void add_context(const bench::Plan &plan) {
    for (const auto &fact : bench::describe_machine())
        benchmark::AddCustomContext(fact.first, fact.second);
    for (const bench::Contender &one : plan.contenders)
        benchmark::AddCustomContext("contender " + one.name,
                                    one.version + ". Hash: " + one.hashes + ". Memory: " + one.memory + ".");
    benchmark::AddCustomContext("form", "1"); // of the results: raised when those who read them would misread them
    constexpr const char *efforts[] = {"quick", "standard", "full"};
    benchmark::AddCustomContext("effort", efforts[static_cast<int>(plan.effort)]);
    benchmark::AddCustomContext("cpu_time", "covers the set-up too; real_time is the operation alone");
    benchmark::AddCustomContext("library_build_type is", "that of the system's libbenchmark, which times nothing here");
}

// Adds all that there is.
void fill(bench::Plan &plan) {
#define MAP(name, ...) bench::add_##name(plan);
#define SUITE(name, add, ...) bench::add(plan);
#include "manifest.h"
#ifdef SWISS_BENCH_MAP_BASE
    bench::add_swiss_base(plan);
#endif
}

int run(const bench::Plan &plan, const std::string &json) {
    const std::string unfit = bench::unfit_build();
    if (!unfit.empty()) {
        std::fprintf(stderr, "bench: not a release build: %s. Use cmake --preset bench.\n", unfit.c_str());
        return 1;
    }
    std::ofstream file;
    if (!json.empty())
        file.open(json); // before what takes minutes, not after
    if (file.good()) {
        bench::pin_to_one_processor();
        const bench::Results results = bench::run_rounds(plan);
        add_context(plan);
        bench::write_json(json.empty() ? std::cout : file, results);
        if (file.good())
            return std::any_of(results.begin(), results.end(), [](const auto &one) { return !one.errors.empty(); });
    }
    std::fprintf(stderr, "bench: cannot write %s\n", json.c_str());
    return 1;
}

} // namespace

// Of suites whose contenders add what they take part in.
void bench::by_contender(Plan &) {}

int main(int count, char **arguments) {
    if (bench::is_growth(count, arguments)) {
        bench::Plan plan;
        plan.grows = true;
        fill(plan);
        return bench::run_growth(plan, arguments);
    }
    Options options;
    if (!parse(count, arguments, options) || options.help) {
        std::fputs(usage, options.help ? stdout : stderr);
        return options.help ? 0 : 2;
    }
    int one = 1; // Google Benchmark is told the program's name and nothing else: its own flags would upset the rounds
    benchmark::Initialize(&one, arguments);
    bench::Plan plan;
    plan.effort = options.effort;
    fill(plan);
    try {
        keep_matching(plan, options.filter);
    } catch (const std::regex_error &error) {
        std::fprintf(stderr, "bench: --filter %s: %s\n", options.filter.c_str(), error.what());
        return 2;
    }
    if (plan.benchmarks.empty()) {
        std::fprintf(stderr, "bench: no benchmark matches %s\n", options.filter.c_str());
        return 2;
    }
    if (options.list) {
        for (const bench::Benchmark &benchmark : plan.benchmarks)
            std::puts(benchmark.name().c_str());
        return 0;
    }
    return run(plan, options.json);
}
