/* system.c - calls of Linux, without the C library.
 *
 * Some libraries stand in front of the C library's functions, of open, close, read and mmap and even of syscall, to
 * watch or to change what they do (cowdancer, torsocks). They may allocate, write logs, or wait. If the heap serves
 * malloc, and calls them with a lock held, the program would hang. And open and read end a thread that was cancelled,
 * with the lock held. So the kernel is called as its manual says (man 2 syscall), on the processors that most programs
 * run on; on others by syscall.
 */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE /* syscall */
#endif
#include "system.h"

#ifdef __linux__

#    if defined(__x86_64__) && defined(__LP64__)

long swiss_system_call(long number, long a, long b, long c, long d, long e, long f) {
    register long in_10 __asm__("r10") = d;
    register long in_8 __asm__("r8") = e;
    register long in_9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(in_10), "r"(in_8), "r"(in_9)
                     : "rcx", "r11", "memory");
    return result;
}

#    elif defined(__aarch64__) || (defined(__riscv) && __riscv_xlen == 64)

#        ifdef __aarch64__
#            define SYSTEM_REGISTER(n) __asm__("x" #            n)
#            define SYSTEM_NUMBER __asm__("x8")
#            define SYSTEM_TRAP "svc 0"
#        else
#            define SYSTEM_REGISTER(n) __asm__("a" #            n)
#            define SYSTEM_NUMBER __asm__("a7")
#            define SYSTEM_TRAP "ecall"
#        endif

long swiss_system_call(long number, long a, long b, long c, long d, long e, long f) {
    register long in_number SYSTEM_NUMBER = number;
    register long in_0 SYSTEM_REGISTER(0) = a;
    register long in_1 SYSTEM_REGISTER(1) = b;
    register long in_2 SYSTEM_REGISTER(2) = c;
    register long in_3 SYSTEM_REGISTER(3) = d;
    register long in_4 SYSTEM_REGISTER(4) = e;
    register long in_5 SYSTEM_REGISTER(5) = f;
    __asm__ volatile(SYSTEM_TRAP
                     : "+r"(in_0)
                     : "r"(in_number), "r"(in_1), "r"(in_2), "r"(in_3), "r"(in_4), "r"(in_5)
                     : "memory");
    return in_0;
}

#    else

#        include <errno.h>
#        include <unistd.h>

long swiss_system_call(long number, long a, long b, long c, long d, long e, long f) {
    int before = errno;
    long result = syscall(number, a, b, c, d, e, f);
    if (result == -1)
        result = -errno;
    errno = before;
    return result;
}

#    endif

#endif
