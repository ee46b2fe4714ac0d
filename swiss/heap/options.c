/* options.c - what the environment, or a program, says about the heap.
 *
 * Each variable is a row of the table below; no other file reads one. A variable is read when the heap first takes
 * memory, or when a limit is first set: what a call has set stays. A value that makes no sense counts as none. Heaps
 * that a program makes for itself are tuned by calls alone; hardening and huge pages are for all heaps.
 *
 * To add one: an entry of swiss_option, a row here, and a sentence in the README; read it with swiss_option_get.
 */
#include "options.h"
#include "../os/os.h"
#include "../os/watch.h"
#include <string.h>

const swiss_option_row swiss_option_table[SWISS_OPTIONS] = {
    [SWISS_OPTION_HARDENED] = {"SWISS_HARDENED", SWISS_OPTION_SWITCH, NULL, SWISS_OPTION_UNSAID,
                               "find misuse of the heap, or do not, whatever the build and tools that watch say"},
    [SWISS_OPTION_SOFT_LIMIT] = {"SWISS_SOFT_LIMIT", SWISS_OPTION_BYTES, NULL, 0,
                                 "free memory goes back to the system before more than this is taken; 0: no limit"},
    [SWISS_OPTION_HARD_LIMIT] = {"SWISS_HARD_LIMIT", SWISS_OPTION_BYTES, NULL, 0,
                                 "memory in use that is never exceeded; 0: no limit"},
    [SWISS_OPTION_CACHE_LIMIT] = {"SWISS_CACHE_LIMIT", SWISS_OPTION_BYTES, NULL, SWISS_OPTION_UNSAID,
                                  "free blocks in the caches of all threads; default 32m"},
    [SWISS_OPTION_SCAVENGE] = {"SWISS_SCAVENGE", SWISS_OPTION_MILLISECONDS, NULL, SWISS_SCAVENGE_EVERY,
                               "how often free memory goes back to the system; 0: never by itself"},
    [SWISS_OPTION_SCAVENGER] = {"SWISS_SCAVENGER", SWISS_OPTION_WORD, "none thread", 0,
                                "a thread of its own gives free memory back"},
    [SWISS_OPTION_HUGE_PAGES] = {"SWISS_HUGE_PAGES", SWISS_OPTION_WORD, "off auto on", SWISS_OS_HUGE_AUTO,
                                 "huge pages for nothing, for large blocks, or for everything"},
    [SWISS_OPTION_PROFILE] = {"SWISS_PROFILE", SWISS_OPTION_TEXT, NULL, SWISS_OPTION_UNSAID,
                              "sample the heap, and write a profile to this file when the program ends"},
    [SWISS_OPTION_PROFILE_RATE] = {"SWISS_PROFILE_RATE", SWISS_OPTION_BYTES, NULL, SWISS_OPTION_UNSAID,
                                   "bytes from one sample to the next, on average; 0, 1: every block; default 2m"},
    [SWISS_OPTION_PROFILE_EVERY] = {"SWISS_PROFILE_EVERY", SWISS_OPTION_BYTES, NULL, 0,
                                    "write a numbered profile each time that many bytes were allocated; 0: do not"},
    [SWISS_OPTION_PROFILE_SIGNAL] = {"SWISS_PROFILE_SIGNAL", SWISS_OPTION_NUMBER, NULL, 0,
                                     "write a numbered profile when this signal comes; 0: none"},
    [SWISS_OPTION_LEAKS] = {"SWISS_LEAKS", SWISS_OPTION_WORD, "0 1 all", 0,
                            "report what was lost when the program ends, or all that was not freed"},
    [SWISS_OPTION_LEAKS_FILE] = {"SWISS_LEAKS_FILE", SWISS_OPTION_TEXT, NULL, SWISS_OPTION_UNSAID,
                                 "write the report to this file; as JSON if its name ends in .json"},
    [SWISS_OPTION_SYMBOLIZER] = {"SWISS_SYMBOLIZER", SWISS_OPTION_TEXT, NULL, SWISS_OPTION_UNSAID,
                                 "the program that finds names and lines in reports; default addr2line; 0: none"},
    [SWISS_OPTION_RECORD] = {"SWISS_RECORD", SWISS_OPTION_TEXT, NULL, SWISS_OPTION_UNSAID,
                             "libswiss-malloc.so records samples and numbers in files that begin so: for swiss-memory"},
    [SWISS_OPTION_RECORD_RATE] = {"SWISS_RECORD_RATE", SWISS_OPTION_BYTES, NULL, 0,
                                  "bytes from one sample of a record to the next; 0: as many as cost little time"},
    [SWISS_OPTION_RECORD_LEAKS] = {"SWISS_RECORD_LEAKS", SWISS_OPTION_SWITCH, NULL, 1,
                                   "the record says at its end which samples the program has lost"},
};

