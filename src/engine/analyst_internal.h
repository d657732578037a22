#ifndef TLSWIRE_ENGINE_ANALYST_INTERNAL_H
#define TLSWIRE_ENGINE_ANALYST_INTERNAL_H

#include <pthread.h>

#include "appid/appid.h"
#include "engine/analyst.h"
#include "engine/certs.h"
#include "engine/coverage.h"
#include "engine/epoch.h"
#include "engine/judge.h"
#include "engine/metrics.h"
#include "engine/minutes.h"
#include "engine/open.h"
#include "engine/seen.h"
#include "engine/served.h"
#include "engine/services.h"
#include "history/scans.h"

/* What the files of the analyst share: analyst.c has the thread and the ends of a run,
 * analyst_handshake.c takes handshakes, analyst_end.c what comes after them. */

struct analyst {
    struct analyst_options o;
    pthread_t thread;
    struct ring *controls;
    struct certs *certs;
    struct services *services;
    struct served *served;
    struct seen *seen;
    struct history *history;
    struct history *again; /* of inputs that were counted before: as it was when they were */
    struct open_handshakes *open;
    struct minutes *minutes;
    struct metrics *metrics;
    struct scans *scans;
    struct findings *findings;
    struct judge judge;
    struct coverages coverages;
    struct appid *appid;
    struct run_result result;
    atomic_bool has_failed;
    atomic_ullong n_handshakes, n_findings;
    struct err err;
    uint32_t vantage; /* of the epoch in work */
    int64_t vantage_id;
    int64_t *now_us; /* by vantage: the latest packet time of its attempts */
    size_t n_now;
};

/* analyst_id gives the public id of a connection. */
int64_t analyst_id(const struct analyst *a, uint32_t input, uint64_t first_packet);
/* analyst_history is what was known when the input was read first: nothing that came after it. */
struct history *analyst_history(const struct analyst *a, uint32_t input);
/* analyst_region is the policy's name for where the server is; NULL none. */
const char *analyst_region(const struct analyst *a, const struct handshake *h);
/* analyst_place is the vantage in work, or with a region a key of both. */
int64_t analyst_place(const struct analyst *a, const char *region);
/* analyst_now is the packet time of the vantage in work, which goes only forward. */
int64_t *analyst_now(struct analyst *a);
/* analyst_minutes judges the minutes of services of the vantage in work that are over at packet
 * time at_us. */
bool analyst_minutes(struct analyst *a, int64_t at_us, struct err *err);
/* These take one event each; false with err when the store failed. */
bool analyst_handshake(struct analyst *a, struct handshake *h, struct err *err);
bool analyst_end(struct analyst *a, struct ended *e, struct err *err);

#endif
