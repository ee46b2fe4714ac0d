// contenders.h - every layout with every hash, by name.
#ifndef LAYOUT_CONTENDERS_H
#define LAYOUT_CONTENDERS_H

#include "measure.h"

#include <string>
#include <vector>

namespace layout {

struct Contender {
    const char *layout;
    const char *hash;
    Times (*turn)(size_t entries, uint64_t keys, uint64_t draws);
    void (*check)(); // of the layout, with all hashes
};

// The contenders with slots of this many bytes: 4, 8, 16, 24, 32 or 64.
template <size_t slot_size> std::vector<Contender> contenders();

} // namespace layout

#endif
