/* leaks.c - blocks that were not freed: collected, told apart, grouped, and printed.
 *
 *     live samples --copy--> blocks --reach.c--> states --add up--> a sum per kind and site --sort--> leaks
 *     sites        --copy--> frames ---------------------------------------------/        \--symbols.c--> text, JSON
 *
 * All memory for this comes from the system. A lock is held while the samples are copied, and those of the heaps while
 * the blocks that are not tracked are searched.
 */
#include "leaks.h"
#include "../os/file.h"
#include "../os/os.h"
#include "reach.h"
#include "swiss/profile.h"
#include "sort.h"
#include "symbols.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Memory from the system, as an array of things of one size that come from a walk. */
typedef struct heap_list {
    char *things;
    size_t size, count, room;
} heap_list;

/* Makes room for `room` things. The array is empty then. Returns false when out of memory. */
static bool list_begin(heap_list *list, size_t size, size_t room) {
    *list = (heap_list){NULL, size, 0, room + !room};
    list->things = swiss_os_alloc(list->size * list->room);
    return list->things != NULL;
}

static void list_end(heap_list *list) {
    if (list->things)
        swiss_os_release(list->things, swiss_os_round(list->size * list->room));
    list->things = NULL;
}

/* Returns the next thing; NULL if there is no room. The count goes on, so that it is seen then. */
static void *list_add(heap_list *list, size_t count) {
    size_t first = list->count;
    list->count += count;
    return list->count <= list->room ? list->things + first * list->size : NULL;
}

/* The sums of a kind and a site. */
typedef struct leak_sum {
    double blocks, bytes;
    uint64_t oldest, newest; /* nanoseconds */
    uint32_t site;
    swiss_leak_kind kind;
} leak_sum;

/* Where the frames of a site are. */
typedef struct leak_site {
    size_t first;
    unsigned count;
} leak_site;

typedef struct leak_search {
    heap_list blocks, sites, frames, sums;
    swiss_profile_totals known;
    swiss_reach_told told;
    uint64_t age; /* nanoseconds */
} leak_search;

static void copy_live(void *argument, const swiss_profile_live *live) {
    leak_search *in = argument;
    swiss_reach_block *block = list_add(&in->blocks, 1);
    if (block)
        *block = (swiss_reach_block){.start = (uintptr_t)live->block,
                                     .size = live->size,
                                     .age = live->age,
                                     .weight = live->weight,
                                     .site = live->site};
}

static void copy_frames(void *argument, const swiss_profile_site *site) {
    leak_search *in = argument;
    leak_site *copy = list_add(&in->sites, 1);
    const void **frames = list_add(&in->frames, site->frame_count);
    if (!copy || !frames)
        return;
    *copy = (leak_site){in->frames.count - site->frame_count, site->frame_count};
    memcpy(frames, site->frames, site->frame_count * sizeof *frames);
}

/* Copies all live samples. They may become more meanwhile. */
static bool copy_blocks(leak_search *in) {
    for (size_t room = in->known.live;;) {
        if (!list_begin(&in->blocks, sizeof(swiss_reach_block), room + room / 8 + 64))
            return false;
        swiss_profile_walk_live(copy_live, in);
        if (in->blocks.count <= in->blocks.room)
            return true;
        room = in->blocks.count;
        list_end(&in->blocks);
    }
}

/* Copies the frames of all sites, in the order of their ids. */
static bool copy_sites_of_leaks(leak_search *in) {
    for (size_t sites = in->known.sites, frames = sites * 16;;) {
        if (!list_begin(&in->sites, sizeof(leak_site), sites + sites / 8 + 64) ||
            !list_begin(&in->frames, sizeof(void *), frames + frames / 8 + 1024))
            return false;
        swiss_profile_walk(copy_frames, in);
        if (in->sites.count <= in->sites.room && in->frames.count <= in->frames.room)
            return true;
        sites = in->sites.count;
        frames = in->frames.count;
        list_end(&in->sites);
        list_end(&in->frames);
    }
}

static bool sum_is_before(const void *a, const void *b) {
    const leak_sum *first = a, *second = b;
    if (first->kind != second->kind)
        return first->kind < second->kind;
    return first->bytes != second->bytes ? first->bytes > second->bytes : first->site < second->site;
}

