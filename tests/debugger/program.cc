/* program.cc - what a debugger is shown of C++: maps and sets of map.hpp, and a map of map.h in a namespace. */
#include <string>
#include <string_view>
#include <swiss/map.hpp>
#include <swiss/table.h>

namespace inner {
#define SWISS_NAME counts
#define SWISS_KEY int
#define SWISS_VALUE long
#include <swiss/map.h>
} // namespace inner

struct point {
    int x, y;
    bool operator==(const point &other) const {
        return x == other.x && y == other.y;
    }
};
template <> struct swiss::hash<point> {
    std::uint64_t operator()(const point &p, std::uint64_t seed) const noexcept {
        return swiss_hash_combine(swiss_hash_u64(static_cast<std::uint64_t>(p.x), seed),
                                  static_cast<std::uint64_t>(p.y));
    }
};

enum class color { red, green = 7 };

static swiss::map<std::string, int> words;
static swiss::set<long> numbers;
static swiss::map<point, double> board;
static swiss::map<std::string_view, color> views;
static swiss::map<color, std::string> named;
static swiss::map<int, int, swiss::hash<int>, std::equal_to<int>, std::allocator<std::pair<const int, int>>> standard;
static swiss::map<int, int> empty;
static swiss::map<std::pair<int, int>, int> pairs;
static inner::counts counts;

extern "C" void stop_here(void);
void stop_here(void) {
    asm volatile(""
                 :
                 : "r"(&words), "r"(&numbers), "r"(&board), "r"(&views), "r"(&named), "r"(&standard), "r"(&empty),
                   "r"(&counts)
                 : "memory");
    asm volatile("" : : "r"(&pairs) : "memory");
}

int main() {
    words["to"] = 2;
    words["a longer one, which is not in the string itself"] = 3;
    for (long i = 0; i < 1000; ++i)
        numbers.insert(i * 3);
    board[{4, 0}] = 0.5;
    views["sky"] = color::green;
    named[color::green] = "grass";
    standard[1] = 10;
    pairs[{1, 2}] = 3;
    for (int i = 0; i < 100; ++i)
        inner::counts_insert(&counts, i, i * 2);
    const swiss::map<std::string, int> &by_reference = words;
    stop_here();
    return by_reference.size() == 0;
}
