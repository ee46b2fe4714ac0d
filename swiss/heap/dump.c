/* dump.c - profiles and reports that the environment asks for: when the program ends, on a signal, and every so many
 * allocated bytes.
 *
 *     a signal --handler--> `asked` --------.
 *     a sample is taken --listener--> bytes of all samples --> due?         numbered file: NAME.1, NAME.2, ...
 *     the thread that scavenges: `asked`? --/                  \
 *     the program ends, or closes the library ------------------> NAME itself, and the report of leaks
 *
 * Signal. A handler may interrupt anything, malloc too. So it only sets a flag, and calls the handler that was there
 * before. The next thread that takes a sample writes the file; if none does, the thread that scavenges, which looks
 * every 100 ms and is started for this. There is at most one file in 100 ms, so that a storm of signals fills no disk.
 * Where a program sets a handler of its own later, ours is gone: it needs another signal then.
 *
 * End. A destructor runs behind the functions that were given to atexit; after _exit, a signal that ends the program
 * and exec there is none. If exit was called in a signal handler that has interrupted the heap, nothing is written:
 * this thread may hold what would be waited for.
 *
 * Fork. A child goes on by itself. If the name says nothing of the process (%p), the child's files get its number, so
 * that they do not replace those of its parent.
 *
 * Errors. Programs close stderr before the end, and may open another file in its place. So a second descriptor of what
 * was stderr in the beginning is kept, and it is used only while it is still the same file. If not, nothing is said.
 * Nothing here changes how the program ends.
 */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* sigaction */
#endif
#include "dump.h"
#include "../os/file.h"
#include "../os/os.h"
#include "leaks.h"
#include "options.h"
#include "profile.h"
#include "profile_write.h"
#include "registry.h"
#include "swiss/profile.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define DUMP_PATH 1000 /* bytes of a name, at most */
#define DUMP_TICK 100  /* milliseconds between two looks at `asked`, and at least between two files for signals */

static struct {
    atomic_bool begun;
    unsigned long process; /* the one that began */
    int errors;            /* a descriptor of what was stderr; negative: none */
    swiss_os_file_identity errors_are;
    char profile[DUMP_PATH], leaks_file[DUMP_PATH]; /* as the environment has them; empty: none */
    size_t every, leaks, signal;
    atomic_bool asked;                /* by a signal */
    _Atomic(uint64_t) next;           /* milliseconds: no file for a signal before that */
    _Atomic(uint64_t) bytes, due;     /* allocated, as samples tell; and when to write next */
    atomic_uint number;               /* of the last numbered file */
    _Atomic(unsigned long) writer;    /* the process that writes a numbered file; 0: none */
    atomic_bool said;                 /* an error has been told, the first of many */
    swiss_profile_listener *listener; /* that was there before */
} dump = {.errors = -1};

