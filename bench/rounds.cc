// rounds.cc - blocks, rounds and turns.
#include "rounds.h"
#include "machine.h"
#include "random.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>

namespace bench {

namespace {

uint64_t round_number = 0, seeds_drawn = 0;
std::vector<std::function<void()>> cleanups;

// What one contender runs in a turn.
using Turn = std::vector<const Benchmark *>;

struct Block {
    std::string name;
    std::vector<Turn> turns;
};

std::vector<Block> blocks_of(const Plan &plan) {
    std::vector<Block> blocks;
    std::map<std::string, size_t> block_numbers;
    std::map<std::string, size_t> turn_numbers;
    for (const Benchmark &benchmark : plan.benchmarks) {
        const std::string &suite = benchmark.beside.empty() ? benchmark.suite : benchmark.beside;
        const std::string name = suite + '/' + benchmark.types + '/' + std::to_string(benchmark.size);
        const size_t number = block_numbers.try_emplace(name, blocks.size()).first->second;
        if (number == blocks.size())
            blocks.push_back({name, {}});
        Block &block = blocks[number];
        const size_t turn =
            turn_numbers.try_emplace(name + '/' + benchmark.contender, block.turns.size()).first->second;
        if (turn == block.turns.size())
            block.turns.emplace_back();
        block.turns[turn].push_back(&benchmark);
    }
    return blocks;
}

// Runs the benchmarks of a turn once, in their order.
void run_turn(const Turn &turn, Collector &collector) {
    seeds_drawn = 0;
    tame_allocators();
    benchmark::ClearRegisteredBenchmarks();
    for (const Benchmark *planned : turn) {
        benchmark::RegisterBenchmark(planned->name().c_str(), planned->run)
            ->Iterations(static_cast<benchmark::IterationCount>(planned->operations))
            ->UseManualTime()
            ->Unit(benchmark::kNanosecond);
    }
    collector.begin_turn(turn);
    benchmark::RunSpecifiedBenchmarks(&collector, ".");
    for (const std::function<void()> &cleanup : cleanups)
        cleanup();
    cleanups.clear();
}

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// The repetitions of a block: `most` times, but once it has been `least` times no longer than for `seconds`. So a
// run ends in time on a slow machine too.
struct Patience {
    int least, most;
    double seconds;
};

constexpr Patience patience_for[] = {{2, 3, 2}, {3, 5, 6}, {5, 9, 15}}; // by Effort

// Runs a block, and returns how often it was repeated.
int run_block(Block &block, const Patience &patience, Collector &collector, Random &random) {
    static const bool terminal = isatty(STDERR_FILENO) != 0;
    const Clock::time_point start = Clock::now();
    // The first round, number -1, is not counted: it faults in the pages that later ones reuse. Of the largest maps,
    // whose rounds are long, it is: it moves no median of five.
    const bool warm_up = patience.least < 5 || block.turns.front().front()->size < 2000000;
    for (int repetition = warm_up ? -1 : 0;;) {
        ++round_number;
        random.shuffle(block.turns.data(), block.turns.size(), block.turns.size());
        collector.begin_round(repetition);
        for (const Turn &turn : block.turns)
            run_turn(turn, collector);
        ++repetition;
        if (terminal)
            std::fprintf(stderr, "%-26s repetition %d of %d\r", block.name.c_str(), repetition, patience.most);
        if (repetition == patience.most || (repetition >= patience.least && seconds_since(start) > patience.seconds))
            return repetition;
    }
}

} // namespace

uint64_t next_seed() {
    return scramble(round_number << 20 | ++seeds_drawn);
}

uint64_t round_seed() {
    return scramble(round_number << 20);
}

void at_end_of_turn(std::function<void()> cleanup) {
    cleanups.push_back(std::move(cleanup));
}

Results run_rounds(const Plan &plan) {
    std::vector<Block> blocks = blocks_of(plan);
    const Clock::time_point start = Clock::now();
    Collector collector;
    Random random(static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()));
    round_number = random.next() >> 24;
    for (size_t number = 0; number < blocks.size(); ++number) {
        const int repetitions =
            run_block(blocks[number], patience_for[static_cast<int>(plan.effort)], collector, random);
        std::fprintf(stderr, "[%zu/%zu] %-26s %d repetitions, %.0f s so far\n", number + 1, blocks.size(),
                     blocks[number].name.c_str(), repetitions, seconds_since(start));
    }
    return collector.results();
}

} // namespace bench
