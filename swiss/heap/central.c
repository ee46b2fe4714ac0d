/* central.c - the spans of one size class that no thread owns: one bin per class, each under a lock of its own.
 *
 * They come from threads that have ended, and go to the first thread that runs out of free slots of the class. Whoever
 * has no cache, a thread in its last destructors, or anyone who uses another heap than the default one, allocates and
 * frees here. Such a heap has centrals only of classes that it was asked for, and one for its large blocks: by its
 * centrals it knows all that it has, and finds it again when it is destroyed.
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
