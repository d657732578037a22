#ifndef TLSWIRE_ENGINE_RUN_H
#define TLSWIRE_ENGINE_RUN_H

#include "base/err.h"
#include "capture/inputs.h"
#include "engine/verify.h"
#include "model/finding.h"
#include "policy/policy.h"

enum app_label { APP_LABEL_SNI, APP_LABEL_FULL, APP_LABEL_OFF };
enum vantages { VANTAGES_BY_NAME, VANTAGES_ONE, VANTAGES_SEPARATE };

struct run_progress {
    uint64_t bytes_done, bytes_total; /* of the files; total 0 when unknown */
    uint64_t packets, handshakes, findings;
};

/* What `tlswire read` was asked for. */
struct run_options {
    const char *db;
    bool is_new;   /* refuse an existing database */
    bool is_again; /* read known inputs again */
    bool has_hash; /* SHA-256 of each input */
    bool has_at;
    int64_t at_us;          /* judge by this time instead of packet time */
    const char *evidence;   /* keep the packets of connections with findings here; NULL none */
    uint64_t evidence_size; /* bytes of that directory */
    const char *filter;     /* BPF expression or NULL */
    bool is_vlan_key;       /* VLAN ids tell flows of the same addresses and ports apart */
    uint64_t max_packets;   /* per run; 0: all */
    unsigned n_workers;     /* at least 1 */
    enum app_label app_label;
    enum vantages vantages;
    struct verify_options verify;
    struct verifier *verifier;         /* borrowed; of those options */
    const struct policy *policy;       /* borrowed; NULL: the default */
    const struct inventory *inventory; /* borrowed; NULL: nobody's owners are known */
    const char *arguments;             /* the command line, for the record */
    int64_t started_us;                /* wall clock, for the record */
    struct inputs *inputs;             /* sorted; borrowed */
    /* Called in the reader's thread about every 100,000 packets; may be NULL. */
    void (*progress)(void *ctx, const struct run_progress *p);
    /* One line about something that the user should know (a damaged input, a skipped one). */
    void (*notice)(void *ctx, const char *line);
    void *ctx;
};

/* What came of a run. */
struct run_result {
    size_t n_inputs, n_read, n_skipped, n_broken, n_partly;
    uint64_t packets, bytes, handshakes, duplicates, certificates, services, findings;
    uint64_t capped; /* handshakes that a cap cut */
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t severities[SEV_COUNT]; /* findings of this run by severity, but muted ones */
    uint64_t muted;                 /* findings that the policy accepts */
    int64_t first_us, last_us;      /* TIME_NONE without packets */
    uint64_t evidence_files, evidence_bytes;
    bool is_evidence_broken; /* not all packets could be written; a notice said why */
};

/*
 * run_inputs reads the inputs into the database. False with err when the database failed; what was
 * committed stays. Broken inputs are counted in result and noticed, never an error here.
 */
bool run_inputs(const struct run_options *options, struct run_result *result, struct err *err);
#define RUN_EVIDENCE_SIZE (UINT64_C(256) << 20)
/* run_evidence_check makes the directory when it is missing and says whether files can be written
 * into it; false with err. */
bool run_evidence_check(const char *dir, struct err *err);
/* run_filter_check says whether the filter compiles; false with err. */
bool run_filter_check(const char *filter, struct err *err);

#endif
