/* version.c - the version of the compiled library. */
#include "swiss/base.h"

unsigned swiss_version(void) {
    return SWISS_VERSION_NUMBER;
}
