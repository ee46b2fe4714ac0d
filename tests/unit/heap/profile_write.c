/* Profiles as they are written: the text and the protobuf say what the sites say; a file is there as a whole or not at
 * all; and whatever keeps it from being written is an error with a name. */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* pipe, setrlimit, dladdr */
#endif
#include "tests/support.h"
#include "swiss/heap/profile_write.h"
#include "swiss/heap/sort.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>
#ifndef _WIN32
#    include <dirent.h>
#    include <fcntl.h>
#    include <sys/resource.h>
#    include <unistd.h>
#endif

/* The sites that are written --------------------------------------------------------------------------------------- */

#define MOST_SITES 5000

static swiss_profile_site sites[MOST_SITES];
static const void *frames[MOST_SITES][3];
static size_t site_count, grows;

static void begin_sites(size_t count) {
    uint64_t random = 7;
    site_count = count;
    for (size_t i = 0; i < count; ++i) {
        for (size_t j = 0; j < 3; ++j) /* in this program */
            frames[i][j] = (const void *)((uintptr_t)&begin_sites + 1 + random_below(&random, 200));
        uint64_t objects = random_below(&random, 1000) + 1, left = random_below(&random, objects + 1);
        sites[i] = (swiss_profile_site){.frames = frames[i],
                                        .frame_count = 1 + (unsigned)(i % 3),
                                        .id = (uint32_t)i,
                                        .alloc_objects = objects,
                                        .alloc_space = objects * (i + 1),
                                        .inuse_objects = left,
                                        .inuse_space = left * (i + 1)};
    }
    if (count > 1) /* numbers of each length */
        sites[1].alloc_space = UINT64_MAX / 8;
}

static void walk_sites(void (*visit)(void *argument, const swiss_profile_site *site), void *argument) {
    for (size_t i = 0; i < site_count; ++i)
        visit(argument, &sites[i]);
    site_count += grows; /* more than there is room for */
    grows = 0;
}

static const swiss_write_source source = {walk_sites, 4096};

static char written[4 << 20];
static size_t written_length;

/* Writes to a file, and reads it back. */
static void write_and_read(bool protobuf) {
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(swiss_write_profile(fileno(file), protobuf, &source), 0);
    rewind(file);
    written_length = fread(written, 1, sizeof written - 1, file);
    written[written_length] = 0;
    assert_true(written_length < sizeof written - 1);
    fclose(file);
}

/* Text ------------------------------------------------------------------------------------------------------------- */

static void test_text_has_all_sites(void **state) {
    (void)state;
    const size_t counts[] = {0, 1, 3, MOST_SITES};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
        begin_sites(counts[c]);
        write_and_read(false);
        uint64_t numbers[4], totals[4] = {0};
        int length = 0;
        assert_int_equal(sscanf(written,
                                "heap profile: %" SCNu64 ": %" SCNu64 " [%" SCNu64 ": %" SCNu64 "] @ heapprofile\n%n",
                                &numbers[0], &numbers[1], &numbers[2], &numbers[3], &length),
                         4);
        char *line = written + length;
        while (*line == '#')
            line = strchr(line, '\n') + 1;
        for (size_t i = 0; i < site_count; ++i) {
            const uint64_t expected[4] = {sites[i].inuse_objects, sites[i].inuse_space, sites[i].alloc_objects,
                                          sites[i].alloc_space};
            uint64_t got[4];
            assert_int_equal(sscanf(line, "%" SCNu64 ": %" SCNu64 " [%" SCNu64 ": %" SCNu64 "] @%n", &got[0], &got[1],
                                    &got[2], &got[3], &length),
                             4);
            line += length;
            for (unsigned j = 0; j < 4; ++j) {
                assert_true(got[j] == expected[j]);
                totals[j] += got[j];
            }
            for (unsigned j = 0; j < sites[i].frame_count; ++j)
                assert_true(strtoull(line, &line, 16) == (uintptr_t)frames[i][j]);
            assert_int_equal(*line++, '\n');
        }
        assert_memory_equal(totals, numbers, sizeof totals);
        assert_memory_equal(line, "\nMAPPED_LIBRARIES:\n", 19);
#ifdef __linux__
        assert_non_null(strstr(line, "profile_write"));
        assert_int_equal(written[written_length - 1], '\n');
#endif
    }
}

