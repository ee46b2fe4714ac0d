/* central.c - central: the spans of one size class that no thread owns. One bin per class, each under a lock of its
 * own.
 *
 *     a thread ends          --- its spans ----> central ---- a span with free slots --> a thread that has none left
 *     no thread cache        --- alloc, free --> central
 *
 * Receive, lend. Spans come from threads that have ended, and go to the first thread that runs out of free slots of the
 * class.
 *
 * Alloc, free. A thread without a cache works here, under the lock: one in its last destructors, or any that uses
 * another heap than the default one. Such a heap has centrals only of the classes that it was asked for, and one, of
 * class 0, for its large blocks. So it finds by its centrals all that it has, when it is walked or destroyed.
 */
#include "central.h"

bool swiss_central_lend(swiss_central *central, swiss_bin *to) {
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL);
    swiss_span *span = swiss_bin_next(&central->bin);
    bool lent = span && swiss_bin_lend(&central->bin, to, span);
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
    return lent;
}

void *swiss_central_alloc(swiss_central *central, swiss_share *share, unsigned size_class) {
    swiss_bin *bin = &central->bin;
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL);
    if (!bin->share)
        bin->share = share;
    void *block = swiss_bin_take(bin);
    if (SWISS_UNLIKELY(!block) && (swiss_bin_next(bin) || swiss_bin_grow(bin, size_class)))
        block = swiss_bin_take(bin);
    if (SWISS_LIKELY(block))
        swiss_count(&central->tally.mallocs);
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
    return block;
}

bool swiss_central_free(swiss_central *central, swiss_span *span, uint32_t slot) {
    swiss_bin *bin = &central->bin;
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL);
    bool freed = swiss_bin_give_any(bin, span, slot);
    if (SWISS_LIKELY(freed))
        swiss_count(&central->tally.frees);
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
    return freed;
}

void swiss_central_walk(swiss_central *central, void (*visit)(void *argument, void *block, size_t size),
                        void *argument) {
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL);
    for (const swiss_span *span = central->bin.owned; span; span = swiss_span_remote_of(span)->next_owned)
        swiss_span_walk(span, visit, argument);
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
}

void swiss_central_receive(swiss_central *central, swiss_bin *from) {
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL);
    if (!central->bin.share)
        central->bin.share = from->share;
    swiss_bin_hand_over(from, &central->bin);
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
}

void swiss_central_trim(swiss_central *central) {
    swiss_os_spin_acquire(&central->lock, SWISS_RANK_CENTRAL);
    swiss_bin_trim(&central->bin);
    swiss_os_spin_release(&central->lock, SWISS_RANK_CENTRAL);
}
