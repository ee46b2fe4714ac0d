/* worker.c - a worker's clock, its memory and its random numbers. */
#ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#endif
#include "worker.h"
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static double started_at;
double clock_result;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void clock_start(void) {
    started_at = now();
}

void clock_stop(size_t operations) {
    clock_result = (now() - started_at) * 1e9 / (double)operations;
}

void clock_set(double nanoseconds_of_one) {
    clock_result = nanoseconds_of_one;
}

/* Not by stdio, whose buffer would come from malloc before the end. */
void tell(const char *name, double value) {
    char line[100];
    const int length = snprintf(line, sizeof line, "%s %.17g\n", name, value);
    if (write(STDOUT_FILENO, line, (size_t)length) != length)
        _exit(1);
}

void fail(const char *reason) {
    const size_t length = strlen(reason);
    if (write(STDERR_FILENO, reason, length) != (ssize_t)length || write(STDERR_FILENO, "\n", 1) != 1)
        _exit(2);
    _exit(1);
}

void *own_memory(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        fail("no memory for the worker itself");
    return memory;
}

double memory(const char *line) {
    static char status[8192];
    const int file = open("/proc/self/status", O_RDONLY);
    const ssize_t length = read(file, status, sizeof status - 1);
    close(file);
    status[length > 0 ? length : 0] = 0;
    const char *found = strstr(status, line);
    if (!found)
        fail("/proc/self/status lacks a line");
    return strtod(found + strlen(line), NULL) * 1024;
}

void forget_peak(void) {
    const int file = open("/proc/self/clear_refs", O_WRONLY);
    if (write(file, "5", 1) != 1)
        fail("/proc/self/clear_refs cannot be written");
    close(file);
}

void use_all_processors(void) {
    cpu_set_t all;
    CPU_ZERO(&all);
    for (long i = 0, there = sysconf(_SC_NPROCESSORS_CONF); i < there && i < CPU_SETSIZE; ++i)
        CPU_SET((size_t)i, &all);
    if (sched_setaffinity(0, sizeof all, &all) != 0)
        fail("no affinity");
}

/* S. Vigna's SplitMix64. */
uint64_t random_next(uint64_t *state) {
    uint64_t number = *state += UINT64_C(0x9E3779B97F4A7C15);
    number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 31);
}

uint32_t random_below(uint64_t *state, uint32_t limit) {
    return (uint32_t)(((random_next(state) >> 32) * limit) >> 32);
}

double random_unit(uint64_t *state) {
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

uint32_t size_fixed(uint64_t *state) {
    (void)state;
    return 64;
}

uint32_t size_mixed(uint64_t *state) {
    return 8 + random_below(state, 1017);
}

uint32_t size_pareto(uint64_t *state) {
    const double size = 16 * pow(1 - random_unit(state), -1 / 1.16);
    return size < 32768 ? (uint32_t)size : 32768;
}

uint32_t size_large(uint64_t *state) {
    return (uint32_t)exp2(16 + 7 * random_unit(state));
}

heap_step *draw_steps(size_t count, size_t slots, size_source *source, uint64_t *state) {
    heap_step *steps = own_memory(count * sizeof *steps);
    for (size_t i = 0; i < count; ++i) {
        steps[i].slot = random_below(state, (uint32_t)slots);
        steps[i].size = source(state);
    }
    return steps;
}
