// memory.h - the tables' memory: blocks that are kept when freed, so that every layout but the first to run finds its
// pages warm.
#ifndef LAYOUT_MEMORY_H
#define LAYOUT_MEMORY_H

#include <cstddef>
#include <cstdint>

namespace layout {

// A block of at least `size` bytes, aligned to a cache line; from 1 MiB on to 2 MiB, and on huge pages where the system
// has them. The last one freed that fits without much waste is given first. Ends the program when out of memory.
uint8_t *allocate(size_t size);

// Keeps a block for later.
void release(uint8_t *block);

} // namespace layout

#endif
