/* known.c - a program of which all allocations are known: swiss-memory must find them. With an argument it ends in the
 * way that this names. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct node {
    struct node *next;
    char text[992];
} node;

static node *kept;
static volatile char *volatile lost;

/* 8 MiB that stay. */
__attribute__((noinline)) static void keep_nodes(void) {
    for (int i = 0; i < 8192; ++i) {
        node *one = malloc(sizeof *one);
        memset(one, 1, sizeof *one);
        one->next = kept;
        kept = one;
    }
}

/* 40,000 blocks that live for a moment. */
__attribute__((noinline)) static void churn_words(void) {
    for (int i = 0; i < 40000; ++i) {
        volatile char *word = malloc(24);
        *word = 1;
        free((void *)word);
    }
}

/* 4 MiB to which nothing points any more. */
__attribute__((noinline)) static void lose_buffers(void) {
    for (int i = 0; i < 64; ++i) {
        lost = malloc(65536);
        *lost = 1;
    }
    lost = NULL;
}

/* 32 MiB for a while. */
__attribute__((noinline)) static void fill_table(void) {
    char *volatile table = malloc(32 << 20);
    memset(table, 1, 32 << 20);
    free(table);
}

/* What the program says it has to say, on both streams. */
static int talk(const char *how) {
    char word[100];
    int length = (int)read(0, word, sizeof word);
    printf("%s read %d bytes\n", how, length);
    fprintf(stderr, "on stderr\n");
    return 7;
}

int main(int count, char **arguments) {
    const char *how = count > 1 ? arguments[1] : "";
    if (strcmp(how, "talk") == 0)
        return talk(how);
    if (strcmp(how, "fork") == 0) {
        if (fork() == 0) {
            fill_table();
            keep_nodes();
            exit(3);
        }
        (void)wait(NULL);
    }
    keep_nodes();
    churn_words();
    lose_buffers();
    fill_table();
    if (strcmp(how, "kill") == 0)
        (void)raise(SIGKILL);
    if (strcmp(how, "close") == 0) { /* every file that it does not know, as daemons do; then one of its own */
        for (int file = 0; file < 100; ++file)
            (void)close(file);
        FILE *own = fopen(arguments[2], "w");
        keep_nodes();
        if (own)
            (void)fprintf(own, "mine\n");
    }
    return 0;
}
