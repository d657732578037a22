#ifndef TLSWIRE_PROOF_SHARED_PRIMES_H
#define TLSWIRE_PROOF_SHARED_PRIMES_H

#include "base/bytes.h"

/*
 * RSA moduli that have a prime in common (Heninger et al. 2012), over everything that was added. A
 * new modulus is reduced from products of up to 2^k earlier ones, which are merged like the digits
 * of a binary counter.
 */
struct shared_primes;

enum {
    SHARED_PRIMES_CAP = 100000,      /* moduli kept by default */
    SHARED_PRIMES_BITS = 16384,      /* longer moduli are not taken */
    SHARED_PRIMES_FACTOR_BITS = 128, /* a smaller common factor is no prime of a real key */
};

/* shared_primes_new makes an empty set of at most cap moduli; 0 means SHARED_PRIMES_CAP. */
struct shared_primes *shared_primes_new(size_t cap);
/* shared_primes_free frees it; NULL is fine. */
void shared_primes_free(struct shared_primes *s);
/*
 * shared_primes_add says whether an earlier modulus and this one (unsigned big-endian) differ and
 * have a prime in common; *other gets the id of the first such. The modulus is then kept under id.
 * Not taken: what was added before, what has a prime below 752 or is even (it is no RSA modulus),
 * what is longer than SHARED_PRIMES_BITS, and anything beyond the cap, which is still compared.
 */
bool shared_primes_add(struct shared_primes *s, struct bytes modulus, uint64_t id, uint64_t *other);
/* shared_primes_count is the number of moduli kept, shared_primes_dropped of those the cap kept
 * out. */
size_t shared_primes_count(const struct shared_primes *s);
uint64_t shared_primes_dropped(const struct shared_primes *s);

#endif
