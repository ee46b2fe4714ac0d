/* lifetimes.c - fuzzes what decides when memory ends: arenas with their marks, children, cleanups, texts and weak
 * handles; counted and weak references with their cleanups and queues; pools of objects and of buffers. Each is tried
 * against a plain reference by a part of its own: lifetimes_arena.h, lifetimes_ref.h, lifetimes_pool.h.
 *
 * An input is operations of five bytes: what to do, to which, to what of it, and two bytes that make a size and an
 * alignment. All memory is from the allocator that fails on request; at the end none may be left.
 */
#include "lifetimes_arena.h"
#include "lifetimes_pool.h"

/* The operations: numbers in each part, one part after the other. */
enum { ARENA_OPS = 20, REF_OPS = 10, BYTE_OPS = 8, POOL_OPS = 8 };

static void operate(const lifetime_step *step) {
    lifetime_step part = *step;
    part.op = step->op % 64;
    if (step->op >= 240) {
        memory.fail_in = step->first % 16;
    } else if (part.op < ARENA_OPS) {
        arena_step(&part);
    } else if ((part.op -= ARENA_OPS) < REF_OPS) {
        ref_step(&part);
    } else if ((part.op -= REF_OPS) < BYTE_OPS) {
        bytes_step(&part);
    } else if ((part.op -= BYTE_OPS) < POOL_OPS) {
        pool_step(&part);
    } else if ((part.op -= POOL_OPS) == 0) {
        use_manager(&part);
    } else {
        part.op = 18; /* a block of an arena */
        arena_step(&part);
    }
}

static void check_all(void) {
    check_arenas();
    check_refs();
    for (unsigned i = 0; i < POOLS; ++i)
        check_pool(&pools[i]);
    check_bytes();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* A size is 12 bits, shifted; 4 bits where it is tiny. */
    static const struct {
        unsigned char shift, alignment;
        bool tiny;
    } kinds[16] = {{0, 0, true},  {0, 1, true},  {0, 2, true},  {0, 3, true},  {0, 4, true},  {0, 5, true},
                   {0, 6, true},  {0, 0, false}, {0, 3, false}, {0, 4, false}, {0, 12, true}, {0, 13, true},
                   {1, 3, false}, {2, 4, false}, {3, 0, false}, {4, 12, false}};
    fuzz_input input = {data, data + size};
    memset(&memory, 0, sizeof memory);
    now = 0;
    begin_arenas();
    begin_refs();
    begin_pools();
    size_t failures = 0;
    for (unsigned count = 1; input.at < input.end && count <= 1000; ++count) {
        lifetime_step step = {
            fuzz_byte(&input), fuzz_byte(&input), fuzz_byte(&input), fuzz_byte(&input), fuzz_byte(&input), 0, 0};
        const unsigned kind = step.second >> 4;
        step.size = step.first | (step.second & 0xFu) << 8;
        step.size = kinds[kind].tiny ? step.size % 64 : step.size << kinds[kind].shift;
        step.alignment = (size_t)1 << kinds[kind].alignment;
        operate(&step);
        if (count % 16 == 0 || memory.failures != failures)
            check_all();
        failures = memory.failures;
    }
    check_all();
    end_arenas();
    end_refs();
    end_pools();
    CHECK(memory.bytes == 0);
    return 0;
}
