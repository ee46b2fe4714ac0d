// arena.cc - blocks that are dropped together.
#include "lifetimes.h"
#include "swiss/arena.h"

#include <apr_general.h>
#include <apr_pools.h>
#include <glib.h>
#include <talloc.h>
#undef talloc // a contender

#include <atomic>
#include <memory_resource>

namespace lives {

namespace {

struct node {
    node *next;
    uint64_t value, rest[8]; // 80 bytes
};

struct pair {
    pair *next;
    uint64_t value;
};

// Contenders: make one block, by its type; drop a chain of blocks, or an array, if they are not dropped together; begin
// again with what memory there is.
struct arena_like {
    void drop(node *) {}
    void drop(pair **, size_t) {}
    void clear() {}
};

struct swiss : arena_like {
    static constexpr const char *name = "swiss";
    swiss_arena arena = {};
    ~swiss() {
        swiss_arena_free(&arena);
    }
    template <class Type> Type *make() {
        return swiss_arena_new_raw(&arena, Type, 1);
    }
    template <class Type> Type *make_zeroed() {
        return swiss_arena_new(&arena, Type, 1);
    }
    void clear() {
        swiss_arena_reset(&arena, SIZE_MAX);
    }
};

struct malloc {
    static constexpr const char *name = "malloc";
    template <class Type> Type *make() {
        return static_cast<Type *>(::malloc(sizeof(Type)));
    }
    template <class Type> Type *make_zeroed() {
        return static_cast<Type *>(::calloc(1, sizeof(Type)));
    }
    void drop(node *first) {
        for (node *next; first; first = next) {
            next = first->next;
            ::free(first);
        }
    }
    void drop(pair **made, size_t count) {
        for (size_t i = 0; i < count; ++i)
            ::free(made[i]);
    }
    void clear() {}
};

struct talloc : arena_like {
    static constexpr const char *name = "talloc";
    void *context = talloc_new(nullptr);
    ~talloc() {
        talloc_free(context);
    }
    template <class Type> Type *make() {
        return static_cast<Type *>(talloc_size(context, sizeof(Type)));
    }
    template <class Type> Type *make_zeroed() {
        return static_cast<Type *>(talloc_zero_size(context, sizeof(Type)));
    }
    void clear() {
        talloc_free_children(context);
    }
};

struct apr : arena_like {
    static constexpr const char *name = "apr";
    apr_pool_t *pool = nullptr;
    apr() {
        static const apr_status_t status = apr_initialize();
        if (status != APR_SUCCESS || apr_pool_create(&pool, nullptr) != APR_SUCCESS)
            fail("no pool of APR");
    }
    ~apr() {
        apr_pool_destroy(pool);
    }
    template <class Type> Type *make() {
        return static_cast<Type *>(apr_palloc(pool, sizeof(Type)));
    }
    template <class Type> Type *make_zeroed() {
        return static_cast<Type *>(apr_pcalloc(pool, sizeof(Type)));
    }
    void clear() {
        apr_pool_clear(pool);
    }
};

struct glib {
    static constexpr const char *name = "glib";
    template <class Type> Type *make() {
        return static_cast<Type *>(g_slice_alloc(sizeof(Type)));
    }
    template <class Type> Type *make_zeroed() {
        return static_cast<Type *>(g_slice_alloc0(sizeof(Type)));
    }
    void drop(node *first) {
        g_slice_free_chain(node, first, next);
    }
    void drop(pair **made, size_t count) {
        for (size_t i = 0; i < count; ++i)
            g_slice_free1(sizeof(pair), made[i]);
    }
    void clear() {}
};

// To keep its memory when it is cleared, a monotonic resource needs a first buffer with room for all.
struct pmr : arena_like {
    static constexpr const char *name = "pmr";
    std::pmr::monotonic_buffer_resource resource;
    pmr() = default;
    pmr(void *buffer, size_t size) : resource(buffer, size) {}
    template <class Type> Type *make() {
        return static_cast<Type *>(resource.allocate(sizeof(Type), alignof(Type)));
    }
    template <class Type> Type *make_zeroed() {
        return static_cast<Type *>(std::memset(make<Type>(), 0, sizeof(Type)));
    }
    void clear() {
        resource.release();
    }
};

template <class Memory, class Body> void with_room(size_t bytes, const Body &body) {
    if constexpr (std::is_same_v<Memory, pmr>) {
        pmr memory(own_memory(bytes), bytes);
        body(memory);
    } else {
        Memory memory;
        body(memory);
    }
}

// Makes a list, walks it, and drops it. The walk begins when all writes are done: reads that overlap with them are slow
// where nodes lie side by side, which would be the processor's time and not that of an allocator.
template <class Memory> void one_list(Memory &memory, size_t length) {
    node *first = nullptr;
    uint64_t sum = 0;
    for (size_t i = 0; i < length; ++i) {
        node *const made = memory.template make<node>();
        if (!made)
            fail("out of memory");
        made->next = first;
        made->value = i;
        first = made;
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (const node *at = first; at; at = at->next)
        sum += at->value;
    if (sum != uint64_t{length} * (length - 1) / 2)
        fail("a node was overwritten");
    memory.drop(first);
}

template <class Body> void repeat(const heap_job *job, size_t done_by_one, const Body &body) {
    for (size_t done = 0; done < job->operations / 8 + 1; done += done_by_one)
        body();
    size_t done = 0;
    clock_start();
    for (; done < job->operations; done += done_by_one)
        body();
    clock_stop(done);
}

template <class Memory> struct nodes_list {
    static void run(const heap_job *job) {
        repeat(job, job->size, [&] {
            Memory memory;
            one_list(memory, job->size);
        });
    }
};

template <class Memory> struct nodes_list_again {
    static void run(const heap_job *job) {
        with_room<Memory>(job->size * sizeof(node) + 4096, [&](Memory &memory) {
            repeat(job, job->size, [&] {
                one_list(memory, job->size);
                memory.clear();
            });
        });
    }
};

template <class Memory> struct pairs_new {
    static void run(const heap_job *job) {
        pair **const made = static_cast<pair **>(own_memory(job->size * sizeof *made));
        with_room<Memory>(job->size * sizeof(pair) + 4096, [&](Memory &memory) {
            const auto make_all = [&] {
                for (size_t i = 0; i < job->size; ++i)
                    made[i] = memory.template make_zeroed<pair>();
            };
            repeat(job, job->size, [&] {
                make_all();
                memory.drop(made, job->size);
                memory.clear();
            });
            make_all();
            for (size_t i = 0; i < job->size; ++i) {
                if (!made[i] || made[i]->next || made[i]->value)
                    fail("not zeroed, or given out twice");
                made[i]->value = i + 1;
            }
            memory.drop(made, job->size);
        });
    }
};

} // namespace

heap_operation *find_arena(const char *name) {
#define ARENA_CELL(types, operation, size, count, ...) PICK(arena, types, operation, __VA_ARGS__)
#include "../manifest.h"
    return nullptr;
}

} // namespace lives
