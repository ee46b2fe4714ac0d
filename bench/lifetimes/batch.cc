// batch.cc - whole jobs that begin with nothing and drop all they made: a text parsed and added up, and a map with its
// keys and values. Each is done once with nothing warm, for the memory that it takes at most; then again, for the time.
#include "json.h"
#include "lifetimes.h"
#include "swiss/arena.h"

#define SWISS_NAME record_map
#define SWISS_KEY swiss_slice
#define SWISS_VALUE void *
#include "swiss/map.h"

namespace lives {

namespace {

struct swiss {
    static constexpr const char *name = "swiss";
    static constexpr auto json = json_by_arena;
    swiss_arena arena = {};
    ~swiss() {
        swiss_arena_free(&arena);
    }
    const swiss_allocator *allocator() {
        return swiss_arena_allocator(&arena);
    }
    void *allocate(size_t size) {
        return checked(swiss_arena_alloc(&arena, size, 8));
    }
    void free(void *) {}
    void drop(record_map *) {}
};

struct malloc {
    static constexpr const char *name = "malloc";
    static constexpr auto json = json_by_malloc;
    const swiss_allocator *allocator() {
        return swiss_allocator_malloc();
    }
    void *allocate(size_t size) {
        return checked(::malloc(size));
    }
    void free(void *block) {
        ::free(block);
    }
    void drop(record_map *map) {
        record_map_iter iterator = record_map_iterate(map);
        while (const record_map_entry *const entry = record_map_next(&iterator)) {
            ::free(const_cast<void *>(static_cast<const void *>(entry->key.data)));
            ::free(entry->value);
        }
        record_map_free(map);
    }
};

// Does the job once, and tells what it took at most; then until there are enough operations.
template <class Job> void measure(const heap_job *job, size_t done_by_one, const Job &run_once) {
    forget_peak();
    const double before = memory("VmRSS:");
    run_once();
    tell("most", (memory("VmHWM:") - before) / 1048576);
    run_once();
    size_t done = 0;
    clock_start();
    for (; done < job->operations; done += done_by_one)
        run_once();
    clock_stop(done);
}

// The time of an order.
template <class Contender> struct json_process {
    static void run(const heap_job *job) {
        const char *texts[3];
        double expected[3];
        for (unsigned i = 0; i < 3; ++i)
            texts[i] = static_cast<const char *>(checked(json_text(static_cast<unsigned>(job->seed) + i)));
        bool first = true;
        measure(job, 3 * job->size, [&] {
            for (unsigned i = 0; i < 3; ++i) {
                const double paid = Contender::json(texts[i]);
                if (paid <= 0 || (!first && paid != expected[i]))
                    fail("not what was paid");
                expected[i] = paid;
            }
            first = false;
        });
    }
};

// Keys of 8 to 39 bytes and values of 16 to 255 are copied into new blocks, of which a map of them is made; every third
// value is replaced by a longer one; then all are looked up, and dropped. The time of an entry.
template <class Contender> struct map_mix {
    struct entry {
        uint32_t key_size, value_size;
        char key[40];
    };

    static swiss_slice copy(Contender &memory, const entry &from) {
        void *const to = memory.allocate(from.key_size);
        return {static_cast<char *>(std::memcpy(to, from.key, from.key_size)), from.key_size};
    }

    static void *value(Contender &memory, size_t size, uint64_t number) {
        void *const made = std::memset(memory.allocate(size), 1, size);
        return std::memcpy(made, &number, sizeof number);
    }

    static void run_once(const entry *entries, size_t count) {
        Contender memory;
        record_map map = {};
        swiss_options options = {};
        options.allocator = memory.allocator();
        if (!record_map_init(&map, &options))
            fail("out of memory");
        for (size_t i = 0; i < count; ++i)
            if (!record_map_insert(&map, copy(memory, entries[i]), value(memory, entries[i].value_size, i)).inserted)
                fail("not inserted");
        for (size_t i = 0; i < count; i += 3) {
            void **const at = record_map_get(&map, {entries[i].key, entries[i].key_size});
            if (!at)
                fail("not found");
            memory.free(*at);
            *at = value(memory, entries[i].value_size + 16, i);
        }
        for (size_t i = 0; i < count; ++i) {
            void **const at = record_map_get(&map, {entries[i].key, entries[i].key_size});
            if (!at || *static_cast<uint64_t *>(*at) != i)
                fail("not found");
        }
        memory.drop(&map);
    }

    static void run(const heap_job *job) {
        entry *const entries = static_cast<entry *>(own_memory(job->size * sizeof *entries));
        uint64_t state = job->seed;
        for (size_t i = 0; i < job->size; ++i) {
            entries[i].key_size = 8 + random_below(&state, 32);
            entries[i].value_size = 16 + random_below(&state, 240);
            for (size_t at = 0; at < sizeof entries[i].key; at += 8) {
                const uint64_t random = random_next(&state);
                std::memcpy(entries[i].key + at, &random, 8);
            }
        }
        measure(job, job->size, [&] { run_once(entries, job->size); });
    }
};

} // namespace

heap_operation *find_batch(const char *name) {
#define BATCH_CELL(types, operation, size, count, ...) PICK(batch, types, operation, __VA_ARGS__)
#include "../manifest.h"
    return nullptr;
}

} // namespace lives
