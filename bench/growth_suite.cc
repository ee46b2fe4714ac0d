// growth_suite.cc - the cells of the suite growth, and the process that measures one.
#include "growth.h"
#include "heap/worker.h"
#include "random.h"
#include "ticks.h"
#include "workers.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bench {

namespace {

constexpr double mebibyte = 1 << 20;

// Memory is weighed after so many insertions, which says all: what one of them gives back is the last that it does.
constexpr size_t weighed_together = 4096;

// The steps begin at maps of so many entries, and there are so many in an octave.
constexpr double first_step = 1024, steps_in_octave = 8;

// Some hypervisors take back pages that are free, huge ones first; the next one to touch them waits until they are
// there again, which takes longer than all else that a page fault does. They are had back before, so much for each
// entry.
constexpr size_t claimed_for_entry = 128;

void claim_pages(size_t size) {
    void *const pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        fail("no memory");
    (void)madvise(pages, size, MADV_HUGEPAGE);
    std::memset(pages, 1, size);
    munmap(pages, size);
}

double page_faults() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_minflt + usage.ru_majflt);
}

// What a process is asked for.
constexpr const char *prefix_each = "growth/", *prefix_whole = "growth-whole/";

bool begins(const char *text, const char *prefix) {
    return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

double most(const std::vector<double> &times) {
    return *std::max_element(times.begin(), times.end());
}

// The time that all but `part` of the insertions take at most.
double all_but(double part, std::vector<double> &times) {
    const auto rest = static_cast<size_t>(part * static_cast<double>(times.size()));
    const auto found = times.end() - 1 - static_cast<std::ptrdiff_t>(std::min(rest, times.size() - 1));
    std::nth_element(times.begin(), found, times.end());
    return *found;
}

std::vector<size_t> growth_sizes(Effort effort) {
    if (effort == Effort::quick)
        return {100000};
    if (effort == Effort::standard)
        return {100000, 1000000};
    return {100000, 1000000, 10000000};
}

const Library &c_library() {
    return *std::find_if(libraries().begin(), libraries().end(), [](const Library &one) { return one.path.empty(); });
}

} // namespace

double nanoseconds_of_tick() {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    const uint64_t first = ticks();
    while (Clock::now() - start < std::chrono::milliseconds(20)) {
    }
    const uint64_t last = ticks();
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / static_cast<double>(last - first);
}

Growth::Growth(size_t entries, uint64_t seed, bool each)
    : entries_(entries), each_(each), keys_(static_cast<uint64_t *>(own_memory(entries * sizeof *keys_))),
      times_(static_cast<uint64_t *>(own_memory(std::max(entries, clock_readings) * sizeof *times_))) {
    for (size_t i = 0; i < entries; ++i)
        keys_[i] = scramble(scramble(seed) + i); // no two are alike
    claim_pages(entries * claimed_for_entry);
}

void Growth::set_clock(double nanoseconds_of_tick) {
    std::nth_element(times_, times_ + clock_readings / 2, times_ + clock_readings);
    tick_ = nanoseconds_of_tick;
    clock_ = static_cast<double>(times_[clock_readings / 2]) * tick_;
    tell("clock", clock_);
}

std::vector<double> Growth::nanoseconds() const {
    std::vector<double> all(entries_);
    std::transform(times_, times_ + entries_, all.begin(),
                   [&](uint64_t time) { return std::max(static_cast<double>(time) * tick_ - clock_, 0.0); });
    return all;
}

void Growth::fill_cold(const Insert &insert) {
    const double faults = page_faults(), before = memory("VmRSS:");
    double peak = before, fresh = 0;
    for (size_t first = 0; first < entries_; first += weighed_together) {
        const double resident = memory("VmRSS:");
        forget_peak();
        insert(keys_ + first, std::min(weighed_together, entries_ - first), times_ + first);
        const double highest = memory("VmHWM:");
        fresh += std::max(highest - resident, 0.0);
        peak = std::max(peak, highest);
    }
    tell("faults", page_faults() - faults);
    tell("held", (memory("VmRSS:") - before) / mebibyte);
    tell("most", (peak - before) / mebibyte);
    tell("fresh", fresh / mebibyte);
    std::vector<double> times = nanoseconds();
    tell("longest", most(times) / 1000);
    tell_steps(times);
    tell("p9999", all_but(1e-4, times) / 1000);
    tell("p999", all_but(1e-3, times) / 1000);
}

void Growth::fill_warm(const Insert &insert) {
    const double faults = page_faults();
    insert(keys_, entries_, times_);
    tell("faults_warm", page_faults() - faults);
    tell("longest_warm", most(nanoseconds()) / 1000);
}

void Growth::check(size_t size) const {
    if (size != entries_)
        fail("an entry is missing");
}

void Growth::tell_steps(const std::vector<double> &nanoseconds) const {
    for (size_t step = 0;; ++step) {
        const auto start = [](size_t which) {
            return static_cast<size_t>(first_step * std::exp2(static_cast<double>(which) / steps_in_octave));
        };
        if (start(step) >= entries_)
            return;
        const auto from = nanoseconds.begin() + static_cast<std::ptrdiff_t>(start(step));
        const auto to = nanoseconds.begin() + static_cast<std::ptrdiff_t>(std::min(start(step + 1), entries_));
        tell(("step_" + std::to_string(start(step))).c_str(), *std::max_element(from, to) / 1000);
    }
}

void add_growth_cells(Plan &plan, const char *contender, void (*grow)(Growth &)) {
    plan.growers[contender] = grow;
    if (plan.grows)
        return;
    const std::string each = prefix_each + std::string(contender), whole = prefix_whole + std::string(contender);
    for (const size_t size : growth_sizes(plan.effort))
        plan.benchmarks.push_back(
            {"growth", "u64_u64", "insert", size, contender, size, [each, whole, size](benchmark::State &state) {
                 measure(state, c_library(), SWISS_BENCH_PROGRAM, each, size, whole);
             }});
}

bool is_growth(int count, char **arguments) {
    return count == 5 && (begins(arguments[1], prefix_each) || begins(arguments[1], prefix_whole));
}

int run_growth(const Plan &plan, char **arguments) {
    const bool each = begins(arguments[1], prefix_each);
    const auto grower = plan.growers.find(std::strchr(arguments[1], '/') + 1);
    if (grower == plan.growers.end())
        fail("no such contender");
    Growth growth(std::strtoull(arguments[2], nullptr, 10), std::strtoull(arguments[4], nullptr, 10), each);
    grower->second(growth);
    if (!each)
        tell("time", clock_result);
    return 0;
}

} // namespace bench
