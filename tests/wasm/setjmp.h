/* setjmp.h - as much of it as tests/windows/cmocka.h uses, for a system that has none: what would jump out of a test
 * that failed ends the program. */
#ifndef SWISS_TESTS_SETJMP_H
#define SWISS_TESTS_SETJMP_H

#include <stdlib.h>

typedef int jmp_buf[1];

#define setjmp(buffer) ((buffer)[0] = 0)
#define longjmp(buffer, value) exit((buffer)[0] + (value))

#endif
