// report.cc - the tables that a run ends with. Ratios first: absolute times are those of one machine on one day.
#include "report.h"
#include "heap_suite.h"
#include "table.h"

#include <algorithm>
#include <cstdio>
#include <set>

namespace bench {

namespace {

constexpr const char *ours = "swiss";
constexpr const char *baseline = "hmap";
constexpr const char *original = "go";

using Ratio = std::optional<double>;

// The rows of `rows` for which `wanted` holds.
template <class Wanted> std::vector<Row> select(const std::vector<Row> &rows, Wanted wanted) {
    std::vector<Row> selected;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(selected), wanted);
    return selected;
}

void heading(const std::string &text) {
    std::printf("\n%s\n%s\n", text.c_str(), std::string(text.size(), '=').c_str());
}

void print_number(Ratio number, const char *unit, int width) {
    char text[32] = "-";
    if (number)
        std::snprintf(text, sizeof text,
                      *number < 9.995   ? "%.2f%s"
                      : *number < 99.95 ? "%.1f%s"
                                        : "%.0f%s",
                      *number, unit);
    std::printf(" %*s", width, text);
}

std::string with_commas(size_t number) {
    std::string digits = std::to_string(number);
    for (size_t at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, ",");
    return digits;
}

// A row's label: the operation, and the size unless it is 0.
void print_label(const std::string &text, size_t size) {
    std::printf("%-17s %10s", text.c_str(), size ? with_commas(size).c_str() : "");
}

void print_columns(const char *label, const char *size, const std::vector<std::string> &names) {
    std::printf("%-17s %10s", label, size);
    for (const std::string &name : names)
        std::printf(" %8s", name.c_str());
}

// Half the distance of the fastest and the slowest repetition of `ours`, in percent.
void print_spread(const Row &row) {
    const auto found = row.by_contender.find(ours);
    if (found == row.by_contender.end() || found->second->median <= 0)
        return;
    const Measured &measured = *found->second;
    std::printf("  +-%.0f%%", (measured.most - measured.least) / 2 / measured.median * 100);
}

// The times of one suite and pair of types.
void print_times(const Plan &plan, const std::vector<Row> &rows) {
    const std::vector<std::string> names = present(plan.contenders, rows);
    heading(rows.front().suite + " " + rows.front().types + ": nanoseconds per operation");
    print_columns("operation", "entries", names);
    std::printf("  %-10s %8s %8s  %s\n", "best rival", "vs best", "vs hmap", "spread");
    GeometricMean against_best, against_baseline;
    for (const Row &row : rows) {
        const std::string best = row.best(ours);
        const Ratio best_ratio = row.ratio(best, ours), baseline_ratio = row.ratio(baseline, ours);
        against_best.add(best_ratio);
        against_baseline.add(baseline_ratio);
        print_label(row.operation, row.size);
        for (const std::string &name : names)
            print_number(row.time(name), "", 8);
        std::printf("  %-10s", best.c_str());
        print_number(best_ratio, "x", 8);
        print_number(baseline_ratio, "x", 8);
        print_spread(row);
        std::printf("\n");
    }
    print_label("geometric mean", 0);
    std::printf("%*s  %-10s", static_cast<int>(9 * names.size()), "", "");
    print_number(against_best.value(), "x", 8);
    print_number(against_baseline.value(), "x", 8);
    std::printf("\n");
}

// One line of ratios: the geometric means over `rows` of each rival's time over ours.
void print_rivals(const std::string &label, const std::vector<Row> &rows, const std::vector<std::string> &rivals) {
    print_label(label, 0);
    GeometricMean against_best;
    for (const std::string &rival : rivals) {
        GeometricMean mean;
        for (const Row &row : rows)
            mean.add(row.ratio(rival, ours));
        print_number(mean.value(), "x", 8);
    }
    for (const Row &row : rows)
        against_best.add(row.ratio(row.best(ours), ours));
    print_number(against_best.value(), "x", 19);
    std::printf("\n");
}

void print_means(const Plan &plan, const std::vector<Row> &rows) {
    std::vector<std::string> rivals = present(plan.contenders, rows);
    rivals.erase(std::remove(rivals.begin(), rivals.end(), ours), rivals.end());
    heading("Map: how many times as long as swiss each rival takes (geometric means over types and sizes)");
    print_columns("operation", "", rivals);
    std::printf("  %18s\n", "best rival of each");
    std::vector<std::string> operations;
    for (const Row &row : rows)
        if (std::find(operations.begin(), operations.end(), row.operation) == operations.end())
            operations.push_back(row.operation);
    for (const std::string &operation : operations)
        print_rivals(operation, select(rows, [&](const Row &row) { return row.operation == operation; }), rivals);
    print_rivals("all", rows, rivals);
}

// One line per operation and pair of types, one column per size.
void print_mirror(const std::vector<Row> &rows) {
    std::set<size_t> sizes;
    std::vector<std::vector<Row>> lines; // the rows of a line differ in size only
    GeometricMean mean;
    for (const Row &row : rows) {
        if (!row.ratio(baseline, original))
            continue;
        mean.add(row.ratio(baseline, original));
        sizes.insert(row.size);
        if (lines.empty() || lines.back()[0].operation != row.operation || lines.back()[0].types != row.types)
            lines.emplace_back();
        lines.back().push_back(row);
    }
    if (lines.empty())
        return;
    heading("Mirror against original: time of hmap (C) over that of the map of Go that it mirrors");
    std::printf("%-17s %10s", "operation", "types");
    for (const size_t size : sizes)
        std::printf(" %10s", with_commas(size).c_str());
    std::printf("\n");
    for (const std::vector<Row> &line : lines) {
        std::printf("%-17s %10s", line[0].operation.c_str(), line[0].types.c_str());
        for (const size_t size : sizes) {
            const auto row = std::find_if(line.begin(), line.end(), [&](const Row &one) { return one.size == size; });
            print_number(row == line.end() ? Ratio() : row->ratio(baseline, original), "x", 10);
        }
        std::printf("\n");
    }
    std::printf("%-28s", "geometric mean");
    print_number(mean.value(), "x", 10);
    std::printf("\n");
}

// How near looking up many keys at once comes to what the machine allows.
void print_limit(const std::vector<Row> &rows) {
    const auto find = [&](const std::string &suite, const char *operation, size_t size) {
        return std::find_if(rows.begin(), rows.end(), [&](const Row &row) {
            return row.suite == suite && row.types == "u64_u64" && row.operation == operation && row.size == size;
        });
    };
    bool first = true;
    for (const Row &limit : rows) {
        const auto lookups = find("map", "find_many", limit.size);
        if (limit.suite != "machine" || lookups == rows.end() || !lookups->time(ours) || !limit.time("machine"))
            continue;
        if (first)
            heading(
                "The machine's limit: two independent random reads at known places, and swiss's find_many of u64_u64");
        first = false;
        print_label("entries", limit.size);
        print_number(limit.time("machine"), " ns", 10);
        print_number(lookups->time(ours), " ns", 10);
        print_number(*lookups->time(ours) / *limit.time("machine"), "x", 10);
        std::printf("\n");
    }
}

Ratio bytes(const Row &row, const std::string &contender) {
    const auto found = row.by_contender.find(contender);
    if (found == row.by_contender.end() || found->second->bytes_per_entry <= 0)
        return std::nullopt;
    return found->second->bytes_per_entry;
}

void print_memory(const Plan &plan, const std::vector<Row> &inserts) {
    const std::vector<std::string> names = present(plan.contenders, inserts);
    heading("Bytes per entry, after filling an empty map one by one");
    print_columns("types", "entries", names);
    std::printf("\n");
    for (const Row &row : inserts) {
        print_label(row.types, row.size);
        for (const std::string &name : names)
            print_number(bytes(row, name), "", 8);
        std::printf("\n");
    }
}

void print_headline(const std::vector<Row> &rows) {
    const std::vector<Row> millions = select(
        rows, [](const Row &row) { return row.types == "u64_u64" && row.size == 1000000 && row.suite != "machine"; });
    if (millions.empty())
        return;
    heading("1,000,000 entries, u64 to u64: how many times swiss");
    std::printf("%-22s %8s %8s %12s\n", "", baseline, original, "best rival");
    for (const Row &row : millions) {
        std::printf("%-22s", (row.suite == "map" ? row.operation : row.suite + " " + row.operation).c_str());
        print_number(row.ratio(baseline, ours), "x", 8);
        print_number(row.ratio(original, ours), "x", 8);
        print_number(row.ratio(row.best(ours), ours), "x", 12);
        std::printf("\n");
    }
    for (const Row &row : millions) {
        const Ratio own = bytes(row, ours);
        if (!own)
            continue;
        std::printf("%-22s", "bytes per entry");
        for (const char *rival : {baseline, original}) {
            const Ratio theirs = bytes(row, rival);
            print_number(theirs ? Ratio(*theirs / *own) : Ratio(), "x", 8);
        }
        std::printf("\n");
    }
}

void print_footer(const Plan &plan, const std::vector<std::pair<std::string, std::string>> &machine) {
    heading("How it was measured");
    std::printf(
        "Medians of repetitions; each rebuilds its maps, with keys and orders never used before, and the "
        "contenders of\n"
        "a cell take turns at random. \"vs\" and \"x\": the rival's time over that of swiss; above 1, swiss is "
        "faster.\n"
        "spread: half of what lies between the fastest and the slowest repetition of swiss. Integer keys are "
        "random, except in classic;\n"
        "str: words of WordNet's text, past 168,000 runs of two and three words, looked up by copies at other "
        "addresses.\n"
        "Bytes per entry count what the map asks its allocator for; of Go, khash and GLib what their allocators set "
        "aside. same: with the same\n"
        "hash function for all, swiss_hash_u64. find_many is a plain loop but for contenders that have a function "
        "for many keys: swiss.\n\n");
    for (const Contender &contender : plan.contenders)
        std::printf("%-12s%s. Hash: %s. Memory: %s.\n", contender.name.c_str(), contender.version.c_str(),
                    contender.hashes.c_str(), contender.memory.c_str());
    std::printf("\n");
    for (const auto &fact : machine)
        std::printf("%-12s%s\n", fact.first.c_str(), fact.second.c_str());
}

void print_errors(const Results &results) {
    for (const Measured &measured : results)
        if (!measured.error.empty())
            std::printf("ERROR %s: %s\n", measured.benchmark->name().c_str(), measured.error.c_str());
}

} // namespace

void print_report(const Plan &plan, const Results &results,
                  const std::vector<std::pair<std::string, std::string>> &machine) {
    const std::vector<Row> rows = select(rows_of(results), [](const Row &row) { return row.suite != "heap"; });
    for (size_t first = 0, next; first < rows.size(); first = next) {
        for (next = first;
             next < rows.size() && rows[next].suite == rows[first].suite && rows[next].types == rows[first].types;)
            ++next;
        if (rows[first].suite != "machine")
            print_times(plan, {rows.begin() + static_cast<std::ptrdiff_t>(first),
                               rows.begin() + static_cast<std::ptrdiff_t>(next)});
    }
    const std::vector<Row> maps = select(rows, [](const Row &row) { return row.suite == "map"; });
    const std::vector<Row> inserts = select(maps, [](const Row &row) { return row.operation == "insert"; });
    if (!maps.empty()) {
        print_means(plan, maps);
        print_mirror(maps);
    }
    if (!inserts.empty())
        print_memory(plan, inserts);
    print_limit(rows);
    print_headline(rows);
    print_heap_report(results);
    print_footer(plan, machine);
    print_errors(results);
}

} // namespace bench
