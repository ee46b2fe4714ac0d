/* profile_write.c - writes a heap profile as pprof reads it.
 *
 * Text. The form of gperftools' heap profiler, which google-pprof and `go tool pprof` read:
 *
 *     heap profile: OBJECTS: BYTES [OBJECTS: BYTES] @ heapprofile       in use, and [ever allocated]
 *     OBJECTS: BYTES [OBJECTS: BYTES] @ 0xADDRESS 0xADDRESS ...         a line per call stack, the innermost first
 *     MAPPED_LIBRARIES:
 *     the text of /proc/self/maps
 *
 * There are two ways to say what was sampled. "heap_v2/RATE" gives the numbers that were seen, and lets the reader
 * scale them: by the mean size of a stack's blocks, so that stacks with blocks of very different sizes come out wrong.
 * "heapprofile" gives numbers to be taken as they are. Each sample was scaled by its own size when it was taken
 * (profile.c); so this form is the right one, and the rate only a comment.
 *
 * Protobuf. profile.proto of pprof: samples of four values, locations, and the mappings with their build ids, in gzip.
 * (Blocks that are stored and not compressed are valid gzip.) A location is an address inside the call: the return
 * address less 1. pprof finds the names in the files themselves.
 *
 * Nothing is allocated from the heap. All is copied first, because the table of samples is locked while it is walked,
 * and a disk may be slow:
 *
 *     sites --copy--> copy of sites | their frames | addresses, sorted       /proc/self/maps --> text
 *                                              \______________________________________|
 *                                                   sink: a buffer, perhaps gzip --> file
 */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* ElfW */
#endif
#include "profile_write.h"
#include "../os/file.h"
#include "../os/look.h"
#include "../os/maps.h"
#include "../os/os.h"
#include "sort.h"
#include "swiss/align.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#ifdef __linux__
#    include <link.h>
#endif

#define PROFILE_PATH 1200

/* Where bytes go --------------------------------------------------------------------------------------------------- */

#define SINK_ROOM ((size_t)32 << 10) /* a stored block of gzip has at most 64 KiB */

typedef struct profile_sink {
    unsigned char *buffer;
    size_t used;
    uint64_t length; /* of all so far */
    uint32_t crc;
    int file, error;
    bool zipped, counts; /* counts: nothing is written, and there is no buffer */
} profile_sink;

static void sink_send(profile_sink *to, const void *bytes, size_t size) {
    if (!to->error)
        to->error = swiss_os_file_write(to->file, bytes, size);
}

