#ifndef TLSWIRE_ENGINE_VERIFY_KEYS_H
#define TLSWIRE_ENGINE_VERIFY_KEYS_H

#include "model/judgement.h"
#include "store/store.h"
#include "x509/blocklist.h"

/*
 * What the keys of certificates are worth, worked out once per certificate: weak RSA keys, primes
 * shared with others, serial numbers used twice, keys on block lists. Bounded.
 */
struct verify_keys;

/* verify_keys_new borrows the block list, which may be NULL. */
struct verify_keys *verify_keys_new(struct blocklist *list);
/* verify_keys_free frees; NULL is fine. */
void verify_keys_free(struct verify_keys *v);
/* The first handshake that a certificate was seen in. */
struct key_place {
    int64_t handshake_id, service_id, us;
    uint32_t input;
    uint8_t transport;
    struct endpoint client, server;
};

/* verify_keys_of gives the facts of one certificate, seen at place; they live until
 * VERIFY_KEYS_CAP others came. Where earlier runs are to be remembered, memory is the database;
 * NULL: they are not. A failing database remembers nothing: the next writing tells. *is_new says
 * whether they were not known. */
const struct key_facts *verify_keys_of(struct verify_keys *v, const struct certificate *c,
        const struct key_place *place, struct store *memory, bool *is_new);

/* A certificate of which a shared prime was found after its handshakes had been judged: keys are
 * compared in blocks, and at the end with those of earlier runs. */
struct late_key {
    const uint8_t *sha256;
    const struct key_place *place;
    struct key_facts facts;
};
/* verify_keys_recall reads `most` more keys of the database, to be compared; *is_done: it had all,
 * but for those that come later. */
bool verify_keys_recall(
        struct verify_keys *v, struct store *memory, int most, bool *is_done, struct err *err);
/* verify_keys_end compares what was not compared, and with everything in memory. */
bool verify_keys_end(struct verify_keys *v, struct store *memory, struct err *err);
/* verify_keys_n_moduli is how many RSA keys it would compare. */
size_t verify_keys_n_moduli(const struct verify_keys *v);
/* verify_keys_late gives the next of them; false when there is none. */
bool verify_keys_late(struct verify_keys *v, struct late_key *out);
/* verify_keys_use tells what was seen of the key before, and then notes this use of it. */
void verify_keys_use(struct verify_keys *v, const struct certificate *leaf, const char *domain,
        bool is_tls, struct key_use *out);

/* Moduli that no others were compared with, and shared primes that were found but not told: caps.
 */
struct verify_keys_counts {
    uint64_t moduli_dropped, primes_untold;
};
struct verify_keys_counts verify_keys_count(const struct verify_keys *v);

enum { VERIFY_KEYS_CAP = 50000 };

#endif
