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
template <Fetch fetch, MarkPlace at = MarkPlace::apart>
using By16 = Layout<16, Marks::bits, Place::apart, 16, 8, Way::by_xor, fetch, at>;
template <Fetch fetch> using By15 = Layout<15, Marks::bits, Place::apart, 16, 8, Way::by_xor, fetch>;
template <class Hash> using X8 = Groups<Entry, Hash, By16<Fetch::early>>;
template <class Hash> using X8Matching = Groups<Entry, Hash, By16<Fetch::matching>>;
template <class Hash> using X17 = Groups<Entry, Hash, By16<Fetch::early, MarkPlace::behind>>;
template <class Hash> using X17Matching = Groups<Entry, Hash, By16<Fetch::matching, MarkPlace::behind>>;
template <class Hash> using XB16 = Groups<Entry, Hash, By15<Fetch::early>>;
template <class Hash> using XB16Matching = Groups<Entry, Hash, By15<Fetch::matching>>;
template <class Hash> using XB16Never = Groups<Entry, Hash, By15<Fetch::never>>;
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
    add<X8>(all, "x8");
    add<X8Matching>(all, "x8m");
    add<X17>(all, "x17");
    add<X17Matching>(all, "x17m");
    add<XB16>(all, "xb16");
    add<XB16Matching>(all, "xb16m");
    add<XB16Never>(all, "xb16n");
    add<D>(all, "d");
    return all;
}

} // namespace layout
