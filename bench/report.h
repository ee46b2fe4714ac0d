// report.h - the tables that a run ends with.
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "plan.h"
#include "results.h"

#include <string>
#include <utility>
#include <vector>

namespace bench {

// Prints the report to stdout.
void print_report(const Plan &plan, const Results &results,
                  const std::vector<std::pair<std::string, std::string>> &machine);

} // namespace bench

#endif
