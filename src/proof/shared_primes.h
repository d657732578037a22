#ifndef TLSWIRE_PROOF_SHARED_PRIMES_H
#define TLSWIRE_PROOF_SHARED_PRIMES_H

#include "base/bytes.h"
#include "model/proof.h"

/*
 * RSA moduli that have a prime in common (Heninger et al. 2012), over everything that was added.
 * Moduli are gathered into blocks, which grow with what is there. A full block is compared with
 * itself and with the product of all earlier ones in one go, by a product tree;
 * shared_primes_flush does so with what waits.
 * So the answers come late, but in an order that depends only on what was added and flushed.
 */
struct shared_primes;

enum {
    SHARED_PRIMES_CAP = 100000, /* moduli kept by default; what comes later is only counted */
    SHARED_PRIMES_BYTES_CAP = 64 << 20, /* of all moduli, the same */
    SHARED_PRIMES_BLOCK_MIN = 64 << 10, /* bytes of a block: half of what was compared, */
    SHARED_PRIMES_BLOCK_MAX = 4 << 20,  /* within these limits */
    SHARED_PRIMES_BITS = 16384,         /* longer moduli are not taken */
    SHARED_PRIMES_FACTOR_BITS = 128,    /* a smaller common factor is no prime of a real key */
    SHARED_PRIMES_HIT_CAP = 1000,       /* pairs named; later ones are only counted */
};

/* Two different moduli with a common prime: the one that was added later and the first one added
 * that shares with it. */
struct shared_prime {
    uint64_t id, other;
};

/* shared_primes_new makes an empty set of at most cap moduli; 0 means SHARED_PRIMES_CAP. */
struct shared_primes *shared_primes_new(size_t cap);
/* shared_primes_free frees it; NULL is fine. */
void shared_primes_free(struct shared_primes *s);
/*
 * shared_primes_add takes a modulus (unsigned big-endian) under an id and says whether it was
 * kept. Not kept: what was added before, what is even or has a prime below 752 (it is no RSA
 * modulus), what is longer than SHARED_PRIMES_BITS or beyond a cap. facts spares the search for
 * small primes when rsa_key_check did it; NULL is fine.
 */
bool shared_primes_add(struct shared_primes *s, struct bytes modulus, uint64_t id,
        const struct rsa_key_facts *facts);
/* shared_primes_flush compares what still waits. */
void shared_primes_flush(struct shared_primes *s);
/* shared_primes_next gives the next pair found that was not given yet; false when there is none. */
bool shared_primes_next(struct shared_primes *s, struct shared_prime *out);
/* shared_primes_count is the number of moduli kept, _dropped of those that a cap kept out,
 * _unnamed of those that share but beyond SHARED_PRIMES_HIT_CAP, or after a very long search. */
size_t shared_primes_count(const struct shared_primes *s);
uint64_t shared_primes_dropped(const struct shared_primes *s);
uint64_t shared_primes_unnamed(const struct shared_primes *s);

#endif
