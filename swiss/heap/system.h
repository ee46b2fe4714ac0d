/* system.h - calls of Linux, without the C library. Explained at the top of system.c. */
#ifndef SWISS_HEAP_SYSTEM_H
#define SWISS_HEAP_SYSTEM_H

#if defined(__linux__)

/* What the kernel returns: -4095 to -1 is an error, errno negated. */
long swiss_system_call(long number, long a, long b, long c, long d, long e, long f);

#endif

#endif
