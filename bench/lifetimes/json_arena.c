/* json_arena.c - the example as it is. */
#include "json.h"
#define main main_of_example
#include "../../tests/examples/batch.c"

char *json_text(unsigned seed) {
    static swiss_arena texts; /* which stay */
    return make_orders(&texts, seed);
}

double json_by_arena(const char *text) {
    static swiss_arena tree;
    parser in = {&tree, text, text, NULL, 0};
    const value *orders = parse(&in);
    totals by_town;
    double result = -1;
    if (orders && add_up(&tree, orders, &by_town)) {
        const double *koeln = totals_get(&by_town, "K\303\266ln"), *oslo = totals_get(&by_town, "Oslo");
        result = (koeln ? *koeln : 0) + (oslo ? *oslo : 0);
    }
    swiss_arena_reset(&tree, SIZE_MAX);
    return result;
}