static void test_sites_may_come_meanwhile(void **state) {
    (void)state;
    begin_sites(2000);
    site_count = 100;
    grows = 1900;
    write_and_read(false);
    size_t lines = 0;
    for (const char *at = written; (at = strstr(at, "] @ 0x")); ++at)
        ++lines;
    assert_int_equal(lines, 2000);
}

/* Protobuf --------------------------------------------------------------------------------------------------------- */

/* The checksum of gzip, bit by bit. */
static uint32_t checksum(const unsigned char *bytes, size_t size) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; ++i) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static uint32_t read_32(const unsigned char *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static unsigned char unpacked[4 << 20];
static size_t unpacked_length;

static void unpack(void) {
    const unsigned char *at = (const unsigned char *)written, *end = at + written_length;
    assert_true(written_length >= 18 && at[0] == 0x1f && at[1] == 0x8b && at[2] == 8 && at[3] == 0);
    unpacked_length = 0;
    bool last = false;
    for (at += 10; !last;) {
        assert_true(at + 5 <= end && at[0] <= 1);
        last = at[0];
        size_t length = (size_t)at[1] | (size_t)at[2] << 8;
        assert_int_equal(length, ~((unsigned)at[3] | (unsigned)at[4] << 8) & 0xFFFF);
        assert_true(at + 5 + length <= end);
        memcpy(unpacked + unpacked_length, at + 5, length);
        unpacked_length += length;
        at += 5 + length;
    }
    assert_true(end - at == 8);
    assert_true(read_32(at) == checksum(unpacked, unpacked_length));
    assert_true(read_32(at + 4) == unpacked_length);
}

/* A field of a message: a number, or bytes. */
typedef struct field {
    unsigned number;
    uint64_t value;
    const unsigned char *bytes, *end;
} field;

static uint64_t read_varint(const unsigned char **at, const unsigned char *end) {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert_true(*at < end && shift < 70);
        unsigned char byte = *(*at)++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return value;
    }
}

static bool next_field(const unsigned char **at, const unsigned char *end, field *f) {
    if (*at == end)
        return false;
    uint64_t tag = read_varint(at, end);
    f->number = (unsigned)(tag >> 3);
    assert_true((tag & 7) == 0 || (tag & 7) == 2);
    f->value = read_varint(at, end);
    if ((tag & 7) == 2) {
        assert_true(f->value <= (uint64_t)(end - *at));
        f->bytes = *at;
        *at = f->end = *at + f->value;
    }
    return true;
}

/* The fields of a message that are numbers, by their own. */
static void read_numbers(const field *message, uint64_t numbers[8]) {
    field f;
    memset(numbers, 0, 8 * sizeof *numbers);
    for (const unsigned char *at = message->bytes; next_field(&at, message->end, &f);)
        if (f.number < 8)
            numbers[f.number] = f.value;
}

static struct {
    field strings[4000];
    size_t string_count;
    struct {
        uint64_t address, mapping;
    } locations[1000];
    size_t location_count;
    struct {
        uint64_t start, end, name, build_id;
    } mappings[1000];
    size_t mapping_count;
    uint64_t types[4][2], type_count, period_type[2], period, chosen, time;
} proto;

static void check_string(uint64_t index, const char *expected) {
    assert_true(index < proto.string_count);
    const field *string = &proto.strings[index];
    assert_int_equal(string->value, strlen(expected));
    assert_memory_equal(string->bytes, expected, string->value);
}

/* Reads all but the samples. */
static void read_profile(void) {
    field f;
    uint64_t n[8];
    memset(&proto, 0, sizeof proto);
    for (const unsigned char *at = unpacked; next_field(&at, unpacked + unpacked_length, &f);) {
        if (f.number == 1 || f.number == 3 || f.number == 4 || f.number == 11)
            read_numbers(&f, n);
        if (f.number == 1) {
            assert_true(proto.type_count < 4);
            proto.types[proto.type_count][0] = n[1];
            proto.types[proto.type_count++][1] = n[2];
        } else if (f.number == 3) {
            assert_true(proto.mapping_count < 1000 && n[1] == proto.mapping_count + 1);
            proto.mappings[proto.mapping_count].start = n[2];
            proto.mappings[proto.mapping_count].end = n[3];
            proto.mappings[proto.mapping_count].name = n[5];
            proto.mappings[proto.mapping_count++].build_id = n[6];
        } else if (f.number == 4) {
            assert_true(proto.location_count < 1000 && n[1] == proto.location_count + 1);
            proto.locations[proto.location_count].mapping = n[2];
            proto.locations[proto.location_count++].address = n[3];
        } else if (f.number == 6) {
            assert_true(proto.string_count < 4000);
            proto.strings[proto.string_count++] = f;
        } else if (f.number == 9) {
            proto.time = f.value;
        } else if (f.number == 11) {
            memcpy(proto.period_type, n + 1, sizeof proto.period_type);
        } else if (f.number == 12) {
            proto.period = f.value;
        } else if (f.number == 14) {
            proto.chosen = f.value;
        } else {
            assert_int_equal(f.number, 2);
        }
    }
}

