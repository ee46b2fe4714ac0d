/* Batches in an arena: some megabytes of JSON are parsed to a tree, the tree is processed, and dropped in one call. No
 * value is freed by itself, an error in the middle of a text leaves nothing behind, and the memory serves for the next
 * batch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/arena.h>
#include <swiss/hash.h>

/* A tree of values ------------------------------------------------------------------------------------------------- */

typedef enum kind { NOTHING, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT } kind;

typedef struct value {
    struct value *next; /* in the same array or object */
    const char *name;   /* of a member of an object */
    union {
        bool boolean;
        double number;
        const char *string;
        struct value *first;
    } is;
    kind kind;
} value;

typedef struct parser {
    swiss_arena *arena;
    const char *start, *at;
    const char *wrong; /* what is wrong at `at`; NULL: nothing so far */
    size_t values;
} parser;

static bool fail(parser *in, const char *wrong) {
    if (!in->wrong)
        in->wrong = wrong;
    return false;
}

static char next(parser *in) {
    in->at += strspn(in->at, " \t\r\n");
    return *in->at;
}

static bool take(parser *in, char wanted, const char *wrong) {
    if (next(in) != wanted)
        return fail(in, wrong);
    ++in->at;
    return true;
}

/* Reads the four digits of \uXXXX. */
static bool parse_unit(parser *in, unsigned *unit) {
    *unit = 0;
    for (int i = 0; i < 4; ++i, ++in->at) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = *in->at ? strchr(digits, *in->at) : NULL;
        if (!digit)
            return fail(in, "\\u needs four digits");
        *unit = *unit * 16 + (unsigned)(digit - digits) % 16;
    }
    return true;
}

