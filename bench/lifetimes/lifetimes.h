// lifetimes.h - the operations of the suites arena, ref, pool and batch, each a template over its contenders; they run
// in a worker as those of the suite heap do (../heap/worker.h).
//
// A contender is a type that has a name and what the operation asks for. Those of other languages run whole loops.
#ifndef BENCH_LIFETIMES_H
#define BENCH_LIFETIMES_H

#include "../heap/worker.h"

#include <cstdint>
#include <cstring>
#include <type_traits>

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
    *find_batch(const char *name);

// Holds what `pointer` points to in front of the compiler: it was made before, and is used behind.
template <class Type> inline void use(Type *&pointer) {
    asm volatile("" : "+r"(pointer) : : "memory");
}

inline void *checked(void *block) {
    if (!block)
        fail("out of memory");
    return block;
}

} // namespace lives

#endif