static swiss_leak_kind leak_kind_of(const leak_search *in, const swiss_reach_block *block) {
    static const swiss_leak_kind kinds[] = {[SWISS_REACH_LOST] = SWISS_LEAK_LOST,
                                            [SWISS_REACH_INDIRECT] = SWISS_LEAK_INDIRECT,
                                            [SWISS_REACH_KEPT] = SWISS_LEAK_REACHABLE};
    return in->told.known ? kinds[block->state] : SWISS_LEAK_UNKNOWN;
}

/* Adds up the blocks that are old enough. */
static bool add_up(leak_search *in) {
    if (!list_begin(&in->sums, sizeof(leak_sum), in->sites.count * SWISS_LEAK_KINDS))
        return false;
    leak_sum *sums = (leak_sum *)(void *)in->sums.things;
    const swiss_reach_block *blocks = (const swiss_reach_block *)(const void *)in->blocks.things;
    for (size_t i = 0; i < in->blocks.count; ++i) {
        if (blocks[i].age < in->age || blocks[i].site >= in->sites.count)
            continue;
        leak_sum *sum = &sums[blocks[i].site * SWISS_LEAK_KINDS + leak_kind_of(in, &blocks[i])];
        bool first = sum->blocks == 0;
        sum->blocks += blocks[i].weight;
        sum->bytes += blocks[i].weight * (double)blocks[i].size;
        sum->site = blocks[i].site;
        sum->kind = leak_kind_of(in, &blocks[i]);
        sum->oldest = first || blocks[i].age > sum->oldest ? blocks[i].age : sum->oldest;
        sum->newest = first || blocks[i].age < sum->newest ? blocks[i].age : sum->newest;
    }
    for (size_t i = 0; i < in->sums.room; ++i)
        if (sums[i].blocks > 0)
            sums[in->sums.count++] = sums[i];
    swiss_sort(sums, in->sums.count, sizeof *sums, sum_is_before);
    return true;
}

/* Finds all leaks; with `sampled` it searches although not all blocks are known. Returns false when out of memory. */
static bool search_leaks(leak_search *in, uint64_t age, bool sampled, const void *stack) {
    memset(in, 0, sizeof *in);
    in->age = age < UINT64_MAX / 1000000 ? age * 1000000 : UINT64_MAX;
    swiss_profile_get_totals(&in->known);
    if (!copy_blocks(in) || !copy_sites_of_leaks(in))
        return false;
    bool tracked = in->known.tracks || in->known.rate == 1;
    if ((tracked || sampled) &&
        !swiss_reach_mark((swiss_reach_block *)(void *)in->blocks.things, in->blocks.count, stack, &in->told))
        return false;
    return add_up(in);
}

static void end_search(leak_search *in) {
    list_end(&in->blocks);
    list_end(&in->sites);
    list_end(&in->frames);
    list_end(&in->sums);
}

static swiss_leak leak_at(const leak_search *in, size_t place) {
    const leak_sum *sum = (const leak_sum *)(const void *)in->sums.things + place;
    const leak_site *site = (const leak_site *)(const void *)in->sites.things + sum->site;
    return (swiss_leak){.kind = sum->kind,
                        .blocks = (uint64_t)(sum->blocks + 0.5),
                        .bytes = (uint64_t)(sum->bytes + 0.5),
                        .oldest = sum->oldest / 1000000,
                        .newest = sum->newest / 1000000,
                        .frames = (const void *const *)(const void *)in->frames.things + site->first,
                        .frame_count = site->count,
                        .site = sum->site};
}

static swiss_leak_totals total_of(const leak_search *in) {
    swiss_leak_totals totals = {
        .tracked = in->known.tracks || in->known.rate == 1, .threads = in->told.threads, .running = in->told.running};
    for (size_t i = 0; i < in->sums.count; ++i) {
        swiss_leak leak = leak_at(in, i);
        totals.blocks[leak.kind] += leak.blocks;
        totals.bytes[leak.kind] += leak.bytes;
    }
    return totals;
}

/* Text ------------------------------------------------------------------------------------------------------------- */