static bool parse_escape(parser *in, swiss_arena_text *text) {
    static const char plain[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    const char *found = *in->at ? strchr(plain, *in->at) : NULL;
    if (found) {
        ++in->at;
        return swiss_arena_text_append_bytes(text, &meaning[found - plain], 1) || fail(in, "out of memory");
    }
    unsigned point, low;
    if (*in->at++ != 'u')
        return fail(in, "no such escape");
    if (!parse_unit(in, &point))
        return false;
    if (point >= 0xD800 && point < 0xE000) { /* one of a pair */
        if (point >= 0xDC00 || in->at[0] != '\\' || in->at[1] != 'u')
            return fail(in, "half of a pair");
        in->at += 2;
        if (!parse_unit(in, &low))
            return false;
        if (low < 0xDC00 || low >= 0xE000)
            return fail(in, "half of a pair");
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    char bytes[4];
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; point >>= 6)
        bytes[i] = (char)(0x80 | (point & 0x3F));
    bytes[0] = (char)(first[size] | point);
    return swiss_arena_text_append_bytes(text, bytes, size) || fail(in, "out of memory");
}

/* Most strings have no escapes, and are copied as they stand. The others grow in the arena. */
static bool parse_string(parser *in, const char **string) {
    if (!take(in, '"', "a string was expected"))
        return false;
    size_t length = strcspn(in->at, "\"\\\n");
    if (in->at[length] == '"') {
        *string = swiss_arena_copy_text(in->arena, in->at, length);
        in->at += length + 1;
        return *string || fail(in, "out of memory");
    }
    swiss_arena_text text = {.arena = in->arena};
    for (;; length = strcspn(in->at, "\"\\\n")) {
        if (!swiss_arena_text_append_bytes(&text, in->at, length))
            return fail(in, "out of memory");
        in->at += length;
        if (*in->at == '"')
            break;
        if (*in->at++ != '\\')
            return fail(in, "a string has no end");
        if (!parse_escape(in, &text))
            return false;
    }
    ++in->at;
    *string = swiss_arena_text_take(&text);
    return *string || fail(in, "out of memory");
}

static value *parse_value(parser *in, int depth);

/* Parses what is between brackets. */
static bool parse_members(parser *in, value *into, char end, int depth) {
    value **last = &into->is.first;
    ++in->at;
    if (next(in) == end)
        return ++in->at;
    do {
        const char *name = NULL;
        if (into->kind == OBJECT && (!parse_string(in, &name) || !take(in, ':', "':' was expected")))
            return false;
        if (!(*last = parse_value(in, depth + 1)))
            return false;
        (*last)->name = name;
        last = &(*last)->next;
    } while (next(in) == ',' && ++in->at);
    return take(in, end, "',' or the end of an array or object was expected");
}

static bool parse_word(parser *in, const char *word) {
    size_t length = strlen(word);
    if (strncmp(in->at, word, length) != 0)
        return fail(in, "a value was expected");
    in->at += length;
    return true;
}

static bool parse_number(parser *in, value *into) {
    char *end;
    into->kind = NUMBER;
    into->is.number = strtod(in->at, &end);
    if (end == in->at)
        return fail(in, "a value was expected");
    in->at = end;
    return true;
}

static value *parse_value(parser *in, int depth) {
    value *made = depth < 100 ? swiss_arena_new(in->arena, value, 1) : NULL;
    if (!made) {
        fail(in, depth < 100 ? "out of memory" : "too deep");
        return NULL;
    }
    bool well;
    switch (next(in)) {
    case '{':
        made->kind = OBJECT;
        well = parse_members(in, made, '}', depth);
        break;
    case '[':
        made->kind = ARRAY;
        well = parse_members(in, made, ']', depth);
        break;
    case '"':
        made->kind = STRING;
        well = parse_string(in, &made->is.string);
        break;
    case 't':
    case 'f':
        made->kind = BOOLEAN;
        made->is.boolean = *in->at == 't';
        well = parse_word(in, made->is.boolean ? "true" : "false");
        break;
    case 'n':
        well = parse_word(in, "null");
        break;
    default:
        well = parse_number(in, made);
    }
    in->values += well;
    return well ? made : NULL;
}

/* Returns the tree of a text. NULL: in->wrong says why. */
static value *parse(parser *in) {
    value *tree = parse_value(in, 0);
    if (tree && next(in)) {
        fail(in, "nothing more was expected");
        return NULL;
    }
    return tree;
}

static const value *member(const value *object, const char *name) {
    for (const value *at = object->kind == OBJECT ? object->is.first : NULL; at; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

/* Batches ---------------------------------------------------------------------------------------------------------- */

#define SWISS_NAME totals
#define SWISS_KEY const char *
#define SWISS_VALUE double
#include <swiss/map.h>

/* Writes what a shop might have sold: a text of some megabytes. */
static char *make_orders(swiss_arena *arena, unsigned batch) {
    static const char *const towns[] = {"K\\u00f6ln", "Gda\\u0144sk", "Oslo", "Lyon", "Porto", "Cork"};
    static const char *const things[] = {"lamp", "chair", "table \\\"large\\\"", "rug", "shelf"};
    swiss_arena_text text = {.arena = arena};
    uint32_t random = batch;
    swiss_arena_text_append(&text, "[\n");
    for (unsigned order = 0; order < 20000; ++order) {
        random = random * 1664525 + 1013904223;
        swiss_arena_text_printf(&text, "%s{\"order\": %u, \"town\": \"%s\", \"paid\": %s, \"note\": null, \"items\": [",
                                order ? ",\n" : "", order, towns[(random >> 8) % 6], order % 7 ? "true" : "false");
        for (unsigned item = 0; item <= (random >> 16 & 3); ++item)
            swiss_arena_text_printf(&text, "%s{\"thing\": \"%s\", \"count\": %u, \"price\": %u.25}", item ? ", " : "",
                                    things[(random >> 20) % 5], 1 + item, 10 + (random >> 12 & 63));
        swiss_arena_text_append(&text, "]}");
    }
    swiss_arena_text_append(&text, "\n]\n");
    return swiss_arena_text_take(&text);
}

/* Adds up what was paid in each town: in a map that lives where the tree does. */
static bool add_up(swiss_arena *arena, const value *orders, totals *by_town) {
    if (!totals_init(by_town, &(swiss_options){.allocator = swiss_arena_allocator(arena)}))
        return false;
    for (const value *order = orders->is.first; order; order = order->next) {
        const value *town = member(order, "town"), *paid = member(order, "paid"), *items = member(order, "items");
        double *total = town ? totals_get_or_insert(by_town, town->is.string, 0) : NULL;
        if (!total || !paid || !items)
            return false;
        if (!paid->is.boolean)
            continue;
        for (const value *item = items->is.first; item; item = item->next) {
            const value *count = member(item, "count"), *price = member(item, "price");
            if (!count || !price)
                return false;
            *total += count->is.number * price->is.number;
        }
    }
    return true;
}

/* Parses and processes one text, with all that this takes in the arena. */
static bool process(swiss_arena *arena, const char *text) {
    parser in = {arena, text, text, NULL, 0};
    const value *orders = parse(&in);
    if (!orders) {
        printf("byte %zu: %s\n", (size_t)(in.at - in.start), in.wrong);
        return false;
    }
    totals by_town;
    if (!add_up(arena, orders, &by_town))
        return false;
    const double *koeln = totals_get(&by_town, "K\303\266ln"), *oslo = totals_get(&by_town, "Oslo");
    printf("%zu values, %zu towns, %.2f in K\303\266ln, %.2f in Oslo\n", in.values, totals_size(&by_town),
           koeln ? *koeln : 0, oslo ? *oslo : 0);
    return true;
}

int main(void) {
    swiss_arena texts = {0}, tree = {0};
    int status = 0;
    for (unsigned batch = 1; batch <= 3 && status == 0; ++batch) {
        char *text = make_orders(&texts, batch);
        if (!text)
            status = 1;
        else if (batch == 2) /* the end is missing */
            text[strlen(text) * 3 / 4] = 0;
        if (text && !process(&tree, text) && batch != 2)
            status = 1;
        swiss_arena_reset(&tree, SIZE_MAX); /* the tree, its strings and the map end here */
        swiss_arena_reset(&texts, SIZE_MAX);
    }
    swiss_arena_free(&tree);
    swiss_arena_free(&texts);
    return status;
}