/* The checksum of gzip (RFC 1952), by half bytes. */
static uint32_t add_to_crc(uint32_t crc, const unsigned char *bytes, size_t size) {
    static const uint32_t half[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    crc = ~crc;
    for (size_t i = 0; i < size; ++i) {
        crc ^= bytes[i];
        crc = half[crc & 15] ^ (crc >> 4);
        crc = half[crc & 15] ^ (crc >> 4);
    }
    return ~crc;
}

/* Sends what is in the buffer: in gzip as a stored block (RFC 1951, 3.2.4). */
static void sink_flush(profile_sink *to, bool last) {
    if (to->zipped) {
        unsigned low = (unsigned)to->used & 255, high = (unsigned)(to->used >> 8);
        const unsigned char head[5] = {last, (unsigned char)low, (unsigned char)high, (unsigned char)~low,
                                       (unsigned char)~high};
        sink_send(to, head, sizeof head);
        to->crc = add_to_crc(to->crc, to->buffer, to->used);
    }
    sink_send(to, to->buffer, to->used);
    to->used = 0;
}

static void sink_begin(profile_sink *to) {
    static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    if (to->zipped)
        sink_send(to, head, sizeof head);
}

static void sink_end(profile_sink *to) {
    unsigned char tail[8];
    sink_flush(to, true);
    for (unsigned i = 0; i < 4; ++i) {
        tail[i] = (unsigned char)(to->crc >> 8 * i);
        tail[i + 4] = (unsigned char)(to->length >> 8 * i);
    }
    if (to->zipped)
        sink_send(to, tail, sizeof tail);
}

static void sink_put(profile_sink *to, const void *bytes, size_t size) {
    to->length += size;
    for (const char *at = bytes; size && !to->counts && !to->error;) {
        size_t part = size < SINK_ROOM - to->used ? size : SINK_ROOM - to->used;
        memcpy(to->buffer + to->used, at, part);
        to->used += part;
        at += part;
        size -= part;
        if (to->used == SINK_ROOM)
            sink_flush(to, false);
    }
}

static void sink_text(profile_sink *to, const char *text) {
    sink_put(to, text, strlen(text));
}

static void sink_number(profile_sink *to, uint64_t number, unsigned base) {
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = "0123456789abcdef"[number % base];
    while (number /= base);
    sink_put(to, digits + at, sizeof digits - at);
}

/* The copy --------------------------------------------------------------------------------------------------------- */

#define BUILD_ID_MOST 32

/* An executable line of /proc/self/maps, and the build id of its file. */
typedef struct profile_mapping {
    swiss_os_mapping line;
    size_t build_id_length;
    unsigned char build_id[BUILD_ID_MOST];
} profile_mapping;

typedef struct profile_picture {
    swiss_profile_site *sites, total;
    const void **frames; /* of all sites, one behind the other */
    uintptr_t *places;   /* the different addresses of calls, sorted */
    swiss_os_maps maps;
    profile_mapping *mappings; /* its executable lines */
    size_t site_count, frame_count, place_count, mapping_count;
    size_t site_room, frame_room, mapping_room;
    char *memory;
    size_t memory_size;
    uint64_t period;
} profile_picture;

static void count_profile_site(void *argument, const swiss_profile_site *site) {
    profile_picture *of = argument;
    ++of->site_count;
    of->frame_count += site->frame_count;
}

/* Copies a site, if there is room. The count goes on, so that it is seen if there was none. */
static void copy_profile_site(void *argument, const swiss_profile_site *site) {
    profile_picture *of = argument;
    size_t at = of->site_count++, first = of->frame_count;
    of->frame_count += site->frame_count;
    if (at >= of->site_room || of->frame_count > of->frame_room)
        return;
    memcpy(of->frames + first, site->frames, site->frame_count * sizeof *of->frames);
    of->sites[at] = *site;
    of->sites[at].frames = of->frames + first;
    of->total.alloc_objects += site->alloc_objects;
    of->total.alloc_space += site->alloc_space;
    of->total.inuse_objects += site->inuse_objects;
    of->total.inuse_space += site->inuse_space;
}

/* Copies all sites to memory of its own, with room for those that come meanwhile. */
static bool copy_profile_sites(profile_picture *of, const swiss_write_source *source) {
    source->walk(count_profile_site, of);
    for (;;) {
        of->site_room = of->site_count + of->site_count / 8 + 64;
        of->frame_room = of->frame_count + of->frame_count / 8 + 1024;
        of->memory_size =
            of->site_room * sizeof *of->sites + of->frame_room * (sizeof *of->frames + sizeof *of->places) + SINK_ROOM;
        of->memory = swiss_os_alloc(of->memory_size);
        if (!of->memory)
            return false;
        of->sites = (swiss_profile_site *)(void *)of->memory;
        of->frames = (const void **)(void *)(of->sites + of->site_room);
        of->places = (uintptr_t *)(void *)(of->frames + of->frame_room);
        of->site_count = of->frame_count = 0;
        of->total = (swiss_profile_site){.frames = NULL};
        source->walk(copy_profile_site, of);
        if (of->site_count <= of->site_room && of->frame_count <= of->frame_room)
            return true;
        swiss_os_release(of->memory, swiss_os_round(of->memory_size));
    }
}

/* Finds the build id of a file that is mapped from `start` on: a note that the linker wrote. Returns its length, 0 if
 * there is none. */
static size_t find_build_id(int look, const swiss_os_mapping *file, unsigned char id[BUILD_ID_MOST]) {
#if defined(__linux__) && defined(__ELF__)
    ElfW(Ehdr) head;
    const char *base = (const char *)file->start;
    if (swiss_os_look(look, &head, base, sizeof head) != sizeof head || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
        return 0;
    for (unsigned i = 0; i < head.e_phnum; ++i) {
        ElfW(Phdr) part;
        if (swiss_os_look(look, &part, base + head.e_phoff + i * sizeof part, sizeof part) != sizeof part)
            return 0;
        if (part.p_type != PT_NOTE || part.p_offset + part.p_filesz > file->end - file->start)
            continue;
        for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= part.p_filesz;) {
            ElfW(Nhdr) note;
            const char *address = base + part.p_offset + at;
            if (swiss_os_look(look, &note, address, sizeof note) != sizeof note)
                return 0;
            size_t name = swiss_round_up(note.n_namesz, 4), length = note.n_descsz;
            if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && length <= BUILD_ID_MOST)
                return swiss_os_look(look, id, address + sizeof note + name, length);
            at += sizeof note + name + swiss_round_up(length, 4);
        }
    }
#else
    (void)look, (void)file, (void)id;
#endif
    return 0;
}

