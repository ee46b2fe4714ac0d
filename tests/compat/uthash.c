/* uthash.c - random operations by uthash's macros. Compiled with uthash's own header and with ours, it prints the same,
 * the order of elements included. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef OUT_OF_MEMORY
static int failures;
#    define HASH_NONFATAL_OOM 1
#    define uthash_nonfatal_oom(element) (++failures)
/* As in programs whose functions are declared only after the include. */
#    define uthash_malloc(size) limited_malloc(size)
#    define uthash_free(block, size) limited_free(block, size)
#endif
#define uthash_expand_fyi(table) (grown += (table) != NULL)
static unsigned long grown;
#ifdef SWISS_COMPAT
#    include <swiss/compat/uthash.h>
#else
#    include <uthash.h>
#endif

#ifdef OUT_OF_MEMORY
static size_t memory_left = 1 << 20;

static void *limited_malloc(size_t size) {
    void *block = size <= memory_left ? malloc(size) : NULL;
    memory_left -= block ? size : 0;
    return block;
}

static void limited_free(void *block, size_t size) {
    memory_left += size;
    free(block);
}
#endif

enum { KEYS = 3000, OPERATIONS = 100000 };

static unsigned state = 1;

static unsigned random_below(unsigned n) {
    state = state * 1103515245u + 12345u;
    return (state >> 8) % n;
}

typedef struct item {
    int id;
    char name[12];
    void *address;
    struct place {
        short x, y;
    } place;
    long sum;
    UT_hash_handle hh, by_name, by_address, by_place, chosen;
} item;

static int by_sum(const item *a, const item *b) {
    return (a->sum > b->sum) - (a->sum < b->sum);
}

static int by_id(const item *a, const item *b) {
    return a->id - b->id;
}

#define IS_ODD(element) (((const item *)(element))->id % 2)

