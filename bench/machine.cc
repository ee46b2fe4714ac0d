// machine.cc - processor, allocator and build.
#include "machine.h"
#include "swiss/heap.h"

#include <benchmark/benchmark.h>

#include <malloc.h>
#include <sched.h>
#include <sys/utsname.h>

#include <climits>
#include <cstdlib>
#include <fstream>

namespace bench {

namespace {

int pinned_to = -1;

#ifdef __clang__
const std::string compiler = __VERSION__; // says "Clang" itself
#else
const std::string compiler = "gcc " __VERSION__;
#endif

// The value of the first line of `path` that starts with `name`, without "name :"; the whole first line if `name` is
// empty.
std::string field(const char *path, const std::string &name) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.compare(0, name.size(), name) != 0)
            continue;
        const size_t start = line.find_first_not_of(": \t\"", name.size());
        return start == std::string::npos ? "" : line.substr(start, line.find_last_not_of('"') + 1 - start);
    }
    return "unknown";
}

std::string caches() {
    std::string text;
    for (const benchmark::CPUInfo::CacheInfo &cache : benchmark::CPUInfo::Get().caches)
        if (cache.type != "Instruction")
            text += (text.empty() ? "" : ", ") + ("L" + std::to_string(cache.level)) + " " +
                    std::to_string(cache.size / 1024) + " KiB";
    return text.empty() ? "unknown" : text;
}

std::string system_name() {
    utsname names;
    return uname(&names) == 0 ? std::string(names.sysname) + " " + names.release + " " + names.machine : "unknown";
}

} // namespace

void pin_to_one_processor() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    // The last one: the first serves most interrupts.
    int last = -1;
    for (int processor = 0; processor < CPU_SETSIZE; ++processor)
        if (CPU_ISSET(static_cast<size_t>(processor), &allowed))
            last = processor;
    cpu_set_t one;
    CPU_ZERO(&one);
    if (last < 0)
        return;
    CPU_SET(static_cast<size_t>(last), &one);
    if (sched_setaffinity(0, sizeof one, &one) == 0)
        pinned_to = last;
}

void tame_allocators() {
    swiss_heap_set_scavenging(swiss_heap_default(), 0);
    mallopt(M_MMAP_MAX, 0); // any call of mallopt also merges free neighbours
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, 64 << 20);
}

std::string unfit_build() {
#if !defined(NDEBUG)
    return "assertions are on (NDEBUG is not defined)";
#elif !defined(__OPTIMIZE__)
    return "the compiler did not optimise";
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return "a sanitizer is on";
#else
    return "";
#endif
}

std::vector<std::pair<std::string, std::string>> describe_machine() {
    const char *const packages = std::getenv("SWISS_BENCH_PACKAGES");
    return {
        {"processor", field("/proc/cpuinfo", "model name") + ", " + std::to_string(benchmark::CPUInfo::Get().num_cpus) +
                          " of them, " + caches()},
        {"system", system_name() + ", " + field("/etc/os-release", "PRETTY_NAME=")},
        {"huge pages", field("/sys/kernel/mm/transparent_hugepage/enabled", "")},
        {"pinned to", pinned_to < 0
                          ? "nothing: not allowed"
                          : "processor " + std::to_string(pinned_to) + "; Go's collector may run on the others"},
        {"compiler", compiler + ", " SWISS_BENCH_FLAGS},
        {"packages", packages && *packages ? packages : "not known: bench/run tells"},
        {"memory",
         "malloc (M_MMAP_MAX 0, M_TRIM_THRESHOLD INT_MAX, M_TOP_PAD 64 MiB) and the bundled heap (scavenging 0) "
         "are told to return none: freed pages are reused, as mostly in Go's heap"},
    };
}

} // namespace bench
