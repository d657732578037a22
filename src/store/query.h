#ifndef TLSWIRE_STORE_QUERY_H
#define TLSWIRE_STORE_QUERY_H

#include "base/arena.h"
#include "base/tunnel.h"
#include "model/finding.h"
#include "store/store.h"

/*
 * The reading side of the database: lists and single things as rows of named, typed values. The
 * printers in report and export know no column in advance.
 */
enum value_kind {
    VALUE_NULL,
    VALUE_INTEGER,
    VALUE_REAL,
    VALUE_BOOL,
    VALUE_TEXT,
    VALUE_JSON /* text that is JSON itself: an array or an object */
};

struct value {
    const char *name;
    enum value_kind kind;
    int64_t integer; /* INTEGER and BOOL */
    double real;
    const char *text; /* TEXT and JSON; valid during the call */
};

/* LIST_CERTS_PEM: the certificates of LIST_CERTS with what goes into a PEM file. */
enum list {
    LIST_FINDINGS,
    LIST_HANDSHAKES,
    LIST_CERTS,
    LIST_CERTS_PEM,
    LIST_SERVICES,
    LIST_TIMELINE
};

/* What a list is narrowed to. NULL, TIME_NONE, -1 and 0 mean "not given". */
struct list_filter {
    int64_t since_us, until_us; /* TIME_NONE: open; since <= last seen, first seen < until */
    const char *service;        /* name, or name:port; also a prefix with '*' at an end */
    const char *server;         /* address or address:port */
    const char *client;
    bool has_severity;
    enum severity severity;   /* at least this */
    const char *defect;       /* id, or a prefix such as "cert-*" */
    bool has_state, is_open;  /* findings only */
    bool has_muted, is_muted; /* likewise: only what is muted, or not */
    bool has_unanalysed;      /* of services: also those of QUIC and DTLS alone */
    int64_t limit;            /* 0: all */
    const char *sort;         /* a name of query_sort_keys, with '-' before it for descending */
    const char *region;       /* metrics only: a glob */
    uint16_t vlan;            /* handshakes only */
    struct tunnel tunnel;     /* likewise; without an id: all of the kind */
    /* Certificates only. */
    bool has_expires;
    int64_t expires_days; /* has at most so many left when it was last seen, or none */
    const char *role;     /* leaf, intermediate, root, client */
    const char *issuer;   /* a part of the issuer's name, in any case */
    const char *name;     /* covered by a subjectAltName (RFC 9525 6.3) */
    bool is_unowned;      /* query_owner knows none */
};

/* What to do with a row; false stops the list. */
typedef bool query_row_fn(void *ctx, const struct value *values, size_t n);

/* query_list calls row for each row of the list, in its default order or as the filter says. */
bool query_list(struct store *s, enum list list, const struct list_filter *filter,
        query_row_fn *row, void *ctx, struct err *err);
/* query_sort_keys gives the names that sort may take for the list, ended by NULL. */
const char *const *query_sort_keys(enum list list);

enum { QUERY_COMMUNITY_TEXT = 32 };
typedef void query_community_fn(const struct endpoint *a, const struct endpoint *b,
        uint8_t transport, char out[QUERY_COMMUNITY_TEXT]);
/* query_community gives the function that makes community ids, which are not stored: it needs
 * digests. Without it handshakes are shown without them. */
void query_community(struct store *s, query_community_fn *fn);

/* What an owner is looked up by. */
struct query_owned {
    const char *sha256, *spki_sha256; /* hexadecimal; the key's may be NULL */
    const char *names;                /* as shown, one a line; NULL none */
};
typedef const char *query_owner_fn(void *ctx, const struct query_owned *owned);
/* query_owner gives the function that knows whose a certificate is (NULL: nobody's); ctx lives as
 * long as the store is open. Without it nothing has an owner. */
void query_owner(struct store *s, query_owner_fn *fn, void *ctx);

enum show { SHOW_FINDING, SHOW_HANDSHAKE, SHOW_CERT };
/*
 * query_show calls row once with everything known about one thing. id is the number, or for a
 * certificate its SHA-256 or an unambiguous prefix of it. found is false when there is none, or
 * (with err saying so) more than one.
 */
