/* layout.h - the control and overflow bytes that a table should have, found out from the hashes of its entries alone:
 * as detail/probe.h describes them, not with its functions.
 */
#ifndef SWISS_TESTS_LAYOUT_H
#define SWISS_TESTS_LAYOUT_H

#include <string.h>
#include <swiss/table.h>

enum { LAYOUT_GROUPS = 1 << 14 }; /* at most so many in a table that is looked at */

/* Sets needed[g], for each group, to the overflow bits that the entries need there: each passes the groups before its
 * own on its way. False if an entry's control byte is not its h2. */
static inline bool layout_needed(const swiss_table *table, const swiss_table_type *type, uint8_t *needed) {
    size_t capacity = swiss_table_capacity(table), groups = capacity <= 16 ? 1 : capacity / 16;
    if (groups > LAYOUT_GROUPS)
        return false;
    memset(needed, 0, groups);
    for (size_t i = 0; i < capacity; ++i) {
        if (table->control[i] == 0)
            continue;
        uint64_t hash = swiss_table_hash_(table, type, table->slots + i * type->slot_size);
        unsigned h2 = hash >> 56 ? (unsigned)(hash >> 56) : 1;
        if (table->control[i] != h2)
            return false;
        const size_t home = (size_t)(hash >> 28) % groups, stride = 2 * (size_t)(hash >> 56) + 1;
        for (size_t step = 0, group = home; group != i / 16;) {
            needed[group] |= (uint8_t)(1u << h2 / 32);
            ++step;
            group = (home ^ (step * stride % 128 + step / 128 * 128)) % groups;
        }
    }
    return true;
}

/* How many overflow bits are set that no entry needs; SIZE_MAX if one that is needed is not set, or a control byte is
 * wrong. */
static inline size_t layout_excess(const swiss_table *table, const swiss_table_type *type) {
    static uint8_t needed[LAYOUT_GROUPS];
    size_t capacity = swiss_table_capacity(table), excess = 0;
    if (!layout_needed(table, type, needed))
        return SIZE_MAX;
    for (size_t group = 0; group < (capacity + 15) / 16; ++group) {
        if (needed[group] & ~(unsigned)table->overflow[group])
            return SIZE_MAX;
        for (unsigned rest = table->overflow[group] ^ (unsigned)needed[group]; rest; rest &= rest - 1)
            ++excess;
    }
    return excess;
}

#endif
