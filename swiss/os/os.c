/* os.c - the bottom tier: memory from the operating system; here what is alike on all systems.
 *
 * Memory passes through three states, as on every system that has a page table:
 *
 *     nothing --reserve--> reserved --commit--> usable
 *                          reserved <-decommit- usable
 *     nothing <--------------release---------- (both)
 *
 * Reserve. Reserved address space costs no memory and does not count against the machine's limits: it is mapped without
 * access (mmap with PROT_NONE, VirtualAlloc with MEM_RESERVE).
 *
 * Commit. Here a system that does not overcommit refuses. So the tiers above commit piece by piece, and can report "out
 * of memory" instead of dying of it. Committed pages are zero, and cost memory only when they are touched.
 *
 * Page sizes. Nothing above this folder knows how large a system page is (4 KiB on x86-64, up to 64 KiB on AArch64 and
 * POWER). The page heap commits multiples of 64 KiB; a mapping of its own is rounded by swiss_os_round.
 *
 * Records. The heap keeps its own records in memory from swiss_os_alloc, never from malloc: it may be what serves
 * malloc.
 *
 * Huge pages. A fault costs a system about as much for 2 MiB as for 4 KiB, apart from the clearing, and a huge page
 * takes one entry of the TLB instead of 512. The price: the whole page is there once a byte of it is touched. So by
 * default only blocks of at least 2 MiB get them, on the 2 MiB units that lie wholly inside. Where a huge page is not 2
 * MiB (32 MiB or 512 MiB on AArch64 with larger pages) one would be a waste, and none are asked for.
 * (doc/experiments.md: "Huge pages".)
 *
 * swiss_os_refuse lets a test act as an operating system that is out of memory. It is a plain pointer, read once per
 * system call; a test sets it while no other thread is in the heap.
 */
#include "os.h"
#include "system.h"
#include "swiss/align.h"
#include <string.h>

bool (*swiss_os_refuse)(void);

bool swiss_os_refused(void) {
    return SWISS_UNLIKELY(swiss_os_refuse != NULL) && swiss_os_refuse();
}

size_t swiss_os_round(size_t size) {
    return swiss_round_up(size, swiss_os_page_size());
}

static atomic_int huge_mode = -1; /* nobody has set it yet */

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
