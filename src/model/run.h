#ifndef TLSWIRE_MODEL_RUN_H
#define TLSWIRE_MODEL_RUN_H

#include "model/finding.h"

/* One input of a run, as it is stored. */
struct input_facts {
    uint32_t index; /* in this run */
    int64_t id; /* 21-bit key that ids of connections are made from; the primary key in the store */
    const char *path;
    const char *sha256;  /* hex, NULL with --no-hash */
    uint64_t quick_hash; /* of the first MiB and the size */
    uint64_t size;
    uint32_t vantage;   /* index in this run */
    int64_t vantage_id; /* the same for inputs that follow each other, in every run */
    uint16_t link_type;
    uint64_t frames, filtered, bytes, truncated, drops;
    bool has_drops;
    bool has_drop_times; /* it is known when packets were dropped: first and last */
    int64_t drops_from_us, drops_to_us;
    int64_t first_us, last_us; /* TIME_NONE when it has no packets */
    uint64_t damaged_at; /* number of the packet after which it could not be read on; 0 whole */
    const char *damage;  /* why, NULL whole */
    bool is_cut;         /* -c stopped before its end: it is not known by its hash afterwards */
    bool is_live;        /* interfaces, watched from from_us to to_us by the clock */
    int64_t from_us, to_us;
};

enum { BEGIN_BYTES = 64 };

/* The first bytes of one direction. */
struct begin {
    struct span at;
    size_t n;
    uint8_t bytes[BEGIN_BYTES];
};

/* A flow on a port where TLS is expected that did not speak it, and what nDPI says it is; or one on
 * another port that began with clear text, of which only the start was looked at. */
struct not_tls {
    uint32_t input;
    uint64_t first_packet;
    int64_t first_us, last_us;
    struct endpoint client, server; /* who opened the connection, and where to */
    char label[48];                 /* nDPI's application; empty when unknown */
    char source[16];                /* "packets" */
    uint64_t risks;                 /* nDPI's risk mask */
    struct begin begin[2];          /* by enum side; n 0 when not seen */
};

/* A server said hello on a port that no registry keeps for TLS, and nothing came before TLS. */
struct tls_port {
    uint32_t input;
    int64_t us;
    struct endpoint server;
};

/* Datagrams of one kind to and from one server that are counted but not analysed. */
struct unanalysed_traffic {
    struct endpoint server;
    const char *kind; /* "quic-v1", "dtls-1.2", ...: docs/schema.md */
    uint64_t packets, bytes;
    int64_t first_us, last_us;
};

/* The file with the packets of one connection. */
struct evidence_file {
    int64_t handshake_id;
    const char *path;
    uint64_t packets, bytes; /* in it; bytes as captured */
    uint64_t omitted;        /* packets that a cap left out, the last ones of the connection */
    bool is_whole;           /* no packet of the handshake is among them */
};

/* One counter of the run: caps that were hit, packets by kind. Written as (name, value). */
struct counter {
    const char *name;
    uint64_t value;
};

/* Start of a run. */
struct run_facts {
    const char *version;   /* of tlswire */
    const char *arguments; /* the command line, escaped */
    const char *libraries; /* "OpenSSL 3.0.19, SQLite 3.40.1, ..." */
    bool has_at;
    int64_t at_us; /* --at, when given */
    const char *filter;
    const char *profile;       /* of the policy */
    const char *policy;        /* its file, NULL none */
    const char *policy_sha256; /* hex, NULL without a file */
    int64_t started_us;        /* wall clock, for the record only */
};

#endif
