#ifndef TLSWIRE_ENGINE_ANALYST_INTERNAL_H
#define TLSWIRE_ENGINE_ANALYST_INTERNAL_H

#include <pthread.h>

#include "appid/appid.h"
#include "base/texts.h"
#include "engine/analyst.h"
#include "engine/aside.h"
#include "engine/capture_rows.h"
#include "engine/certs.h"
#include "engine/coverage.h"
#include "engine/epoch.h"
#include "engine/forget.h"
#include "engine/judge.h"
#include "engine/metrics.h"
#include "engine/minutes.h"
#include "engine/open.h"
#include "engine/seen.h"
#include "engine/served.h"
#include "engine/services.h"
#include "engine/wall.h"
#include "history/scans.h"

/* What the files of the analyst share: analyst.c has the thread and the ends of a run,
 * analyst_handshake.c takes handshakes, analyst_end.c what comes after them. */

/* Of a run that does not end. */
struct analyst_live {
    int64_t minute_us, hour_us; /* that the clock is in; 0 before the first tick */
    struct wall wall;
    int64_t end_us;    /* of the epoch in work, or of the latest that had one; 0 before */
    int64_t latest_us; /* what is later was seen before the clock was set back */
    struct unanalysed *datagrams; /* that could not all be written; NULL none */
    uint64_t datagrams_dropped;
    uint64_t segments_removed;
    struct aside *aside;
    int64_t wait_until_us; /* at the end, CLOCK_MONOTONIC; 0 before */
    uint64_t refused;      /* by a store that waits for its disk, beside what it counts itself */
    struct capture_rows rows;
    struct losses losses;       /* as of the epoch in work */
    int64_t judged_us;          /* when the coverage was judged last */
    struct watch_counts judged; /* counts when the coverage was judged last */
    struct input_facts input;   /* that is captured; with is_begin_due its row is not there yet */
    bool is_begin_due;
    struct watch_counts input_from, input_told; /* when it began; that its row tells of */
    int64_t told_us;                            /* CLOCK_MONOTONIC of its row */
    bool is_saving;                             /* the history of the minute is not all written */
    bool is_comparing;                          /* keys of the database are being read */
    size_t next_topic;                          /* of the history, to be pruned */
    int64_t reloaded_us;                        /* what is not recorded yet; 0 none */
    bool is_waiting;                            /* the database could not be written */
    struct counter verified[VERIFIER_COUNTERS]; /* by verifiers that a reload replaced */
    size_t n_verified;
    int64_t verify_us;     /* that may be spent on verifying */
    int64_t earned_us;     /* CLOCK_MONOTONIC up to which they were given */
    int64_t verifying_us;  /* likewise, when the verification in hand began */
    uint64_t not_verified; /* handshakes */
    struct forget forget;
};

