/* maps.c - what is mapped in this process. A line is "START-END rwxp OFFSET DEVICE INODE  NAME". */
#include "maps.h"
#include "file.h"
#include "os.h"
#include <string.h>

bool swiss_os_maps_read(swiss_os_maps *maps) {
    for (maps->size = (size_t)128 << 10;; maps->size *= 2) {
        maps->length = 0;
        maps->text = swiss_os_alloc(maps->size);
        if (!maps->text)
            return false;
        int file = swiss_os_file_open("/proc/self/maps");
        for (long got = 1; file >= 0 && got > 0;) {
            got = swiss_os_file_read(file, maps->text + maps->length, maps->size - 1 - maps->length);
            maps->length += got > 0 ? (size_t)got : 0;
        }
        if (file >= 0)
            (void)swiss_os_file_close(file);
        if (maps->length < maps->size - 1)
            return true; /* and a 0 follows */
        swiss_os_maps_end(maps);
    }
}

void swiss_os_maps_end(swiss_os_maps *maps) {
    if (maps->text)
        swiss_os_release(maps->text, swiss_os_round(maps->size));
    maps->text = NULL;
}

static uint64_t read_maps_hex(const char **at) {
    uint64_t value = 0;
    for (;; ++*at) {
        char c = **at;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 16;
        if (digit == 16)
            return value;
        value = value << 4 | digit;
    }
}

static const char *skip_maps_word(const char *text, const char *end) {
    while (text < end && *text != ' ')
        ++text;
    while (text < end && *text == ' ')
        ++text;
    return text;
}

bool swiss_os_maps_next(const char **at, swiss_os_mapping *line) {
    const char *text = *at, *end = strchr(text, '\n');
    if (!end)
        return false;
    *at = end + 1;
    line->start = (uintptr_t)read_maps_hex(&text);
    text += *text == '-';
    line->end = (uintptr_t)read_maps_hex(&text);
    text = skip_maps_word(text, end);
    bool whole = end - text > 4;
    line->readable = whole && text[0] == 'r';
    line->writable = whole && text[1] == 'w';
    line->executable = whole && text[2] == 'x';
    line->shared = whole && text[3] == 's';
    text = skip_maps_word(text, end);
    line->offset = read_maps_hex(&text);
    for (int word = 0; word < 3; ++word) /* the offset, the device, the inode */
        text = skip_maps_word(text, end);
    line->name = text;
    line->name_length = (size_t)(end - text);
    return true;
}

bool swiss_os_maps_same_file(const swiss_os_mapping *a, const swiss_os_mapping *b) {
    return a->name_length && a->name_length == b->name_length && memcmp(a->name, b->name, a->name_length) == 0;
}
