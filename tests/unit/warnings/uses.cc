/* uses.cc - what a C++ program includes of swiss and no other: run compiles it with every warning. */
#include <swiss/map.hpp>

namespace {

struct point {
    int x, y;
    bool operator==(const point &other) const {
        return x == other.x && y == other.y;
    }
};

} // namespace
template <> struct swiss::hash<point> {
    std::uint64_t operator()(const point &p, std::uint64_t seed) const noexcept {
        return swiss_hash_combine(swiss_hash_u64(static_cast<std::uint64_t>(p.x), seed),
                                  static_cast<std::uint64_t>(p.y));
    }
};
template class swiss::map<int, double>;
template class swiss::set<std::string>;

int main() {
    swiss::map<std::string, std::unique_ptr<int>> map;
    map.try_emplace("a", std::make_unique<int>(1));
    swiss::map<point, char, swiss::hash<point>, swiss::equal_to<point>, std::allocator<std::pair<const point, char>>>
        points;
    points[{1, 2}] = 'x';
    swiss::set<double> numbers = {0.5, 1.5};
    swiss::set<std::pair<int, std::string>> pairs;
    pairs.emplace(1, "one");
    auto node = map.extract("a");
    map.insert(std::move(node));
    const auto copy = points;
    return map.size() + copy.size() + numbers.erase(0.5) + pairs.count({1, "one"}) == 4 ? 0 : 1;
}
