/* Counts the words of files and prints the most frequent ones: wordcount [-n N] [FILE...]
 *
 * A word is a run of ASCII letters, in lower case. N is 10 unless said, 0 means all; words with the same count come in
 * byte order. Without a FILE, or for `-`, standard input is read. What cannot be read is reported, the others are
 * counted all the same, and the exit status is 1, as cat and wc do it.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/hash.h>

static bool copy_word(char **key, const swiss_slice *word) {
    *key = malloc(word->size + 1);
    if (*key)
        memcpy(*key, word->data, word->size), (*key)[word->size] = 0;
    return *key != NULL;
}

#define SWISS_NAME counts /* the type, and the prefix of its functions */
#define SWISS_KEY char *
#define SWISS_VALUE uint64_t
#define SWISS_KEY_DROP(key) free(*(key)) /* the map owns its keys */
#define SWISS_LOOKUP swiss_slice         /* but is asked for slices, so that only a new word is copied */
#define SWISS_LOOKUP_EQUAL(key, word) (strncmp(*(key), (word)->data, (word)->size) == 0 && (*(key))[(word)->size] == 0)
#define SWISS_LOOKUP_MAKE copy_word
#include <swiss/map.h>

static void *or_die(void *pointer) {
    if (pointer)
        return pointer;
    fputs("wordcount: out of memory\n", stderr);
    exit(1);
}

static void count_words(counts *words, FILE *file) {
    size_t size = 0, room = 64;
    char *word = or_die(malloc(room));
    for (int c = 0; c != EOF;) {
        c = getc(file);
        if (isalpha(c)) { /* in the "C" locale: ASCII letters only */
            if (size == room)
                word = or_die(realloc(word, room *= 2));
            word[size++] = (char)tolower(c);
        } else if (size) {
            ++*(uint64_t *)or_die(counts_get_or_insert_as(words, (swiss_slice){word, size}, 0));
            size = 0;
        }
    }
    free(word);
}

static int by_count_then_word(const void *left, const void *right) {
    const counts_entry *a = *(counts_entry *const *)left, *b = *(counts_entry *const *)right;
    return a->value != b->value ? (a->value < b->value ? 1 : -1) : strcmp(a->key, b->key);
}

static void print_top(const counts *words, size_t n) {
    size_t size = 0;
    counts_entry **sorted = or_die(malloc((counts_size(words) + 1) * sizeof *sorted));
    counts_iter it = counts_iterate(words);
    for (counts_entry *entry; (entry = counts_next(&it));)
        sorted[size++] = entry;
    qsort(sorted, size, sizeof *sorted, by_count_then_word);
    for (size_t i = 0; i < size && (n == 0 || i < n); ++i)
        printf("%" PRIu64 " %s\n", sorted[i]->value, sorted[i]->key);
    free(sorted);
}

/* Returns the exit status. */
static int count_file(counts *words, const char *name) {
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
    if (file)
        count_words(words, file);
    int status = file == NULL || ferror(file);
    if (status)
        perror(name);
    if (file && file != stdin)
        fclose(file);
    return status;
}

int main(int argc, char **argv) {
    counts words = {0}; /* empty, and nothing allocated */
    size_t n = 10;
    int i = 1, status = 0;
    if (argc > 1 && strcmp(argv[1], "-n") == 0) {
        char *end = NULL;
        n = argc > 2 ? strtoul(argv[2], &end, 10) : 0;
        if (end == NULL || *end != 0 || end == argv[2]) {
            fputs("usage: wordcount [-n N] [FILE...]\n", stderr);
            return 2;
        }
        i = 3;
    }
    if (i == argc)
        status = count_file(&words, "-");
    for (; i < argc; ++i)
        status |= count_file(&words, argv[i]);
    print_top(&words, n);
    counts_free(&words);
    if (fflush(stdout) != 0) {
        perror("wordcount");
        status = 1;
    }
    return status;
}
