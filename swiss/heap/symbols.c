/* symbols.c - the names and lines of addresses in code.
 *
 *     address --/proc/self/maps--> file, address in the file --addr2line--> function, source, line
 *                                                            \--loader----> function that is exported
 *
 * The heap does not read what compilers wrote for debuggers: another program does. It is run once per file: all
 * addresses go into one pipe before anything is read from the other; as many as a pipe has room for, so that none waits
 * for the other. It is started without LD_PRELOAD, and killed if it says nothing for 20 seconds. Without it, or without
 * debugging information, there is the name that the loader knows, and in any case the file and the address in it.
 *
 * The environment variable SWISS_SYMBOLIZER names another program of the same form (llvm-symbolizer is known), or, as
 * 0, none.
 */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* dladdr */
#endif
#include "symbols.h"
#include "../os/file.h"
#include "../os/look.h"
#include "../os/os.h"
#include "../os/system.h"
#include "options.h"
#include "sort.h"
#include "swiss/align.h"
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#    include <dlfcn.h>
#    include <elf.h>
#    include <errno.h>
#    include <fcntl.h>
#    include <link.h>
#    include <poll.h>
#    include <signal.h>
#    include <spawn.h>
#    include <stdlib.h>
#    include <sys/syscall.h>
#    include <sys/wait.h>
#    include <unistd.h>
#endif

#define SYMBOLS_AT_ONCE 200   /* addresses for one run: with 19 bytes each they fit into the smallest pipe, of 4 KiB */
#define SYMBOLS_SILENCE 20000 /* milliseconds */
#define SYMBOLS_TEXT 320

/* Returns the place of an address among the sorted ones; SIZE_MAX if it is none of them. */
static size_t place_of_address(const swiss_symbols *symbols, uintptr_t place) {
    size_t low = 0, high = symbols->place_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(symbols->places[middle] <= place ? &low : &high) = middle;
    }
    return high && symbols->places[low] == place ? low : SIZE_MAX;
}

#ifdef __linux__

/* Returns what the loader has added to the addresses of a file that is mapped from `start` on. */
static uintptr_t code_bias_of(uintptr_t start) {
    ElfW(Ehdr) head;
    int look = swiss_os_look_begin();
    bool read = look >= 0 && swiss_os_look(look, &head, (const void *)start, sizeof head) == sizeof head &&
                memcmp(head.e_ident, ELFMAG, SELFMAG) == 0;
    uintptr_t bias = read && head.e_type == ET_EXEC ? 0 : start;
    for (unsigned i = 0; read && head.e_type == ET_DYN && i < head.e_phnum; ++i) {
        ElfW(Phdr) part;
        if (swiss_os_look(look, &part, (const char *)start + head.e_phoff + i * sizeof part, sizeof part) !=
            sizeof part)
            break;
        if (part.p_type == PT_LOAD) { /* the first of them */
            bias = start - swiss_round_down((uintptr_t)part.p_vaddr, swiss_os_page_size());
            break;
        }
    }
    swiss_os_look_end(look);
    return bias;
}

/* A file with code: its first line in the maps, and a line with the address. */
typedef struct code_module {
    swiss_os_mapping first, line;
} code_module;

/* Goes on with the executable lines. */
static bool next_module(const char **at, code_module *of) {
    while (swiss_os_maps_next(at, &of->line)) {
        if (!of->line.offset)
            of->first = of->line;
        if (of->line.executable && of->line.name_length && of->line.name[0] == '/' &&
            swiss_os_maps_same_file(&of->line, &of->first))
            return true;
    }
    return false;
}

extern char **environ;

/* Fills `list` with the environment of a program that is started. Returns false if there is no room. */
static bool copy_symbolizer_environment(char **list, size_t room) {
    size_t count = 0;
    for (char **entry = environ; entry && *entry; ++entry)
        if (strncmp(*entry, "LD_", 3) != 0 && strncmp(*entry, "SWISS_", 6) != 0) {
            if (count + 1 >= room)
                return false;
            list[count++] = *entry;
        }
    list[count] = NULL;
    return true;
}

/* Makes a pipe that programs which are started do not get. Returns false if there is none. */
static bool make_pipe(int ends[2]) {
#    ifdef __linux__
    /* pipe2, which not all headers declare: a thread that starts a program meanwhile does not pass the ends on */
    return swiss_system_call(SYS_pipe2, (long)(uintptr_t)ends, O_CLOEXEC, 0, 0, 0, 0) == 0;
#    else
    if (pipe(ends))
        return false;
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return true;
#    endif
}

