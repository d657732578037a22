#ifndef TLSWIRE_MODEL_PROOF_H
#define TLSWIRE_MODEL_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What mathematics says about keys, parameters and signatures, as facts. */

/* What is wrong with an RSA public key (SP 800-89 5.3.3, BR 6.1.6). */
enum {
    RSA_WEAK_E_NEGATIVE = 1 << 0,
    RSA_WEAK_E_ONE = 1 << 1,
    RSA_WEAK_E_EVEN = 1 << 2,
    RSA_WEAK_E_BELOW_3 = 1 << 3, /* 0, 1, 2 */
    RSA_WEAK_E_SMALL = 1 << 4,   /* from 3 to 65536 */
    RSA_WEAK_N_NEGATIVE = 1 << 5,
    RSA_WEAK_N_EVEN = 1 << 6,
    RSA_WEAK_N_SMALL_FACTOR = 1 << 7, /* an odd prime below 752 */
    RSA_WEAK_N_POWER = 1 << 8,        /* a perfect power */
    RSA_WEAK_N_LENGTH = 1 << 9,       /* bit length not divisible by 8 */
    RSA_WEAK_ROCA = 1 << 10,          /* CVE-2017-15361 */
    RSA_WEAK_CLOSE_PRIMES = 1 << 11,  /* Fermat's method finds the factors, CVE-2022-26320 */
    RSA_WEAK_SHORT_SLEEVE = 1 << 12,  /* zero blocks at a fixed stride */
};

struct rsa_key_facts {
    unsigned weak;   /* RSA_WEAK_ bits that hold */
    unsigned tested; /* RSA_WEAK_ bits that were tested; the others are not known */
    size_t bits;     /* of the modulus, read as an unsigned integer */
};

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

/* Finite-field groups that everybody knows. */
enum dh_group {
    DH_GROUP_UNKNOWN,
    DH_GROUP_RFC2409, /* 768 and 1024 bits */
    DH_GROUP_RFC3526, /* 1536 to 8192 bits */
    DH_GROUP_RFC7919, /* ffdhe2048 to ffdhe8192 */
    DH_GROUP_RFC5114, /* with a subgroup of known prime order */
    DH_GROUP_COMMON,  /* shipped with widely used software or shared by many hosts */
};

/* RFC 5246 7.4.3 dh_p, dh_g, dh_Ys. */
struct dh_facts {
    size_t bits; /* of p as an integer */
    enum dh_group group;
    const char *group_name;    /* static text, NULL when unknown */
    enum answer is_prime;      /* p */
    enum answer is_safe;       /* (p-1)/2 is prime too */
    bool is_generator_trivial; /* 0, 1 or p-1, modulo p */
};

enum share_answer { SHARE_NOT_CHECKED, SHARE_VALID, SHARE_INVALID };

/* A public key of a named group (RFC 8422 5.11, RFC 8446 4.2.8, RFC 7748 6), or of the group in a
 * ServerKeyExchange. */
struct share_facts {
    enum share_answer answer;
    bool is_low_order; /* X25519, X448: the shared secret would be zero; finite fields: the key is
                          not in [2, p-2] (SP 800-56A 5.6.2.3.1) */
    const char *why;   /* static text when not valid */
};

enum proof_result {
    PROOF_UNVERIFIED, /* nothing can be said; why says why */
    PROOF_VALID,
    PROOF_INVALID,
    PROOF_MISMATCHED, /* the key parsed and is of another kind than the signature's scheme */
    PROOF_COUNT
};

static inline const char *proof_result_name(enum proof_result r)
{
    static const char *const names[PROOF_COUNT] = {"unverified", "valid", "invalid", "mismatched"};
    return names[r];
}

enum { PROOF_DIGEST_MAX = 64 };

/* A signature under a key. */
struct proof {
    enum proof_result result;
    const char *why;                  /* static text unless valid */
    bool leaks_key;                   /* an invalid RSA signature that factors the modulus */
    uint8_t spki_sha256[32];          /* of the key; zero when it did not parse */
    uint8_t digest[PROOF_DIGEST_MAX]; /* what was signed, when the scheme hashes first */
    size_t digest_len;
};

#endif
