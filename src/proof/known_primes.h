#ifndef TLSWIRE_PROOF_KNOWN_PRIMES_H
#define TLSWIRE_PROOF_KNOWN_PRIMES_H

#include "model/proof.h"

/* A prime that is not one server's own. A list ends with name NULL. */
struct known_prime {
    uint8_t sha256[32]; /* of p without leading zeros */
    enum dh_group group;
    bool is_safe;
    const char *name; /* static text */
};

/* known_prime_find gives the row of a prime, or NULL. */
const struct known_prime *known_prime_find(
        const struct known_prime *list, const uint8_t sha256[32]);

#endif
