/* The first program: how often each of its arguments has come. */
#include <stdio.h>
#define SWISS_NAME word_count /* the type, and the prefix of its functions */
#define SWISS_KEY const char *
#define SWISS_VALUE unsigned
#include <swiss/map.h>

int main(int count, char **words) {
    word_count counts = {0}; /* empty, and nothing allocated */
    for (int i = 1; i < count; ++i) {
        unsigned *n = word_count_get_or_insert(&counts, words[i], 0);
        if (n) /* NULL only when out of memory */
            printf("%s %u\n", words[i], ++*n);
    }
    word_count_free(&counts);
}
