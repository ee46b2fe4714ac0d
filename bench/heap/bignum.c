/* bignum.c - arithmetic whose every result is a new block: many of 16 to 64 bytes, which live for a moment and are
 * freed nearly last in, first out. */
#include "worker.h"

typedef struct bignum {
    uint32_t count;    /* of digits, 1 at least */
    uint32_t digits[]; /* the lowest first */
} bignum;

static bignum *new_bignum(uint32_t count) {
    bignum *made = malloc(sizeof *made + count * sizeof *made->digits);
    if (!made)
        fail("out of memory");
    made->count = count;
    return made;
}

static bignum *trimmed(bignum *number) {
    while (number->count > 1 && !number->digits[number->count - 1])
        --number->count;
    return number;
}

static bignum *multiply(const bignum *a, uint32_t b) {
    bignum *product = new_bignum(a->count + 1);
    uint64_t carry = 0;
    for (uint32_t i = 0; i < a->count; ++i) {
        carry += (uint64_t)a->digits[i] * b;
        product->digits[i] = (uint32_t)carry;
        carry >>= 32;
    }
    product->digits[a->count] = (uint32_t)carry;
    return trimmed(product);
}

static bignum *divide(const bignum *a, uint32_t b) {
    bignum *quotient = new_bignum(a->count);
    uint64_t rest = 0;
    for (uint32_t i = a->count; i--;) {
        rest = rest << 32 | a->digits[i];
        quotient->digits[i] = (uint32_t)(rest / b);
        rest %= b;
    }
    return trimmed(quotient);
}

/* Returns a - b, which is not negative. */
static bignum *subtract(const bignum *a, const bignum *b) {
    bignum *difference = new_bignum(a->count);
    int64_t carry = 0;
    for (uint32_t i = 0; i < a->count; ++i) {
        carry += (int64_t)a->digits[i] - (i < b->count ? b->digits[i] : 0);
        difference->digits[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return trimmed(difference);
}

#define PRIMES 2048
static uint32_t primes[PRIMES];

static void find_primes(void) {
    uint32_t count = 0;
    for (uint32_t number = 2; count < PRIMES; ++number) {
        uint32_t i = 0;
        while (i < count && primes[i] * primes[i] <= number && number % primes[i])
            ++i;
        if (i == count || primes[i] * primes[i] > number)
            primes[count++] = number;
    }
}

/* Divides a number by each prime as often as it can. Returns how many blocks that took. */
static size_t factor(bignum *number, uint32_t expected) {
    size_t blocks = 0;
    uint32_t found = 0;
    for (uint32_t i = 0; number->count > 1 || number->digits[0] > 1;) {
        if (i == PRIMES)
            fail("a number was overwritten");
        bignum *quotient = divide(number, primes[i]), *product = multiply(quotient, primes[i]),
               *rest = subtract(number, product);
        const int divides = rest->count == 1 && !rest->digits[0];
        free(rest);
        free(product);
        free(divides ? number : quotient);
        if (divides) {
            number = quotient;
            ++found;
        } else {
            ++i;
        }
        blocks += 3;
    }
    free(number);
    if (found != expected)
        fail("a number was overwritten");
    return blocks;
}

/* Multiplies primes until there are `digits` digits, and finds them again. Returns how many blocks that took. */
static size_t multiply_and_factor(size_t digits, uint64_t *state) {
    bignum *number = new_bignum(1);
    uint32_t count = 0;
    number->digits[0] = 1;
    for (; number->count < digits; ++count) {
        bignum *product = multiply(number, primes[random_below(state, PRIMES)]);
        free(number);
        number = product;
    }
    return 1 + count + factor(number, count);
}

void bignum_factor(const heap_job *job) {
    uint64_t state = job->seed;
    find_primes();
    multiply_and_factor(job->size, &state);
    size_t done = 0;
    clock_start();
    while (done < job->operations)
        done += multiply_and_factor(job->size, &state);
    clock_stop(done);
}
