/* A table whose types are known only at run time, as an interpreter or a language binding needs it: here points of
 * `dimensions` coordinates, and a weight for each. Keys are hashed and compared by their bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <swiss/table.h>

int main(int count, char **arguments) {
    size_t dimensions = count > 1 ? strtoul(arguments[1], NULL, 10) : 3;
    size_t point_size = dimensions * sizeof(int);
    swiss_table_type type; /* serves any number of tables */
    if (!swiss_table_type_init(&type, point_size, _Alignof(int), sizeof(double), _Alignof(double), NULL, NULL)) {
        fprintf(stderr, "no points of %zu dimensions\n", dimensions);
        return 1;
    }
    swiss_table weights = {0};
    int *point = calloc(dimensions, sizeof *point);
    int status = point ? 0 : 1;
    for (int i = 0; i < 1000 && status == 0; ++i) {
        point[0] = i % 10;
        point[dimensions - 1] = i % 7;
        double none = 0, *weight = swiss_table_get_or_insert(&weights, &type, point, &none);
        if (weight)
            *weight += 0.5;
        else
            status = 1;
    }
    if (status) {
        fputs("out of memory\n", stderr);
    } else {
        void *slot = swiss_table_find(&weights, &type, point); /* the point, and behind it the weight */
        printf("%zu points, the last weighs %g\n", swiss_table_size(&weights),
               slot ? *(double *)swiss_table_value(&type, slot) : 0.0);
    }
    free(point);
    swiss_table_free(&weights, &type);
    return status;
}