typedef struct leak_output {
    void (*say)(void *argument, const char *text, size_t length);
    void *argument;
    size_t used;
    char text[2048]; /* so that `say` is called seldom */
} leak_output;

static void output_flush(leak_output *to) {
    if (to->used)
        to->say(to->argument, to->text, to->used);
    to->used = 0;
}

static void output_bytes(leak_output *to, const char *bytes, size_t length) {
    while (length) {
        size_t part = length < sizeof to->text - to->used ? length : sizeof to->text - to->used;
        memcpy(to->text + to->used, bytes, part);
        to->used += part;
        bytes += part;
        length -= part;
        if (to->used == sizeof to->text)
            output_flush(to);
    }
}

/* Prints a line, or a part of one, of less than 400 characters. */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static void
output(leak_output *to, const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0)
        output_bytes(to, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

static const char *const leak_kinds[SWISS_LEAK_KINDS] = {"lost", "indirect", "reachable", "unknown"};

static const char *file_name(const char *path, size_t *length) {
    const char *name = path;
    for (size_t i = 0; i < *length; ++i)
        if (path[i] == '/')
            name = path + i + 1;
    *length -= (size_t)(name - path);
    return name;
}

/* Returns the length of "FILE:LINE", without " (discriminator 3)". */
static size_t line_length(const char *line, const char *end) {
    const char *more = line;
    while (more < end && strncmp(more, " (discriminator", 15) != 0)
        ++more;
    return (size_t)(more - line);
}

/* Prints a frame: "    #0 0x55.. function file.c:12 (program+0x1234)", with a line more for each function that it was
 * inlined into. */
static void print_frame(leak_output *to, unsigned number, const void *address, const swiss_symbol *symbol) {
    output(to, "    #%-2u %p ", number, address);
    const char *lines = symbol->lines;
    for (bool first = true; *lines && *lines != '\n'; first = false) {
        const char *end = strchr(lines, '\n'), *next = strchr(end + 1, '\n');
        if (!next)
            break;
        if (!first)
            output(to, "\n        inlined into ");
        output_bytes(to, lines, (size_t)(end - lines));
        if (end[1] != '?') {
            output(to, " ");
            output_bytes(to, end + 1, line_length(end + 1, next));
        }
        lines = next + 1;
    }
    if (*symbol->name)
        output(to, "%.300s+%#" PRIx64 "", symbol->name, (uint64_t)symbol->offset);
    if (symbol->file_length) {
        size_t length = symbol->file_length;
        const char *name = file_name(symbol->file, &length);
        output(to, "%s(", lines != symbol->lines || *symbol->name ? " " : "");
        output_bytes(to, *symbol->lines || *symbol->name ? name : symbol->file,
                     *symbol->lines || *symbol->name ? length : symbol->file_length);
        output(to, "+%#" PRIx64 ")", (uint64_t)symbol->in_file);
    }
    output(to, "\n");
}

static void print_sums(leak_output *to, const swiss_leak_totals *totals) {
    static const char *const what[SWISS_LEAK_KINDS] = {"lost", "reached from lost blocks only", "still reachable",
                                                       "not freed"};
    output(to, "swiss: process %lu:", swiss_os_process());
    const char *between = " ";
    for (unsigned i = 0; i < SWISS_LEAK_KINDS; ++i)
        if (totals->blocks[i] || i == SWISS_LEAK_LOST) {
            output(to, "%s%" PRIu64 " bytes in %" PRIu64 " block%s %s", between, (uint64_t)totals->bytes[i],
                   (uint64_t)totals->blocks[i], totals->blocks[i] == 1 ? "" : "s", what[i]);
            between = ", ";
        }
    output(to, "\n");
}

/* Prints what could not be told. */
static void print_doubts(leak_output *to, const leak_search *in, const swiss_leak_totals *totals) {
    if (!totals->tracked)
        output(to, "swiss: only samples were taken: the numbers are scaled, and which blocks are lost is not known\n");
    else if (!in->told.known)
        output(to, "swiss: which blocks are lost cannot be told here\n");
    if (in->known.dropped)
        output(to,
               "swiss: %" PRIu64
               " blocks are missing: there was no memory to note them, or a signal came amid another\n",
               (uint64_t)in->known.dropped);
    if (totals->threads)
        output(to,
               "swiss: %" PRIu64 " other thread%s not stopped, %" PRIu64
               " running: what only registers hold counts as lost\n",
               (uint64_t)totals->threads, totals->threads == 1 ? " was" : "s were", (uint64_t)totals->running);
}

static void print_text(leak_output *to, const leak_search *in, const swiss_symbols *symbols, bool all) {
    swiss_leak_totals totals = total_of(in);
    print_sums(to, &totals);
    print_doubts(to, in, &totals);
    for (size_t i = 0; i < in->sums.count; ++i) {
        swiss_leak leak = leak_at(in, i);
        if (leak.kind == SWISS_LEAK_REACHABLE && !all)
            continue;
        output(to, "swiss: %s: %" PRIu64 " bytes in %" PRIu64 " block%s, %" PRIu64 "", leak_kinds[leak.kind],
               (uint64_t)leak.bytes, (uint64_t)leak.blocks, leak.blocks == 1 ? "" : "s", (uint64_t)leak.newest);
        if (leak.oldest != leak.newest)
            output(to, " to %" PRIu64 "", (uint64_t)leak.oldest);
        output(to, " ms old, allocated at\n");
        for (unsigned j = 0; j < leak.frame_count; ++j) {
            swiss_symbol symbol = swiss_symbols_get(symbols, leak.frames[j]);
            print_frame(to, j, leak.frames[j], &symbol);
        }
    }
}

/* JSON ------------------------------------------------------------------------------------------------------------- */

static void output_string(leak_output *to, const char *text, size_t length) {
    output(to, "\"");
    for (size_t i = 0; i < length; ++i) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            output(to, "\\%c", c);
        else if (c < 32)
            output(to, "\\u%04x", c);
        else
            output_bytes(to, text + i, 1);
    }
    output(to, "\"");
}

