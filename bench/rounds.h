// rounds.h - in which order the benchmarks run.
//
// The benchmarks of one suite, pair of types and size form a block. A block runs in rounds; in a round every contender
// has one turn, in random order, in which it runs all operations of the block once. So the contenders of a cell
// alternate within seconds, every repetition builds its maps anew, and only one contender's maps are in memory at a
// time.
//
// Google Benchmark runs each turn. Its own --benchmark_enable_random_interleaving (1.7.1) would shuffle all repetitions
// of all benchmarks of the run: contenders of a cell would lie minutes apart, and every single repetition would have to
// build its own map of a million entries. So would its search for the number of iterations, which is fixed here
// instead.
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include "plan.h"
#include "results.h"

#include <cstdint>
#include <functional>

namespace bench {

// A number never returned before in this run, the same for all contenders: it starts afresh with every turn of a round.
uint64_t next_seed();

// A number that only this round has.
uint64_t round_seed();

// Calls `cleanup` when the running turn is over.
void at_end_of_turn(std::function<void()> cleanup);

// Runs all benchmarks of the plan, telling stderr how far it is.
Results run_rounds(const Plan &plan);

} // namespace bench

#endif
