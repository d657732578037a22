#ifndef TLSWIRE_X509_CHAIN_POOL_H
#define TLSWIRE_X509_CHAIN_POOL_H

#include "x509/chain_node.h"

/*
 * CA certificates that were seen or given, found by subject. Only their DER is kept. The least
 * recently used of the seen ones goes when there are too many or too many bytes; given ones stay.
 */
enum {
    POOL_CAP = 10000,      /* seen ones; as many may be given */
    POOL_BYTES = 32 << 20, /* of the seen ones */
    POOL_DER_MOST = 16384, /* longer ones are not kept */
    POOL_SAME_NAME = 32,   /* further ones of one name are not kept: who comes first stays */
};

struct chain_pool;

struct pool_entry {
    struct pool_entry *next; /* of the same name, in order of arrival */
    struct pool_entry *newer, *older;
    unsigned long subject_hash;
    struct bytes der; /* owned */
    uint8_t sha256[SHA256_LEN];
    bool is_given;
};

struct chain_pool *chain_pool_new(void);
void chain_pool_free(struct chain_pool *pool);
/* chain_pool_add keeps der, whose node is n; one that is known becomes recently used. */
void chain_pool_add(
        struct chain_pool *pool, const struct chain_node *n, struct bytes der, bool is_given);
/* chain_pool_find gives the first entry whose subject has this hash; valid until the next add. */
struct pool_entry *chain_pool_find(struct chain_pool *pool, unsigned long subject_hash);
/* chain_pool_touch marks an entry as recently used. */
void chain_pool_touch(struct chain_pool *pool, struct pool_entry *e);
/* chain_pool_changed gives a number that grows when a certificate of this subject comes in; 0 when
 * there is none. */
uint64_t chain_pool_changed(struct chain_pool *pool, unsigned long subject_hash);
/* chain_pool_generation grows with every certificate that comes in. */
uint64_t chain_pool_generation(const struct chain_pool *pool);
size_t chain_pool_count(const struct chain_pool *pool);
/* chain_pool_dropped counts what was pushed out or not kept. */
uint64_t chain_pool_dropped(const struct chain_pool *pool);

#endif
