// lifetimes.h - the operations of the suites arena, ref, pool, batch and cache, each a template over its contenders;
// they run in a worker as those of the suite heap do (../heap/worker.h).
//
// A contender is a type that has a name and what the operation asks for. Those of other languages run whole loops.
#ifndef BENCH_LIFETIMES_H
#define BENCH_LIFETIMES_H

#include "../heap/worker.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <thread>
#include <type_traits>
#include <vector>

namespace lives {

struct go; // a program of its own

// Returns the operation of the contender whose name is what follows `cell` in `name`; null if there is none.
template <template <class Contender> class Operation, class... Contenders>
heap_operation *pick(const char *name, const char *cell) {
    const size_t length = std::strlen(cell);
    heap_operation *found = nullptr;
    const auto consider = [&](auto *contender) {
        using Contender = std::remove_pointer_t<decltype(contender)>;
        if constexpr (!std::is_same_v<Contender, go>)
            if (std::strcmp(name + length, Contender::name) == 0)
                found = Operation<Contender>::run;
    };
    if (std::strncmp(name, cell, length) == 0)
        (consider(static_cast<Contenders *>(nullptr)), ...);
    return found;
}

#define PICK(suite, types, operation, ...)                                                                             \
    if (heap_operation *const found =                                                                                  \
            pick<types##_##operation, __VA_ARGS__>(name, #suite "/" #types "/" #operation "/"))                        \
        return found;

heap_operation *find_arena(const char *name), *find_ref(const char *name), *find_pool(const char *name),
    *find_batch(const char *name), *find_cache(const char *name);

// Holds what `pointer` points to in front of the compiler: it was made before, and is used behind.
template <class Type> inline void use(Type *&pointer) {
    asm volatile("" : "+r"(pointer) : : "memory");
}

inline void *checked(void *block) {
    if (!block)
        fail("out of memory");
    return block;
}

// Runs body(thread, count) on each of the threads, once to warm up, then at the same time, each on a processor of its
// choice. The result is the mean time of the threads.
template <class Body> void run_threads(const heap_job *job, size_t threads, const Body &body) {
    std::vector<std::thread> running;
    std::vector<double> seconds(threads);
    std::atomic<size_t> ready{0};
    const size_t count = job->operations / threads;
    use_all_processors();
    for (size_t thread = 0; thread < threads; ++thread)
        running.emplace_back([&, thread] {
            using clock = std::chrono::steady_clock;
            body(thread, count / 8);
            ++ready;
            while (ready < threads) {
            }
            const clock::time_point start = clock::now();
            body(thread, count);
            seconds[thread] = std::chrono::duration<double>(clock::now() - start).count();
        });
    double sum = 0;
    for (size_t thread = 0; thread < threads; ++thread) {
        running[thread].join();
        sum += seconds[thread];
    }
    clock_set(sum * 1e9 / static_cast<double>(threads * count));
}

} // namespace lives

#endif
