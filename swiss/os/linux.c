/* linux.c - the parts that only Linux has: files of its kernel, memory that is given back but stays usable, memory that
 * moves. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* mremap */
#endif
#include "os.h"
#ifdef __linux__

#    include "system.h"
#    include "swiss/align.h"
#    include <errno.h>
#    include <fcntl.h>
#    include <string.h>
#    include <sys/mman.h>
#    include <sys/syscall.h>

/* Of another source in the same file. */
#    ifndef MAP_ANONYMOUS
#        error "swiss: a header of the system came before swiss could define _GNU_SOURCE: compile with -D_GNU_SOURCE"
#    endif
#    ifndef MREMAP_MAYMOVE
#        define MREMAP_MAYMOVE 1
#        define MREMAP_FIXED 2
#        define MREMAP_DONTUNMAP 4
#    endif

static bool advise_system(void *address, size_t size, int advice) {
    return SWISS_SYSTEM_RANGE(madvise, address, size, advice) == 0;
}

/* Calls visit(argument, character) for each byte of a file until it returns false. Without stdio, which may call the
 * malloc that this heap serves. */
static void read_file(const char *path, bool (*visit)(void *argument, char byte), void *argument) {
    char text[512];
    long length = 1,
         file = swiss_system_call(SYS_openat, AT_FDCWD, (long)(uintptr_t)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    for (bool goes_on = file >= 0; goes_on && length > 0;) {
        length = swiss_system_call(SYS_read, file, (long)(uintptr_t)text, sizeof text, 0, 0, 0);
        for (long i = 0; i < length && goes_on; ++i)
            goes_on = visit(argument, text[i]);
    }
    if (file >= 0)
        (void)swiss_system_call(SYS_close, file, 0, 0, 0, 0, 0);
}

/* A variable to be found in a list of "name=value", each with a 0 at its end. */
typedef struct variable {
    const char *name;
    char *value;
    size_t size, matched,
        length;        /* of the value; characters of the name that match those read; and of the value so far */
    bool other, found; /* the text is another variable's; the text is its value */
} variable;

static bool match_variable(void *argument, char byte) {
    variable *wanted = argument;
    if (wanted->found) {
        wanted->value[wanted->length] = byte;
        wanted->found = !byte || ++wanted->length < wanted->size;
        return byte && wanted->found;
    }
    if (!byte) {
        wanted->other = false;
        wanted->matched = 0;
    } else if (!wanted->other) {
        wanted->found = byte == '=' && !wanted->name[wanted->matched];
        wanted->other = !wanted->found && byte != wanted->name[wanted->matched];
        ++wanted->matched;
    }
    return true;
}

bool swiss_system_early_environment(const char *name, char *value, size_t size) {
    variable wanted = {.name = name, .value = value, .size = size};
    read_file("/proc/self/environ", match_variable, &wanted);
    return wanted.found && !wanted.value[wanted.length];
}

#    ifdef MADV_HUGEPAGE

static bool add_digit(void *argument, char byte) {
    size_t *number = argument;
    if (byte < '0' || byte > '9')
        return false;
    *number = *number * 10 + (size_t)(byte - '0');
    return true;
}

bool swiss_os_has_huge_pages(void) {
    size_t size = 0;
    read_file("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", add_digit, &size);
    return size == SWISS_OS_HUGE_PAGE;
}

void swiss_os_advise_huge(void *address, size_t size) {
    char *first = swiss_align_up(address, SWISS_OS_HUGE_PAGE);
    size_t before = (size_t)(first - (char *)address);
    if (size >= before + SWISS_OS_HUGE_PAGE)
        (void)advise_system(first, swiss_round_down(size - before, SWISS_OS_HUGE_PAGE), MADV_HUGEPAGE);
}

/* Finds what a list of choices has in brackets: its first character. */
static bool find_choice(void *argument, char byte) {
    char *last = argument;
    const bool found = *last == '[';
    *last = byte;
    return !found;
}

void swiss_os_collapse(void *address) {
    const int collapse = 25; /* MADV_COLLAPSE, which headers of before Linux 6.1 lack */
    char choice = 0;
    read_file("/sys/kernel/mm/transparent_hugepage/enabled", find_choice, &choice);
    if (choice != 'n') /* never, which this call would not heed */
        (void)advise_system(address, SWISS_OS_HUGE_PAGE, collapse);
}

#    else

bool swiss_os_has_huge_pages(void) {
    return false;
}

void swiss_os_advise_huge(void *address, size_t size) {
    (void)address, (void)size;
}

void swiss_os_collapse(void *address) {
    (void)address;
}

#    endif

/* Returns true if MADV_DONTNEED works. Emulators of Linux have been seen to accept it and to do nothing (QEMU's, before
 * 7.1): tried once, on a page of its own. */
static bool discards(void) {
    static atomic_int answer = -1; /* not asked for yet */
    int known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (SWISS_LIKELY(known >= 0))
        return known;
    volatile char *page = swiss_system_map(NULL, swiss_os_page_size(), PROT_READ | PROT_WRITE, 0);
    if (!page)
        return false;
    *page = 1;
    known = advise_system((void *)(uintptr_t)page, swiss_os_page_size(), MADV_DONTNEED) && *page == 0;
    (void)swiss_system_unmap((void *)(uintptr_t)page, swiss_os_page_size());
    atomic_store_explicit(&answer, known, memory_order_relaxed);
    return known;
}

bool swiss_os_discard(void *address, size_t size) {
    return discards() && advise_system(address, size, MADV_DONTNEED);
}

/* Maps the unmapped parts of a range, and nothing else. Returns false if the system refuses. */
static bool fill_holes(char *address, size_t size) {
    const int fixed = 0x100000; /* MAP_FIXED_NOREPLACE, of Linux 4.17: before it the address is a wish */
    bool is_mapped = SWISS_SYSTEM_RANGE(msync, address, size, MS_ASYNC) == 0; /* does nothing else */
    if (is_mapped || swiss_system_map_at(address, size, PROT_READ | PROT_WRITE, fixed))
        return true;
    size_t half = swiss_os_round(size / 2);
    return half < size && fill_holes(address, half) && fill_holes(address + half, size - half);
}

bool swiss_os_renew(void *address, size_t size) {
    return swiss_system_map_at(address, size, PROT_READ | PROT_WRITE, MAP_FIXED) || fill_holes(address, size);
}

#    if defined(MREMAP_DONTUNMAP) && !defined(SWISS_WATCHED_MEMORY)

/* Copies the pages that are mapped and not all zero. */
static void copy_pages(char *to, char *from, size_t size) {
    const size_t page = swiss_os_page_size();
    for (size_t at = 0; at < size; at += page) {
        bool is_mapped = SWISS_SYSTEM_RANGE(msync, from + at, page, MS_ASYNC) == 0;
        const uint64_t *words = (const uint64_t *)(const void *)(from + at), *end = words + page / sizeof *words;
        while (is_mapped && words < end && !*words)
            ++words;
        if (is_mapped && words < end)
            memcpy(to + at, from + at, page);
    }
}

/* Repairs a move of `from` to `to` that the system began and did not end. Linux unmaps what is at `to` before it looks
 * at `from`. Up to 6.16 it then refuses memory of several mappings (of whole huge pages, for instance, if some are
 * advised and some are not); from 6.17 on it may move the first of several mappings and fail at the next. `to` was all
 * zero before, and a page that has moved leaves zero behind: so of each page, the one that is not zero has the
 * contents. */
static swiss_os_moved end_move(char *to, char *from, size_t size) {
    if (fill_holes(to, size)) {
        copy_pages(to, from, size);
        return SWISS_OS_MOVED;
    }
    copy_pages(from, to, size);
    return SWISS_OS_LOST;
}

static bool remap(void *to, void *from, size_t size, long *error) {
    long moved = swiss_system_call(SYS_mremap, (long)(uintptr_t)from, (long)size, (long)size,
                                   MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, (long)(uintptr_t)to, 0);
    *error = -moved;
    return moved == (long)(uintptr_t)to;
}

/* Moves memory. MREMAP_DONTUNMAP (Linux 5.7) leaves no hole in which another mapping could land before we had closed
 * it. If it is not known, or forbidden, it is not tried again. QEMU's emulation of Linux takes what is left behind for
 * a hole all the same; so it is mapped anew, which also lets it be one mapping with what lies beside it. Under
 * sanitizers nothing moves, because their shadow would not move along. */
swiss_os_moved swiss_os_move(void *to, void *from, size_t size) {
    static atomic_bool unknown;
    long error;
    if (atomic_load_explicit(&unknown, memory_order_relaxed) || swiss_os_refused() || !swiss_os_discard(to, size))
        return SWISS_OS_STAYED;
    if (remap(to, from, size, &error)) {
        if (swiss_os_renew(from, size)) {
            if (swiss_os_huge_get() != SWISS_OS_HUGE_OFF)
                swiss_os_advise_huge(from, size);
            return SWISS_OS_MOVED;
        }
        (void)remap(from, to, size, &error); /* no memory for that: move back, which needs none */
        return fill_holes(to, size) ? SWISS_OS_STAYED : SWISS_OS_LOST;
    }
    if (error == EINVAL || error == ENOSYS || error == EPERM)
        atomic_store_explicit(&unknown, true, memory_order_relaxed);
    return end_move(to, from, size);
}

#    else

swiss_os_moved swiss_os_move(void *to, void *from, size_t size) {
    (void)to, (void)from, (void)size;
    return SWISS_OS_STAYED;
}

#    endif

#endif
