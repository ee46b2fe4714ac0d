// pool.cc - small objects and buffers that are got and put, by one thread, or by two at the same time, which have the
// pool in common; and two threads that count side by side.
#include "lifetimes.h"
#include "swiss/align.h"
#include "swiss/byte_pool.h"

#include <glib.h>

#include <algorithm>
#include <atomic>
#include <memory_resource>

namespace lives {

namespace {

constexpr size_t object_size = 64;

// Contenders: get and put an object, and a buffer.
struct swiss {
    static constexpr const char *name = "swiss";
    swiss_pool *objects;
    swiss_byte_pool *buffers = swiss_byte_pool_create(nullptr);
    swiss() {
        swiss_pool_options options = {};
        options.size = object_size;
        objects = swiss_pool_create(&options);
        checked(objects);
        checked(buffers);
    }
    void *get() {
        return swiss_pool_get(objects);
    }
    void put(void *object) {
        swiss_pool_put(objects, object);
    }
    void *get(size_t size, size_t *capacity) {
        return swiss_byte_pool_get(buffers, size, capacity);
    }
    void put(void *buffer, size_t capacity) {
        (void)swiss_byte_pool_put(buffers, buffer, capacity);
    }
};

struct malloc {
    static constexpr const char *name = "malloc";
    void *get() {
        return ::malloc(object_size);
    }
    void put(void *object) {
        ::free(object);
    }
    void *get(size_t size, size_t *capacity) {
        *capacity = size;
        return ::malloc(size);
    }
    void put(void *buffer, size_t) {
        ::free(buffer);
    }
};

struct glib {
    static constexpr const char *name = "glib";
    void *get() {
        return g_slice_alloc(object_size);
    }
    void put(void *object) {
        g_slice_free1(object_size, object);
    }
};

template <class Resource> struct pmr_of {
    Resource resource;
    void *get() {
        return resource.allocate(object_size, alignof(std::max_align_t));
    }
    void put(void *object) {
        resource.deallocate(object, object_size, alignof(std::max_align_t));
    }
    void *get(size_t size, size_t *capacity) {
        *capacity = size;
        return resource.allocate(size, alignof(std::max_align_t));
    }
    void put(void *buffer, size_t capacity) {
        resource.deallocate(buffer, capacity, alignof(std::max_align_t));
    }
};
struct pmr : pmr_of<std::pmr::unsynchronized_pool_resource> {
    static constexpr const char *name = "pmr";
};
struct pmr_sync : pmr_of<std::pmr::synchronized_pool_resource> {
    static constexpr const char *name = "pmr_sync";
};

// Marks a block, and sees that the mark is still there.
inline void *marked(void *block, uint64_t mark) {
    *static_cast<volatile uint64_t *>(checked(block)) = mark;
    return block;
}

inline void *unmarked(void *block, uint64_t mark) {
    if (*static_cast<volatile uint64_t *>(block) != mark)
        fail("a block was overwritten");
    return block;
}

template <class Pool> struct objects_pair {
    static void run(const heap_job *job) {
        Pool pool;
        run_threads(job, job->size, [&](size_t thread, size_t count) {
            for (size_t i = 0; i < count; ++i)
                pool.put(unmarked(marked(pool.get(), i + thread), i + thread));
        });
    }
};

template <class Pool> struct objects_batch {
    static void run(const heap_job *job) {
        Pool pool;
        void **const blocks = static_cast<void **>(own_memory(job->size * sizeof *blocks));
        run_threads(job, 1, [&](size_t, size_t count) {
            for (size_t done = 0; done < count; done += job->size) {
                for (size_t i = 0; i < job->size; ++i)
                    blocks[i] = marked(pool.get(), i);
                for (size_t i = 0; i < job->size; ++i)
                    pool.put(unmarked(blocks[i], i));
            }
        });
    }
};

// Pairs of buffers of random sizes from `least` on.
template <class Pool> void buffer_pairs(const heap_job *job, uint32_t least, uint32_t more) {
    Pool pool;
    constexpr size_t sizes = 256;
    uint32_t *const size = static_cast<uint32_t *>(own_memory(sizes * sizeof *size));
    uint64_t state = job->seed;
    for (size_t i = 0; i < sizes; ++i)
        size[i] = least + random_below(&state, more);
    run_threads(job, job->size, [&pool, size](size_t thread, size_t count) {
        size_t capacity;
        for (size_t i = 0; i < count; ++i) {
            void *const buffer = marked(pool.get(size[i % sizes], &capacity), i + thread);
            pool.put(unmarked(buffer, i + thread), capacity);
        }
    });
}

template <class Pool> struct bytes_pair {
    static void run(const heap_job *job) {
        buffer_pairs<Pool>(job, 1100, 900);
    }
};

template <class Pool> struct bytes_mixed {
    static void run(const heap_job *job) {
        buffer_pairs<Pool>(job, 100, 3996);
    }
};

using counter = std::atomic<uint64_t>;

template <class Counters> void count_side_by_side(const heap_job *job, Counters &counters) {
    run_threads(job, job->size, [&](size_t thread, size_t count) {
        for (size_t i = 0; i < count; ++i)
            counters(thread).fetch_add(1, std::memory_order_relaxed);
    });
    for (size_t thread = 0; thread < job->size; ++thread)
        if (counters(thread) != job->operations / job->size + job->operations / job->size / 8)
            fail("a count is lost");
}

struct unpadded {
    static constexpr const char *name = "unpadded";
    alignas(SWISS_CACHE_LINE_PAIR) counter counters[2] = {};
    counter &operator()(size_t thread) {
        return counters[thread];
    }
};

struct padded {
    SWISS_PADDED(counter) counters[2] = {};
    counter &operator()(size_t thread) {
        return counters[thread].value;
    }
};

template <class Contender> struct counters_count {
    static void run(const heap_job *job) {
        std::conditional_t<std::is_same_v<Contender, swiss>, padded, unpadded> counters;
        count_side_by_side(job, counters);
    }
};

} // namespace

heap_operation *find_pool(const char *name) {
#define POOL_CELL(types, operation, size, count, ...) PICK(pool, types, operation, __VA_ARGS__)
#include "../manifest.h"
    return nullptr;
}

} // namespace lives
