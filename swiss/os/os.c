/* os.c - the bottom tier: memory from the operating system; here what is alike on all of them.
 *
 * Memory passes through three states, as it does on every system that has a page table:
 *
 *     nothing --reserve--> reserved --commit--> usable
 *                          reserved <-decommit- usable
 *     nothing <--------------release---------- (both)
 *
 * Reserved address space costs no memory and is not counted against the machine's limits: it is mapped without access
 * (mmap with PROT_NONE, VirtualAlloc with MEM_RESERVE). Committing is where a system that does not overcommit says no,
 * so the tiers above commit piece by piece and can report "out of memory" instead of dying of it. Committed pages are
 * zero and cost memory only once they are touched.
 *
 * Nothing above this folder knows how large a system page is (4 KiB on x86-64, up to 64 KiB on AArch64 and POWER): the
 * sizes that the page heap commits are multiples of 64 KiB, and a mapping of its own is rounded by swiss_os_round.
 *
 * The heap keeps its own records in memory from swiss_os_alloc, never in malloc's: it may be what malloc is made of.
 *
 * Huge pages. A fault costs a system about as much for 2 MiB as for 4 KiB, apart from the clearing, and a huge page
 * takes one entry of the TLB instead of 512. Measured here, inserting a million pairs of u64 into a map without reserve
 * takes 0.54 of the time, with 1,100 faults instead of 17,400; looking them up in the 35 MB that this makes is about
 * the same. Reads gain once tables are larger. The price is that a page is there as a whole once a byte of it is
 * touched, so by default only blocks of at least 2 MiB get them, on the 2 MiB units that lie wholly inside. Systems
 * that say "always" need no advice, those that say "never" ignore it. Where a huge page is not 2 MiB (32 MiB or 512 MiB
 * on AArch64 with larger pages) one would be a waste, and none are asked for.
 *
 * swiss_os_refuse lets a test play an operating system that is out of memory. It is a plain pointer, read once per
 * system call; a test sets it while no other thread is in the heap.
 */
#include "os.h"
#include "system.h"
#include <string.h>

bool (*swiss_os_refuse)(void);

bool swiss_os_refused(void) {
    return SWISS_UNLIKELY(swiss_os_refuse != NULL) && swiss_os_refuse();
}

size_t swiss_os_round(size_t size) {
    size_t mask = swiss_os_page_size() - 1;
    return (size + mask) & ~mask;
}

static atomic_int huge_mode = -1; /* no one has set it yet */

swiss_os_huge swiss_os_huge_get(void) {
    if (SWISS_UNLIKELY(atomic_load_explicit(&huge_mode, memory_order_relaxed) < 0))
        swiss_os_huge_settle(SWISS_OS_HUGE_AUTO);
    return (swiss_os_huge)atomic_load_explicit(&huge_mode, memory_order_relaxed);
}

void swiss_os_huge_set(swiss_os_huge mode) {
    atomic_store(&huge_mode, swiss_os_has_huge_pages() ? (int)mode : (int)SWISS_OS_HUGE_OFF);
}

void swiss_os_huge_settle(swiss_os_huge mode) {
    int unset = -1;
    int found = swiss_os_has_huge_pages() ? (int)mode : (int)SWISS_OS_HUGE_OFF;
    (void)atomic_compare_exchange_strong(&huge_mode, &unset, found);
}

bool swiss_os_copy_value(const char *text, char *value, size_t size) {
    size_t length = strlen(text);
    if (length >= size)
        return false;
    memcpy(value, text, length + 1);
    return true;
}
