// text.h - the real text behind the string keys: WordNet's data files, some 12 MB of English words.
#ifndef BENCH_TEXT_H
#define BENCH_TEXT_H

#include "swiss/hash.h"

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

// Walks over the words of a text: what lies between the blanks.
class Tokenizer {
  public:
    explicit Tokenizer(const std::string &text) : at_(text.data()), end_(text.data() + text.size()) {}

    // Writes up to `limit` further words to `words` and returns how many; 0 at the end of the text. The words point
    // into the text.
    size_t next(swiss_slice *words, size_t limit);

  private:
    const char *at_, *end_;
};

// The text: the words of the files, in their order, each followed by a blank. A word is a run of letters, apostrophes,
// hyphens and underscores. Read once. Ends the program with a message if the files are missing.
const std::string &text();

// The distinct words of the text in random order.
const std::vector<swiss_slice> &distinct_words();

// How many words the text has.
size_t text_words();

// At least `count` distinct strings in random order: the distinct words, then, as they do not suffice, distinct runs of
// two and of three neighbouring words. Ends the program with a message if the text has fewer.
const std::vector<swiss_slice> &distinct_phrases(size_t count);

} // namespace bench

#endif