bool query_show(struct store *s, enum show what, const char *id, bool *found, query_row_fn *row,
        void *ctx, struct err *err);

/* What belongs to one certificate, as rows of its own. */
enum cert_part {
    CERT_SERVED,   /* service, first_seen, last_seen, count */
    CERT_CHAIN,    /* the chain sent most often behind it: position, subject, not_after, sha256, and
                      count handshakes of count_of; no row when it was never a leaf */
    CERT_FINDINGS, /* id, severity, defect, summary, position, concerns_subject, concerns,
                      is_elsewhere; most severe first. position: NULL unless it is about another
                      certificate of a chain, whose SHA-256 is concerns; is_elsewhere: the chain of
                      CERT_CHAIN did not show it */
    CERT_VERDICTS, /* newest of each store on the chain of CERT_CHAIN: store, as_sent, as_repaired,
                      reason, anchor, valid_from, valid_until, path (beginnings of SHA-256) */
    CERT_NOTES,    /* what is odd about that chain: note, position, detail */
    CERT_REVOCATION,   /* channel, status, verdict, reason, source, this_update, next_update,
                          revoked, revoked_reason; of each channel authentic and newest first */
    CERT_SCTS,         /* channel, log, operator, log_id, timestamp, verdict, reason */
    CERT_KEY_PROBLEMS, /* problem, detail */
    CERT_PEM           /* one row: sha256, subject, issuer, not_after, services (one a line), pem */
};
/* query_cert_part takes the whole SHA-256 in lower-case digits. */
bool query_cert_part(struct store *s, enum cert_part part, const char *sha256, query_row_fn *row,
        void *ctx, struct err *err);
/* query_cert_der copies the DER into the arena; n is 0 when there is no such certificate. */
bool query_cert_der(
        struct store *s, const char *sha256, struct arena *a, struct bytes *der, struct err *err);

/* How far an input is that is not a file. */
enum query_live {
    LIVE_NOT,     /* it is one */
    LIVE_ENDED,   /* as it should */
    LIVE_STOPPED, /* the run was, at some time after `to` */
    LIVE_LAST,    /* it goes on or was stopped: store/watcher.h tells */
};

/* The parts of the text report, each a list of rows. */
enum report_part {
    REPORT_RUNS,         /* the latest run: version, arguments, time basis, started, status */
    REPORT_RELOADS,      /* n, last: none when no run was told to read its policy again */
    REPORT_INPUTS,       /* path, frames, first and last packet, damage, drops, vantage; live: enum
                            query_live, from and to */
    REPORT_OUTCOMES,     /* outcome, count */
    REPORT_UNDETERMINED, /* reason, count */
    REPORT_VERSIONS,     /* version, count */
    REPORT_CIPHERS,      /* cipher, count */
    REPORT_LOSS,         /* one row when `watch` lost something: minutes, and how much by cause */
    REPORT_LOSS_WORST,   /* one row when packets were dropped: the minute with the largest share */
    REPORT_TIMES, /* kind, count, median, 95th and 99th percentile of the handshake, microseconds */
    REPORT_FINDINGS,   /* by severity, most severe and most frequent first */
    REPORT_COUNTERS,   /* caps and loss that were hit: name, value, value > 0 only */
    REPORT_STORES,     /* trust stores: name, path, date, entries, left_out; the names in order */
    REPORT_JUDGED,     /* one row: runs, and how many of them had no
                          ct-logs, no crl nor ocsp, no blocklist; signatures verified, left out */
    REPORT_CRLS,       /* CRLs that could not be used, once each: path, issuer, problem */
    REPORT_UNANALYSED, /* by kind: name, servers, packets */
    REPORT_UNANALYSED_SERVERS, /* by server: address, port, kinds, packets */
    REPORT_TOTALS /* one row: handshakes, certificates, services, clients, findings by severity */
};
bool query_report(
        struct store *s, enum report_part part, query_row_fn *row, void *ctx, struct err *err);

#endif
