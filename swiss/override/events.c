/* events.c - the record of a process: which blocks were sampled and freed when, and the numbers of the heap over time.
 * swiss-memory sets SWISS_RECORD and reads it; memory/README.md has the form of its lines.
 *
 *     profile.c: a sample was taken, or freed         the clock: a moment has gone by
 *                         |                                  |
 *                     note_event                         note_numbers
 *                          \                            /
 *              lines of text, in a window: the end of the file, as memory (os/window.c)
 *
 * All of this runs only when a sample is taken or freed. A line is in the file as soon as it is written, so that a
 * process that is killed leaves all that it had recorded. No descriptor stays open: programs close those that they do
 * not know, and would then write into another file. Nothing here allocates from the heap.
 *
 * The rate. Unless it is given, one byte in 16 KiB is sampled at first, and the rate follows the program: with
 * SAMPLES_PACED samples in less than PACE the bytes per sample are doubled, and with so many in more than ten times
 * that they are halved. So what is recorded costs a few per cent of the time at most: a walk up the stack takes 5 to
 * 15 microseconds. Each SAMPLES_MOST samples PACE is doubled, so that the record of a long run stays small.
 *
 * Fork. A child has its own process number, sees that the record is not its own, and begins another with its first
 * event; until then it costs nothing. A fork handler frees the lock, which another thread of the parent may have held.
 */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "../heap/leaks.h"
#include "../heap/options.h"
#include "../heap/profile.h"
#include "../heap/ranks.h"
#include "../heap/registry.h"
#include "../heap/segment.h"
#include "../heap/sizeclass.h"
#include "../os/file.h"
#include "../os/maps.h"
#include "../os/os.h"
#include "../os/window.h"
#include "swiss/heap_stats.h"
#include "swiss/profile.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WINDOW_SIZE ((size_t)256 << 10)
#define LINE_MOST 1280 /* bytes; enough for SWISS_PROFILE_FRAMES addresses. Commands and paths may be cut */
#define FIRST_RATE ((size_t)16 << 10)
#define LAST_RATE ((size_t)64 << 20)
#define SAMPLES_PACED 16
#define SAMPLES_MOST 65536u
#define PACE 10000000       /* times are in nanoseconds */
#define TICK_FIRST 10000000 /* from one line of numbers to the next */
#define TICKS_MOST 1024     /* lines until that doubles */
#define LARGE_LEAST ((size_t)1 << 20)
#define MAPS_MOST 512
#define MAPS_EVERY 100000000 /* from one look at the mappings to the next */
#define SITES_MOST 65536u    /* those beyond are written with each sample */

/* A mapping of code. */
typedef struct code {
    uintptr_t start, end;
} code;

static struct {
    char prefix[4000];                /* of the paths of records; empty: there are none */
    char path[4040];                  /* of this one */
    swiss_os_spin lock;               /* guards what follows */
    bool stopped, fixed;              /* no more is recorded; the rate stays */
    swiss_profile_listener *listener; /* that was there before */
    unsigned long process;
    char *window; /* NULL: closed */
    size_t used;  /* bytes of the window */
    uint64_t offset, began;
    uint64_t next_tick, tick_every, pace, pace_began;
    unsigned ticks, paced, samples; /* lines of numbers since tick_every was set; samples since pace_began; and all */
    size_t rate, in_use;
    uint64_t maps_read; /* when; 0: never */
    bool maps_miss;     /* an address was in none of them */
    unsigned map_count;
    code maps[MAPS_MOST];
    uint64_t sites[SITES_MOST / 64]; /* a bit for each that is written */
    struct {
        uint64_t mallocs, frees;
        size_t spans;
    } classes[SWISS_HEAP_CLASSES]; /* as they were last written */
} events;

/* Lines ------------------------------------------------------------------------------------------------------------ */

typedef struct line {
    size_t length;
    char text[LINE_MOST];
} line;

/* Adds what there is room for, but for the end of the line. */
static void add_text(line *to, const char *text) {
    while (*text && to->length < LINE_MOST - 1)
        to->text[to->length++] = *text++;
}

static void add_digits(line *to, uint64_t number, unsigned base) {
    char digits[21];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do
        digits[--at] = "0123456789abcdef"[number % base];
    while (number /= base);
    add_text(to, digits + at);
}

static void add_number(line *to, uint64_t number) {
    add_text(to, " ");
    add_digits(to, number, 16);
}

