/* The first program: a map from strings to numbers. The map keeps the pointers, so the strings must outlive it. */
#include <inttypes.h>
#include <stdio.h>

#define SWISS_NAME ages /* the type, and the prefix of its functions */
#define SWISS_KEY const char *
#define SWISS_VALUE uint64_t
#include <swiss/map.h>

int main(void) {
    ages people = {0}; /* empty, on the default heap; nothing allocated yet */

    if (!ages_insert(&people, "Ada", 36).entry || !ages_insert(&people, "Grace", 85).entry) {
        fputs("out of memory\n", stderr);
        return 1;
    }
    uint64_t *age = ages_get(&people, "Grace"); /* points into the map; NULL if there is no Grace */
    if (age)
        printf("Grace was %" PRIu64 "\n", *age);

    uint64_t *visits = ages_get_or_insert(&people, "Alan", 0); /* inserted if missing; NULL if out of memory */
    if (visits)
        *visits += 41;

    ages_remove(&people, "Ada");
    uint64_t sum = 0;
    ages_iter it = ages_iterate(&people); /* in no particular order */
    for (ages_entry *person; (person = ages_next(&it));)
        sum += person->value;
    printf("%zu people, %" PRIu64 " years\n", ages_size(&people), sum);

    ages_free(&people);
    return 0;
}
