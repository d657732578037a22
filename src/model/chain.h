#ifndef TLSWIRE_MODEL_CHAIN_H
#define TLSWIRE_MODEL_CHAIN_H

#include <stdint.h>

#include "base/bytes.h"

/*
 * What a list of certificates that somebody sent is worth (RFC 5280 6.1), as facts. Indices into
 * the sent list count from 0, the leaf; -1 says "not in the list".
 */

enum {
    CHAIN_SENT_CAP = 64,  /* entries of a list that are looked at */
    CHAIN_PATH_CAP = 16,  /* certificates in a path, leaf and anchor included */
    CHAIN_STORE_CAP = 16, /* trust stores side by side */
    CHAIN_WEAK_CAP = 16,
};

enum chain_role { CHAIN_SERVER, CHAIN_CLIENT };

enum chain_status {
    CHAIN_TRUSTED,
    CHAIN_MISSING_INTERMEDIATE, /* only as sent: with what was seen elsewhere, and valid at that
                                   time, a path exists */
    CHAIN_UNTRUSTED_ROOT,       /* a path to a self-signed certificate that is not in the store */
    CHAIN_SELF_SIGNED,          /* the same, and the leaf is that certificate */
    CHAIN_INCOMPLETE,           /* an issuer is available nowhere */
    CHAIN_SIGNATURE_INVALID,    /* names and key identifier fit, the signature does not */
    CHAIN_CONSTRAINT_VIOLATION, /* a path to an anchor that RFC 5280 6.1 forbids */
    CHAIN_MALFORMED,            /* the leaf, or an entry that may be the missing one */
    CHAIN_UNVERIFIED,           /* could not be judged: reason says why */
    /* only as the whole verdict: the path is trusted but for the time */
    CHAIN_EXPIRED_LEAF,
    CHAIN_EXPIRED_INTERMEDIATE,
    CHAIN_EXPIRED_ROOT,
    CHAIN_NOT_YET_VALID,
    CHAIN_STATUS_COUNT
};

/* The first element of a path, from the leaf on, that was not valid at the time asked for. */
enum chain_time {
    CHAIN_TIME_OK,
    CHAIN_TIME_EXPIRED_LEAF,
    CHAIN_TIME_EXPIRED_INTERMEDIATE,
    CHAIN_TIME_EXPIRED_ROOT, /* the anchor, or the self-signed end of the path */
    CHAIN_TIME_NOT_YET_VALID,
    CHAIN_TIME_COUNT
};

struct chain_element {
    uint8_t sha256[32];
    int sent_at;
};

/* One path. Times are judged apart from it, so that an expired leaf hides nothing. */
struct chain_verdict {
    enum chain_status status; /* path_status, or when that is trusted the problem of time */
    enum chain_status path_status;
    enum chain_time time;
    int time_at;        /* element of the path that time speaks of, -1 none */
    const char *reason; /* static text when something beyond status is to be said, or NULL */
    int reason_at;      /* element of the path that reason speaks of, -1 none */
    size_t n_path;      /* 0 when the leaf does not parse */
    struct chain_element path[CHAIN_PATH_CAP]; /* leaf first; the best path, as far as it goes */
    bool has_anchor;                           /* the last element is in the store */
    int64_t not_before_us, not_after_us;       /* when every element of the path is valid */
    int not_after_at;                          /* the element that expires first */
    int64_t ca_not_after_us; /* the same between leaf and anchor; INT64_MAX when nothing is there */
    int ca_not_after_at;
    int eku_at; /* first element between leaf and anchor whose extendedKeyUsage lacks the leaf's
                   use (a convention, not RFC 5280), -1 none */
};

/* One trust store's view. */
struct chain_store_facts {
    size_t store; /* index in the set */
    bool is_public, is_named;
    const char *anchor_subject; /* of the path as repaired, lives with the set; NULL none */
    struct chain_verdict as_sent, as_repaired;
};

/* Why an element above the leaf is weak. */
enum {
    CHAIN_WEAK_RSA = 1,  /* below 2048 bits */
    CHAIN_WEAK_EC = 2,   /* below 224 bits */
    CHAIN_WEAK_SHA1 = 4, /* its own signature; never said of a self-signed one */
    CHAIN_WEAK_MD5 = 8,  /* MD5, MD4 or MD2, likewise */
};

struct chain_weak {
    struct chain_element element;
    unsigned why; /* CHAIN_WEAK_ flags */
    bool is_root;
};

/* The certificate that a path as sent lacks. */
struct chain_missing {
    bool is_wanted;     /* false: the rest is empty */
    int child_at;       /* entry whose issuer it is */
    const char *issuer; /* its name as text */
    const char *url;    /* caIssuers of that entry (RFC 5280 4.2.2.1), NULL none */
    uint8_t key_id[64]; /* authorityKeyIdentifier of that entry */
    size_t key_id_len;
    bool is_kin;   /* nobody has it, but its organisation is that of an anchor */
    bool is_found; /* seen elsewhere: */
    uint8_t sha256[32];
};

/* A signature that does not verify although names fit. */
struct chain_bad_link {
    bool is_seen;
    bool is_by_key_id; /* the key identifier fits too: no other key was meant */
    int child_at;      /* entry with the signature, -1 when it was not sent */
    int issuer_at;
    uint8_t child[32], issuer[32];
};

struct chain_facts {
    enum chain_role role;
    size_t n_sent;
    int64_t valid_from_us, valid_until_us; /* both included: the same is true at all these times */
    size_t n_stores;
    struct chain_store_facts *stores;
    /* of the list as it was sent */
    size_t n_order;
    uint8_t order[CHAIN_SENT_CAP]; /* i: entry i+1 does not certify entry i */
    bool is_path_in_order; /* what was sent of the path up to the anchor stands first and in order
                            */
    size_t n_duplicates;
    uint8_t duplicates[CHAIN_SENT_CAP]; /* equal to an earlier entry */
    size_t n_unrelated;
    uint8_t unrelated[CHAIN_SENT_CAP]; /* on no path from the leaf; duplicates are not repeated */
    size_t n_malformed;
    uint8_t malformed[CHAIN_SENT_CAP]; /* OpenSSL reads no certificate, or an extension not */
    int root_at;                       /* last entry, when it is self-signed and not the leaf */
    bool is_root_known;                /* it is in some store */
    size_t n_expired_cross;
    uint8_t expired_cross[CHAIN_SENT_CAP]; /* expired, on a path, while another path works */
    struct chain_missing missing;
    struct chain_bad_link bad_link; /* the first from the leaf on */
    size_t n_weak;
    struct chain_weak weak[CHAIN_WEAK_CAP];
    bool is_capped; /* work was cut off: what is not trusted is unverified */
};

/* Static names: "trusted", "missing-intermediate", ...; "ok", "expired-leaf", ... */
const char *chain_status_name(enum chain_status s);
const char *chain_time_name(enum chain_time t);

#endif