static void print_json_frame(leak_output *to, const void *address, const swiss_symbol *symbol) {
    output(to, "{\"address\":\"0x%" PRIx64 "\"", (uint64_t)(uintptr_t)address);
    if (symbol->file_length) {
        output(to, ",\"module\":");
        output_string(to, symbol->file, symbol->file_length);
        output(to, ",\"offset\":\"0x%" PRIx64 "\"", (uint64_t)symbol->in_file);
    }
    const char *end = strchr(symbol->lines, '\n'), *next = end ? strchr(end + 1, '\n') : NULL;
    if (next) {
        output(to, ",\"function\":");
        output_string(to, symbol->lines, (size_t)(end - symbol->lines));
        if (end[1] != '?') {
            output(to, ",\"line\":");
            output_string(to, end + 1, line_length(end + 1, next));
        }
    } else if (*symbol->name) {
        output(to, ",\"function\":");
        output_string(to, symbol->name, strlen(symbol->name));
    }
    output(to, "}");
}

static void print_json(leak_output *to, const leak_search *in, const swiss_symbols *symbols) {
    swiss_leak_totals totals = total_of(in);
    output(to, "{\"process\":%lu,\"tracked\":%s,\"threads\":%" PRIu64 ",\"running\":%" PRIu64 ",\"totals\":{",
           swiss_os_process(), totals.tracked ? "true" : "false", (uint64_t)totals.threads, (uint64_t)totals.running);
    for (unsigned i = 0; i < SWISS_LEAK_KINDS; ++i)
        output(to, "%s\"%s\":{\"bytes\":%" PRIu64 ",\"blocks\":%" PRIu64 "}", i ? "," : "", leak_kinds[i],
               (uint64_t)totals.bytes[i], (uint64_t)totals.blocks[i]);
    output(to, "},\"leaks\":[");
    for (size_t i = 0; i < in->sums.count; ++i) {
        swiss_leak leak = leak_at(in, i);
        output(to,
               "%s\n{\"kind\":\"%s\",\"bytes\":%" PRIu64 ",\"blocks\":%" PRIu64 ",\"oldest_ms\":%" PRIu64
               ",\"newest_ms\":%" PRIu64 ",\"frames\":[",
               i ? "," : "", leak_kinds[leak.kind], (uint64_t)leak.bytes, (uint64_t)leak.blocks, (uint64_t)leak.oldest,
               (uint64_t)leak.newest);
        for (unsigned j = 0; j < leak.frame_count; ++j) {
            swiss_symbol symbol = swiss_symbols_get(symbols, leak.frames[j]);
            output(to, "%s", j ? "," : "");
            print_json_frame(to, leak.frames[j], &symbol);
        }
        output(to, "]}");
    }
    output(to, "]}\n");
}

