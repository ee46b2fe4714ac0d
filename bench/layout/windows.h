// windows.h - a table whose searches begin at any slot: 16 control bytes from there on, not aligned to anything; those
// at the table's start are repeated behind its end. Abseil's layout.
#ifndef LAYOUT_WINDOWS_H
#define LAYOUT_WINDOWS_H

#include "control.h"
#include "memory.h"
#include "slot.h"

#include <cstring>

namespace layout {

template <class SlotType, class HashType> class Windows {
  public:
    using Slot = SlotType;
    using Hash = HashType;
    using Key = typename Slot::Key;

    explicit Windows(uint64_t seed) : seed_(seed) {
        allocate_block(32);
    }
    ~Windows() {
        release(control_);
    }
    Windows(const Windows &) = delete;
    Windows &operator=(const Windows &) = delete;

    size_t size() const {
        return size_;
    }
    size_t capacity() const {
        return mask_ + 1;
    }
    size_t bytes() const {
        return block_bytes(capacity());
    }

    LAYOUT_INLINE const Slot *find(Key key) const {
        const size_t index = locate(key, Hash::hash(key, seed_));
        return index == SIZE_MAX ? nullptr : slots_ + index;
    }

    LAYOUT_INLINE void insert(Key key, Key word) {
        const uint64_t hash = Hash::hash(key, seed_);
        const size_t mask = mask_;
        size_t position = home(hash), target = SIZE_MAX; // the first free slot on the way
        prefetch(position);
        for (size_t step = 16;; step += 16) {
            const swiss_group window = load(control_ + position);
            for (swiss_mask match = match_byte(window, h2_of(hash)); match; match = swiss_mask_next(match))
                if (SWISS_LIKELY(slots_[(position + swiss_mask_lowest(match)) & mask].key == key))
                    return;
            const swiss_mask free = match_free(window);
            if (target == SIZE_MAX && free)
                target = (position + swiss_mask_lowest(free)) & mask;
            if (SWISS_LIKELY(match_empty(window)) || step > mask)
                break;
            position = (position + step) & mask;
        }
        if (SWISS_UNLIKELY(growth_left_ == 0 && control_[target] == control_empty)) {
            make_room();
            target = first_free(hash);
        }
        growth_left_ -= control_[target] == control_empty;
        size_ += 1;
        set_control(target, h2_of(hash));
        slots_[target].set(key, word);
    }

    LAYOUT_INLINE bool remove(Key key) {
        const size_t index = locate(key, Hash::hash(key, seed_));
        if (index == SIZE_MAX)
            return false;
        // Windows over this slot have all had an EMPTY lane if fewer than 16 slots around it are not EMPTY (as in
        // abseil). Computed without a branch, which would be mispredicted.
        const swiss_mask after = match_empty(load(control_ + index));
        const swiss_mask before = match_empty(load(control_ + ((index - 16) & mask_)));
        const bool empty =
            swiss_mask_lowest(after | 1 << 16) + static_cast<unsigned>(__builtin_clz(before << 16 | 1 << 15)) < 16;
        growth_left_ += empty;
        size_ -= 1;
        set_control(index, empty ? control_empty : control_deleted);
        return true;
    }

    void reserve(size_t size) {
        size_t wanted = capacity();
        while (wanted - wanted / 8 < size)
            wanted *= 2;
        if (wanted != capacity())
            rehash(wanted);
    }

    template <class Visit> void each(Visit visit) const {
        for (size_t index = 0; index <= mask_; ++index)
            if (control_[index] < control_empty)
                visit(slots_[index]);
    }
    size_t empties() const {
        size_t count = 0;
        for (size_t index = 0; index <= mask_; ++index)
            count += control_[index] == control_empty;
        return count;
    }
    bool unmarked() const {
        return true;
    }

  private:
    static uint8_t h2_of(uint64_t hash) {
        return hash & 0x7F;
    }
    static LAYOUT_INLINE swiss_group load(const uint8_t *control) {
        return _mm_loadu_si128(reinterpret_cast<const swiss_group *>(control));
    }
    static size_t slots_offset(size_t capacity) {
        return capacity + 64;
    }
    static size_t block_bytes(size_t capacity) {
        return slots_offset(capacity) + capacity * sizeof(Slot);
    }
    LAYOUT_INLINE size_t home(uint64_t hash) const {
        return home_of<Hash, 0>(hash, mask_, bits_);
    }
    LAYOUT_INLINE void set_control(size_t index, uint8_t byte) {
        uint8_t *const control = control_;
        const size_t mask = mask_;
        control[index] = byte;
        control[((index - 16) & mask) + 16] =
            byte; // the copy behind the end of one of the first 16; of others the byte itself
    }
    LAYOUT_INLINE void prefetch(size_t position) const {
        if (sizeof(Slot) <= 32) {
            const char *const first = reinterpret_cast<const char *>(slots_ + position);
            SWISS_PREFETCH(first);
            SWISS_PREFETCH(first + 64);
        }
    }

    LAYOUT_INLINE size_t locate(Key key, uint64_t hash) const {
        const size_t mask = mask_;
        size_t position = home(hash);
        prefetch(position);
        for (size_t step = 16;; step += 16) {
            const swiss_group window = load(control_ + position);
            for (swiss_mask match = match_byte(window, h2_of(hash)); match; match = swiss_mask_next(match)) {
                const size_t index = (position + swiss_mask_lowest(match)) & mask;
                if (SWISS_LIKELY(slots_[index].key == key))
                    return index;
            }
            if (SWISS_LIKELY(match_empty(window)) || step > mask)
                return SIZE_MAX;
            position = (position + step) & mask;
        }
    }

    LAYOUT_INLINE size_t first_free(uint64_t hash) const {
        size_t position = home(hash);
        for (size_t step = 16;; step += 16) {
            const swiss_mask free = match_free(load(control_ + position));
            if (SWISS_LIKELY(free))
                return (position + swiss_mask_lowest(free)) & mask_;
            position = (position + step) & mask_;
        }
    }

    void allocate_block(size_t capacity) {
        control_ = allocate(block_bytes(capacity));
        slots_ = reinterpret_cast<Slot *>(control_ + slots_offset(capacity));
        mask_ = capacity - 1;
        bits_ = swiss_count_trailing_zeros(capacity);
        memset(control_, control_empty, capacity + 16);
        size_ = 0;
        growth_left_ = capacity - capacity / 8;
    }

    SWISS_NOINLINE void make_room() {
        rehash(size_ <= capacity() / 32 * 25 ? capacity() : 2 * capacity());
    }

    // Every entry is searched a slot for; in order, so that with h1 of the top bits the new slots come in order too.
    void rehash(size_t new_capacity) {
        const uint8_t *const old_control = control_;
        const Slot *const old_slots = slots_;
        const size_t old_size = size_, old_capacity = capacity();
        const uint64_t seed = seed_;
        allocate_block(new_capacity);
        for (size_t base = 0; base < old_capacity; base += 16) {
            for (swiss_mask full = match_full(load(old_control + base)); full; full = swiss_mask_next(full)) {
                const Slot &slot = old_slots[base + swiss_mask_lowest(full)];
                const uint64_t hash = Hash::hash(slot.key, seed);
                const size_t target = first_free(hash);
                set_control(target, h2_of(hash));
                slots_[target] = slot;
            }
        }
        size_ = old_size;
        growth_left_ -= old_size;
        release(const_cast<uint8_t *>(old_control));
    }

    uint8_t *control_;
    Slot *slots_;
    size_t mask_, size_, growth_left_;
    uint64_t seed_;
    unsigned bits_; // log2 of the capacity
};

} // namespace layout

#endif
