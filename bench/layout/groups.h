// groups.h - a table of aligned groups, with everything in which layouts may differ a parameter.
//
// One search serves all: h1 picks a group, one compare of its 16 control bytes finds the lanes that may hold the key,
// and if the marks do not end the search it goes on to the next group on its way. At most 7/8 full; doubles.
#ifndef LAYOUT_GROUPS_H
#define LAYOUT_GROUPS_H

#include "control.h"
#include "memory.h"
#include "slot.h"

#include <cstring>

namespace layout {

// What ends a search that has not found its key in a group.
enum class Marks {
    tombstones, // an EMPTY lane: removal leaves DELETED in a group that has been full
    bits,       // a clear overflow bit: one for each of 8 classes (h2 modulo 8), set when an entry goes past the group
    both,       // an EMPTY lane, or a clear overflow bit: removal leaves DELETED only in a group that has a bit set
    counters,   // as bits, but counts (saturating at 255), which removal takes back
};

// Where a group's slots are.
enum class Place {
    apart,    // in an array of their own
    together, // behind the group's control bytes
};

// Where the bits are, if they are not the sixteenth control byte.
enum class MarkPlace {
    apart,  // in an array of their own
    behind, // behind the group's control bytes, 17 bytes from group to group
};

// The groups after the first.
enum class Way { triangular, by_xor };

// When a search fetches slots.
enum class Fetch {
    early,    // with the control bytes
    never,    //
    matching, // behind the branch that a match takes; an insertion early
};

// With 15 lanes the sixteenth control byte holds the overflow bits; with 16 the marks are in an array of their own. A
// group has room for `Room` slots: with 16 for 15 lanes one is wasted, and numbers of slots are powers of two. Where
// nothing is ever DELETED, h2 may have 8 bits: EMPTY is 0, and a full slot's byte 1 to 255.
template <unsigned Lanes, Marks Mark, Place Where, unsigned Room = Lanes, unsigned H2Bits = 7,
          Way Ways = Way::triangular, Fetch Fetches = Fetch::early, MarkPlace MarksAt = MarkPlace::apart>
struct Layout {
    static constexpr Way way = Ways;
    static constexpr Fetch fetch = Fetches;
    static constexpr MarkPlace mark_place = MarksAt;
    static constexpr unsigned h2_bits = H2Bits;
    static constexpr unsigned lanes = Lanes;
    static constexpr unsigned room = Room;
    static constexpr Marks marks = Mark;
    static constexpr Place place = Where;
};

template <class SlotType, class HashType, class Layout> class Groups {
  public:
    using Slot = SlotType;
    using Hash = HashType;
    using Key = typename Slot::Key;

    explicit Groups(uint64_t seed) : seed_(seed) {
        allocate_block(2);
    }
    ~Groups() {
        if (block_)
            release(block_);
    }
    Groups(const Groups &) = delete;
    Groups &operator=(const Groups &) = delete;

    size_t size() const {
        return size_;
    }
    size_t capacity() const {
        return groups() * lanes;
    }
    size_t bytes() const {
        return block_bytes(groups());
    }

    LAYOUT_INLINE const Slot *find(Key key) const {
        return locate(key, Hash::hash(key, seed_)).slot;
    }

    // Inserts the key with the word unless it is there.
    LAYOUT_INLINE void insert(Key key, Key word) {
        const uint64_t hash = Hash::hash(key, seed_);
        if constexpr (marks == Marks::tombstones)
            insert_before_tombstones(hash, key, word);
        else
            insert_with_marks(hash, key, word);
    }

    LAYOUT_INLINE bool remove(Key key) {
        const uint64_t hash = Hash::hash(key, seed_);
        const Found found = locate(key, hash);
        if (found.slot == nullptr)
            return false;
        uint8_t *const control = control_at(found.position);
        size_ -= 1;
        if constexpr (marks == Marks::tombstones) {
            // No search has gone past a group that has an EMPTY lane.
            const bool empty = empty_lanes(load(control)) != 0;
            growth_left_ += empty;
            control[found.lane] = empty ? control_empty : control_deleted;
        } else if constexpr (marks == Marks::bits) {
            // Bits are only cleared by rehashing. A table that churns comes to it in time if what may have set a bit
            // does not give its room back (Boost's "anti-drift").
            growth_left_ += !passed(found.position, h2_of(hash));
            control[found.lane] = empty_byte;
        } else if constexpr (marks == Marks::both) {
            const bool empty = mark_at(found.position, 0) == 0;
            growth_left_ += empty;
            control[found.lane] = empty ? control_empty : control_deleted;
        } else {
            growth_left_ += 1;
            control[found.lane] = empty_byte;
            size_t position = home(hash);
            for (size_t step = unit; position != found.position; step += unit) {
                uint8_t &count = mark_at(position, h2_of(hash));
                count = static_cast<uint8_t>(count - (count != 255));
                position = on_way(position, home(hash), step, h2_of(hash), mask_);
            }
        }
        return true;
    }

    void reserve(size_t size) {
        size_t wanted = groups();
        while (max_load(wanted) < size)
            wanted *= 2;
        if (wanted != groups())
            rehash(wanted);
    }

    // Calls `visit` with every slot that holds an entry.
    template <class Visit> void each(Visit visit) const {
        for (size_t position = 0; position <= mask_; position += unit)
            for (swiss_mask full = full_lanes(load(control_at(position))); full; full = swiss_mask_next(full))
                visit(*slot_at(position, swiss_mask_lowest(full)));
    }

    // The number of EMPTY lanes. For checks.
    size_t empties() const {
        size_t count = 0;
        for (size_t position = 0; position <= mask_; position += unit)
            count += swiss_mask_count(empty_lanes(load(control_at(position))));
        return count;
    }
    // True if no mark is left that ends searches late. For checks.
    bool unmarked() const {
        bool clear = true;
        for (size_t position = 0; position <= mask_; position += unit)
            for (unsigned h2 = 0; h2 < 8; ++h2)
                clear = clear && !passed(position, h2);
        return clear;
    }

  private:
    static constexpr unsigned lanes = Layout::lanes;
    static constexpr Marks marks = Layout::marks;
    static constexpr bool together = Layout::place == Place::together;
    static constexpr bool wide = Layout::h2_bits == 8;
    static constexpr uint8_t empty_byte = wide ? 0 : control_empty;
    static_assert(!wide || (marks != Marks::tombstones && marks != Marks::both), "DELETED needs the eighth bit");
    static_assert(lanes == 16 || (lanes == 15 && marks == Marks::bits), "the bits of 15 lanes are in the sixteenth");

    // The bytes from one group's control bytes to the next one's, and likewise for slots and marks.
    static constexpr size_t slots_size = Layout::room * sizeof(Slot);
    static constexpr size_t block_stride = (16 + slots_size + 15) & ~size_t{15};
    static constexpr bool behind = Layout::mark_place == MarkPlace::behind;
    static_assert(!behind || (lanes == 16 && !together && marks == Marks::bits), "a byte of bits behind 16 lanes");
    static constexpr size_t control_stride = together ? block_stride : behind ? 17 : 16;
    static constexpr size_t slot_stride = together ? block_stride : slots_size;
    static constexpr size_t mark_stride = lanes == 15 || behind || marks == Marks::tombstones ? 0
                                          : marks == Marks::counters                          ? 8
                                                                                              : 1;

    // Positions are numbers of groups times the power of two that divides both strides: less to multiply when they are
    // used.
    static constexpr unsigned scale_of(size_t strides) {
        return strides & 1 ? 0 : 1 + scale_of(strides >> 1);
    }
    static constexpr unsigned full_scale = scale_of(control_stride | slot_stride);
    static constexpr unsigned scale = full_scale > 8 ? 8 : full_scale;
    static constexpr size_t unit = size_t{1} << scale;

    struct Found {
        Slot *slot;
        size_t position;
        unsigned lane;
    };

    static size_t max_load(size_t groups) {
        return groups * lanes - groups * lanes / 8;
    }
    static size_t block_bytes(size_t groups) {
        return groups * (together ? block_stride : control_stride + slots_size) + groups * mark_stride + 64;
    }
    size_t groups() const {
        return (mask_ >> scale) + 1;
    }

    // Gives the table, whose block is forgotten, a fresh one of EMPTY slots. A power of two of groups, at least 2.
    void allocate_block(size_t groups) {
        block_ = allocate(block_bytes(groups));
        control_ = block_;
        const size_t marks_size = groups * mark_stride;
        // Groups, marks; or control bytes, marks, slots, which begin a cache line.
        marks_ = control_ + groups * control_stride;
        slots_ = together ? control_ + 16 : control_ + ((groups * control_stride + marks_size + 63) & ~size_t{63});
        mask_ = (groups - 1) << scale;
        bits_ = swiss_count_trailing_zeros(groups);
        for (size_t position = 0; position <= mask_; position += unit) {
            memset(control_at(position), empty_byte, 16);
            if (lanes == 15)
                control_at(position)[15] = 0;
            if (behind)
                control_at(position)[16] = 0;
        }
        memset(marks_, 0, marks_size);
        size_ = 0;
        growth_left_ = max_load(groups);
    }

    LAYOUT_INLINE size_t home(uint64_t hash) const {
        return home_of<Hash, scale, Layout::h2_bits>(hash, mask_, bits_);
    }
    // The group that step `number` of a search leads to, from the one at `position`.
    LAYOUT_INLINE size_t on_way(size_t position, size_t first, size_t step, unsigned h2, size_t mask) const {
        if constexpr (Layout::way == Way::triangular)
            return (position + step) & mask;
        constexpr size_t block = 128 * unit;
        const size_t stride = size_t{h2} * 2 + 1;
        return (first ^ (((step * stride) & (block - 1)) | (step & ~(block - 1)))) & mask;
    }
    LAYOUT_INLINE uint8_t *control_at(size_t position) const {
        return control_ + position * (control_stride >> scale);
    }
    LAYOUT_INLINE Slot *slot_at(size_t position, unsigned lane) const {
        return reinterpret_cast<Slot *>(slots_ + position * (slot_stride >> scale)) + lane;
    }
    // Not a byte: gcc 12 spills bytes and reloads four, and such a load waits for the store to leave the core.
    static unsigned h2_of(uint64_t hash) {
        return static_cast<unsigned>(hash) & (wide ? 0xFF : 0x7F);
    }

    static uint8_t byte_of(uint64_t hash) {
        const unsigned h2 = h2_of(hash);
        return static_cast<uint8_t>(wide ? h2 + (h2 == 0) : h2);
    }

    static LAYOUT_INLINE swiss_group load(const uint8_t *control) {
        return behind ? _mm_loadu_si128(reinterpret_cast<const __m128i *>(control)) : swiss_group_load(control);
    }
    static LAYOUT_INLINE swiss_mask real(swiss_mask mask) {
        return lanes == 15 ? mask & 0x7FFF : mask;
    }
    static LAYOUT_INLINE swiss_mask empty_lanes(swiss_group group) {
        return real(match_byte(group, empty_byte));
    }
    static LAYOUT_INLINE swiss_mask full_lanes(swiss_group group) {
        return real(wide ? match_byte(group, 0) ^ 0xFFFF : match_full(group));
    }

    static LAYOUT_INLINE swiss_mask free_lanes(swiss_group group) {
        return wide ? empty_lanes(group) : real(match_free(group));
    }
    static LAYOUT_INLINE swiss_mask match_of(swiss_group group, unsigned h2) {
        if constexpr (wide) { // 0 stands for 1, as in byte_of
            const swiss_group bytes = _mm_max_epu8(_mm_set1_epi32(static_cast<int>(h2 * 0x01010101)), _mm_set1_epi8(1));
            return real(static_cast<swiss_mask>(_mm_movemask_epi8(_mm_cmpeq_epi8(group, bytes))));
        }
        return real(match_byte(group, h2));
    }

    // The byte that holds the mark of a class.
    LAYOUT_INLINE uint8_t &mark_at(size_t position, unsigned h2) const {
        if constexpr (lanes == 15)
            return control_at(position)[15];
        else if constexpr (behind)
            return control_at(position)[16];
        else if constexpr (marks == Marks::counters)
            return marks_[(position >> scale) * 8 + (h2 & 7)];
        else
            return marks_[position >> scale];
    }
    // True if an entry of the class of h2 may be past the group.
    LAYOUT_INLINE bool passed(size_t position, unsigned h2) const {
        const unsigned mark = mark_at(position, h2);
        return marks == Marks::counters ? mark != 0 : (mark >> (h2 & 7)) & 1;
    }
    LAYOUT_INLINE void pass(size_t position, unsigned h2) {
        uint8_t &mark = mark_at(position, h2);
        const unsigned old = mark;
        mark = static_cast<uint8_t>(marks == Marks::counters ? old + (old != 255) : old | 1u << (h2 & 7));
    }
    LAYOUT_INLINE bool ends(swiss_group group, size_t position, unsigned h2) const {
        if constexpr (marks == Marks::tombstones)
            return empty_lanes(group) != 0;
        else if constexpr (marks == Marks::both)
            return SWISS_LIKELY(empty_lanes(group)) || !passed(position, h2);
        else
            return !passed(position, h2);
    }

    LAYOUT_INLINE void prefetch(size_t position) const {
        if (sizeof(Slot) <= 32) {
            const uint8_t *const first =
                together ? control_at(position) + 64 : reinterpret_cast<uint8_t *>(slot_at(position, 0));
            SWISS_PREFETCH(first);
            SWISS_PREFETCH(first + 64);
        }
    }

    LAYOUT_INLINE Found locate(Key key, uint64_t hash) const {
        const size_t mask = mask_;
        const unsigned h2 = h2_of(hash);
        size_t position = home(hash);
        if (Layout::fetch == Fetch::early)
            prefetch(position);
        for (size_t step = unit;; step += unit) {
            const swiss_group group = load(control_at(position));
            for (swiss_mask match = match_of(group, h2); match; match = swiss_mask_next(match)) {
                if (Layout::fetch == Fetch::matching)
                    prefetch(position);
                const unsigned lane = swiss_mask_lowest(match);
                Slot *const slot = slot_at(position, lane);
                if (SWISS_LIKELY(slot->key == key))
                    return {slot, position, lane};
            }
            if (SWISS_LIKELY(ends(group, position, h2)) || step > mask)
                return {nullptr, 0, 0};
            position = on_way(position, home(hash), step, h2_of(hash), mask);
        }
    }

    LAYOUT_INLINE void fill(size_t position, unsigned lane, uint64_t hash, Key key, Key word) {
        size_ += 1;
        control_at(position)[lane] = byte_of(hash);
        slot_at(position, lane)->set(key, word);
    }

    LAYOUT_INLINE void insert_before_tombstones(uint64_t hash, Key key, Key word) {
        const size_t mask = mask_;
        const unsigned h2 = h2_of(hash);
        size_t position = home(hash), target = SIZE_MAX; // the first group with a tombstone on the way
        unsigned target_lane = 0;
        prefetch(position);
        for (size_t step = unit;; step += unit) {
            const swiss_group group = load(control_at(position));
            for (swiss_mask match = match_of(group, h2); match; match = swiss_mask_next(match))
                if (SWISS_LIKELY(slot_at(position, swiss_mask_lowest(match))->key == key))
                    return;
            const swiss_mask empty = empty_lanes(group);
            if (SWISS_LIKELY(empty)) {
                if (SWISS_LIKELY(target == SIZE_MAX && growth_left_ != 0)) {
                    growth_left_ -= 1;
                    fill(position, swiss_mask_lowest(empty), hash, key, word);
                    return;
                }
                break;
            }
            const swiss_mask tombstones = match_free(group);
            if (target == SIZE_MAX && tombstones) {
                target = position;
                target_lane = swiss_mask_lowest(tombstones);
            }
            if (step > mask)
                break;
            position = on_way(position, home(hash), step, h2_of(hash), mask);
        }
        if (target != SIZE_MAX) {
            fill(target, target_lane, hash, key, word);
            return;
        }
        make_room();
        insert_absent(hash, key, word);
    }

    LAYOUT_INLINE void insert_with_marks(uint64_t hash, Key key, Key word) {
        const size_t mask = mask_;
        const unsigned h2 = h2_of(hash);
        size_t position = home(hash);
        if (Layout::fetch != Fetch::never)
            prefetch(position);
        for (size_t step = unit;; step += unit) {
            const swiss_group group = load(control_at(position));
            for (swiss_mask match = match_of(group, h2); match; match = swiss_mask_next(match))
                if (SWISS_LIKELY(slot_at(position, swiss_mask_lowest(match))->key == key))
                    return;
            if (SWISS_LIKELY(ends(group, position, h2))) {
                const swiss_mask empty = empty_lanes(group);
                if (SWISS_LIKELY(empty && step == unit && growth_left_ != 0)) {
                    growth_left_ -= 1;
                    fill(position, swiss_mask_lowest(empty), hash, key, word);
                    return;
                }
                break;
            }
            if (step > mask)
                break;
            position = on_way(position, home(hash), step, h2_of(hash), mask);
        }
        if (SWISS_UNLIKELY(growth_left_ == 0 && !tombstone_awaits(hash)))
            make_room();
        insert_absent(hash, key, word);
    }

    // True if the first free lane on the way of `hash` is DELETED, so that filling it takes no EMPTY one.
    bool tombstone_awaits(uint64_t hash) const {
        if (marks != Marks::both)
            return false;
        size_t position = home(hash);
        for (size_t step = unit;; step += unit) {
            const uint8_t *const control = control_at(position);
            const swiss_mask free = match_free(load(control));
            if (free)
                return control[swiss_mask_lowest(free)] == control_deleted;
            position = on_way(position, home(hash), step, h2_of(hash), mask_);
        }
    }

    // Inserts what is not there into the first group with a free lane, of which there is one.
    LAYOUT_INLINE void insert_absent(uint64_t hash, Key key, Key word) {
        size_t position = home(hash);
        const unsigned lane = claim_lane(position, hash);
        growth_left_ -= control_at(position)[lane] == empty_byte;
        fill(position, lane, hash, key, word);
    }
    // Moves `position`, the home of `hash`, to the first group with a free lane, and marks those passed.
    LAYOUT_INLINE unsigned claim_lane(size_t &position, uint64_t hash) {
        for (size_t step = unit;; step += unit) {
            const swiss_mask free = free_lanes(load(control_at(position)));
            if (SWISS_LIKELY(free))
                return swiss_mask_lowest(free);
            if constexpr (marks != Marks::tombstones)
                pass(position, h2_of(hash));
            position = on_way(position, home(hash), step, h2_of(hash), mask_);
        }
    }

    // For a table without growth left: at most 25/32 full it is rehashed in its size, else doubled.
    SWISS_NOINLINE void make_room() {
        const size_t capacity = groups() * lanes;
        rehash(size_ <= capacity / 32 * 25 ? groups() : 2 * groups());
    }

    // Moves everything to a block of its own size or a greater one. What is in the group where its search begins, as
    // nearly all are, goes to the groups that come of that one, and nobody else does: it is laid down without a search.
    void rehash(size_t new_groups) {
        Groups from(*this, Shallow());
        allocate_block(new_groups);
        const size_t old_size = from.size_;
        size_t moved = 0;
        if (new_groups <= 2 * from.groups())
            moved = split(from);
        for (size_t position = 0; moved < old_size; position += unit) {
            for (swiss_mask full = full_lanes(load(from.control_at(position))); full; full = swiss_mask_next(full)) {
                const Slot &slot = *from.slot_at(position, swiss_mask_lowest(full));
                const uint64_t hash = Hash::hash(slot.key, seed_);
                size_t to = home(hash);
                const unsigned lane = claim_lane(to, hash);
                control_at(to)[lane] = byte_of(hash);
                *slot_at(to, lane) = slot;
                ++moved;
            }
        }
        size_ = old_size;
        growth_left_ -= old_size;
    }
    size_t split(Groups &from) {
        Groups to(*this, Shallow()); // its fields stay in registers: control bytes stored may alias those of *this
        to.block_ = nullptr;
        const uint64_t seed = seed_;
        const bool doubled = groups() != from.groups();
        size_t moved = 0;
        for (size_t position = 0; position <= from.mask_; position += unit) {
            uint8_t *const old_control = from.control_at(position);
            const size_t lower = Hash::top && doubled ? position * 2 : position;
            const size_t other = !doubled    ? 0
                                 : Hash::top ? unit
                                             : from.mask_ + unit; // from the lower group to the upper
            uint32_t filled = 0; // entries laid down: in the lower group, and, shifted by 16, in the upper one
            for (swiss_mask full = full_lanes(load(old_control)); full; full = swiss_mask_next(full)) {
                const unsigned old_lane = swiss_mask_lowest(full);
                const Slot *const slot = from.slot_at(position, old_lane);
                const uint64_t hash = Hash::hash(slot->key, seed);
                if (SWISS_UNLIKELY(from.home(hash) != position))
                    continue;
                const unsigned upper = to.home(hash) != lower; // no branch: it would be mispredicted every other time
                const size_t target = lower + (other & (size_t{0} - upper));
                const unsigned lane = (filled >> (16 * upper)) & 0xFFFF;
                filled += UINT32_C(1) << (16 * upper);
                to.control_at(target)[lane] = byte_of(hash);
                *to.slot_at(target, lane) = *slot;
                old_control[old_lane] = empty_byte;
            }
            moved += (filled & 0xFFFF) + (filled >> 16);
        }
        return moved;
    }

    // A second table over the same block, which it frees.
    struct Shallow {};
    Groups(const Groups &of, Shallow)
        : block_(of.block_), control_(of.control_), slots_(of.slots_), marks_(of.marks_), mask_(of.mask_),
          size_(of.size_), growth_left_(of.growth_left_), seed_(of.seed_), bits_(of.bits_) {}

    uint8_t *block_, *control_, *slots_, *marks_;
    size_t mask_, size_, growth_left_;
    uint64_t seed_;
    unsigned bits_; // log2 of the number of groups
};

} // namespace layout

#endif
