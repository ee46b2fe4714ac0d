// keys.cc - choosing words and laying out their bytes.
#include "keys.h"
#include "text.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace bench {

namespace {

// Makes a word one whose bytes lie at `at`, which moves on behind them.
void move_bytes(swiss_slice &word, char *&at) {
    std::memcpy(at, word.data, word.size);
    word.data = at;
    at += word.size;
}

size_t bytes_of(const std::vector<swiss_slice> &words) {
    return std::accumulate(words.begin(), words.end(), size_t{0},
                           [](size_t sum, const swiss_slice &word) { return sum + word.size; });
}

// `count` words or phrases, drawn by `random`. Single words are preferred as long as they suffice.
std::vector<swiss_slice> choose(size_t count, Random &random) {
    const std::vector<swiss_slice> &words = distinct_words();
    const std::vector<swiss_slice> &pool = count <= words.size() ? words : distinct_phrases(count);
    std::vector<swiss_slice> chosen;
    if (count * 8 < pool.size()) { // a run of a shuffled pool, shuffled again, is as good and touches less memory
        const uint32_t start = random.below(static_cast<uint32_t>(pool.size() - count));
        chosen.assign(pool.begin() + start, pool.begin() + start + static_cast<std::ptrdiff_t>(count));
    } else {
        chosen = pool;
    }
    random.shuffle(chosen.data(), chosen.size(), count);
    chosen.resize(count);
    return chosen;
}

} // namespace

Words::Words(size_t total, uint64_t seed) {
    Random random(seed);
    const size_t misses = std::min<size_t>(65536, std::max<size_t>(total, 4096));
    source_ = choose(total + misses, random);
    source_bytes_.resize(bytes_of(source_));
    char *at = source_bytes_.data();
    for (swiss_slice &word : source_)
        move_bytes(word, at);

    stored_.assign(source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(total));
    stored_bytes_.resize(bytes_of(stored_));
    std::vector<uint32_t> order(total);
    std::iota(order.begin(), order.end(), 0u);
    random.shuffle(order.data(), total, total);
    at = stored_bytes_.data();
    for (const uint32_t i : order)
        move_bytes(stored_[i], at);
}

void Words::copy(const std::vector<uint32_t> &picks, KeyCopies<swiss_slice> &to) const {
    size_t bytes = 0;
    for (const uint32_t pick : picks)
        bytes += source_[pick].size;
    if (to.bytes.size() < bytes)
        to.bytes.resize(bytes);
    to.keys.resize(picks.size());
    char *at = to.bytes.data();
    for (size_t i = 0; i < picks.size(); ++i) {
        to.keys[i] = source_[picks[i]];
        move_bytes(to.keys[i], at);
    }
}

void Words::lend(const std::vector<uint32_t> &picks, KeyCopies<swiss_slice> &to) const {
    to.keys.resize(picks.size());
    for (size_t i = 0; i < picks.size(); ++i)
        to.keys[i] = source_[picks[i]];
}

} // namespace bench
