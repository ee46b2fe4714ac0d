// ticks.h - a clock that takes next to nothing to read, for operations that are timed one by one.
//
// On x86-64 it is the processor's counter, which is read without waiting for what comes before: an insertion whose
// loads are still on their way ends a little later than its tick says, and the next one begins where it ends. Elsewhere
// it is the system's clock.
#ifndef BENCH_TICKS_H
#define BENCH_TICKS_H

#include <chrono>
#include <cstdint>

namespace bench {

inline uint64_t ticks() {
#ifdef __x86_64__
    uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return uint64_t{high} << 32 | low;
#else
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// Compares it with the system's clock, for 20 ms.
double nanoseconds_of_tick();

} // namespace bench

#endif
