// patterns.h - what the hashes make of keys that are not random.
#ifndef LAYOUT_PATTERNS_H
#define LAYOUT_PATTERNS_H

namespace layout {

// Fills tables three quarters full with some 500 patterns of keys, each with 8 seeds, and prints for each hash how many
// groups and false matches an insertion meets, in the worst pattern and with random keys.
void report_patterns();

} // namespace layout

#endif