/* Collects the executable lines of the maps. Returns false when out of memory. */
static bool collect_mappings(profile_picture *of) {
    swiss_os_mapping line, file = {.name = ""};
    for (const char *at = of->maps.text; swiss_os_maps_next(&at, &line);)
        of->mapping_room += line.executable;
    if (!of->mapping_room)
        return true;
    of->mappings = swiss_os_alloc(of->mapping_room * sizeof *of->mappings);
    if (!of->mappings)
        return false;
    int look = swiss_os_look_begin();
    for (const char *at = of->maps.text; swiss_os_maps_next(&at, &line);) {
        if (!line.offset)
            file = line;
        if (!line.executable)
            continue;
        profile_mapping *mapping = &of->mappings[of->mapping_count++];
        mapping->line = line;
        if (look >= 0 && swiss_os_maps_same_file(&line, &file))
            mapping->build_id_length = find_build_id(look, &file, mapping->build_id);
    }
    swiss_os_look_end(look);
    return true;
}

static void collect_places(profile_picture *of) {
    size_t count = 0;
    for (size_t i = 0; i < of->frame_count; ++i)
        of->places[i] = (uintptr_t)of->frames[i] - 1;
    swiss_sort(of->places, of->frame_count, sizeof *of->places, swiss_sort_addresses);
    for (size_t i = 0; i < of->frame_count; ++i)
        if (!i || of->places[i] != of->places[count - 1])
            of->places[count++] = of->places[i];
    of->place_count = count;
}

static bool take_profile_picture(profile_picture *of, const swiss_write_source *source) {
    memset(of, 0, sizeof *of);
    of->period = source->period;
    return copy_profile_sites(of, source) && swiss_os_maps_read(&of->maps) && collect_mappings(of);
}

static void drop_profile_picture(profile_picture *of) {
    if (of->mappings)
        swiss_os_release(of->mappings, swiss_os_round(of->mapping_room * sizeof *of->mappings));
    swiss_os_maps_end(&of->maps);
    if (of->memory)
        swiss_os_release(of->memory, swiss_os_round(of->memory_size));
}

/* Text ------------------------------------------------------------------------------------------------------------- */

static void sink_counts(profile_sink *to, const swiss_profile_site *site) {
    sink_number(to, site->inuse_objects, 10);
    sink_text(to, ": ");
    sink_number(to, site->inuse_space, 10);
    sink_text(to, " [");
    sink_number(to, site->alloc_objects, 10);
    sink_text(to, ": ");
    sink_number(to, site->alloc_space, 10);
    sink_text(to, "] @ ");
}

static void write_profile_text(profile_sink *to, profile_picture *of) {
    sink_text(to, "heap profile: ");
    sink_counts(to, &of->total);
    sink_text(to, "heapprofile\n# sampled every ");
    sink_number(to, of->period, 10);
    sink_text(to, " bytes on average; the numbers are scaled\n");
    for (size_t i = 0; i < of->site_count; ++i) {
        sink_counts(to, &of->sites[i]);
        for (size_t j = 0; j < of->sites[i].frame_count; ++j) {
            sink_text(to, j ? " 0x" : "0x");
            sink_number(to, (uintptr_t)of->sites[i].frames[j], 16);
        }
        sink_text(to, "\n");
    }
    sink_text(to, "\nMAPPED_LIBRARIES:\n");
    sink_put(to, of->maps.text, of->maps.length);
}

/* Protobuf --------------------------------------------------------------------------------------------------------- */

static void sink_varint(profile_sink *to, uint64_t value) {
    unsigned char bytes[10];
    size_t length = 0;
    do {
        bytes[length] = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        ++length;
    } while (value >>= 7);
    sink_put(to, bytes, length);
}

