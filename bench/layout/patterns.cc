// patterns.cc - how well the hashes spread keys that are not random: strides, powers of two, grids, floating-point
// numbers.
#include "patterns.h"
#include "slot.h"

#include "../random.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace layout {

namespace {

constexpr unsigned group_bits = 12;
constexpr size_t groups = size_t{1} << group_bits, lanes = 16, keys_in_all = groups * lanes / 4 * 3;

struct Pattern {
    std::string name;
    std::vector<uint64_t> keys;
};

// What an insertion meets on average: groups, and full lanes of the same h2.
struct Met {
    double groups, same;
};

template <class Hash, unsigned h2_bits> Met insert_all(const std::vector<uint64_t> &keys, uint64_t seed) {
    std::vector<uint8_t> h2s(groups * lanes), filled(groups);
    size_t visited = 0, same = 0;
    for (const uint64_t key : keys) {
        const uint64_t hash = Hash::hash(key, seed);
        const uint8_t h2 = hash & ((1u << h2_bits) - 1);
        size_t group = home_of<Hash, 0, h2_bits>(hash, groups - 1, group_bits);
        for (size_t step = 1;; ++step) {
            uint8_t *const row = h2s.data() + group * lanes;
            ++visited;
            same += static_cast<size_t>(std::count(row, row + filled[group], h2));
            if (filled[group] < lanes) {
                row[filled[group]++] = h2;
                break;
            }
            group = (group + step) & (groups - 1);
        }
    }
    const double count = static_cast<double>(keys.size());
    return {static_cast<double>(visited) / count, static_cast<double>(same) / count};
}

template <class Function> void add(std::vector<Pattern> &all, const std::string &name, Function key) {
    Pattern pattern{name, std::vector<uint64_t>(keys_in_all)};
    for (size_t i = 0; i < keys_in_all; ++i)
        pattern.keys[i] = key(i);
    all.push_back(std::move(pattern));
}

uint64_t bits_of(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

// The first is random keys, with which the others are compared.
std::vector<Pattern> patterns() {
    std::vector<Pattern> all;
    bench::Random random(1);
    const auto stride = [&](uint64_t by) {
        add(all, "multiples of " + std::to_string(by), [=](size_t i) { return i * by; });
    };
    add(all, "random", [&](size_t) { return random.next(); });
    for (unsigned shift = 0; shift <= 48; ++shift)
        add(all, "multiples of 2^" + std::to_string(shift), [=](size_t i) { return uint64_t{i} << shift; });
    for (const unsigned by : {3u, 10u, 24u, 48u, 56u, 100u, 1000u, 4112u, 48271u, 1000000u})
        stride(by);
    for (int i = 0; i < 300; ++i)
        stride(random.next() >> random.below(60));
    for (uint64_t fibonacci = 1, next = 2; fibonacci < 2000000; next += fibonacci, fibonacci = next - fibonacci)
        stride(fibonacci);
    uint64_t inverse = 1; // of the multiplier, modulo 2^64, by Newton's iteration
    for (int i = 0; i < 7; ++i)
        inverse *= 2 - UINT64_C(0x9E3779B97F4A7C15) * inverse;
    for (unsigned i = 0; i < 40; ++i) {
        stride(inverse << i);
        stride(inverse * (i + 1));
    }
    for (unsigned shift = 8; shift <= 40; shift += 4)
        add(all, "8 bits, the others from 2^" + std::to_string(shift),
            [=](size_t i) { return (i & 255) | uint64_t{i} >> 8 << shift; });
    add(all, "doubles 0, 1, ...", [](size_t i) { return bits_of(static_cast<double>(i)); });
    add(all, "doubles 0, 0.01, ...", [](size_t i) { return bits_of(static_cast<double>(i) / 100); });
    return all;
}

// Prints how random keys fare, the worst pattern, and how many are over 1.1 times as bad as random.
void print(const char *what, const std::vector<Pattern> &all, const std::vector<double> &values) {
    const size_t worst = static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin());
    const auto bad = std::count_if(values.begin(), values.end(), [&](double value) { return value > values[0] * 1.1; });
    std::printf(" %s: random %.3f, worst %.3f (%s), %td of %zu over 1.1 times random;", what, values[0], values[worst],
                all[worst].name.c_str(), bad, all.size() - 1);
}

template <class Hash, unsigned h2_bits> void report(const std::vector<Pattern> &all) {
    std::vector<double> groups_met, same_met;
    for (const Pattern &pattern : all) {
        Met worst = {0, 0};
        for (uint64_t seed = 1; seed <= 8; ++seed) {
            const Met met = insert_all<Hash, h2_bits>(pattern.keys, bench::scramble(seed));
            worst = {std::max(worst.groups, met.groups), std::max(worst.same, met.same)};
        }
        groups_met.push_back(worst.groups);
        same_met.push_back(worst.same);
    }
    std::printf("%s, h2 of %u bits:", Hash::name, h2_bits);
    print("groups met", all, groups_met);
    print("false matches", all, same_met);
    std::printf("\n");
}

} // namespace

void report_patterns() {
    const std::vector<Pattern> all = patterns();
    report<TwoMultiplications, 7>(all);
    report<TwoMultiplications, 8>(all);
    report<OneMultiplication, 7>(all);
    report<OneMultiplication, 8>(all);
}

} // namespace layout
