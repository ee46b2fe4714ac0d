/* look.c - looks at the memory of this process, by a file of Linux's kernel. A load would end the program where a page
 * is closed or gone, as another thread may bring about at any moment. There is a system call for it, too
 * (process_vm_readv), but programs that forbid themselves calls forbid that. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE
#endif
#include "look.h"
#include "file.h"
#include "os.h"
#include "system.h"

#if defined(__linux__) && defined(__LP64__)

#    include <string.h>
#    include <sys/syscall.h>

size_t swiss_os_look(int look, void *to, const void *address, size_t size) {
    long length = swiss_system_call(SYS_pread64, look, (long)(uintptr_t)to, (long)size, (long)(uintptr_t)address, 0, 0);
    return length > 0 ? (size_t)length : 0;
}

/* Emulators may open the file for memory that is laid out in another way: tried once. */
int swiss_os_look_begin(void) {
    volatile uint64_t seen = UINT64_C(0x5157155C0FFEE123);
    uint64_t read = 0;
    int look = swiss_os_file_open("/proc/self/mem");
    if (look >= 0 &&
        (swiss_os_look(look, &read, (const void *)(uintptr_t)&seen, sizeof read) != sizeof read || read != seen)) {
        swiss_os_look_end(look);
        look = -1;
    }
    return look;
}

void swiss_os_look_end(int look) {
    if (look >= 0)
        (void)swiss_os_file_close(look);
}

int swiss_os_pages_begin(void) {
    return swiss_os_file_open("/proc/self/pagemap");
}

/* The file has 8 bytes for each page; the two highest bits say that it is present, or swapped out. */
uintptr_t swiss_os_pages_next(int pages, uintptr_t start, uintptr_t end) {
    enum { AT_ONCE = 512 };
    const uintptr_t page = swiss_os_page_size();
    uint64_t entries[AT_ONCE];
    while (start < end) {
        const long place = (long)(start / page * sizeof *entries);
        long length = swiss_system_call(SYS_pread64, pages, (long)(uintptr_t)entries, sizeof entries, place, 0, 0);
        if (length < (long)sizeof *entries)
            return start;
        for (size_t i = 0; i < (size_t)length / sizeof *entries && start < end; ++i, start += page)
            if (entries[i] >> 62)
                return start;
    }
    return end;
}

/* Returns the last word but one of "CALL A B C D E F STACK PLACE" or "-1 STACK PLACE"; NULL of "running". */
static const void *read_stack_pointer(const char *text, long length) {
    long end = length, start;
    while (end > 0 && text[end - 1] != ' ') /* the place */
        --end;
    for (start = end - 1; start > 0 && text[start - 1] != ' ';)
        --start;
    uintptr_t stack = 0;
    for (long i = start + 2; i < end - 1; ++i) /* behind "0x" */
        stack = stack << 4 | (uintptr_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
    return (const void *)stack; /* NULL if there is one word only */
}

/* As the kernel fills it in. */
typedef struct directory_entry {
    uint64_t number;
    int64_t next;
    uint16_t length;
    uint8_t type;
    char name[];
} directory_entry;

static void visit_thread(const char *number, void (*visit)(void *argument, const void *stack), void *argument) {
    char path[64] = "/proc/self/task/", text[256];
    size_t length = strlen(path), digits = strlen(number);
    if (digits > 20)
        return;
    memcpy(path + length, number, digits);
    memcpy(path + length + digits, "/syscall", sizeof "/syscall");
    int file = swiss_os_file_open(path);
    long got = file >= 0 ? swiss_os_file_read(file, text, sizeof text) : 0;
    if (file >= 0)
        (void)swiss_os_file_close(file);
    visit(argument, got > 0 ? read_stack_pointer(text, got) : NULL);
}

bool swiss_os_each_thread(void (*visit)(void *argument, const void *stack), void *argument) {
    _Alignas(directory_entry) char entries[2048];
    const long mine = swiss_system_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
    int folder = swiss_os_file_open("/proc/self/task");
    if (folder < 0)
        return false;
    long got = 0;
    while ((got = swiss_system_call(SYS_getdents64, folder, (long)(uintptr_t)entries, sizeof entries, 0, 0, 0)) > 0)
        for (long at = 0; at < got;) {
            const directory_entry *entry = (const directory_entry *)(const void *)(entries + at);
            long number = 0;
            for (const char *digit = entry->name; *digit >= '0' && *digit <= '9'; ++digit)
                number = number * 10 + (*digit - '0');
            if (number && number != mine)
                visit_thread(entry->name, visit, argument);
            at += entry->length;
        }
    (void)swiss_os_file_close(folder);
    return got == 0;
}

#else

int swiss_os_look_begin(void) {
    return -1;
}

size_t swiss_os_look(int look, void *to, const void *address, size_t size) {
    (void)look, (void)to, (void)address, (void)size;
    return 0;
}

void swiss_os_look_end(int look) {
    (void)look;
}

int swiss_os_pages_begin(void) {
    return -1;
}

uintptr_t swiss_os_pages_next(int pages, uintptr_t start, uintptr_t end) {
    (void)pages, (void)end;
    return start;
}

bool swiss_os_each_thread(void (*visit)(void *argument, const void *stack), void *argument) {
    (void)visit, (void)argument;
    return false;
}

#endif
