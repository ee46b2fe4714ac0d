// wordcount.h - a whole job: how often does each word occur in a text of 12 MB?
#ifndef BENCH_WORDCOUNT_H
#define BENCH_WORDCOUNT_H

#include "adapter.h"
#include "operations.h"
#include "text.h"

namespace bench {

// Time per word of the text, cutting the text into words included.
template <class Map> void count_words(benchmark::State &state) {
    Map::settle();
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(text_words()))) {
        std::optional<Map> map;
        const Stopwatch watch;
        map.emplace();
        const WordCount counted = map->count_words(text());
        state.SetIterationTime(watch.seconds());
        check(state, counted.words == text_words() && counted.distinct == distinct_words().size());
    }
}

} // namespace bench

#endif
