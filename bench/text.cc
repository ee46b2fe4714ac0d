// text.cc - reading WordNet, its words, and its phrases.
#include "text.h"
#include "random.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string_view>
#include <unordered_set>

#ifndef SWISS_BENCH_TEXT
#    define SWISS_BENCH_TEXT "/usr/share/wordnet"
#endif

namespace bench {

namespace {

std::array<bool, 256> word_bytes() {
    std::array<bool, 256> is_word{};
    for (unsigned char letter = 'a'; letter <= 'z'; ++letter)
        is_word[letter] = is_word[letter - 'a' + 'A'] = true;
    is_word['\''] = is_word['-'] = is_word['_'] = true;
    return is_word;
}

// Appends a piece of a file, with one blank for each run of bytes that belong to no word.
void append_words(std::string &to, const char *bytes, size_t size) {
    static const std::array<bool, 256> is_word = word_bytes();
    for (size_t i = 0; i < size; ++i) {
        if (is_word[static_cast<unsigned char>(bytes[i])])
            to.push_back(bytes[i]);
        else if (!to.empty() && to.back() != ' ')
            to.push_back(' ');
    }
}

std::string read_text() {
    std::string all;
    for (const char *name : {"noun", "verb", "adj", "adv"}) {
        const std::string path = std::string(SWISS_BENCH_TEXT "/data.") + name;
        std::FILE *file = std::fopen(path.c_str(), "rb");
        if (!file) {
            std::fprintf(stderr, "bench: cannot read %s: apt-get install wordnet-base\n", path.c_str());
            std::exit(1);
        }
        std::array<char, 65536> block;
        for (size_t size; (size = std::fread(block.data(), 1, block.size(), file)) > 0;)
            append_words(all, block.data(), size);
        std::fclose(file);
        append_words(all, "\n", 1);
    }
    return all;
}

std::string_view view(swiss_slice slice) {
    return {slice.data, slice.size};
}

using Seen = std::unordered_set<std::string_view>;

// Appends to `phrases` the distinct runs of `length` neighbouring words until there are `enough`. As one blank
// separates the words of the text, a run of them is a piece of it: nothing is copied, and no small blocks are left
// lying about in malloc's heap, where they would scatter the nodes of the contenders that have nodes.
void add_phrases(std::vector<swiss_slice> &phrases, Seen &seen, size_t length, size_t enough) {
    std::deque<swiss_slice> run;
    Tokenizer tokens(text());
    for (swiss_slice word; phrases.size() < enough && tokens.next(&word, 1);) {
        run.push_back(word);
        if (run.size() < length)
            continue;
        const char *const start = run.front().data;
        const swiss_slice phrase = {start, static_cast<size_t>(word.data + word.size - start)};
        run.pop_front();
        if (seen.insert(view(phrase)).second)
            phrases.push_back(phrase);
    }
}

} // namespace

size_t Tokenizer::next(swiss_slice *words, size_t limit) {
    const char *at = at_, *const end = end_;
    size_t count = 0;
    while (count < limit) {
        while (at != end && *at == ' ')
            ++at;
        if (at == end)
            break;
        const char *const start = at;
        while (at != end && *at != ' ')
            ++at;
        words[count++] = {start, static_cast<size_t>(at - start)};
    }
    at_ = at;
    return count;
}

const std::string &text() {
    static const std::string all = read_text();
    return all;
}

size_t text_words() {
    static const auto total = std::count(text().begin(), text().end(), ' '); // one after each
    return static_cast<size_t>(total);
}

const std::vector<swiss_slice> &distinct_words() {
    static const std::vector<swiss_slice> words = [] {
        std::vector<swiss_slice> distinct;
        Seen seen;
        Tokenizer tokens(text());
        for (swiss_slice word; tokens.next(&word, 1);)
            if (seen.insert(view(word)).second)
                distinct.push_back(word);
        Random(1).shuffle(distinct.data(), distinct.size(), distinct.size());
        return distinct;
    }();
    return words;
}

const std::vector<swiss_slice> &distinct_phrases(size_t count) {
    static std::vector<swiss_slice> phrases;
    if (phrases.size() >= count)
        return phrases;
    phrases = distinct_words();
    Seen seen;
    for (const swiss_slice &word : phrases)
        seen.insert(view(word));
    for (size_t length = 2; length <= 3; ++length)
        add_phrases(phrases, seen, length, count);
    if (phrases.size() < count) {
        std::fprintf(stderr, "bench: the text has only %zu distinct phrases\n", phrases.size());
        std::exit(1);
    }
    Random(2).shuffle(phrases.data(), phrases.size(), phrases.size());
    return phrases;
}

} // namespace bench