/* Adds a byte of a path or a command: as %XX if it could be taken for something else. */
static void add_byte(line *to, char byte) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char value = (unsigned char)byte;
    const char escaped[] = {'%', digits[value >> 4], digits[value & 15], '\0'}, plain[] = {byte, '\0'};
    add_text(to, value <= ' ' || value > '~' || value == '%' ? escaped : plain);
}

/* Opens the next window of the file. If there is none, says so in the room that is kept in this one. */
static bool open_next_window(void) {
    static const char why[] = "x the%20file%20could%20not%20grow\n";
    int error;
    char *next = swiss_os_window_open(events.path, events.offset, WINDOW_SIZE, &error);
    if (next)
        memset(events.window + events.used, '\n', WINDOW_SIZE - events.used); /* zeros would be the end of the record */
    else
        memcpy(events.window + events.used, why, sizeof why - 1);
    swiss_os_window_close(events.window, WINDOW_SIZE);
    events.window = next;
    events.used = 0;
    events.offset += WINDOW_SIZE;
    events.stopped = !next;
    return next;
}

static void write_line(line *one) {
    const size_t kept = 64;
    one->text[one->length++] = '\n';
    if (events.stopped || (events.used + one->length + kept > WINDOW_SIZE && !open_next_window()))
        return;
    memcpy(events.window + events.used, one->text, one->length);
    events.used += one->length;
}

static line line_of(const char *kind, const uint64_t *numbers, size_t count) {
    line one = {0, ""};
    add_text(&one, kind);
    for (size_t i = 0; i < count; ++i)
        add_number(&one, numbers[i]);
    return one;
}

#define WRITE(kind, ...)                                                                                               \
    do {                                                                                                               \
        line one_ = line_of(kind, (const uint64_t[]){__VA_ARGS__}, sizeof((uint64_t[]){__VA_ARGS__}) / 8);             \
        write_line(&one_);                                                                                             \
    } while (0)

static uint64_t microseconds(uint64_t time) {
    return time > events.began ? (time - events.began) / 1000 : 0;
}

/* Adds the bytes of a file. */
static void add_file(line *to, const char *path) {
    char bytes[512];
    int file = swiss_os_file_open(path);
    for (long length = 1; file >= 0 && length > 0 && to->length < LINE_MOST - 1;) {
        length = swiss_os_file_read(file, bytes, sizeof bytes);
        for (long i = 0; i < length; ++i)
            add_byte(to, bytes[i]);
    }
    if (file >= 0)
        (void)swiss_os_file_close(file);
}

/* Mappings --------------------------------------------------------------------------------------------------------- */

static bool map_is_known(uintptr_t start, uintptr_t end) {
    for (unsigned i = 0; i < events.map_count; ++i)
        if (events.maps[i].start == start && events.maps[i].end == end)
            return true;
    return false;
}

static void write_map(const swiss_os_mapping *map) {
    line one = line_of("m", (const uint64_t[]){map->start, map->end, map->offset}, 3);
    add_text(&one, " ");
    for (size_t i = 0; i < map->name_length; ++i)
        add_byte(&one, map->name[i]);
    write_line(&one);
    events.maps[events.map_count++] = (code){map->start, map->end};
}

/* Writes all mappings of code that are not known yet. */
static void note_maps(uint64_t now) {
    swiss_os_maps maps = {NULL, 0, 0};
    swiss_os_mapping map;
    if (swiss_os_maps_read(&maps) && maps.text)
        for (const char *at = maps.text; swiss_os_maps_next(&at, &map);)
            if (map.executable && events.map_count < MAPS_MOST && !map_is_known(map.start, map.end))
                write_map(&map);
    swiss_os_maps_end(&maps);
    events.maps_read = now;
    events.maps_miss = false;
}

/* Writes new mappings if an address lies in none that are known; where code is made while the program runs, not each
 * time. */
static void need_map(const void *address, uint64_t now) {
    for (unsigned i = 0; i < events.map_count; ++i)
        if ((uintptr_t)address >= events.maps[i].start && (uintptr_t)address < events.maps[i].end)
            return;
    if (!events.maps_read || now - events.maps_read > MAPS_EVERY)
        note_maps(now);
    else
        events.maps_miss = true;
}

/* The record ------------------------------------------------------------------------------------------------------- */