/* Returns the number that `text` stands for; SWISS_OPTION_UNSAID if none. Functions of stdlib would look at the
 * locale. */
static size_t read_number(const char *text, bool of_bytes) {
    const char *at = text;
    size_t value = 0;
    if (*at < '0' || *at > '9')
        return SWISS_OPTION_UNSAID;
    for (; *at >= '0' && *at <= '9'; ++at) {
        if (value > (SIZE_MAX - 9) / 10)
            return SWISS_OPTION_UNSAID;
        value = value * 10 + (size_t)(*at - '0');
    }
    static const char units[] = "kKmMgG";
    const char *unit = of_bytes && *at ? strchr(units, *at) : NULL;
    unsigned shift = unit ? 10 * (unsigned)((unit - units) / 2 + 1) : 0;
    at += unit != NULL;
    return *at || value > SIZE_MAX >> shift ? SWISS_OPTION_UNSAID : value << shift;
}

/* Returns the place of `text` among `words`; SWISS_OPTION_UNSAID if it is none of them. */
static size_t read_word(const char *text, const char *words) {
    size_t length = strlen(text), place = 0;
    for (const char *word = strchr(text, ' ') ? NULL : words; word; word = strchr(word, ' '), ++place) {
        word += *word == ' ';
        if (strncmp(word, text, length) == 0 && (word[length] == ' ' || !word[length]))
            return place;
    }
    return SWISS_OPTION_UNSAID;
}

size_t swiss_option_get(swiss_option option) {
    const swiss_option_row *row = &swiss_option_table[option];
    char text[32];
    size_t value = SWISS_OPTION_UNSAID;
    if (swiss_os_environment(row->name, text, sizeof text) && *text) {
        if (row->form == SWISS_OPTION_SWITCH)
            value = strcmp(text, "0") != 0;
        else if (row->form == SWISS_OPTION_WORD)
            value = read_word(text, row->words);
        else if (row->form != SWISS_OPTION_TEXT)
            value = read_number(text, row->form == SWISS_OPTION_BYTES);
    }
    return value == SWISS_OPTION_UNSAID ? row->otherwise : value;
}

bool swiss_option_get_text(swiss_option option, char *text, size_t size) {
    return swiss_os_environment(swiss_option_table[option].name, text, size) && *text;
}

void swiss_options_apply_huge_pages(void) {
    static atomic_bool done;
    if (!atomic_load_explicit(&done, memory_order_relaxed) && !atomic_exchange(&done, true))
        swiss_os_huge_settle((swiss_os_huge)swiss_option_get(SWISS_OPTION_HUGE_PAGES));
}

atomic_int swiss_options_hardening = -1;

static bool decide_once(int state) {
    int undecided = -1;
    return atomic_compare_exchange_strong(&swiss_options_hardening, &undecided, state) ? state : undecided;
}

/* Asks the environment, then a tool that watches, then the build. */
SWISS_COLD bool swiss_options_decide(void) {
    size_t said = swiss_option_get(SWISS_OPTION_HARDENED);
    if (said != SWISS_OPTION_UNSAID)
        return decide_once((int)said);
    if (swiss_watch_memcheck())
        return decide_once(1);
#ifdef SWISS_HARDENED
    return decide_once(SWISS_HARDENED);
#else
    return decide_once(swiss_watch_asan());
#endif
}

bool swiss_options_harden(void) {
    return decide_once(1);
}
