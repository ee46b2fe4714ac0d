/* main.c - the command line of the worker.
 *
 *     worker NAME SIZE OPERATIONS SEED       measures an operation; heap: TYPES/OPERATION
 *     worker identity                        prints which malloc this is
 */
#include "worker.h"
#include <string.h>

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "identity") == 0) {
        print_identity();
        return 0;
    }
    if (count != 5)
        fail("usage: worker NAME SIZE OPERATIONS SEED | worker identity");
    const heap_job job = {strtoull(arguments[2], NULL, 10), strtoull(arguments[3], NULL, 10),
                          strtoull(arguments[4], NULL, 10)};
    heap_operation *run = find_operation(arguments[1]);
    if (!run)
        fail("no such operation");
    run(&job);
    tell("time", clock_result);
    return 0;
}
