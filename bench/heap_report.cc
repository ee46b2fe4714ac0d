// heap_report.cc - what the report says about the heap.
#include "heap_suite.h"
#include "table.h"

#include <algorithm>
#include <cstdio>

namespace bench {

namespace {

constexpr const char *ours = "swiss";
constexpr const char *base = "base"; // another build of ours: no rival

using Ratio = std::optional<double>;
using Names = std::vector<std::string>;

void heading(const std::string &text) {
    std::printf("\n%s\n%s\n", text.c_str(), std::string(text.size(), '=').c_str());
}

// Three digits, or more in front of the point.
void print_number(Ratio number, int width) {
    char text[32] = "-";
    if (number)
        std::snprintf(text, sizeof text, *number < 9.995 ? "%.2f" : *number < 99.95 ? "%.1f" : "%.0f", *number);
    std::printf(" %*s", width, text);
}

void print_columns(const char *label, const char *size, const Names &names) {
    std::printf("%-26s %9s", label, size);
    for (const std::string &name : names)
        std::printf(" %8s", name.c_str());
}

void print_label(const Row &row) {
    std::printf("%-26s %9zu", (row.types + "/" + row.operation).c_str(), row.size);
}

Row without_base(Row row) {
    row.by_contender.erase(base);
    return row;
}

// The median of a counter over the repetitions.
Ratio counter(const Row &row, const std::string &contender, const std::string &name) {
    const auto found = row.by_contender.find(contender);
    std::vector<double> values;
    if (found != row.by_contender.end())
        for (const benchmark::BenchmarkReporter::Run &run : found->second->runs)
            if (run.counters.count(name))
                values.push_back(run.counters.at(name));
    if (values.empty())
        return std::nullopt;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

void print_times(const std::vector<Row> &rows, const Names &names) {
    heading("Heap: nanoseconds per operation; vs best: the best rival's time over that of swiss");
    print_columns("operation", "size", names);
    std::printf("  %-9s %8s  %s\n", "best", "vs best", "spread");
    for (const Row &row : rows) {
        const std::string best = without_base(row).best(ours);
        print_label(row);
        for (const std::string &name : names)
            print_number(row.time(name), 8);
        std::printf("  %-9s", best.c_str());
        print_number(row.ratio(best, ours), 8);
        const auto found = row.by_contender.find(ours);
        if (found != row.by_contender.end() && found->second->median > 0)
            std::printf("  +-%.0f%%", (found->second->most - found->second->least) / 2 / found->second->median * 100);
        std::printf("\n");
    }
}

void print_mean_line(const std::string &label, const std::vector<Row> &rows, const Names &rivals) {
    std::printf("%-36s", label.c_str());
    for (const std::string &rival : rivals) {
        GeometricMean mean;
        for (const Row &row : rows)
            mean.add(row.ratio(rival, ours));
        print_number(mean.value(), 8);
    }
    GeometricMean against_best;
    for (const Row &row : rows)
        against_best.add(row.ratio(without_base(row).best(ours), ours));
    print_number(against_best.value(), 19);
    std::printf("\n");
}

void print_means(const std::vector<Row> &rows, const Names &rivals) {
    heading("Heap: how many times as long as swiss each rival takes (geometric means over cells)");
    print_columns("types", "", rivals);
    std::printf("  %18s\n", "best rival of each");
    for (size_t first = 0, next; first < rows.size(); first = next) {
        for (next = first; next < rows.size() && rows[next].types == rows[first].types;)
            ++next;
        print_mean_line(
            rows[first].types,
            {rows.begin() + static_cast<std::ptrdiff_t>(first), rows.begin() + static_cast<std::ptrdiff_t>(next)},
            rivals);
    }
    print_mean_line("all", rows, rivals);
}

void print_worst(const std::vector<Row> &rows) {
    std::vector<std::pair<double, const Row *>> cells;
    for (const Row &row : rows)
        if (const Ratio ratio = row.ratio(without_base(row).best(ours), ours))
            cells.emplace_back(*ratio, &row);
    std::sort(cells.begin(), cells.end());
    heading("Heap: the worst cells of swiss, against the best rival of each");
    for (size_t i = 0; i < cells.size() && i < 8; ++i) {
        print_label(*cells[i].second);
        print_number(cells[i].first, 8);
        std::printf("  %s\n", without_base(*cells[i].second).best(ours).c_str());
    }
}

// One line for each row that has the counter.
void print_counter(const char *title, const std::vector<Row> &rows, const Names &names, const char *name) {
    if (std::none_of(rows.begin(), rows.end(), [&](const Row &row) { return counter(row, ours, name); }))
        return;
    heading(title);
    print_columns("operation", "size", names);
    std::printf("\n");
    for (const Row &row : rows) {
        if (!counter(row, ours, name))
            continue;
        print_label(row);
        for (const std::string &contender : names)
            print_number(counter(row, contender, name), 8);
        std::printf("\n");
    }
}

} // namespace

void print_heap_report(const Results &results) {
    std::vector<Row> rows = rows_of(results);
    rows.erase(std::remove_if(rows.begin(), rows.end(), [](const Row &row) { return row.suite != "heap"; }),
               rows.end());
    if (rows.empty())
        return;
    const std::vector<Contender> contenders = heap_contenders();
    const Names names = present(contenders, rows);
    Names rivals = names;
    rivals.erase(std::remove(rivals.begin(), rivals.end(), ours), rivals.end());
    print_times(rows, names);
    print_means(rows, rivals);
    print_worst(rows);
    print_counter("Heap: resident bytes per byte alive at the peak", rows, names, "peak");
    print_counter("Heap: the same, nine tenths of the blocks freed, and trimmed", rows, names, "sparse");
    print_counter("Heap: the same, all freed", rows, names, "freed");
    print_counter("Heap: the same, all freed, and trimmed", rows, names, "trimmed");
    print_counter("Heap: page faults of filling a map of swiss without reserve", rows, names, "faults");
    heading("How the heaps were measured");
    std::printf(
        "Each measurement is a process of its own with the library preloaded, as it comes, nothing set. Processes of "
        "the\ncontenders of a cell take turns at random; medians. Cells of threads run on all processors, the others "
        "on one.\nswiss and its rivals give memory back by malloc_trim, mi_collect, arena.<all>.purge and "
        "MallocExtension_ReleaseFreeMemory.\n\n");
    for (const Contender &contender : contenders)
        std::printf("%-12s%s\n", contender.name.c_str(), contender.version.c_str());
}

} // namespace bench