/* Starts the program, with a pipe at each end. Returns its number; -1 if it cannot be started. */
static pid_t start_symbolizer(const char *tool, const char *file, int *to, int *from) {
    char *variables[1000];
    int in[2], out[2];
    const char *name = strrchr(tool, '/');
    bool llvm = strstr(name ? name : tool, "symbolizer") != NULL;
    const char *const arguments[] = {tool, "-f", "-C", "-i", "-a", "-e", file, llvm ? "--output-style=GNU" : NULL,
                                     NULL};
    pid_t child = -1;
    if (!copy_symbolizer_environment(variables, sizeof variables / sizeof *variables) || !make_pipe(in))
        return -1;
    if (!make_pipe(out)) {
        (void)close(in[0]), (void)close(in[1]);
        return -1;
    }
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) == 0) {
        int error = posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        error = error ? error : posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        error = error ? error : posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        if (error || posix_spawnp(&child, tool, &actions, NULL, (char *const *)(uintptr_t)arguments, variables))
            child = -1;
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(in[0]), (void)close(out[1]);
    *to = in[1];
    *from = out[0];
    if (child < 0)
        (void)close(in[1]), (void)close(out[0]);
    return child;
}

/* Reads a part of what the program says. Returns 0 at its end, or if it says nothing for too long: then it is
 * *silent. */
static size_t hear_symbolizer(int from, char *text, size_t size, bool *silent) {
    struct pollfd wait = {from, POLLIN, 0};
    int ready;
    do
        ready = poll(&wait, 1, SYMBOLS_SILENCE);
    while (ready < 0 && errno == EINTR);
    *silent = ready <= 0;
    long length = ready > 0 ? swiss_os_file_read(from, text, size) : 0;
    return length > 0 ? (size_t)length : 0;
}

static void keep_symbol_text(swiss_symbols *symbols, const char *text, size_t length) {
    if (symbols->text_length + length + 2 > symbols->text_size) {
        symbols->text_size = 0; /* what comes behind a piece that is missing would be taken for another */
        return;
    }
    memcpy(symbols->text + symbols->text_length, text, length);
    symbols->text_length += length;
}

/* Takes what was said about each address, in their order: "0xADDRESS", and then pairs of a function and a line. Of
 * those that are not known, the function is "??". */
static void take_symbols(swiss_symbols *symbols, char *said, const size_t *asked, size_t count) {
    size_t next = 0;
    for (char *line = said, *end; (end = strchr(line, '\n')); line = end + 1) {
        if (line[0] == '0' && line[1] == 'x') {
            if (next == count)
                break;
            keep_symbol_text(symbols, "\n", 1);
            symbols->names[asked[next++]] = (uint32_t)symbols->text_length + 1;
        } else if (next) {
            keep_symbol_text(symbols, line, (size_t)(end - line) + 1);
        }
    }
    keep_symbol_text(symbols, "\n", 1);
}

/* Asks about some addresses of one file. Returns false if there is no such program. */
static bool ask_symbolizer(swiss_symbols *symbols, const char *tool, const char *file, uintptr_t bias,
                           const size_t *asked, size_t count) {
    int to, from;
    pid_t child = start_symbolizer(tool, file, &to, &from);
    if (child < 0)
        return false;
    for (size_t i = 0; i < count; ++i) {
        char line[32];
        int length = snprintf(line, sizeof line, "%#zx\n", (size_t)(symbols->places[asked[i]] - bias));
        (void)swiss_os_file_write(to, line, length > 0 ? (size_t)length : 0);
    }
    (void)close(to);
    const size_t size = count * 2 * SYMBOLS_TEXT + 65536;
    char *said = swiss_os_alloc(size);
    size_t length = 0, got = 1;
    bool silent = false;
    while (said && length < size - 1 && got) {
        got = hear_symbolizer(from, said + length, size - 1 - length, &silent);
        length += got;
    }
    (void)close(from);
    if (!said || got || silent)
        (void)kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    if (said) {
        take_symbols(symbols, said, asked, count);
        swiss_os_release(said, swiss_os_round(size));
    }
    return said && !silent; /* a file that it knows nothing of is no reason to ask it no more */
}

