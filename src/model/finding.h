#ifndef TLSWIRE_MODEL_FINDING_H
#define TLSWIRE_MODEL_FINDING_H

#include "base/tunnel.h"
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
    int64_t input_id; /* of an earlier run, in the database; 0: input tells */
    enum side side;
    struct span at;
    uint8_t bytes[EVIDENCE_BYTES_CAP];
    size_t n_bytes;
    char note[96];                        /* what the bytes are: "notAfter of certificate 0" */
    int64_t window_from_us, window_to_us; /* series */
    uint64_t count, total;                /* series */
};

/* Whose judgement that nothing is wrong lets a finding close. Stored; never renumbered. */
enum finding_about {
    ABOUT_SERVER,  /* of handshakes with the servers where it was sighted */
    ABOUT_CLIENT,  /* of handshakes of the client software that it was sighted with */
    ABOUT_SERVICE, /* of the service */
    ABOUT_COUNT
};

enum life_state { LIFE_NEW, LIFE_OPEN, LIFE_CLOSED };
/* Stored; never renumbered. */
enum life_event_kind { LIFE_OPENED, LIFE_REOPENED, LIFE_CLEAN, LIFE_SUPERSEDED, LIFE_EVENT_KINDS };
const char *life_event_name(enum life_event_kind k);

enum { LIFE_PLACES = 4, LIFE_EVENTS = 8 };
struct life_event {
    enum life_event_kind kind;
    int64_t us;
};
struct life_place {
    uint64_t place; /* a hash: of a server's endpoint, of a client's fingerprint */
    uint32_t clean; /* judgements in a row that did not find it */
};

/* When a finding was open; packet times of the packets that decided. */
struct finding_life {
    enum life_state state;
    enum finding_about about;
    int64_t opened_us, closed_us; /* of the last time */
    int64_t alerted_us;           /* since then: the first sighting that had to be told; 0 none */
    bool is_crowded;              /* more places than there is room for share the last one */
    bool is_changed;              /* since it was read or written */
    size_t n_places;
    struct life_place places[LIFE_PLACES];
    size_t n_events, n_events_dropped; /* of this run */
    struct life_event events[LIFE_EVENTS];
};
/* Why a finding disturbs nobody: it is accepted, or maintenance, or comes from a wrong clock of the
 * capture. Stored; never renumbered. */
enum muted_by { MUTED_NONE, MUTED_EXCEPTION, MUTED_WINDOW, MUTED_CLOCK, MUTED_COUNT };
const char *muted_by_name(enum muted_by m);
/* Whom the policy wants to know of it. Stored; never renumbered. */
enum notify { NOTIFY_NONE, NOTIFY_TICKET, NOTIFY_PAGING, NOTIFY_COUNT };
const char *notify_name(enum notify n);

/* One sighting of a defect, as a rule answers it. findings merges sightings by (defect, subject,
 * service). */
struct sighting {
    const char *defect; /* rule id, static */
    enum severity severity;
    double confidence; /* 0..1 */
    enum basis basis;
    enum muted_by muted_by;
    const char *muted_why; /* the reason, NULL none; lives as long as the policy */
    enum notify notify;
    char subject[SUBJECT_TEXT]; /* merge key: certificate SHA-256, name, side and alert ... */
    char summary[FINDING_TEXT]; /* one line for people, escaped text */
    int64_t at_us;              /* the first packet that shows it */
    int64_t until_us;           /* the last, of what goes on for a while; 0: at_us */
    int64_t decided_us;         /* when it could be known */
    uint64_t place;             /* see struct life_place */
    enum finding_about about;
    uint16_t rule; /* number of the rule in the catalogue of this build */
    struct service service;
    int64_t vantage; /* key of history; 0 none */
    bool has_certificate;
    uint8_t certificate[32]; /* SHA-256 */
    int64_t handshake_id;
    uint32_t input;
    bool is_again; /* in an input that was read before (--again) */
    uint16_t vlan; /* outermost VLAN id of the connection, 0 none */
    struct tunnel tunnel;
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
    struct sighting first;  /* the first sighting: its facts are what is shown; but muted only when
                               every sighting was */
    enum severity severity; /* the highest sighted */
    enum notify notify;     /* likewise */
    double confidence;      /* the highest sighted */
    enum basis basis;       /* seen when any sighting was seen */
    int64_t first_seen_us, last_seen_us;
    int64_t now_us;       /* live: a stored time that is later is of a wrong clock; 0 none */
    uint64_t count;       /* sightings of this run, since it was written */
    uint64_t again_count; /* of these, in inputs that the database knew: counted there already */
    bool is_changed;  /* since it was written: it is worse, surer, accepted, or explained otherwise
                       */
    bool was_sighted; /* when it was written before in this run, as: */
    enum severity was_severity;
    enum muted_by was_muted_by;
    size_t n_evidence;
    struct evidence evidence[EVIDENCE_PER_FINDING];
    struct finding_life life;
    const char *explained_by; /* the defect that it is a symptom of; NULL none */
};

#endif
