// contenders.cc - the layouts, for slots of SLOT_SIZE bytes; compiled once for each size.
#include "contenders.h"
#include "check.h"
#include "groups.h"
#include "windows.h"

namespace layout {

namespace {

using Key = std::conditional_t<SLOT_SIZE <= 8, uint32_t, uint64_t>;
using Entry = Slot<Key, SLOT_SIZE>;
static_assert(sizeof(Entry) == SLOT_SIZE, "a slot without padding");

template <class Hash> using A = Groups<Entry, Hash, Layout<16, Marks::tombstones, Place::apart>>;
template <class Hash> using APlus = Groups<Entry, Hash, Layout<16, Marks::bits, Place::apart>>;
template <class Hash> using A8 = Groups<Entry, Hash, Layout<16, Marks::bits, Place::apart, 16, 8>>;
template <class Hash> using ABoth = Groups<Entry, Hash, Layout<16, Marks::both, Place::apart>>;
template <class Hash> using B = Groups<Entry, Hash, Layout<15, Marks::bits, Place::apart>>;
template <class Hash> using B16 = Groups<Entry, Hash, Layout<15, Marks::bits, Place::apart, 16>>;
template <class Hash> using BCounters = Groups<Entry, Hash, Layout<16, Marks::counters, Place::apart>>;
template <class Hash> using C = Groups<Entry, Hash, Layout<16, Marks::tombstones, Place::together>>;
template <class Hash> using CPlus = Groups<Entry, Hash, Layout<16, Marks::bits, Place::together>>;
template <class Hash> using C15 = Groups<Entry, Hash, Layout<15, Marks::bits, Place::together>>;
template <class Hash> using D = Windows<Entry, Hash>;

template <template <class> class Table, bool counted = false> void add(std::vector<Contender> &all, const char *name) {
    const auto checked = [] { check<Table, TwoMultiplications, OneMultiplication>(counted); };
    all.push_back({name, TwoMultiplications::name, take_turn<Table<TwoMultiplications>>, checked});
    all.push_back({name, OneMultiplication::name, take_turn<Table<OneMultiplication>>, checked});
}

} // namespace

template <> std::vector<Contender> contenders<SLOT_SIZE>() {
    std::vector<Contender> all;
    add<A>(all, "a");
    add<APlus>(all, "a+");
    add<A8>(all, "a8");
    add<ABoth>(all, "a*");
    add<B>(all, "b");
    add<B16>(all, "b16");
    add<BCounters, true>(all, "b'");
    add<C>(all, "c");
    add<CPlus>(all, "c+");
    add<C15>(all, "c15");
    add<D>(all, "d");
    return all;
}

} // namespace layout