static void sink_field(profile_sink *to, unsigned field, uint64_t value) {
    sink_varint(to, field << 3);
    sink_varint(to, value);
}

static void sink_bytes(profile_sink *to, unsigned field, const char *bytes, size_t size) {
    sink_varint(to, field << 3 | 2);
    sink_varint(to, size);
    sink_put(to, bytes, size);
}

/* Puts a message, or numbers in a row, whose length has to come first. */
static void sink_message(profile_sink *to, unsigned field, void (*emit)(profile_sink *to, const void *thing),
                         const void *thing) {
    profile_sink measure = {.counts = true};
    emit(&measure, thing);
    sink_varint(to, field << 3 | 2);
    sink_varint(to, measure.length);
    emit(to, thing);
}

/* The strings that every profile has; in the table those of mappings follow, two for each. */
enum {
    WORD_EMPTY,
    WORD_ALLOC_OBJECTS,
    WORD_COUNT,
    WORD_ALLOC_SPACE,
    WORD_BYTES,
    WORD_INUSE_OBJECTS,
    WORD_INUSE_SPACE,
    WORD_SPACE,
    PROFILE_WORDS
};

static const char *const profile_words[PROFILE_WORDS] = {
    "", "alloc_objects", "count", "alloc_space", "bytes", "inuse_objects", "inuse_space", "space",
};

static void sink_emit_type(profile_sink *to, const void *thing) {
    const unsigned *type = thing;
    sink_field(to, 1, type[0]);
    sink_field(to, 2, type[1]);
}

typedef struct profile_sample {
    const profile_picture *of;
    const swiss_profile_site *site;
} profile_sample;

/* Returns the number of a location: its place in the sorted addresses, counted from 1. */
static size_t location_of(const profile_picture *of, uintptr_t place) {
    size_t low = 0, high = of->place_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(of->places[middle] <= place ? &low : &high) = middle;
    }
    return low + 1;
}

static void sink_emit_locations(profile_sink *to, const void *thing) {
    const profile_sample *of = thing;
    for (size_t i = 0; i < of->site->frame_count; ++i)
        sink_varint(to, location_of(of->of, (uintptr_t)of->site->frames[i] - 1));
}

static void sink_emit_values(profile_sink *to, const void *thing) {
    const profile_sample *of = thing;
    sink_varint(to, of->site->alloc_objects);
    sink_varint(to, of->site->alloc_space);
    sink_varint(to, of->site->inuse_objects);
    sink_varint(to, of->site->inuse_space);
}

static void sink_emit_sample(profile_sink *to, const void *thing) {
    sink_message(to, 1, sink_emit_locations, thing);
    sink_message(to, 2, sink_emit_values, thing);
}

/* A mapping, or a location, with its number, from 1 on. */
typedef struct profile_part {
    const profile_picture *of;
    size_t number;
} profile_part;

static void sink_emit_mapping(profile_sink *to, const void *thing) {
    const profile_part *of = thing;
    const profile_mapping *mapping = &of->of->mappings[of->number - 1];
    sink_field(to, 1, of->number);
    sink_field(to, 2, mapping->line.start);
    sink_field(to, 3, mapping->line.end);
    sink_field(to, 4, mapping->line.offset);
    sink_field(to, 5, PROFILE_WORDS + 2 * (of->number - 1));
    sink_field(to, 6, PROFILE_WORDS + 2 * (of->number - 1) + 1);
}

static void sink_emit_location(profile_sink *to, const void *thing) {
    const profile_part *of = thing;
    const uintptr_t place = of->of->places[of->number - 1];
    sink_field(to, 1, of->number);
    for (size_t i = 0; i < of->of->mapping_count; ++i)
        if (place >= of->of->mappings[i].line.start && place < of->of->mappings[i].line.end)
            sink_field(to, 2, i + 1);
    sink_field(to, 3, place);
}