static void check_sample(const field *message, size_t i) {
    const uint64_t expected[4] = {sites[i].alloc_objects, sites[i].alloc_space, sites[i].inuse_objects,
                                  sites[i].inuse_space};
    field f;
    for (const unsigned char *at = message->bytes; next_field(&at, message->end, &f);) {
        unsigned count = 0;
        for (const unsigned char *number = f.bytes; number < f.end; ++count) {
            uint64_t value = read_varint(&number, f.end);
            if (f.number == 2) {
                assert_true(count < 4 && value == expected[count]);
                continue;
            }
            assert_int_equal(f.number, 1);
            assert_true(value >= 1 && value <= proto.location_count && count < sites[i].frame_count);
            uint64_t address = proto.locations[value - 1].address, mapping = proto.locations[value - 1].mapping;
            assert_true(address == (uintptr_t)frames[i][count] - 1); /* inside the call */
#ifdef __linux__
            assert_true(mapping >= 1 && mapping <= proto.mapping_count);
            assert_true(address >= proto.mappings[mapping - 1].start && address < proto.mappings[mapping - 1].end);
            const field *name = &proto.strings[proto.mappings[mapping - 1].name];
            assert_non_null(memmem(name->bytes, name->value, "profile_write", 13));
#else
            (void)mapping;
#endif
        }
        assert_int_equal(count, f.number == 2 ? 4 : sites[i].frame_count);
    }
}

static void test_protobuf_has_all_sites(void **state) {
    (void)state;
    const size_t counts[] = {0, 1, 3, MOST_SITES};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
        begin_sites(counts[c]);
        write_and_read(true);
        unpack();
        read_profile();
        check_string(0, "");
        static const char *const types[4] = {"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"};
        for (unsigned i = 0; i < 4; ++i) {
            check_string(proto.types[i][0], types[i]);
            check_string(proto.types[i][1], i % 2 ? "bytes" : "count");
        }
        check_string(proto.chosen, "inuse_space");
        check_string(proto.period_type[0], "space");
        check_string(proto.period_type[1], "bytes");
        assert_true(proto.period == 4096 && proto.time > UINT64_C(1600000000000000000));
        for (size_t i = 1; i < proto.location_count; ++i) /* each once */
            assert_true(proto.locations[i].address > proto.locations[i - 1].address);
        size_t samples = 0;
        field f;
        for (const unsigned char *at = unpacked; next_field(&at, unpacked + unpacked_length, &f);)
            if (f.number == 2)
                check_sample(&f, samples++);
        assert_int_equal(samples, site_count);
    }
}

/* Files ------------------------------------------------------------------------------------------------------------ */

#ifndef _WIN32

static char folder[64], path[128];

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "profile-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/heap", folder);
    begin_sites(3000);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* which has nothing else in it */
}

static size_t file_size(const char *name) {
    struct stat found;
    return stat(name, &found) ? 0 : (size_t)found.st_size;
}

static void test_file_is_whole(void **state) {
    (void)state;
    write_and_read(false);
    for (int round = 0; round < 2; ++round) {
        assert_int_equal(swiss_write_profile_file(path, false, &source), 0);
        assert_int_equal(file_size(path), written_length);
    }
}

/* A limit on the size of files stands for a disk that is full in the middle. The signal that it sends must not reach
 * the program. */
static void test_failure_leaves_old_file(void **state) {
    (void)state;
    begin_sites(2);
    assert_int_equal(swiss_write_profile_file(path, true, &source), 0);
    size_t old = file_size(path);
    begin_sites(MOST_SITES);
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 40000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int text = swiss_write_profile_file(path, false, &source), zipped = swiss_write_profile_file(path, true, &source);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(text, EFBIG);
    assert_int_equal(zipped, EFBIG);
    assert_int_equal(file_size(path), old);
}