/* Says what went wrong, on what was stderr. */
static void say_dump_error(const char *what, const char *path, int error) {
    swiss_os_file_identity now = swiss_os_file_identify(dump.errors);
    char text[DUMP_PATH + 300];
    if (dump.errors < 0 || !now.known || now.device != dump.errors_are.device || now.number != dump.errors_are.number)
        return;
    int length = snprintf(text, sizeof text, "swiss: %s %s: %s (%d)\n", what, path, strerror(error), error);
    if (length > 0)
        (void)swiss_os_file_write(dump.errors, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

static bool name_ends_in(const char *text, size_t length, const char *end) {
    size_t of_end = strlen(end);
    return length >= of_end && memcmp(text + length - of_end, end, of_end) == 0;
}

/* Writes the name of a file: `pattern` with the number of the process for %p. In a child, whose parent has the same
 * name, and for a numbered file the numbers stand in front of the ending. Returns false if it is too long. */
static bool name_dump_file(const char *pattern, unsigned number, char *name, size_t size) {
    static const char *const endings[] = {".pb.gz", ".json"};
    const unsigned long process = swiss_os_process();
    size_t length = strlen(pattern), stem = length, at = 0;
    bool named = false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; ++i)
        if (name_ends_in(pattern, length, endings[i]))
            stem = length - strlen(endings[i]);
    for (size_t i = 0; i < stem && at < size; ++i) {
        bool is_process = pattern[i] == '%' && pattern[i + 1] == 'p';
        if (is_process)
            at += (size_t)snprintf(name + at, size - at, "%lu", process);
        else
            name[at++] = pattern[i];
        i += is_process;
        named = named || is_process;
    }
    if (!named && process != dump.process && at < size)
        at += (size_t)snprintf(name + at, size - at, ".%lu", process);
    if (number && at < size)
        at += (size_t)snprintf(name + at, size - at, ".%u", number);
    if (at + (length - stem) >= size)
        return false;
    memcpy(name + at, pattern + stem, length - stem + 1);
    return true;
}

/* Returns false if it cannot be written; the first time, and when the program ends, that is said. */
static bool dump_profile(unsigned number) {
    char name[DUMP_PATH + 100];
    int error = ENAMETOOLONG;
    if (name_dump_file(dump.profile, number, name, sizeof name)) {
        bool protobuf = name_ends_in(name, strlen(name), ".pb.gz");
        int before = errno;
        error = swiss_profile_write(name, protobuf ? SWISS_PROFILE_PROTOBUF : SWISS_PROFILE_TEXT) ? 0 : errno;
        errno = before;
    }
    if (error && (!number || !atomic_exchange(&dump.said, true)))
        say_dump_error("cannot write the profile", dump.profile, error);
    return !error;
}

/* Writes a numbered profile, unless another thread is about to. A child that was forked meanwhile has no such
 * thread. */
static bool dump_numbered(void) {
    const unsigned long process = swiss_os_process();
    unsigned long writer = atomic_load(&dump.writer);
    if (writer == process || !atomic_compare_exchange_strong(&dump.writer, &writer, process))
        return false;
    (void)dump_profile(atomic_fetch_add(&dump.number, 1) + 1);
    atomic_store(&dump.writer, 0);
    return true;
}

/* Writes one if a signal has asked for it, and if it is time: signals that come too often are taken together. */
static void look_if_asked(void) {
    if (SWISS_LIKELY(!atomic_load_explicit(&dump.asked, memory_order_relaxed)))
        return;
    uint64_t now = swiss_os_milliseconds(), next = atomic_load(&dump.next);
    if (now >= next && atomic_compare_exchange_strong(&dump.next, &next, now + DUMP_TICK)) {
        atomic_store(&dump.asked, false);
        if (!dump_numbered())
            atomic_store(&dump.asked, true);
    }
}

/* Counts the bytes that samples stand for, when one is taken. */
static void count_dump_sample(const swiss_profile_event *event) {
    if (dump.listener)
        dump.listener(event);
    if (event->freed)
        return;
    look_if_asked();
    if (dump.every) {
        double blocks = (double)event->weight / (double)SWISS_WEIGHT_ONE;
        uint64_t more = (uint64_t)(blocks * (double)event->size);
        uint64_t bytes = atomic_fetch_add_explicit(&dump.bytes, more, memory_order_relaxed) + more;
        uint64_t limit = atomic_load_explicit(&dump.due, memory_order_relaxed);
        uint64_t after = bytes - bytes % dump.every + dump.every;
        if (bytes >= limit && atomic_compare_exchange_strong(&dump.due, &limit, after))
            dump_numbered();
    }
}

/* The signal ------------------------------------------------------------------------------------------------------- */

#ifndef _WIN32

static struct sigaction handler_before;

static void note_signal(int number, siginfo_t *information, void *context) {
    atomic_store(&dump.asked, true);
    if (handler_before.sa_flags & SA_SIGINFO)
        handler_before.sa_sigaction(number, information, context);
    else if (handler_before.sa_handler != SIG_DFL && handler_before.sa_handler != SIG_IGN)
        handler_before.sa_handler(number);
}

static void await_signal(size_t number) {
    struct sigaction ours;
    memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = note_signal;
    ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    (void)sigemptyset(&ours.sa_mask);
    int error = errno, which = number < 1000 ? (int)number : -1;
    if (sigaction(which, NULL, &handler_before) || sigaction(which, &ours, NULL)) {
        say_dump_error("cannot await the signal for", dump.profile, errno);
    } else {
        dump.signal = number;
        swiss_registry_set_tick(look_if_asked, DUMP_TICK);
        (void)swiss_heap_set_scavenger_thread(true);
    }
    errno = error;
}

#    ifndef SWISS_STAYS_LOADED

/* Takes the handler away, because its code may be about to go. If there was none before, the signal is ignored from now
 * on: a late one must not end the program. */
static void forget_signal(void) {
    struct sigaction now;
    for (int number = (int)dump.signal; number && !sigaction(number, NULL, &now); number = 0)
        if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == note_signal) {
            if (!(handler_before.sa_flags & SA_SIGINFO) && handler_before.sa_handler == SIG_DFL)
                handler_before.sa_handler = SIG_IGN;
            (void)sigaction(number, &handler_before, NULL);
        }
    swiss_registry_set_tick(NULL, 0);
}

#    endif

#else

static void await_signal(size_t number) {
    (void)number;
}

