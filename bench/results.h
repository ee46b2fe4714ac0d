// results.h - what was measured: collected from Google Benchmark, and written for the report.
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "plan.h"

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace bench {

// One benchmark's result.
struct Measured {
    const Benchmark *benchmark = nullptr;
    std::vector<benchmark::BenchmarkReporter::Run> runs;   // one per repetition
    std::vector<benchmark::BenchmarkReporter::Run> errors; // the last one that went wrong, if any
};

using Results = std::vector<Measured>; // in the order of the plan

// Receives the runs from Google Benchmark, and prints nothing.
class Collector : public benchmark::BenchmarkReporter {
  public:
    // A negative repetition is not kept.
    void begin_round(int repetition) {
        repetition_ = repetition;
    }
    // The benchmarks that run next.
    void begin_turn(const std::vector<const Benchmark *> &benchmarks);
    Results results() const;

    bool ReportContext(const Context &) override {
        return true;
    }
    void ReportRuns(const std::vector<Run> &runs) override;

  private:
    int repetition_ = 0;
    std::map<std::string, const Benchmark *> turn_;
    std::map<const Benchmark *, Measured> measured_;
};

// Writes the results as Google Benchmark does: every run and the median of each benchmark, and what went wrong.
void write_json(std::ostream &to, const Results &results);

} // namespace bench

#endif
