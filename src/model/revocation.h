#ifndef TLSWIRE_MODEL_REVOCATION_H
#define TLSWIRE_MODEL_REVOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * What OCSP answers, CRLs, signed certificate timestamps and lists of keys say about a certificate.
 * Times are microseconds since 1970; INT64_MIN (TIME_NONE) where there is none. Reasons and
 * problems are static text.
 */

/* Whether something signed is authentic. UNVERIFIED: it could not be told, the reason says why. */
enum signed_verdict { SIGNED_UNVERIFIED, SIGNED_VALID, SIGNED_INVALID };

/* Where a time lies against an interval. UNKNOWN: there is no interval. */
enum at_time { AT_TIME_UNKNOWN, AT_TIME_EARLY, AT_TIME_VALID, AT_TIME_LATE };

/* at_time_of compares at with [from, until]; TIME_NONE for until leaves the end open. */
static inline enum at_time at_time_of(int64_t at_us, int64_t from_us, int64_t until_us)
{
    if (from_us == INT64_MIN)
        return AT_TIME_UNKNOWN;
    if (at_us < from_us)
        return AT_TIME_EARLY;
    return until_us != INT64_MIN && at_us > until_us ? AT_TIME_LATE : AT_TIME_VALID;
}

/* CRLReason of RFC 5280 5.3.1; -1 stands for "not given". */
enum {
    REVOKED_NO_REASON = -1,
    REVOKED_KEY_COMPROMISE = 1,
    REVOKED_CERTIFICATE_HOLD = 6,
    REVOKED_REMOVE_FROM_CRL = 8,
};

/* revocation_reason_name gives the name of RFC 5280 5.3.1, "not given" for -1, else "unknown". */
static inline const char *revocation_reason_name(int reason)
{
    static const char *const names[] = {"unspecified", "keyCompromise", "cACompromise",
            "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold",
            "unknown", "removeFromCRL", "privilegeWithdrawn", "aACompromise"};
    if (reason == REVOKED_NO_REASON)
        return "not given";
    return reason >= 0 && reason < (int)(sizeof names / sizeof *names) ? names[reason] : "unknown";
}

/* OCSPResponseStatus of RFC 6960 4.2.1. */
enum {
    OCSP_SUCCESSFUL = 0,
    OCSP_MALFORMED_REQUEST = 1,
    OCSP_INTERNAL_ERROR = 2,
    OCSP_TRY_LATER = 3,
    OCSP_SIG_REQUIRED = 5,
    OCSP_UNAUTHORIZED = 6,
};

/* ocsp_status_name gives the name of RFC 6960 4.2.1, else "unknown". */
static inline const char *ocsp_status_name(int status)
{
    static const char *const names[] = {"successful", "malformedRequest", "internalError",
            "tryLater", "unknown", "sigRequired", "unauthorized"};
    return status >= 0 && status < (int)(sizeof names / sizeof *names) ? names[status] : "unknown";
}

enum ocsp_cert_status {
    OCSP_CERT_NONE,
    OCSP_CERT_GOOD,
    OCSP_CERT_REVOKED,
    OCSP_CERT_UNKNOWN,
    OCSP_CERT_COUNT
};

static inline const char *ocsp_cert_status_name(enum ocsp_cert_status s)
{
    static const char *const names[OCSP_CERT_COUNT] = {"none", "good", "revoked", "unknown"};
    return names[s];
}

/* Whether a certID is that of the leaf (RFC 6960 4.1.1). */
enum ocsp_match {
    OCSP_MATCH_UNTOLD,      /* no leaf to compare with, or neither SHA-1 nor SHA-256 */
    OCSP_MATCH_NO,          /* serial, name or key of the issuer differ */
    OCSP_MATCH_WITHOUT_KEY, /* serial and name agree; no certificate of the issuer for the key */
    OCSP_MATCH_YES
};

/* Who signed (RFC 6960 4.2.2.2). */
enum ocsp_responder {
    OCSP_RESPONDER_UNTOLD,
    OCSP_RESPONDER_ISSUER,
    OCSP_RESPONDER_DELEGATED,        /* the issuer's certificate for id-kp-OCSPSigning */
    OCSP_RESPONDER_DELEGATED_NO_EKU, /* a certificate of the issuer for other things */
    OCSP_RESPONDER_OTHER             /* a certificate that the issuer did not sign */
};

struct ocsp_answer {
    bool is_parsed;      /* neither this nor a problem: it was not looked at, the reason says why */
    bool is_absent;      /* a list of answers that has none for this certificate (RFC 6961 2.2) */
    const char *problem; /* the first thing that did not parse, or NULL */
    int response_status; /* -1 when not read */
    size_t n_responses;  /* SingleResponses; what follows is of the one that matches best */
    enum ocsp_cert_status cert_status;
    int64_t revoked_us;
    int revoked_reason; /* REVOKED_NO_REASON when not given */
    int64_t this_update_us, next_update_us, produced_us;
    enum at_time period; /* the time against thisUpdate and nextUpdate */
    enum ocsp_match match;
    /* Authentic: the signature verifies and whoever signed is entitled to it. INVALID needs the
     * issuer's certificate. */
    enum signed_verdict verdict;
    const char *reason; /* why not VALID, or NULL */
    enum ocsp_responder responder;
    int64_t responder_from_us, responder_until_us; /* of the certificate in the response */
    enum at_time responder_period;                 /* UNKNOWN when the issuer itself signed */
    /* Whose signature verified, and over what; borrowed. */
    bool has_signer;
    uint8_t signer_spki_sha256[32];
    struct bytes signed_part, signature;
    struct bytes scts; /* SignedCertificateTimestampList (RFC 6962 3.3), borrowed; n 0 when none */
};