/* Tells the elements of a hash in their order, forwards and backwards. */
#define TELL(hh, head)                                                                                                 \
    do {                                                                                                               \
        unsigned long forwards_ = 0, backwards_ = 0;                                                                   \
        item *at_, *next_, *last_ = NULL;                                                                              \
        HASH_ITER(hh, head, at_, next_) {                                                                              \
            forwards_ = forwards_ * 31 + (unsigned long)at_->id;                                                       \
            last_ = at_;                                                                                               \
        }                                                                                                              \
        for (; last_; last_ = (item *)last_->hh.prev)                                                                  \
            backwards_ = backwards_ * 31 + (unsigned long)last_->id;                                                   \
        printf(#head " by " #hh ": %u, %lu, %lu\n", HASH_CNT(hh, head), forwards_, backwards_);                        \
    } while (0)

static item *make(int id) {
    item *one = (item *)calloc(1, sizeof *one);
    if (!one)
        exit(1);
    one->id = id;
    sprintf(one->name, "n%d", id);
    one->address = (void *)((uintptr_t)id * 64);
    one->place.x = (short)(id % 50);
    one->place.y = (short)(id / 50);
    return one;
}

/* Four hashes of the same elements, by four kinds of keys. */
static void run_all(void) {
    item *ids = NULL, *names = NULL, *addresses = NULL, *places = NULL, *odd = NULL, *one, *next;
    unsigned long seen = 0;
    printf("%u\n", HASH_COUNT(ids));
    for (unsigned i = 0; i < OPERATIONS; ++i) {
        int id = (int)random_below(KEYS);
        char name[12];
        void *address = (void *)((uintptr_t)id * 64);
        struct place place = {(short)(id % 50), (short)(id / 50)};
        unsigned hash;
        sprintf(name, "n%d", id);
        switch (random_below(8)) {
        case 0:
        case 1:
            HASH_FIND_INT(ids, &id, one);
            if (!one) {
                one = make(id);
                HASH_ADD_INT(ids, id, one);
                HASH_ADD_KEYPTR(by_name, names, one->name, strlen(one->name), one);
                HASH_ADD(by_address, addresses, address, sizeof(void *), one);
                HASH_VALUE(&one->place, sizeof one->place, hash);
                HASH_ADD_BYHASHVALUE(by_place, places, place, sizeof one->place, hash, one);
            }
            one->sum += (long)(i % 100);
            break;
        case 2:
            HASH_FIND_INT(ids, &id, one);
            if (one) {
                HASH_DELETE(by_place, places, one);
                HASH_DELETE(by_address, addresses, one);
                HASH_DELETE(by_name, names, one);
                HASH_DEL(ids, one);
                free(one);
            }
            break;
        case 3:
            HASH_FIND(by_name, names, name, strlen(name), one);
            seen += one ? (unsigned long)one->sum : 1;
            break;
        case 4:
            HASH_FIND(by_address, addresses, &address, sizeof address, one);
            seen += one ? (unsigned long)one->sum : 1;
            break;
        case 5:
            HASH_VALUE(&place, sizeof place, hash);
            HASH_FIND_BYHASHVALUE(by_place, places, &place, sizeof place, hash, one);
            seen += one ? (unsigned long)one->sum : 1;
            break;
        default:
            HASH_FIND_INT(ids, &id, one);
            seen += one ? (unsigned long)one->sum : 1;
        }
    }
    printf("seen %lu\n", seen);
    TELL(hh, ids);
    TELL(by_name, names);
    HASH_SORT(ids, by_sum);
    HASH_SRT(by_name, names, by_id);
    TELL(hh, ids);
    TELL(by_name, names);
    HASH_SELECT(chosen, odd, hh, ids, IS_ODD);
    HASH_SRT(chosen, odd, by_id);
    TELL(chosen, odd);
    HASH_CLEAR(chosen, odd);
    HASH_CLEAR(by_name, names);
    HASH_CLEAR(by_address, addresses);
    HASH_CLEAR(by_place, places);
    HASH_ITER(hh, ids, one, next) { /* the last goes with the table */
        HASH_DEL(ids, one);
        free(one);
    }
    printf("%d %d %u\n", ids == NULL, names == NULL && odd == NULL, HASH_COUNT(ids));
}

/* Strings in the elements, replacing, and orders. */
static void run_ordered(void) {
    item *names = NULL, *sorted = NULL, *sorted_names = NULL, *one, *old, *next;
    for (int i = 0; i < 2000; ++i) {
        one = make((int)random_below(500));
        one->sum = i;
        HASH_REPLACE_STR(names, name, one, old);
        free(old);
        one = make((int)random_below(500));
        one->sum = (long)random_below(50);
        HASH_FIND_INT(sorted, &one->id, old);
        if (old) {
            free(one);
        } else {
            HASH_ADD_INORDER(hh, sorted, id, sizeof(int), one, by_sum);
            HASH_ADD_KEYPTR_INORDER(by_name, sorted_names, one->name, strlen(one->name), one, by_id);
        }
        if (i % 3 == 0) {
            one = make((int)random_below(500));
            HASH_DELETE(by_name, sorted_names, sorted);
            old = sorted;
            HASH_DEL(sorted, sorted); /* the head by its own name */
            free(old);
            HASH_REPLACE_INORDER(hh, sorted, id, sizeof(int), one, old, by_sum);
            if (old)
                HASH_DELETE(by_name, sorted_names, old);
            free(old);
            HASH_ADD_KEYPTR_INORDER(by_name, sorted_names, one->name, strlen(one->name), one, by_id);
        }
    }
    HASH_FIND_STR(names, "n7", one);
    printf("%ld\n", one ? one->sum : -1);
    TELL(hh, names);
    TELL(hh, sorted);
    TELL(by_name, sorted_names);
    HASH_CLEAR(by_name, sorted_names);
    HASH_ITER(hh, sorted, one, next) {
        HASH_DELETE(hh, sorted, one);
        free(one);
    }
    HASH_ITER(hh, names, one, next) {
        HASH_DELETE(hh, names, one);
        free(one);
    }
}

/* The macros that are left, by hashes computed beforehand. */
static void run_hashed(void) {
    item *places = NULL, *sorted = NULL, *addresses = NULL, *ids = NULL, *one, *old, *next;
    unsigned long seen = 0;
    for (int i = 0; i < 3000; ++i) {
        unsigned hash;
        one = make((int)random_below(900));
        one->sum = (long)random_below(40);
        HASH_VALUE(&one->place, sizeof one->place, hash);
        HASH_REPLACE_BYHASHVALUE(by_place, places, place, sizeof one->place, hash, one, old);
        if (old) {
            HASH_DELETE_HH(hh, sorted, &old->hh);
            HASH_DELETE(by_address, addresses, old);
            HASH_DELETE(by_name, ids, old);
            free(old);
        }
        HASH_VALUE(&one->id, sizeof one->id, hash);
        if (i % 2)
            HASH_ADD_BYHASHVALUE_INORDER(hh, sorted, id, sizeof one->id, hash, one, by_sum);
        else
            HASH_ADD_KEYPTR_BYHASHVALUE_INORDER(hh, sorted, &one->id, sizeof one->id, hash, one, by_sum);
        HASH_ADD_KEYPTR_BYHASHVALUE(by_name, ids, &one->id, sizeof one->id, hash, one);
        HASH_REPLACE(by_address, addresses, address, sizeof one->address, one, old);
        seen += old ? 1000000 : (unsigned long)(HASH_OVERHEAD(hh, sorted) > 0);
    }
    TELL(by_place, places);
    TELL(hh, sorted);
    TELL(by_address, addresses);
    TELL(by_name, ids);
    HASH_CLEAR(by_place, places);
    HASH_CLEAR(by_address, addresses);
    HASH_CLEAR(by_name, ids);
    HASH_ITER(hh, sorted, one, next) {
        HASH_DEL(sorted, one);
        free(one);
    }
    printf("%lu %d\n", seen, grown > 10);
}

/* Addresses and integers, by the short names. */
typedef struct entry {
    void *address;
    int number;
    UT_hash_handle hh;
} entry;

static void run_short(void) {
    static entry entries[4000];
    entry *all = NULL, *numbers = NULL, *one, *old, *next;
    unsigned long seen = 0;
    for (int i = 0; i < 2000; ++i) {
        one = &entries[2 * i];
        one->address = one[1].address = (void *)(uintptr_t)(64 * random_below(700));
        one->number = one[1].number = (int)random_below(500);
        HASH_FIND_PTR(all, &one->address, old);
        if (old || i % 3 == 0)
            HASH_REPLACE_PTR(all, address, one, old);
        else
            HASH_ADD_PTR(all, address, one);
        seen = seen * 31 + (old ? (unsigned long)old->number : 1);
        HASH_REPLACE_INT(numbers, number, &one[1], old);
        seen = seen * 31 + (old ? (unsigned long)(uintptr_t)old->address : 1);
    }
    HASH_ITER(hh, all, one, next)
    seen = seen * 31 + (unsigned long)one->number;
    HASH_ITER(hh, numbers, one, next)
    seen = seen * 31 + (unsigned long)(uintptr_t)one->address;
    printf("short: %u %u %lu\n", HASH_COUNT(all), HASH_COUNT(numbers), seen);
    HASH_CLEAR(hh, all);
    HASH_CLEAR(hh, numbers);
}

#ifdef OUT_OF_MEMORY
/* What could not be added is left out, and nothing else has changed. */
static void run_out_of_memory(void) {
    item *ids = NULL, *one, *next;
    int added = 0, left_out = 0, found = 0;
    memory_left = 20000;
    for (int i = 0; i < 10000; ++i) {
        one = make(i);
        HASH_ADD_INT(ids, id, one);
        if (one->hh.tbl) {
            ++added;
        } else {
            ++left_out;
            free(one);
        }
    }
    for (int i = 0; i < 10000; ++i) {
        HASH_FIND_INT(ids, &i, one);
        found += one != NULL;
    }
    printf("%d %d %d %d\n", left_out == failures, failures > 0 && added > 0, found == added,
           HASH_COUNT(ids) == (unsigned)added);
    HASH_ITER(hh, ids, one, next) {
        HASH_DEL(ids, one);
        free(one);
    }
    printf("%d\n", memory_left == 20000);
}
#endif

/* A hash and a comparison of the program's, for which the macros are defined anew. */
static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static int compare_names(const void *a, const void *b, size_t size) {
    const char *x = (const char *)a, *y = (const char *)b;
    for (; size; --size, ++x, ++y)
        if (lower(*x) != lower(*y))
            return 1;
    return 0;
}

#undef HASH_FUNCTION
#define HASH_FUNCTION(key, size, hash)                                                                                 \
    do {                                                                                                               \
        (hash) = 0;                                                                                                    \
        for (size_t i_ = 0; i_ < (size_t)(size); ++i_)                                                                 \
            (hash) = (hash)*31 + (unsigned)lower(((const char *)(key))[i_]);                                           \
    } while (0)
#undef HASH_KEYCMP
#define HASH_KEYCMP(a, b, size) compare_names(a, b, size)

static void run_redefined(void) {
    item *names = NULL, *one, *next;
    unsigned found = 0;
    for (int i = 0; i < 1000; ++i) {
        char name[12];
        one = make(i);
        HASH_ADD_STR(names, name, one);
        sprintf(name, "N%d", (int)random_below(1000));
        HASH_FIND_STR(names, name, one);
        found += one != NULL;
    }
    printf("redefined: %u\n", found);
    TELL(hh, names);
    HASH_ITER(hh, names, one, next) {
        HASH_DEL(names, one);
        free(one);
    }
}

int main(void) {
    run_all();
    run_ordered();
    run_hashed();
    run_short();
    run_redefined();
#ifdef OUT_OF_MEMORY
    run_out_of_memory();
#endif
    return 0;
}
