// table.h - the results as the report reads them: cells, and the times of all contenders in each.
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include "plan.h"
#include "results.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bench {

// The results of one cell.
struct Row {
    std::string suite, types, operation;
    size_t size;
    std::map<std::string, const Measured *> by_contender;

    // Nanoseconds per operation; nothing if it was not measured.
    std::optional<double> time(const std::string &contender) const;
    // How many times as long `slow` took as `fast`; nothing unless both were measured.
    std::optional<double> ratio(const std::string &slow, const std::string &fast) const;
    // The fastest contender besides `except`; empty if there is none.
    std::string best(const std::string &except) const;
};

// A geometric mean in the making.
class GeometricMean {
  public:
    void add(std::optional<double> ratio);
    std::optional<double> value() const;

  private:
    double logarithms_ = 0;
    size_t count_ = 0;
};

// One row per cell: suites, types and operations in the order of the plan, sizes ascending.
std::vector<Row> rows_of(const Results &results);

// Those of `contenders` that have a result in one of `rows`, in their order.
std::vector<std::string> present(const std::vector<Contender> &contenders, const std::vector<Row> &rows);

} // namespace bench

#endif