struct analyst {
    struct analyst_options o;
    pthread_t thread;
    struct pulse pulse;
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
    struct watch_means own; /* that came with a reload */
    struct texts *texts;    /* of policies, which may be replaced */
    struct coverages coverages;
    struct appid *appid;
    struct run_result result;
    atomic_bool has_failed;
    atomic_ullong n_handshakes, n_findings;
    struct err err;
    uint32_t vantage; /* of the epoch in work */
    int64_t vantage_id;
    struct analyst_live live;
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
/* analyst_now is the packet time of the vantage in work, which goes back only in analyst_clock. */
int64_t *analyst_now(struct analyst *a);
/* analyst_losses is when packets were lost; NULL: the inputs are files. */
const struct losses *analyst_losses(const struct analyst *a);
/* analyst_minutes judges the minutes of services of the vantage in work that are over at packet
 * time at_us. */
bool analyst_minutes(struct analyst *a, int64_t at_us, struct err *err);
/* analyst_fail takes note that the store failed, with err in a. One that waits for its disk may go
 * on later: what it could not take is lost and counted. */
void analyst_fail(struct analyst *a);
/* analyst_waits tells, once, that the store waits, for the reason in a->err. */
void analyst_waits(struct analyst *a);
/* analyst_fail_for_now is the same for what is kept and written later when the store waits. */
void analyst_fail_for_now(struct analyst *a);
/* analyst_write_finding stores what is new about a finding, and tells who watches; false when it
 * shall come again. */
bool analyst_write_finding(void *ctx, struct finding *f);
/* analyst_counters is verifier_counters, with those of verifiers before. */
size_t analyst_counters(const struct analyst *a, struct counter out[VERIFIER_COUNTERS]);
/* analyst_judge_vantages runs the rules about the capture itself. */
void analyst_judge_vantages(struct analyst *a);
/* Rows of the history that are written in one go while a capture waits: a quarter of a second. */
enum { ANALYST_SAVED_AT_ONCE = 20000 };
/* analyst_save_history writes so many of them; live.is_saving says that there are more. */
bool analyst_save_history(struct analyst *a, size_t most, struct err *err);
/* analyst_checkpoint writes what is remembered and counted: at the end, INT64_MAX, all of it. While
 * a capture goes on it begins to, and analyst_write_some goes on at each beat; what is counted by
 * the minute is written as minutes are over. */
enum { ANALYST_ROWS_AT_ONCE = 500 }; /* of a kind: some milliseconds */
bool analyst_write_some(struct analyst *a, struct err *err);
bool analyst_checkpoint(struct analyst *a, int64_t now_us, struct err *err);
/* analyst_clock takes the end of the epoch in work (TIME_NONE: it has none). When the clock was set
 * back, what is judged by time follows. */
void analyst_clock(struct analyst *a, int64_t end_us);
/* analyst_live_begin is for a run that does not end. */
void analyst_live_begin(struct analyst *a);
/* analyst_tick does what is due by the clock of a live capture; false with err when the store
 * failed for good. */
bool analyst_tick(struct analyst *a, int64_t now_us, struct err *err);
/* analyst_flush commits. A disk that is full passes: true, and the store keeps what it can. */
bool analyst_flush(struct analyst *a, struct err *err);
/* analyst_compare begins to look for shared primes among all keys of the database. */
bool analyst_compare(struct analyst *a, struct err *err);
/* analyst_each_minute does what is due when a minute is over; before_us is its start.
 * analyst_tell_input keeps the row of the input current. */
bool analyst_each_minute(struct analyst *a, int64_t before_us, int64_t now_us, struct err *err);
bool analyst_tell_input(struct analyst *a, int64_t now_us, struct err *err);
/* When a live capture has ended: analyst_wait waits some seconds for a store that waits,
 * analyst_judge_rest judges the capture since the last hour, analyst_last writes the counts. */
void analyst_wait(struct analyst *a);
void analyst_judge_rest(struct analyst *a);
bool analyst_last(struct analyst *a, struct err *err);
/* analyst_may_verify says whether there is time to verify what a handshake shows: a live capture
 * spends half of its time on that at most, and may save up two seconds of it. Files wait.
 * analyst_verified ends the verification. */
bool analyst_may_verify(struct analyst *a);
void analyst_verified(struct analyst *a);
/* analyst_change takes another input or policy. */
void analyst_change(struct analyst *a, struct control *c);
/* analyst_keep notes that packets of the handshake are wanted when the latest round found something
 * in it, or in what came after it (end, else NULL). */
void analyst_keep(struct analyst *a, const struct handshake *h, const struct connection_end *end);
/* analyst_keep_end notes that the connection of a handshake is over. */
void analyst_keep_end(struct analyst *a, const struct connection_end *end);
/* analyst_keep_name notes that a finding names the handshake. */
void analyst_keep_name(struct analyst *a, int64_t handshake_id);
/* analyst_keep_tick writes packets of a live capture that are due; with is_last, all. False with
 * err when the store failed. */
bool analyst_keep_tick(struct analyst *a, int64_t now_us, bool is_last, struct err *err);
/* These take one event each; false with err when the store failed. */
bool analyst_handshake(struct analyst *a, struct handshake *h, struct err *err);
bool analyst_end(struct analyst *a, struct ended *e, struct err *err);

#endif
