// results.cc - collecting runs, and writing them as JSON.
#include "results.h"

#include <algorithm>
#include <ostream>

namespace bench {

namespace {

double median(std::vector<double> numbers) {
    std::sort(numbers.begin(), numbers.end());
    const size_t middle = numbers.size() / 2;
    return numbers.size() % 2 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}

// The median as Google Benchmark would report it: a run whose iterations are repetitions.
benchmark::BenchmarkReporter::Run median_run(const Measured &measured) {
    benchmark::BenchmarkReporter::Run run = measured.runs.front();
    std::vector<double> real_times, cpu_times;
    for (const benchmark::BenchmarkReporter::Run &one : measured.runs) {
        real_times.push_back(one.real_accumulated_time / static_cast<double>(one.iterations));
        cpu_times.push_back(one.cpu_accumulated_time / static_cast<double>(one.iterations));
    }
    run.run_type = benchmark::BenchmarkReporter::Run::RT_Aggregate;
    run.aggregate_name = "median";
    run.aggregate_unit = benchmark::kTime;
    run.iterations = static_cast<benchmark::IterationCount>(measured.runs.size());
    run.real_accumulated_time = median(real_times) * static_cast<double>(run.iterations);
    run.cpu_accumulated_time = median(cpu_times) * static_cast<double>(run.iterations);
    return run;
}

} // namespace

void Collector::begin_turn(const std::vector<const Benchmark *> &benchmarks) {
    turn_.clear();
    for (const Benchmark *planned : benchmarks)
        turn_[planned->name()] = planned;
}

void Collector::ReportRuns(const std::vector<Run> &runs) {
    for (const Run &reported : runs) {
        const Benchmark *const planned = turn_.at(reported.run_name.function_name);
        Measured &measured = measured_[planned];
        measured.benchmark = planned;
        Run run = reported;
        run.run_name = {};
        run.run_name.function_name = planned->name(); // without "/iterations:...", which is no part of what is measured
        run.repetition_index = repetition_;
        run.statistics = nullptr; // belongs to the registered benchmark, which goes with the turn
        if (run.error_occurred)
            measured.errors = {run};
        else if (repetition_ >= 0)
            measured.runs.push_back(run);
    }
}

Results Collector::results() const {
    Results results;
    for (const auto &entry : measured_)
        results.push_back(entry.second);
    // The plan keeps its benchmarks in one array.
    std::sort(results.begin(), results.end(),
              [](const Measured &a, const Measured &b) { return a.benchmark < b.benchmark; });
    return results;
}

void write_json(std::ostream &to, const Results &results) {
    benchmark::JSONReporter json;
    json.SetOutputStream(&to);
    json.ReportContext({});
    int64_t family = 0;
    for (const Measured &measured : results) {
        std::vector<benchmark::BenchmarkReporter::Run> runs = measured.runs;
        if (!runs.empty())
            runs.push_back(median_run(measured));
        runs.insert(runs.end(), measured.errors.begin(), measured.errors.end());
        for (benchmark::BenchmarkReporter::Run &run : runs) {
            run.repetitions = static_cast<int64_t>(measured.runs.size());
            run.family_index = family; // tools sort by it
        }
        ++family;
        json.ReportRuns(runs);
    }
    json.Finalize();
    to.flush();
}

} // namespace bench
