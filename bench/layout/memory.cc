// memory.cc - blocks of the tables.
#include "memory.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <vector>

namespace layout {

namespace {

constexpr size_t huge_page = size_t{2} << 20;

std::unordered_map<uint8_t *, size_t> sizes; // of all blocks
std::vector<uint8_t *> kept;

uint8_t *map_huge(size_t size) {
    void *const region = mmap(nullptr, size + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED)
        return nullptr;
    const uintptr_t start = (reinterpret_cast<uintptr_t>(region) + huge_page - 1) & ~(huge_page - 1);
    madvise(reinterpret_cast<void *>(start), size, MADV_HUGEPAGE); // without huge pages the study goes on
    return reinterpret_cast<uint8_t *>(start);
}

} // namespace

uint8_t *allocate(size_t size) {
    const size_t unit = size >= huge_page / 2 ? huge_page : 64;
    size = (size + unit - 1) / unit * unit;
    for (size_t i = kept.size(); i-- > 0;) {
        uint8_t *const block = kept[i];
        const size_t found = sizes[block];
        if (found >= size && found <= size + size / 8) {
            kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
            return block;
        }
    }
    uint8_t *const block = unit == huge_page ? map_huge(size) : static_cast<uint8_t *>(std::aligned_alloc(unit, size));
    if (block == nullptr) {
        std::fprintf(stderr, "out of memory\n");
        std::exit(1);
    }
    sizes[block] = size;
    return block;
}

void release(uint8_t *block) {
    kept.push_back(block);
}

} // namespace layout
