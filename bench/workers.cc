// workers.cc - the processes that measure, and what is preloaded into them.
#include "workers.h"
#include "rounds.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

namespace bench {

const std::vector<Library> &libraries() {
    static const std::vector<Library> all = [] {
        std::vector<Library> list = {
#define MALLOC(name, ...) {#name, SWISS_BENCH_HEAP_##name},
#include "manifest.h"
        };
        if (const char *const base = std::getenv("SWISS_BENCH_HEAP_BASE"))
            list.push_back({"swiss-base", base});
        return list;
    }();
    return all;
}

namespace {

// Runs a worker with a library preloaded. Returns what it printed; nothing unless it ended well. Its errors go to
// stderr.
std::string run_worker(const Library &library, const std::string &program, const std::string &arguments) {
    const std::string command =
        "exec env LD_PRELOAD='" + library.path + "' " + library.environment + " '" + program + "' " + arguments;
    FILE *const pipe = popen(command.c_str(), "r");
    if (!pipe)
        return "";
    std::string output;
    char buffer[4096];
    for (size_t length; (length = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        output.append(buffer, length);
    return pclose(pipe) == 0 ? output : "";
}

// Which malloc a worker had that was given the library; nothing if it is not the library's.
std::string identity_of(const Library &library) {
    if (!library.path.empty() && access(library.path.c_str(), R_OK) != 0)
        return "";
    std::istringstream lines(run_worker(library, heap_worker, "identity"));
    std::string file, version;
    std::getline(lines, file);
    std::getline(lines, version);
    if (library.path.empty() ? file.find("/libc.so") == std::string::npos : file != library.path)
        return "";
    // Ours tells no version, and the worker falls back on the C library's.
    return version.rfind("glibc", 0) == 0 && !library.path.empty() ? "this library" : version;
}

// The same, asked for once; it goes to the report.
const std::string &known_identity_of(const Library &library) {
    static std::map<std::string, std::string> known;
    const auto [one, is_new] = known.try_emplace(library.contender);
    if (is_new) {
        one->second = identity_of(library);
        benchmark::AddCustomContext("contender heap/" + library.contender,
                                    one->second.empty() ? "cannot be preloaded" : one->second);
    }
    return one->second;
}

} // namespace

const char *const heap_worker = SWISS_BENCH_HEAP_WORKER;

void measure(benchmark::State &state, const Library &library, const std::string &program, const std::string &operation,
             size_t size, const std::string &also) {
    const size_t operations = static_cast<size_t>(state.max_iterations);
    std::map<std::string, double> numbers;
    if (known_identity_of(library).empty()) {
        state.SkipWithError(("malloc is not that of \"" + library.path + "\"").c_str());
    } else {
        const std::string how =
            ' ' + std::to_string(size) + ' ' + std::to_string(operations) + ' ' + std::to_string(next_seed() >> 1);
        std::istringstream lines(run_worker(library, program, operation + how) +
                                 (also.empty() ? "" : run_worker(library, program, also + how)));
        double number;
        for (std::string name; lines >> name >> number;)
            numbers[name] = number;
        if (numbers.count("time") == 0)
            state.SkipWithError("the worker failed");
    }
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(operations)))
        state.SetIterationTime(numbers["time"] * 1e-9 * static_cast<double>(operations));
    numbers.erase("time");
    for (const auto &number : numbers)
        state.counters[number.first] = number.second;
}

} // namespace bench