static void test_errors_have_names(void **state) {
    (void)state;
    char long_path[5000];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = 0;
    assert_int_equal(swiss_write_profile_file(long_path, false, &source), ENAMETOOLONG);
    long_path[255] = 0; /* a name that is just short enough, but not with more behind it */
    assert_int_equal(swiss_write_profile_file(long_path, false, &source), ENAMETOOLONG);
    assert_int_equal(swiss_write_profile_file("is-not-there/heap", true, &source), ENOENT);
    assert_int_equal(swiss_write_profile_file("", true, &source), ENOENT);
    assert_int_equal(swiss_write_profile_file(folder, false, &source), EISDIR);
#    ifdef __linux__
    assert_int_equal(swiss_write_profile_file("/dev/full", false, &source), ENOSPC);
    assert_int_equal(swiss_write_profile_file("/dev/full", true, &source), ENOSPC);
    assert_int_equal(swiss_write_profile_file("/dev/null", true, &source), 0);
    assert_true(file_size("/dev/null") == 0 && access("/dev/full", F_OK) == 0); /* not renamed to */
#    endif
    assert_int_equal(swiss_write_profile(-1, false, &source), EBADF);
    errno = 0;
    assert_false(swiss_profile_write(folder, SWISS_PROFILE_TEXT));
    assert_int_equal(errno, EISDIR);
    assert_false(swiss_profile_write_to(-1, SWISS_PROFILE_PROTOBUF));
    assert_int_equal(errno, EBADF);
    errno = 1234;
    assert_true(swiss_profile_write(path, SWISS_PROFILE_PROTOBUF));
    assert_int_equal(errno, 1234);
}

/* Where nobody may write, root may. */
static void test_folder_is_closed(void **state) {
    (void)state;
    if (geteuid() == 0) {
        assert_int_equal(seteuid(65534), 0);
        assert_int_equal(swiss_write_profile_file(path, false, &source), EACCES);
        assert_int_equal(seteuid(0), 0);
        return;
    }
    assert_int_equal(chmod(folder, 0500), 0);
    assert_int_equal(swiss_write_profile_file(path, false, &source), EACCES);
    assert_int_equal(chmod(folder, 0700), 0);
}

static void test_pipe_that_nobody_reads(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(swiss_write_profile(ends[1], false, &source), EPIPE);
    sigset_t mask, pending;
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    assert_int_equal(sigpending(&pending), 0);
    assert_false(sigismember(&mask, SIGPIPE) || sigismember(&pending, SIGPIPE));
    close(ends[1]);
}

/* A link is followed and not replaced: /dev/stdout is one. */
static void test_link_stays(void **state) {
    (void)state;
    char name[160];
    struct stat found;
    snprintf(name, sizeof name, "%s/link", folder);
    assert_int_equal(symlink("heap", name), 0);
    assert_int_equal(swiss_write_profile_file(name, false, &source), 0);
    assert_true(lstat(name, &found) == 0 && S_ISLNK(found.st_mode) && file_size(path) > 0);
    assert_int_equal(unlink(name), 0);
}

#endif

/* What sorts the addresses ----------------------------------------------------------------------------------------- */

static void test_sort(void **state) {
    (void)state;
    static uintptr_t numbers[3000];
    uint64_t random = 11;
    for (size_t count = 0; count < 3000; count += count < 40 ? 1 : 487) {
        uintptr_t sum = 0;
        for (size_t i = 0; i < count; ++i)
            sum += numbers[i] = (uintptr_t)random_below(&random, i % 3 ? 1000000 : 5);
        swiss_sort(numbers, count, sizeof *numbers, swiss_sort_addresses);
        for (size_t i = 0; i < count; ++i) {
            assert_true(!i || numbers[i - 1] <= numbers[i]);
            sum -= numbers[i];
        }
        assert_true(sum == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_has_all_sites),
        cmocka_unit_test(test_sites_may_come_meanwhile),
        cmocka_unit_test(test_protobuf_has_all_sites),
#ifndef _WIN32
        cmocka_unit_test_setup_teardown(test_file_is_whole, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_failure_leaves_old_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_errors_have_names, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_folder_is_closed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_pipe_that_nobody_reads, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_link_stays, make_folder, remove_folder),
#endif
        cmocka_unit_test(test_sort),
    };
    return RUN_TESTS(tests);
}