/* ocsp_is_authentic says whether the answer may be believed: it is about this leaf, signed by
 * somebody entitled, whose certificate was valid then. Whether it is current is in period. */
static inline bool ocsp_is_authentic(const struct ocsp_answer *a)
{
    return a->is_parsed && a->response_status == OCSP_SUCCESSFUL && a->match == OCSP_MATCH_YES &&
           a->verdict == SIGNED_VALID &&
           (a->responder == OCSP_RESPONDER_ISSUER || a->responder_period == AT_TIME_VALID);
}

/* TLS features of RFC 7633 as flags. */
enum { TLS_FEATURE_STATUS_REQUEST = 1, TLS_FEATURE_STATUS_REQUEST_V2 = 2 };

/* One CRL that was read. */
struct crl_facts {
    const char *source; /* the file */
    const char *issuer; /* as text; NULL when it did not parse */
    int64_t this_update_us, next_update_us;
    size_t n_entries;
    bool is_scoped;       /* its issuingDistributionPoint covers a part only (RFC 5280 5.2.5) */
    const char *left_out; /* why it is not used, or NULL */
    bool is_wanted;       /* a certificate of its issuer was looked up */
    enum signed_verdict verdict; /* VALID once a key was met that verifies it */
    const char *problem; /* why it spoke about no certificate of its issuer; NULL: it spoke */
};

enum crl_status {
    CRL_SILENT,     /* no CRL that could be used; reason says why */
    CRL_NOT_LISTED, /* not in a verified CRL; with is_partial that says little */
    CRL_REVOKED,
    CRL_ON_HOLD /* certificateHold in the newest CRL */
};

/* What the CRLs say about one certificate at a time; it holds from_us to until_us, the end
 * exclusive. */
struct crl_answer {
    enum crl_status status;
    const char *reason;          /* of CRL_SILENT */
    enum signed_verdict verdict; /* of the signature of the CRL that speaks, or could have spoken */
    int64_t revoked_us;          /* when, as the CRL says; compare with the time of the handshake */
    int revoked_reason;          /* REVOKED_NO_REASON when not given */
    const char *source;          /* the file; NULL when there is no CRL of the issuer */
    bool is_partial;             /* the CRL that speaks covers some reasons only */
    int64_t this_update_us, next_update_us;
    enum at_time period; /* the time against both; EARLY: all CRLs are later than it */
    int64_t from_us, until_us;
};

enum sct_channel { SCT_IN_CERTIFICATE, SCT_IN_TLS, SCT_IN_OCSP };

enum { SCT_CAP = 32 };

/* States of a log (log list v3). NONE: the list gives no state. */
enum ct_state {
    CT_NONE,
    CT_PENDING,
    CT_QUALIFIED,
    CT_USABLE,
    CT_READONLY,
    CT_RETIRED,
    CT_REJECTED,
    CT_STATE_COUNT
};

static inline const char *ct_state_name(enum ct_state s)
{
    static const char *const names[CT_STATE_COUNT] = {
            "none", "pending", "qualified", "usable", "readonly", "retired", "rejected"};
    return names[s];
}

struct ct_log {
    uint8_t id[32];
    const char *description, *operator_name;
    struct bytes key; /* SubjectPublicKeyInfo */
    enum ct_state state;
    int64_t state_since_us;
    int64_t from_us, until_us; /* temporal_interval: expiry of what it accepts, end exclusive */
};

struct sct {
    enum sct_channel channel;
    bool is_parsed;  /* version 1 and well-formed: the fields behind version are filled */
    uint8_t version; /* 0 is v1 */
    struct bytes log_id;
    int64_t timestamp_us; /* INT64_MAX when later than that */
    struct bytes extensions;
    uint8_t hash, signature_algorithm; /* RFC 5246 7.4.1.4.1 */
    struct bytes signature;
    enum signed_verdict verdict; /* of the signature alone */
    const char *reason;          /* why not VALID, or NULL */
    bool is_future;              /* the timestamp is later than the time given */
    const struct ct_log *log;    /* NULL when unknown; lives as long as the list */
};

/* SCTs of one certificate, of all channels; every struct bytes is borrowed from what was read. */
struct sct_list {
    size_t n, n_dropped; /* dropped: above SCT_CAP */
    struct sct scts[SCT_CAP];
    const char *problem; /* a list that did not parse, or NULL */
};

/* The common rule of Chrome and Apple: SCTs of 2 logs for a lifetime up to 180 days, else of 3, by
 * at least 2 operators; 2 suffice when they came by TLS or OCSP. */
enum sct_policy_verdict { SCT_POLICY_UNDETERMINED, SCT_POLICY_SATISFIED, SCT_POLICY_SHORT };

struct sct_policy {
    enum sct_policy_verdict verdict;
    const char *reason; /* of UNDETERMINED */
    unsigned n_logs;    /* distinct logs with an SCT that counts */
    unsigned n_needed;
    unsigned n_operators; /* of those logs; 2 are needed */
};

enum blocklist_kind {
    BLOCKLIST_SPKI,           /* SHA-256 of SubjectPublicKeyInfo */
    BLOCKLIST_MODULUS,        /* SHA-256 of the RSA modulus */
    BLOCKLIST_MODULUS_DEBIAN, /* 80 bits of a SHA-1: a hit is less certain */
};

struct blocklist_hit {
    const char *list; /* the file */
    unsigned line;
    const char *name; /* text behind the digits, "" when none */
    enum blocklist_kind kind;
    bool is_truncated;
};

#endif
