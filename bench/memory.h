// memory.h - where contenders get their memory from: their own default for timing, a counter for bytes per entry and
// for the most that a growing map holds at a time.
//
// The counter counts the bytes asked for, without what the allocator below adds to each block.
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "swiss/allocator.h"

#include <algorithm>
#include <cstddef>
#include <memory>

namespace bench {

// The bytes that counted containers hold now, and the most since somebody set this to them.
inline size_t counted_bytes = 0, most_counted_bytes = 0;

inline void count_in(size_t bytes) {
    counted_bytes += bytes;
    most_counted_bytes = std::max(most_counted_bytes, counted_bytes);
}

inline void count_out(size_t bytes) {
    counted_bytes -= bytes;
}

// What a map takes, in bytes.
struct Footprint {
    size_t bytes = 0; // when it is filled
    size_t peak = 0;  // at most while it is filled; 0: not known
};

// A C++ allocator that counts.
template <class Item> struct CountingAllocator {
    using value_type = Item;
    CountingAllocator() = default;
    template <class Other> CountingAllocator(const CountingAllocator<Other> &) {}
    Item *allocate(size_t count) {
        Item *const items = std::allocator<Item>().allocate(count);
        count_in(count * sizeof(Item));
        return items;
    }
    void deallocate(Item *items, size_t count) {
        count_out(count * sizeof(Item));
        std::allocator<Item>().deallocate(items, count);
    }
    friend bool operator==(const CountingAllocator &, const CountingAllocator &) {
        return true;
    }
    friend bool operator!=(const CountingAllocator &, const CountingAllocator &) {
        return false;
    }
};

// The bundled heap, counted.
inline const swiss_allocator *counting_swiss_allocator() {
    static const swiss_allocator *const heap = swiss_allocator_heap();
    static const swiss_allocator counting = {
        [](void *, size_t size, size_t alignment) {
            void *const block = heap->allocate(heap->context, size, alignment);
            count_in(block ? size : 0);
            return block;
        },
        [](void *, void *block, size_t old_size, size_t new_size, size_t alignment) {
            void *const resized = heap->resize(heap->context, block, old_size, new_size, alignment);
            if (resized) { // as if both blocks had been there: whether they were is the heap's secret
                count_in(new_size);
                count_out(old_size);
            }
            return resized;
        },
        [](void *, void *block, size_t size, size_t alignment) {
            count_out(block ? size : 0);
            heap->free(heap->context, block, size, alignment);
        },
        nullptr,
    };
    return &counting;
}

struct DefaultMemory {
    static constexpr bool counted = false;
    template <class Item> using Allocator = std::allocator<Item>;
    static const swiss_allocator *swiss() {
        return nullptr;
    }
};

// Of swiss alone: the C library's.
struct MallocMemory {
    static constexpr bool counted = false;
    static const swiss_allocator *swiss() {
        return swiss_allocator_malloc();
    }
};

struct CountedMemory {
    static constexpr bool counted = true;
    template <class Item> using Allocator = CountingAllocator<Item>;
    static const swiss_allocator *swiss() {
        return counting_swiss_allocator();
    }
};

} // namespace bench

#endif