static void sink_build_id(profile_sink *to, const profile_mapping *mapping) {
    char text[2 * BUILD_ID_MOST];
    for (size_t i = 0; i < mapping->build_id_length; ++i) {
        text[2 * i] = "0123456789abcdef"[mapping->build_id[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[mapping->build_id[i] & 15];
    }
    sink_bytes(to, 6, text, 2 * mapping->build_id_length);
}

static void write_profile_protobuf(profile_sink *to, profile_picture *of) {
    static const unsigned types[4][2] = {{WORD_ALLOC_OBJECTS, WORD_COUNT},
                                         {WORD_ALLOC_SPACE, WORD_BYTES},
                                         {WORD_INUSE_OBJECTS, WORD_COUNT},
                                         {WORD_INUSE_SPACE, WORD_BYTES}};
    static const unsigned period_type[2] = {WORD_SPACE, WORD_BYTES};
    collect_places(of);
    for (unsigned i = 0; i < 4; ++i)
        sink_message(to, 1, sink_emit_type, types[i]);
    for (size_t i = 0; i < of->site_count; ++i)
        sink_message(to, 2, sink_emit_sample, &(profile_sample){of, &of->sites[i]});
    for (size_t i = 1; i <= of->mapping_count; ++i)
        sink_message(to, 3, sink_emit_mapping, &(profile_part){of, i});
    for (size_t i = 1; i <= of->place_count; ++i)
        sink_message(to, 4, sink_emit_location, &(profile_part){of, i});
    for (unsigned i = 0; i < PROFILE_WORDS; ++i)
        sink_bytes(to, 6, profile_words[i], strlen(profile_words[i]));
    for (size_t i = 0; i < of->mapping_count; ++i) {
        sink_bytes(to, 6, of->mappings[i].line.name, of->mappings[i].line.name_length);
        sink_build_id(to, &of->mappings[i]);
    }
    sink_field(to, 9, (uint64_t)time(NULL) * 1000000000);
    sink_message(to, 11, sink_emit_type, period_type);
    sink_field(to, 12, of->period);
    sink_field(to, 14, WORD_INUSE_SPACE);
}

/* Files ------------------------------------------------------------------------------------------------------------ */

int swiss_write_profile(int file, bool protobuf, const swiss_write_source *source) {
    profile_picture of;
    int error = ENOMEM;
    if (take_profile_picture(&of, source)) {
        profile_sink to = {.buffer = (unsigned char *)(of.places + of.frame_room), .file = file, .zipped = protobuf};
        sink_begin(&to);
        (protobuf ? write_profile_protobuf : write_profile_text)(&to, &of);
        sink_end(&to);
        error = to.error;
    }
    drop_profile_picture(&of);
    return error;
}

/* Writes to an open file, and closes it. */
static int write_profile_and_close(int file, bool protobuf, const swiss_write_source *source) {
    if (file < 0)
        return -file;
    int error = swiss_write_profile(file, protobuf, source), closed = swiss_os_file_close(file);
    return error ? error : closed;
}

int swiss_write_profile_file(const char *path, bool protobuf, const swiss_write_source *source) {
    static atomic_uint number;
    char name[PROFILE_PATH];
    if (!swiss_os_file_is_plain(path))
        return write_profile_and_close(swiss_os_file_rewrite(path), protobuf, source);
    int file = -EEXIST;
    while (file == -EEXIST) { /* left behind by a process of this number that was killed */
        unsigned mine = atomic_fetch_add_explicit(&number, 1, memory_order_relaxed);
        int length = snprintf(name, sizeof name, "%s.%lu.%u.new", path, swiss_os_process(), mine);
        if (length < 0 || (size_t)length >= sizeof name)
            return ENAMETOOLONG;
        file = swiss_os_file_make(name);
    }
    int error = write_profile_and_close(file, protobuf, source);
    if (!error)
        error = swiss_os_file_rename(name, path);
    if (error && file >= 0)
        swiss_os_file_remove(name);
    return error;
}

/* What programs call ----------------------------------------------------------------------------------------------- */

static swiss_write_source own_samples(void) {
    swiss_profile_totals totals;
    swiss_profile_get_totals(&totals);
    return (swiss_write_source){swiss_profile_walk, totals.tracks || !totals.rate ? 1 : totals.rate};
}

static bool or_profile_errno(int error) {
    if (error)
        errno = error;
    return !error;
}

bool swiss_profile_write(const char *path, swiss_profile_format format) {
    const swiss_write_source source = own_samples();
    return or_profile_errno(swiss_write_profile_file(path, format == SWISS_PROFILE_PROTOBUF, &source));
}

bool swiss_profile_write_to(int file, swiss_profile_format format) {
    const swiss_write_source source = own_samples();
    return or_profile_errno(swiss_write_profile(file, format == SWISS_PROFILE_PROTOBUF, &source));
}