/* Opens the file of this process, under the first name that is free. */
static bool open_first_window(void) {
    int error = EEXIST;
    events.window = NULL;
    for (unsigned number = 0; !events.window && error == EEXIST && number < 1000; ++number) {
        line name = {0, ""};
        add_text(&name, ".");
        add_digits(&name, events.process, 10);
        add_text(&name, ".");
        add_digits(&name, number, 10);
        size_t length = strlen(events.prefix);
        memcpy(events.path, events.prefix, length);
        memcpy(events.path + length, name.text, name.length);
        events.path[length + name.length] = '\0';
        events.window = swiss_os_window_open(events.path, 0, WINDOW_SIZE, &error);
    }
    events.used = 0;
    events.offset = WINDOW_SIZE;
    return events.window;
}

static void write_head(bool forked) {
    line one = {0, ""};
    add_text(&one, "swiss-record 1");
    write_line(&one);
    WRITE("p", events.process, (uint64_t)getppid(), (uint64_t)time(NULL), forked);
    one.length = 0;
    add_text(&one, "n ");
    add_file(&one, "/proc/self/cmdline");
    write_line(&one);
    for (unsigned i = 0; i < SWISS_CLASS_COUNT; ++i)
        WRITE("k", i, swiss_class_size[i], swiss_class_pages[i] * SWISS_PAGE_SIZE);
    WRITE("r", 0, events.rate);
}

/* Begins the record of this process. */
static bool begin_record(uint64_t now, bool forked) {
    if (forked && events.window)
        swiss_os_window_close(events.window, WINDOW_SIZE);
    events.process = swiss_os_process();
    events.began = events.pace_began = now;
    events.next_tick = 0;
    events.tick_every = TICK_FIRST;
    events.pace = PACE;
    events.ticks = events.paced = events.samples = events.map_count = 0;
    events.maps_read = 0;
    memset(events.sites, 0, sizeof events.sites);
    memset(events.classes, 0, sizeof events.classes);
    events.stopped = !open_first_window();
    if (!events.stopped)
        write_head(forked);
    return !events.stopped;
}

static bool site_is_known(uint32_t site) {
    return site < SITES_MOST && (events.sites[site / 64] >> site % 64 & 1);
}

/* Writes a call stack, and the mappings that it needs. */
static void write_site(uint32_t site, uint64_t now) {
    const void *frames[SWISS_PROFILE_FRAMES];
    unsigned count = swiss_profile_frames(site, frames);
    line one = line_of("s", (const uint64_t[]){site}, 1);
    for (unsigned i = 0; i < count; ++i) {
        add_number(&one, (uintptr_t)frames[i]);
        need_map(frames[i], now);
    }
    write_line(&one);
    if (site < SITES_MOST)
        events.sites[site / 64] |= (uint64_t)1 << site % 64;
}

/* Writes the numbers of the heap, and those of the classes that have changed. */
static void write_numbers(const swiss_heap_stats *stats, uint64_t now) {
    events.in_use = stats->in_use_bytes;
    WRITE("t", microseconds(now), stats->mallocs, stats->frees, stats->in_use_bytes, stats->span_bytes,
          stats->idle_bytes, stats->committed_bytes, stats->reserved_bytes, stats->metadata_bytes, stats->free_bytes,
          stats->longest_bytes);
    for (unsigned i = 0; i < SWISS_HEAP_CLASSES; ++i) {
        const swiss_heap_class_stats *one = &stats->classes[i];
        if (one->mallocs == events.classes[i].mallocs && one->frees == events.classes[i].frees &&
            one->spans == events.classes[i].spans)
            continue;
        WRITE("c", i, one->mallocs, one->frees, one->spans);
        events.classes[i].mallocs = one->mallocs;
        events.classes[i].frees = one->frees;
        events.classes[i].spans = one->spans;
    }
}

static void lock_record(void) {
    swiss_os_spin_acquire(&events.lock, SWISS_RANK_RECORD);
}

static void unlock_record(void) {
    swiss_os_spin_release(&events.lock, SWISS_RANK_RECORD);
}

/* Holds no lock, because the numbers of the heap need its locks. */
static void note_numbers(uint64_t now) {
    swiss_heap_stats stats;
    swiss_heap_get_stats(NULL, &stats);
    lock_record();
    write_numbers(&stats, now);
    unlock_record();
}

/* Returns true if it is time for numbers: the clock says so, or a block was allocated that is large beside all others,
 * and may be gone the next moment. */
static bool tick_is_due(uint64_t now, size_t allocated) {
    if (now < events.next_tick && allocated < LARGE_LEAST + events.in_use / 8)
        return false;
    if (++events.ticks > TICKS_MOST) {
        events.tick_every *= 2;
        events.ticks = 0;
    }
    events.next_tick = now + events.tick_every;
    return true;
}

