#ifndef TLSWIRE_MODEL_FINDING_H
#define TLSWIRE_MODEL_FINDING_H

#include "model/certificate.h"
#include "model/handshake.h"

enum severity { SEV_INFO, SEV_LOW, SEV_MEDIUM, SEV_HIGH, SEV_CRITICAL, SEV_COUNT };

const char *severity_name(enum severity s);
/* severity_parse reads a name such as "high"; false when it is none. */
bool severity_parse(const char *text, enum severity *out);

/* Who serves: the name (lower-case A-label of the SNI, else the address), transport and server
 * port. */
struct service {
    int64_t id;     /* in the store; 0 until written */
    char name[256]; /* escaped text */
    uint8_t transport;
    uint16_t port;
    bool is_address;    /* named by its address because there was no name */
    bool is_unanswered; /* the shared service of names never answered */
};

enum evidence_kind { EVIDENCE_BYTES, EVIDENCE_CONNECTIONS, EVIDENCE_SERIES };

enum { EVIDENCE_BYTES_CAP = 64, EVIDENCE_PER_FINDING = 8, FINDING_TEXT = 512, SUBJECT_TEXT = 320 };

/* Where a finding can be checked by hand. */
struct evidence {
    enum evidence_kind kind;
    int64_t handshake_id;
    uint32_t input;
    enum side side;
    struct span at;
    uint8_t bytes[EVIDENCE_BYTES_CAP];
    size_t n_bytes;
    char note[96];                        /* what the bytes are: "notAfter of certificate 0" */
    int64_t window_from_us, window_to_us; /* series */
    uint64_t count, total;                /* series */
};

/* One sighting of a defect, as a rule answers it. findings merges sightings by (defect, subject,
 * service). */
struct sighting {
    const char *defect; /* rule id, static */
    enum severity severity;
    double confidence; /* 0..1 */
    enum basis basis;
    char subject[SUBJECT_TEXT]; /* merge key: certificate SHA-256, name, side and alert ... */
    char summary[FINDING_TEXT]; /* one line for people, escaped text */
    int64_t at_us;
    struct service service;
    bool has_certificate;
    uint8_t certificate[32]; /* SHA-256 */
    int64_t handshake_id;
    uint32_t input;
    bool is_again; /* in an input that was read before (--again) */
    char sni[256]; /* escaped */
    struct endpoint server, client;
    char community_id[32]; /* of the connection; empty without endpoints */
    bool has_endpoints;    /* false for findings about the capture itself */
    size_t n_evidence;
    struct evidence evidence[2];
};

/* A merged finding as it is stored. */
struct finding {
    int64_t id;             /* 0 until stored */
    struct sighting first;  /* the first sighting: its facts are what is shown */
    enum severity severity; /* the highest sighted */
    double confidence;      /* the highest sighted */
    enum basis basis;       /* seen when any sighting was seen */
    int64_t first_seen_us, last_seen_us;
    uint64_t count;       /* sightings of this run */
    uint64_t again_count; /* of these, in inputs that the database knew: counted there already */
    size_t n_evidence;
    struct evidence evidence[EVIDENCE_PER_FINDING];
};

#endif
