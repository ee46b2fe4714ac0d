// main.cc - swiss_layout: which layout of a Swiss table is the fastest.
#include "contenders.h"
#include "patterns.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace layout {

namespace {

struct Options {
    std::vector<size_t> slots, sizes = {1000, 100000, 1000000};
    std::vector<std::string> layouts, hashes; // none: all
    int rounds = 5;
    bool check = false;
};

const char *const usage =
    "swiss_layout [--check | --patterns] [--slots 4,8,16,24,32,64] [--sizes ENTRIES,...] [--layouts "
    "a,a+,a8,a*,b,b16,b',c,c+,c15,x8,x8m,x17,x17m,xb16,xb16m,xb16n,d]\n"
    "             [--hashes two,one] [--rounds N]\n";

std::vector<std::string> parts(const char *list) {
    std::vector<std::string> found(1);
    for (; *list; ++list) {
        if (*list == ',')
            found.emplace_back();
        else
            found.back() += *list;
    }
    return found;
}

std::vector<size_t> numbers(const char *list) {
    std::vector<size_t> found;
    for (const std::string &part : parts(list)) {
        char *end;
        found.push_back(std::strtoul(part.c_str(), &end, 10));
        if (part.empty() || *end || found.back() == 0 || found.back() >= first_missing / 4) {
            std::fprintf(stderr, "not a number that serves: '%s'\n", part.c_str());
            std::exit(2);
        }
    }
    return found;
}

Options parse(int count, char **arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string name = arguments[i];
        const char *const value = i + 1 < count ? arguments[i + 1] : nullptr;
        if (name == "--check") {
            options.check = true;
            continue;
        }
        if (name == "--patterns") {
            report_patterns();
            std::exit(0);
        }
        if (name == "--help") {
            std::fputs(usage, stdout);
            std::exit(0);
        }
        if (value && name == "--slots")
            options.slots = numbers(value);
        else if (value && name == "--sizes")
            options.sizes = numbers(value);
        else if (value && name == "--layouts")
            options.layouts = parts(value);
        else if (value && name == "--hashes")
            options.hashes = parts(value);
        else if (value && name == "--rounds")
            options.rounds = static_cast<int>(numbers(value)[0]);
        else {
            std::fputs(usage, stderr);
            std::exit(2);
        }
        ++i;
    }
    return options;
}

const size_t built[] = {
#define SIZE(size) size,
    LAYOUT_SIZES
#undef SIZE
};

std::vector<Contender> contenders_of(size_t slot_size) {
#define SIZE(size)                                                                                                     \
    if (slot_size == size)                                                                                             \
        return contenders<size>();
    LAYOUT_SIZES
#undef SIZE
    std::fprintf(stderr, "not built for slots of %zu bytes\n", slot_size);
    std::exit(2);
}

bool chosen(const std::vector<std::string> &names, const char *name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

double median(std::vector<double> of) {
    std::sort(of.begin(), of.end());
    return (of[(of.size() - 1) / 2] + of[of.size() / 2]) / 2;
}

// A table of a cell's results: nanoseconds of the first contender, and how many times as long each of the others took:
// the median of the rounds' ratios.
void print(const std::vector<Contender> &all, const std::vector<std::vector<Times>> &times, size_t slot_size,
           size_t entries) {
    std::printf("\n### %zu entries, slots of %zu bytes\n\n| | %s %s, ns |", entries, slot_size, all[0].layout,
                all[0].hash);
    for (size_t i = 1; i < all.size(); ++i)
        std::printf(" %s %s |", all[i].layout, all[i].hash);
    std::printf("\n|---|");
    for (size_t i = 0; i < all.size(); ++i)
        std::printf("---:|");
    const auto row = [&](const char *name, auto value) {
        std::printf("\n| %s |", name);
        for (size_t i = 0; i < all.size(); ++i) {
            std::vector<double> values;
            for (const std::vector<Times> &round : times)
                values.push_back(i == 0 ? value(round[0]) : value(round[i]) / value(round[0]));
            std::printf(" %.*f |", i == 0 && median(values) >= 100 ? 0 : 2, median(values));
        }
    };
    for (int operation = 0; operation < operations; ++operation)
        row(operation_names[operation], [&](const Times &of) { return of.ns[operation]; });
    row("bytes per entry", [](const Times &of) { return of.bytes_per_entry; });
    row("bytes per entry, churned", [](const Times &of) { return of.churned_bytes_per_entry; });
    std::printf("\n");
    std::fflush(stdout);
}

// Rounds in which each contender takes one turn, in random order, with the same keys; keys are new in each round. The
// first round is not counted: it makes the pages warm.
void measure(const std::vector<Contender> &all, size_t slot_size, size_t entries, int rounds) {
    bench::Random random(static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()));
    std::vector<std::vector<Times>> times;
    std::vector<size_t> order(all.size());
    std::iota(order.begin(), order.end(), size_t{0});
    for (int round = -1; round < rounds; ++round) {
        const uint64_t keys = random.next();
        std::vector<Times> turns(all.size());
        random.shuffle(order.data(), order.size(), order.size());
        for (const size_t which : order)
            turns[which] = all[which].turn(entries, keys, random.next());
        if (round >= 0)
            times.push_back(turns);
    }
    print(all, times, slot_size, entries);
}

} // namespace

} // namespace layout

int main(int count, char **arguments) {
    using namespace layout;
    Options options = parse(count, arguments);
    if (options.slots.empty())
        options.slots.assign(std::begin(built), std::end(built));
    for (const size_t slot_size : options.slots) {
        std::vector<Contender> all;
        for (const Contender &contender : contenders_of(slot_size))
            if (chosen(options.layouts, contender.layout) && chosen(options.hashes, contender.hash))
                all.push_back(contender);
        if (all.empty()) {
            std::fputs(usage, stderr);
            return 2;
        }
        if (options.check) {
            for (size_t i = 0; i < all.size(); ++i) {
                if (i && !std::strcmp(all[i].layout, all[i - 1].layout))
                    continue;
                std::printf("slots of %zu bytes, layout %s: ", slot_size, all[i].layout);
                std::fflush(stdout);
                all[i].check();
                std::printf("right\n");
            }
            continue;
        }
        for (const size_t entries : options.sizes)
            measure(all, slot_size, entries, options.rounds);
    }
}
