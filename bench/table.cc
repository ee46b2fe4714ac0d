// table.cc - sorting results into rows, and the arithmetic over them.
#include "table.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace bench {

namespace {

// Numbers texts in the order in which they first appear.
class Order {
  public:
    size_t of(const std::string &text) {
        return numbers_.try_emplace(text, numbers_.size()).first->second;
    }

  private:
    std::map<std::string, size_t> numbers_;
};

} // namespace

std::optional<double> Row::time(const std::string &contender) const {
    const auto found = by_contender.find(contender);
    if (found == by_contender.end() || found->second->median <= 0)
        return std::nullopt;
    return found->second->median;
}

std::optional<double> Row::ratio(const std::string &slow, const std::string &fast) const {
    const std::optional<double> dividend = time(slow), divisor = time(fast);
    if (!dividend || !divisor)
        return std::nullopt;
    return *dividend / *divisor;
}

std::string Row::best(const std::string &except) const {
    std::string best;
    for (const auto &entry : by_contender)
        if (entry.first != except && entry.first != "swiss-base" && time(entry.first) &&
            (best.empty() || *time(entry.first) < *time(best)))
            best = entry.first;
    return best;
}

void GeometricMean::add(std::optional<double> ratio) {
    if (ratio) {
        logarithms_ += std::log(*ratio);
        ++count_;
    }
}

std::optional<double> GeometricMean::value() const {
    if (count_ == 0)
        return std::nullopt;
    return std::exp(logarithms_ / static_cast<double>(count_));
}

std::vector<Row> rows_of(const Results &results) {
    std::vector<Row> rows;
    std::map<std::string, size_t> numbers;
    Order blocks, operations;
    for (const Measured &measured : results) {
        const Benchmark &benchmark = *measured.benchmark;
        const size_t number = numbers.try_emplace(benchmark.cell(), rows.size()).first->second;
        if (number == rows.size())
            rows.push_back({benchmark.suite, benchmark.types, benchmark.operation, benchmark.size, {}});
        rows[number].by_contender[benchmark.contender] = &measured;
        blocks.of(benchmark.suite + '/' + benchmark.types);
        operations.of(benchmark.operation);
    }
    const auto key = [&](const Row &row) {
        return std::make_tuple(blocks.of(row.suite + '/' + row.types), operations.of(row.operation), row.size);
    };
    std::sort(rows.begin(), rows.end(), [&](const Row &a, const Row &b) { return key(a) < key(b); });
    return rows;
}

std::vector<std::string> present(const std::vector<Contender> &contenders, const std::vector<Row> &rows) {
    std::vector<std::string> names;
    for (const Contender &contender : contenders)
        if (std::any_of(rows.begin(), rows.end(), [&](const Row &row) { return row.time(contender.name); }))
            names.push_back(contender.name);
    return names;
}

} // namespace bench