#    ifndef SWISS_STAYS_LOADED
static void forget_signal(void) {}
#    endif

#endif

/* The beginning, and the end --------------------------------------------------------------------------------------- */

/* A child that closes its stderr, as daemons do, keeps no copy of it open. */
static void let_go_of_stderr(void) {
    if (dump.errors > 2)
        (void)swiss_os_file_close(dump.errors);
    dump.errors = 2;
}

static void keep_stderr(void) {
    swiss_os_at_fork(NULL, NULL, let_go_of_stderr);
    dump.errors = swiss_os_file_duplicate(2);
    dump.errors_are = swiss_os_file_identify(dump.errors);
}

static void begin_profile(void) {
    size_t signal_number = swiss_option_get(SWISS_OPTION_PROFILE_SIGNAL);
    size_t rate = swiss_option_get(SWISS_OPTION_PROFILE_RATE);
    dump.every = swiss_option_get(SWISS_OPTION_PROFILE_EVERY);
    atomic_store(&dump.due, dump.every);
    if (dump.every || signal_number)
        dump.listener = atomic_exchange(&swiss_profile_listen, count_dump_sample);
    swiss_profile_start(rate == SWISS_OPTION_UNSAID ? SWISS_PROFILE_RATE : rate + !rate);
    if (signal_number)
        await_signal(signal_number);
}

bool swiss_dump_begin(void) {
    if (atomic_load_explicit(&dump.begun, memory_order_relaxed) || atomic_exchange(&dump.begun, true))
        return dump.leaks || *dump.profile;
    if (swiss_os_is_trusted())
        return false;
    dump.leaks = swiss_option_get(SWISS_OPTION_LEAKS);
    bool profiles = swiss_option_get_text(SWISS_OPTION_PROFILE, dump.profile, sizeof dump.profile);
    if (!profiles)
        *dump.profile = 0;
    if (!dump.leaks && !profiles)
        return false;
    if (!swiss_option_get_text(SWISS_OPTION_LEAKS_FILE, dump.leaks_file, sizeof dump.leaks_file))
        *dump.leaks_file = 0;
    dump.process = swiss_os_process();
    keep_stderr();
    if (profiles)
        begin_profile();
    if (dump.leaks)
        swiss_heap_track(true);
    return true;
}

bool swiss_profile_from_environment(void) {
    return swiss_dump_begin();
}

typedef struct report_file {
    int file, error;
} report_file;

static void put_to_file(void *argument, const char *text, size_t length) {
    report_file *to = argument;
    if (!to->error)
        to->error = swiss_os_file_write(to->file, text, length);
}

/* Writes the report of leaks: to its file, or to what was stderr. */
static void report_leaks(const void *stack) {
    swiss_os_file_identity now = swiss_os_file_identify(dump.errors);
    report_file to = {dump.errors, 0};
    char name[DUMP_PATH + 100];
    swiss_leaks_form form = dump.leaks > 1 ? SWISS_LEAKS_ALL : SWISS_LEAKS_TEXT;
    if (*dump.leaks_file) {
        if (name_ends_in(dump.leaks_file, strlen(dump.leaks_file), ".json"))
            form = SWISS_LEAKS_JSON;
        to.file = name_dump_file(dump.leaks_file, 0, name, sizeof name) ? swiss_os_file_rewrite(name) : -ENAMETOOLONG;
        to.error = to.file < 0 ? -to.file : 0;
    } else if (to.file < 0 || !now.known || now.device != dump.errors_are.device ||
               now.number != dump.errors_are.number) {
        return; /* nobody could read it */
    }
    if (!to.error && !swiss_leaks_print(0, form, stack, put_to_file, &to))
        to.error = ENOMEM;
    if (*dump.leaks_file) {
        if (to.file >= 0 && !to.error)
            to.error = swiss_os_file_close(to.file);
        if (to.error)
            say_dump_error("cannot write the report of leaks", dump.leaks_file, to.error);
    }
}

#ifdef __GNUC__

/* Runs when the program ends, after the functions that it gave to atexit, or when the library is closed. */
__attribute__((destructor)) static void dump_at_exit(void) {
    __builtin_unwind_init(); /* registers of the program are in this frame */
    int error = errno;
    bool wanted = *dump.profile || dump.leaks;
    if (!wanted || swiss_thread_is_inside())
        return;
    if (*dump.profile)
        (void)dump_profile(0);
    if (dump.leaks)
        report_leaks(__builtin_frame_address(0));
#    ifndef SWISS_STAYS_LOADED
    if (dump.signal)
        forget_signal();
#    endif
    errno = error;
}

#endif
