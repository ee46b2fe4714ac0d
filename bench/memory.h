// memory.h - where contenders get their memory from: their own default for timing, a counter for bytes per entry.
//
// The counter counts the bytes asked for, without what the allocator below adds to each block.
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "swiss/allocator.h"

#include <cstddef>
#include <memory>

namespace bench {

// The bytes that counted containers hold now.
inline size_t counted_bytes = 0;

// A C++ allocator that counts.
template <class Item> struct CountingAllocator {
    using value_type = Item;
    CountingAllocator() = default;
    template <class Other> CountingAllocator(const CountingAllocator<Other> &) {}
    Item *allocate(size_t count) {
        Item *const items = std::allocator<Item>().allocate(count);
        counted_bytes += count * sizeof(Item);
        return items;
    }
    void deallocate(Item *items, size_t count) {
        counted_bytes -= count * sizeof(Item);
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
            counted_bytes += block ? size : 0;
            return block;
        },
        [](void *, void *block, size_t old_size, size_t new_size, size_t alignment) {
            void *const resized = heap->resize(heap->context, block, old_size, new_size, alignment);
            counted_bytes += resized ? new_size - old_size : 0;
            return resized;
        },
        [](void *, void *block, size_t size, size_t alignment) {
            counted_bytes -= block ? size : 0;
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

struct CountedMemory {
    static constexpr bool counted = true;
    template <class Item> using Allocator = CountingAllocator<Item>;
    static const swiss_allocator *swiss() {
        return counting_swiss_allocator();
    }
};

} // namespace bench

#endif