/* What programs call ----------------------------------------------------------------------------------------------- */

/* Finds the names of the frames that are printed. */
static bool find_symbols(leak_search *in, swiss_leaks_form form, swiss_symbols *symbols) {
    heap_list wanted = {0};
    size_t room = 0;
    for (int fill = 0; fill < 2; ++fill) {
        if (fill && !list_begin(&wanted, sizeof(void *), room))
            return false;
        for (size_t i = 0; i < in->sums.count; ++i) {
            swiss_leak leak = leak_at(in, i);
            if (form == SWISS_LEAKS_TEXT && leak.kind == SWISS_LEAK_REACHABLE)
                continue;
            if (fill)
                memcpy(list_add(&wanted, leak.frame_count), leak.frames, leak.frame_count * sizeof *leak.frames);
            room += leak.frame_count;
        }
    }
    bool found = swiss_symbols_find(symbols, (const void *const *)(const void *)wanted.things, wanted.count);
    list_end(&wanted);
    return found;
}

static bool or_no_memory(bool done) {
    if (!done)
        errno = ENOMEM;
    return done;
}

bool swiss_leaks_print(uint64_t age, swiss_leaks_form form, const void *stack,
                       void (*say)(void *argument, const char *text, size_t length), void *argument) {
    leak_search in;
    swiss_symbols symbols = {.memory = NULL};
    leak_output to = {.say = say, .argument = argument};
    bool found = search_leaks(&in, age, false, stack) && find_symbols(&in, form, &symbols);
    if (found) {
        if (form == SWISS_LEAKS_JSON)
            print_json(&to, &in, &symbols);
        else
            print_text(&to, &in, &symbols, form == SWISS_LEAKS_ALL);
        output_flush(&to);
    }
    swiss_symbols_end(&symbols);
    end_search(&in);
    return or_no_memory(found);
}

/* Returns an address above which the stack of this thread holds what its callers hold, registers that they have not
 * saved among it: those are in the frame of the function that calls this. */
#ifdef __GNUC__
#    define STACK_HERE() (__builtin_unwind_init(), __builtin_frame_address(0))
#else
#    define STACK_HERE() ((const void *)&(char){0})
#endif

SWISS_NOINLINE bool swiss_heap_print_leaks(uint64_t age, swiss_leaks_form form,
                                           void (*say)(void *argument, const char *text, size_t length),
                                           void *argument) {
    return swiss_leaks_print(age, form, STACK_HERE(), say, argument);
}

static bool find_leaks(uint64_t age, bool sampled, const void *stack,
                       void (*visit)(void *argument, const swiss_leak *leak), void *argument,
                       swiss_leak_totals *totals) {
    leak_search in;
    bool found = search_leaks(&in, age, sampled, stack);
    for (size_t i = 0; found && visit && i < in.sums.count; ++i) {
        swiss_leak leak = leak_at(&in, i);
        visit(argument, &leak);
    }
    if (totals)
        *totals = found ? total_of(&in) : (swiss_leak_totals){.tracked = false};
    end_search(&in);
    return or_no_memory(found);
}

SWISS_NOINLINE bool swiss_heap_find_leaks(uint64_t age, void (*visit)(void *argument, const swiss_leak *leak),
                                          void *argument, swiss_leak_totals *totals) {
    return find_leaks(age, false, STACK_HERE(), visit, argument, totals);
}

bool swiss_leaks_find_sampled(uint64_t age, const void *stack, void (*visit)(void *argument, const swiss_leak *leak),
                              void *argument, swiss_leak_totals *totals) {
    return find_leaks(age, true, stack, visit, argument, totals);
}
