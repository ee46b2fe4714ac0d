// machine_reads.cc - what the machine allows: two random reads that wait for nothing. A lookup in a table that keeps
// control bytes apart from its slots cannot do with less, and the addresses of a lookup have to be computed, besides.
#include "adapter.h"
#include "batch.h"
#include "random.h"
#include "suites.h"

#include "swiss/allocator.h"

#define SWISS_NAME limit_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include "swiss/map.h"

#include <cstring>

namespace bench {

namespace {

// The two arrays of a table, in one block of the heap as a map has them, with the number of slots that a map of so many
// entries has.
class Arrays {
  public:
    explicit Arrays(size_t entries) {
        limit_map map = {};
        limit_map_reserve(&map, entries);
        slots_ = limit_map_capacity(&map);
        limit_map_free(&map);
        control_ = static_cast<char *>(heap_->allocate(heap_->context, bytes(), alignment));
        if (control_)
            std::memset(control_, 1, bytes());
    }
    ~Arrays() {
        heap_->free(heap_->context, control_, bytes(), alignment);
    }
    Arrays(const Arrays &) = delete;
    Arrays &operator=(const Arrays &) = delete;

    bool made() const {
        return control_ != nullptr;
    }
    uint32_t slots() const {
        return static_cast<uint32_t>(slots_);
    }
    // Reads, for each pair of numbers of slots, the control byte of one and the slot of the other. Each is fetched
    // `ahead` pairs before it is read: a processor that only reads has fewer of them on their way at once. `ahead` more
    // pairs follow.
    BENCH_LOOP uint64_t read(const uint32_t *pairs, size_t count) const {
        const char *const control = control_;
        const limit_map_entry *const entries = reinterpret_cast<const limit_map_entry *>(control_ + slots_);
        uint64_t sum = 0;
        for (size_t i = 0; i < count; ++i) {
            __builtin_prefetch(control + pairs[2 * (i + ahead)]);
            __builtin_prefetch(entries + pairs[2 * (i + ahead) + 1]);
            sum += static_cast<uint64_t>(control[pairs[2 * i]]) + entries[pairs[2 * i + 1]].key;
        }
        return sum;
    }
    // What reading `count` pairs adds up to.
    static uint64_t sum(size_t count) {
        return count * (1 + UINT64_C(0x0101010101010101));
    }

    static constexpr size_t ahead = 32;

  private:
    static constexpr size_t alignment = 64;
    size_t bytes() const {
        return slots_ * (1 + sizeof(limit_map_entry));
    }

    const swiss_allocator *heap_ = swiss_allocator_heap();
    size_t slots_;
    char *control_;
};

void random_reads(benchmark::State &state, size_t entries) {
    constexpr size_t count = 65536; // in a row, as lookups in large maps
    const Arrays arrays(entries);
    if (!arrays.made()) {
        state.SkipWithError("out of memory");
        return;
    }
    Random random(next_seed());
    std::vector<uint32_t> pairs(2 * (count + Arrays::ahead));
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(count))) {
        for (uint32_t &slot : pairs)
            slot = random.below(arrays.slots());
        const uint64_t sum = timed(state, [&] { return arrays.read(pairs.data(), count); });
        check(state, sum == Arrays::sum(count));
    }
}

} // namespace

void add_machine(Plan &plan) {
    plan.contenders.push_back(
        {"machine",
         "two independent random reads at known places, fetched ahead, one in each of two arrays as large "
         "as those of swiss",
         "none", "the bundled heap"});
    const Amounts amounts(plan.effort);
    for (const size_t size : map_sizes<U64ToU64>(plan.effort))
        if (size >= 1000000)
            plan.benchmarks.push_back({"machine", U64ToU64::name, "random_reads_2", size, "machine",
                                       amounts.lookups(size),
                                       [size](benchmark::State &state) { random_reads(state, size); }, "map"});
}

} // namespace bench
