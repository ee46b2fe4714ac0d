/* operations.c - the operations of the suite heap by their names. */
#include "worker.h"
#include <string.h>

heap_operation *find_operation(const char *name) {
#define HEAP_CELL(types, operation, ...)                                                                               \
    if (strcmp(name, #types "/" #operation) == 0)                                                                      \
        return types##_##operation;
#include "../manifest.h"
    return NULL;
}
