#ifndef TLSWIRE_X509_TRUST_H
#define TLSWIRE_X509_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/chain.h"

enum { TRUST_ANCHORS_CAP = 20000 };

struct chain_node;

struct trust_anchor {
    struct chain_node *node;
    char *subject;  /* as text */
    unsigned roles; /* what the file allows it for: 1 servers, 2 clients (CHAIN_FOR_ flags) */
};

/* Anchors under one name. A self-signed anchor ends a path; another one only in a store that is not
 * public. */
struct trust_store {
    char *name;
    char *path;
    size_t n_anchors; /* distinct ones */
    struct trust_anchor *anchors;
    size_t n_broken;  /* certificates, and files of a directory, that could not be read */
    size_t n_dropped; /* beyond TRUST_ANCHORS_CAP */
    int64_t newest_not_before_us; /* the store cannot be older than its newest anchor */
    int64_t mtime_us;             /* of the file; of a directory, of its newest file */
    uint8_t sha256[32];           /* of the content */
    bool is_public; /* of the kind that browsers and systems ship; the caller may set it too */
    bool is_named;  /* the user gave it a name */
};

/*
 * trust_load reads a store: a PEM or DER file with one or many certificates, or a directory of such
 * files. Without path it is the system's bundle, named "system" and public; without name the last
 * part of path is the name. A name that begins with "public:" makes the store public. False when it
 * cannot be read or holds no certificate; err then says what to do. The caller frees it with
 * trust_free.
 */
bool trust_load(const char *name, const char *path, struct trust_store **out, struct err *err);
/* trust_system_path is where the system's bundle is. */
const char *trust_system_path(void);
/* trust_free accepts NULL. */
void trust_free(struct trust_store *s);

/* Stores side by side. */
struct trust_set {
    size_t n;
    struct trust_store *stores[CHAIN_STORE_CAP];
};

/* trust_set_add takes over s; false, and s is freed, when the set is full or has a store of this
 * name. */
bool trust_set_add(struct trust_set *set, struct trust_store *s, struct err *err);
/* trust_set_fini frees the stores. */
void trust_set_fini(struct trust_set *set);

#endif
