/* Calls the function of plugin.c in two versions of swiss that the program is linked with. */
#include <stdio.h>

unsigned first_work(void);
unsigned second_work(void);

int main(void) {
    printf("%u %u\n", first_work(), second_work());
    return 0;
}