/* Asks about all addresses, file by file. */
static void ask_symbolizer_all(swiss_symbols *symbols, const char *tool) {
    code_module of;
    size_t asked[SYMBOLS_AT_ONCE];
    for (const char *at = symbols->maps.text; next_module(&at, &of);) {
        char file[1100];
        if (of.line.name_length >= sizeof file)
            continue;
        memcpy(file, of.line.name, of.line.name_length);
        file[of.line.name_length] = 0;
        uintptr_t bias = code_bias_of(of.first.start);
        size_t count = 0;
        for (size_t i = 0; i < symbols->place_count; ++i) {
            if (symbols->places[i] >= of.line.start && symbols->places[i] < of.line.end)
                asked[count++] = i;
            if (count && (count == SYMBOLS_AT_ONCE || i + 1 == symbols->place_count)) {
                if (!ask_symbolizer(symbols, tool, file, bias, asked, count))
                    return;
                count = 0;
            }
        }
    }
}

/* Names the program, unless there is to be none. */
static void run_symbolizer(swiss_symbols *symbols) {
    char tool[256];
    int error = errno;
    if (!swiss_option_get_text(SWISS_OPTION_SYMBOLIZER, tool, sizeof tool))
        memcpy(tool, "addr2line", sizeof "addr2line");
    if (strcmp(tool, "0") == 0 || swiss_os_is_trusted())
        return;
    ask_symbolizer_all(symbols, tool);
    errno = error;
}

/* Sets the name that the loader knows. In a source of several, a header may have come before swiss could ask for
 * dladdr. */
static void name_by_loader(swiss_symbol *symbol, uintptr_t place) {
#    if !defined(__GLIBC__) || defined(__USE_GNU)
#        pragma weak dladdr
    Dl_info info;
    if (dladdr && dladdr((const void *)place, &info) && info.dli_sname) {
        symbol->name = info.dli_sname;
        symbol->offset = place + 1 - (uintptr_t)info.dli_saddr;
    }
#    else
    (void)symbol, (void)place;
#    endif
}

static void find_module(const swiss_symbols *symbols, swiss_symbol *symbol, uintptr_t place) {
    code_module of;
    for (const char *at = symbols->maps.text; next_module(&at, &of);)
        if (place >= of.line.start && place < of.line.end) {
            symbol->file = of.line.name;
            symbol->file_length = of.line.name_length;
            symbol->in_file = place - code_bias_of(of.first.start);
            return;
        }
}

#else

static void run_symbolizer(swiss_symbols *symbols) {
    (void)symbols;
}

static void name_by_loader(swiss_symbol *symbol, uintptr_t place) {
    (void)symbol, (void)place;
}

static void find_module(const swiss_symbols *symbols, swiss_symbol *symbol, uintptr_t place) {
    (void)symbols, (void)symbol, (void)place;
}

#endif

bool swiss_symbols_find(swiss_symbols *symbols, const void *const *addresses, size_t count) {
    memset(symbols, 0, sizeof *symbols);
    symbols->memory_size =
        count * (sizeof *symbols->places + sizeof *symbols->names + SYMBOLS_TEXT) + (size_t)(64 << 10);
    symbols->memory = swiss_os_alloc(symbols->memory_size);
    if (!symbols->memory || !swiss_os_maps_read(&symbols->maps))
        return false;
    symbols->places = (uintptr_t *)(void *)symbols->memory;
    symbols->names = (uint32_t *)(void *)(symbols->places + count);
    symbols->text = (char *)(symbols->names + count);
    symbols->text_size = (size_t)(symbols->memory + symbols->memory_size - symbols->text);
    for (size_t i = 0; i < count; ++i)
        symbols->places[i] = (uintptr_t)addresses[i] - 1;
    swiss_sort(symbols->places, count, sizeof *symbols->places, swiss_sort_addresses);
    for (size_t i = 0; i < count; ++i)
        if (!i || symbols->places[i] != symbols->places[symbols->place_count - 1])
            symbols->places[symbols->place_count++] = symbols->places[i];
    if (symbols->place_count)
        run_symbolizer(symbols);
    return true;
}

void swiss_symbols_end(swiss_symbols *symbols) {
    swiss_os_maps_end(&symbols->maps);
    if (symbols->memory)
        swiss_os_release(symbols->memory, swiss_os_round(symbols->memory_size));
}

swiss_symbol swiss_symbols_get(const swiss_symbols *symbols, const void *address) {
    swiss_symbol symbol = {"", 0, 0, "", "", 0};
    const uintptr_t place = (uintptr_t)address - 1;
    size_t known = place_of_address(symbols, place);
    const char *lines = known != SIZE_MAX && symbols->names[known] ? symbols->text + symbols->names[known] - 1 : "\n";
    find_module(symbols, &symbol, place);
    if (*lines != '\n' && *lines != '?')
        symbol.lines = lines;
    else
        name_by_loader(&symbol, place);
    return symbol;
}
