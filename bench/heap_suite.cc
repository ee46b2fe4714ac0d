// heap_suite.cc - the cells of the heap suite, and the processes that measure them.
//
// A library named by SWISS_BENCH_HEAP_BASE takes part too, as "base": another build of libswiss-malloc.so, to see what a
// change to the heap gives.
#include "heap_suite.h"
#include "rounds.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <sstream>

namespace bench {

namespace {

struct Library {
    std::string contender, path; // to be preloaded; empty: the C library as it is
};

const std::vector<Library> &libraries() {
    static const std::vector<Library> all = [] {
        std::vector<Library> list = {
            {"swiss", SWISS_BENCH_HEAP_SWISS},       {"glibc", ""},
            {"mimalloc", SWISS_BENCH_HEAP_MIMALLOC}, {"jemalloc", SWISS_BENCH_HEAP_JEMALLOC},
            {"tcmalloc", SWISS_BENCH_HEAP_TCMALLOC},
        };
        if (const char *const base = std::getenv("SWISS_BENCH_HEAP_BASE"))
            list.push_back({"base", base});
        return list;
    }();
    return all;
}

struct Cell {
    const char *types, *operation;
    size_t size;
    size_t operations; // 10 to 100 ms of them
};

constexpr Cell cells[] = {
    {"fixed", "pair", 8, 2000000},
    {"fixed", "pair", 16, 2000000},
    {"fixed", "pair", 64, 2000000},
    {"fixed", "pair", 256, 2000000},
    {"fixed", "pair", 1024, 2000000},
    {"fixed", "pair", 32768, 1000000},
    {"batch", "in_order", 1000, 2000000},
    {"batch", "reversed", 1000, 2000000},
    {"batch", "shuffled", 1000, 2000000},
    {"list", "cycle", 10000, 1000000},
    {"mixed", "churn", 1000, 1000000},
    {"mixed", "churn", 100000, 500000},
    {"pareto", "churn", 100000, 500000},
    {"large", "pair", 131072, 5000},
    {"large", "pair", 1048576, 500},
    {"large", "pair", 8388608, 60},
    {"large", "churn", 32, 400},
    {"realloc", "grow", 1048576, 3000},
    {"realloc", "grow_in_turn", 65536, 10000},
    {"threads", "churn", 2, 4000000},
    {"threads", "producer_consumer", 2, 2000000},
    {"threads", "larson", 2, 2000000},
    {"threads", "births", 2, 1000000},
    {"resident", "fixed", 500000, 0}, // here operations follow from the size
    {"resident", "mixed", 100000, 0},
    {"resident", "pareto", 300000, 0},
    {"resident", "large", 32, 0},
    {"map", "insert", 1000000, 0},
};

size_t operations_of(const Cell &cell, Effort effort) {
    if (cell.operations)
        return effort == Effort::quick ? cell.operations / 4 : cell.operations;
    return std::string(cell.types) == "map" ? cell.size : 2 * cell.size;
}

// What a process printed, and whether it ended well.
struct Output {
    bool good = false;
    std::string text;
};

// Runs the worker with a library preloaded. Its errors go to stderr.
Output run_worker(const Library &library, std::vector<std::string> arguments) {
    Output output;
    int ends[2];
    if (pipe(ends) != 0)
        return output;
    arguments.insert(arguments.begin(), SWISS_BENCH_HEAP_WORKER);
    std::vector<char *> words, environment;
    for (std::string &argument : arguments)
        words.push_back(argument.data());
    words.push_back(nullptr);
    std::string preload = "LD_PRELOAD=" + library.path;
    environment.push_back(preload.data());
    for (char **variable = environ; *variable; ++variable)
        if (std::string(*variable).rfind("LD_PRELOAD=", 0) != 0)
            environment.push_back(*variable);
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    pid_t child = -1;
    const bool started = posix_spawn(&child, words[0], &actions, nullptr, words.data(), environment.data()) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char buffer[4096];
    for (ssize_t length; started && (length = read(ends[0], buffer, sizeof buffer)) > 0;)
        output.text.append(buffer, static_cast<size_t>(length));
    close(ends[0]);
    int status = 0;
    output.good = started && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return output;
}

// Which malloc a worker had that was given the library; nothing if it is not the library's.
std::string identity_of(const Library &library) {
    if (!library.path.empty() && access(library.path.c_str(), R_OK) != 0)
        return "";
    std::istringstream lines(run_worker(library, {"identity"}).text);
    std::string file, version;
    std::getline(lines, file);
    std::getline(lines, version);
    if (library.path.empty() ? file.find("/libc.so") == std::string::npos : file != library.path)
        return "";
    // Ours tells no version, and the worker falls back on the C library's.
    return version.rfind("glibc", 0) == 0 && !library.path.empty() ? "this library: " + file : version;
}

const std::string &known_identity_of(const Library &library) {
    static std::map<std::string, std::string> known;
    const auto found = known.find(library.contender);
    return found != known.end() ? found->second : known[library.contender] = identity_of(library);
}

void measure(benchmark::State &state, const Library &library, const Cell &cell) {
    const size_t operations = static_cast<size_t>(state.max_iterations);
    std::map<std::string, double> numbers;
    if (known_identity_of(library).empty()) {
        state.SkipWithError(("malloc is not that of \"" + library.path + "\"").c_str());
    } else {
        const Output output =
            run_worker(library, {std::string(cell.types) + '/' + cell.operation, std::to_string(cell.size),
                                 std::to_string(operations), std::to_string(next_seed() >> 1)});
        std::istringstream lines(output.text);
        double number;
        for (std::string name; lines >> name >> number;)
            numbers[name] = number;
        if (!output.good || numbers.count("time") == 0)
            state.SkipWithError("the worker failed");
    }
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(operations)))
        state.SetIterationTime(numbers["time"] * 1e-9 * static_cast<double>(operations));
    numbers.erase("time");
    for (const auto &number : numbers)
        state.counters[number.first] = number.second;
}

} // namespace

std::vector<Contender> heap_contenders() {
    std::vector<Contender> contenders;
    for (const Library &library : libraries()) {
        const std::string &identity = known_identity_of(library);
        contenders.push_back({library.contender, identity.empty() ? "cannot be preloaded" : identity, "", ""});
    }
    return contenders;
}

void add_heap(Plan &plan) {
    for (const Cell &cell : cells)
        for (const Library &library : libraries())
            plan.benchmarks.push_back({"heap", cell.types, cell.operation, cell.size, library.contender,
                                       operations_of(cell, plan.effort),
                                       [&cell, &library](benchmark::State &state) { measure(state, library, cell); }});
}

} // namespace bench
