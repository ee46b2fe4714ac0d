// machine.h - making the machine hold still, and saying what machine it is.
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <string>
#include <utility>
#include <vector>

namespace bench {

// Keeps this thread on one processor, so that it does not lose its caches on the way to another. What other threads
// there are (Go's collector) may use the others.
void pin_to_one_processor();

// Makes malloc and the bundled heap keep what they got. By default malloc returns large blocks to the system as soon as
// they are freed, and every map that grows pays for fresh pages; the heap returns what has been free for a second, as
// it is between two turns. Also merges the free blocks of malloc that lie side by side, so that a contender does not
// inherit the crumbs of the one before: called before every turn.
void tame_allocators();

// Why this program must not be measured; empty if it may.
std::string unfit_build();

// Name and value of what the numbers depend on: processor, caches, system, compiler, flags, policies.
std::vector<std::pair<std::string, std::string>> describe_machine();

} // namespace bench

#endif
