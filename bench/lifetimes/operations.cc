// operations.cc - all operations by their names.
#include "lifetimes.h"

#include <initializer_list>

heap_operation *find_operation(const char *name) {
    for (const auto find : {lives::find_arena, lives::find_ref, lives::find_pool, lives::find_batch, lives::find_cache})
        if (heap_operation *const found = find(name))
            return found;
    return nullptr;
}