/* Returns the rate that follows from how fast samples come; 0: it stays. */
static size_t pace_samples(uint64_t now) {
    if (++events.samples % SAMPLES_MOST == 0)
        events.pace *= 2;
    if (events.fixed || ++events.paced < SAMPLES_PACED)
        return 0;
    const uint64_t took = now - events.pace_began;
    events.paced = 0;
    events.pace_began = now;
    if (took < events.pace && events.rate < LAST_RATE)
        events.rate *= 2;
    else if (took > 10 * events.pace && events.rate > FIRST_RATE)
        events.rate /= 2;
    else
        return 0;
    WRITE("r", microseconds(now), events.rate);
    return events.rate;
}

static void note_event(const swiss_profile_event *event) {
    const uint64_t now = event->freed ? event->freed : event->born;
    bool is_due = false;
    size_t rate = 0;
    if (events.listener)
        events.listener(event);
    lock_record();
    bool is_own = events.process == swiss_os_process();
    if (is_own ? !events.stopped : begin_record(now, true)) {
        if (event->freed) {
            WRITE("f", microseconds(now), (uintptr_t)event->block);
        } else {
            if (!site_is_known(event->site))
                write_site(event->site, now);
            WRITE("a", microseconds(now), (uintptr_t)event->block, event->site, event->size, event->usable,
                  event->weight);
            rate = pace_samples(now);
        }
        is_due = tick_is_due(now, event->freed ? 0 : event->usable);
    }
    unlock_record();
    if (is_due)
        note_numbers(now);
    if (rate)
        swiss_profile_start(rate);
}

static void free_lock_in_child(void) {
    atomic_store(&events.lock, false);
}

/* Begins when the library is loaded, before the program does. A program with more rights than its user must not write
 * files that the environment names. */
__attribute__((constructor)) static void begin_events(void) {
    if (swiss_os_is_trusted() || !swiss_option_get_text(SWISS_OPTION_RECORD, events.prefix, sizeof events.prefix))
        return;
    const size_t rate = swiss_option_get(SWISS_OPTION_RECORD_RATE);
    events.fixed = rate != 0;
    events.rate = rate ? rate : FIRST_RATE;
    lock_record();
    const bool begun = begin_record(swiss_os_nanoseconds(), false);
    unlock_record();
    if (!begun)
        return;
    swiss_os_at_fork(NULL, NULL, free_lock_in_child);
    note_numbers(events.began);
    events.listener = atomic_exchange(&swiss_profile_listen, note_event);
    swiss_profile_start(events.rate);
}

static void write_leak(void *argument, const swiss_leak *leak) {
    static const char kinds[SWISS_LEAK_KINDS] = {
        [SWISS_LEAK_LOST] = 'l', [SWISS_LEAK_INDIRECT] = 'i', [SWISS_LEAK_REACHABLE] = 'r', [SWISS_LEAK_UNKNOWN] = '?'};
    const char kind[] = {' ', kinds[leak->kind], '\0'};
    (void)argument;
    line one = line_of("l", (const uint64_t[]){leak->site, leak->blocks, leak->bytes, leak->oldest}, 4);
    add_text(&one, kind);
    lock_record();
    if (!site_is_known(leak->site))
        write_site(leak->site, events.maps_read);
    write_line(&one);
    unlock_record();
}

/* Writes what is not freed. In a forked child the samples are also those of its parent. */
static void note_leaks(const void *stack) {
    if (!swiss_leaks_find_sampled(0, stack, write_leak, NULL, NULL))
        return;
    lock_record();
    WRITE("L", 0);
    unlock_record();
}

/* Ends when the program does, after the functions that it gave to atexit. */
__attribute__((destructor)) static void end_events(void) {
    __builtin_unwind_init(); /* registers of the program are in this frame */
    if (!events.window || events.stopped || events.process != swiss_os_process() || swiss_thread_is_inside())
        return;
    const uint64_t now = swiss_os_nanoseconds();
    note_numbers(now);
    if (swiss_option_get(SWISS_OPTION_RECORD_LEAKS))
        note_leaks(__builtin_frame_address(0));
    lock_record();
    if (events.maps_miss)
        note_maps(now);
    WRITE("e", microseconds(swiss_os_nanoseconds()));
    events.stopped = true;
    unlock_record();
}
