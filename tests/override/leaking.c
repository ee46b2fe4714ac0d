/* A program that leaks, and knows nothing of who looks. leaking WHAT. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static void *volatile kept;
static void *volatile passing;

/* Of what is allocated here nothing is freed: 1 GiB. Of the rest, 2 GiB, an eighth stays. */
NOINLINE void leak_much(void) {
    for (int i = 0; i < 1 << 18; ++i)
        passing = malloc(4096);
}

NOINLINE void leak_some(void) {
    for (int i = 0; i < 1 << 20; ++i) {
        passing = malloc(2048);
        if (i % 8)
            free(passing);
    }
}

static void profile(void) {
    leak_some();
    leak_much();
}

/* One block is lost, one is reached from it, one from a variable. */
NOINLINE void *allocate_lost(void) {
    void *block = calloc(1, 1000);
    passing = block; /* so that the call is none that ends the function */
    return block;
}

NOINLINE void lose(void) {
    void **block = allocate_lost();
    block[3] = malloc(200);
    passing = block;
}

NOINLINE void keep(void) {
    kept = malloc(50);
}

/* Overwrites what the others have left on the stack. */
NOINLINE void wipe(void) {
    volatile char bytes[20000];
    for (size_t i = 0; i < sizeof bytes; ++i)
        bytes[i] = 0;
}

static void leak(void) {
    lose();
    passing = NULL;
    keep();
    wipe();
}

static void *allocate(void *argument) {
    unsigned seed = (unsigned)(size_t)argument;
    static _Thread_local void *blocks[500];
    for (int i = 0; i < 300000; ++i) {
        size_t at = rand_r(&seed) % 500;
        free(blocks[at]);
        blocks[at] = malloc(rand_r(&seed) % 3000);
    }
    for (size_t i = 0; i < 500; ++i)
        free(blocks[i]);
    return NULL;
}

static void threads(void (*meanwhile)(void)) {
    pthread_t running[3];
    for (size_t i = 0; i < 3; ++i)
        pthread_create(&running[i], NULL, allocate, (void *)(i + 1));
    meanwhile();
    for (size_t i = 0; i < 3; ++i)
        pthread_join(running[i], NULL);
}

/* A signal every 200 microseconds. */
static void storm(void) {
    struct itimerval often = {{0, 200}, {0, 200}};
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    allocate((void *)9);
    setitimer(ITIMER_REAL, &never, NULL);
}

static void forks(void) {
    for (int i = 0; i < 30; ++i) {
        pid_t child = fork();
        if (!child) {
            void *volatile block = malloc(100000);
            free(block);
            exit(i);
        }
        int status = -1;
        waitpid(child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != i)
            abort();
    }
}

/* Another file takes the place of stderr. */
static void take_stderr(void) {
    leak();
    close(2);
    if (open("taken", O_WRONLY | O_CREAT | O_TRUNC, 0600) != 2)
        abort();
}

/* Allocates nothing any more. */
static void idle(void) {
    passing = malloc(1000000);
    if (open("ready", O_WRONLY | O_CREAT, 0600) < 0)
        abort();
    for (int i = 0; i < 1000; ++i)
        usleep(10000);
}

static void end(int number) {
    exit(number ? 4 : 0);
}

/* A signal handler that ends the program, at whatever moment. */
static void end_inside(void) {
    struct itimerval soon = {{0, 0}, {0, 3000 + (int)(getpid() % 50) * 100}};
    signal(SIGALRM, end);
    setitimer(ITIMER_REAL, &soon, NULL);
    for (;;)
        free(malloc(rand() % 4 ? 100 + (size_t)rand() % 100000 : 3000000));
}

int main(int count, char **arguments) {
    (void)count;
    const char *what = arguments[1];
    if (!strcmp(what, "profile"))
        profile();
    else if (!strcmp(what, "leak"))
        leak();
    else if (!strcmp(what, "storm"))
        threads(storm);
    else if (!strcmp(what, "forks"))
        threads(forks);
    else if (!strcmp(what, "stderr"))
        take_stderr();
    else if (!strcmp(what, "inside"))
        end_inside();
    else if (!strcmp(what, "idle"))
        idle();
    else
        return 1;
    return 3;
}
