#ifndef TLSWIRE_ENGINE_ANALYST_H
#define TLSWIRE_ENGINE_ANALYST_H

#include <stdatomic.h>

#include "base/pulse.h"
#include "base/ring.h"
#include "engine/keep_live.h"
#include "engine/keeper.h"
#include "engine/run.h"
#include "engine/unanalysed.h"
#include "engine/verifier.h"
#include "engine/watch.h"
#include "model/losses.h"
#include "store/store.h"

/*
 * The one thread that owns certificates, services, history, rules, findings and the store. It takes
 * one batch of each worker per epoch, merges them into one order, and works through it.
 */
struct analyst;

/* What the reader tells the analyst, in order. */
enum control_kind {
    CONTROL_EPOCH,       /* one batch of each worker is to come */
    CONTROL_INPUT_END,   /* the input's facts are complete */
    CONTROL_INPUT_BEGIN, /* packets of another input come from now on; live only */
    CONTROL_MEANS,       /* another policy and other files hold from now on; live only */
};

struct control {
    enum control_kind kind;
    uint32_t vantage;   /* CONTROL_EPOCH: of all its events */
    int64_t vantage_id; /* likewise: key of its history */
    uint32_t position;  /* likewise: index of the input that is being read */
    bool is_last;       /* likewise: the vantage ends */
    int64_t now_us; /* likewise, live: what the clock says, even when no packet came; else TIME_NONE
                     */
    struct watch_means means; /* CONTROL_MEANS; the analyst's from now on */
    struct input_facts input; /* CONTROL_INPUT_END; texts owned */
    struct watch_counts from; /* CONTROL_INPUT_BEGIN: when it began */
    char sha256[65];
    char damage[512];
};

/* analyst_means_free frees what a reload brought; all may be NULL. */
void analyst_means_free(struct watch_means *m);

/* What a run that does not end needs beside. */
struct analyst_watch {
    const struct watch_options *options;
    const char *name;                                    /* of the interfaces */
    void (*counts)(void *ctx, struct watch_counts *out); /* so far */
    /* As of when the minute began, as near as is known. */
    void (*counts_at)(void *ctx, int64_t minute_us, struct watch_counts *out);
    void (*losses)(void *ctx, struct losses *out); /* up to the end of the latest epoch at least */
    /* Datagrams that lane i counted since the last call, to be freed; NULL none. */
    struct unanalysed *(*datagrams)(void *ctx, unsigned i);
    unsigned n_lanes;
    struct keep_live *keep;   /* NULL: no packets are kept */
    struct input_facts input; /* that is captured first; its row was begun */
    void *ctx;
};

struct analyst_options {
    struct store *store;
    struct ring *const *results; /* of the workers: one batch of each per epoch */
    unsigned n_results;
    int64_t *input_ids;   /* by index of the input in this run */
    const bool *is_again; /* likewise: the database counted this input before */
    bool has_at;
    int64_t at_us;
    enum app_label app_label;
    struct verifier *verifier;
    const struct policy *policy;       /* NULL: the default */
    const struct inventory *inventory; /* NULL none */
    uint64_t *past; /* by exception: what it did not cover because of its date; may be NULL */
    struct keeper *keeper;             /* NULL: no packets are kept */
    const struct analyst_watch *watch; /* NULL: the inputs are files */
};

/* analyst_start starts the thread. */
struct analyst *analyst_start(const struct analyst_options *options);
/* analyst_tell queues c, which the analyst frees with xfree. */
void analyst_tell(struct analyst *a, struct control *c);
/* analyst_has_failed says whether the store failed: reading on is of no use. */
bool analyst_has_failed(const struct analyst *a);
/* analyst_progress reads the counts while the thread runs. */
void analyst_progress(const struct analyst *a, uint64_t *handshakes, uint64_t *findings);
/* analyst_pulse shows whether its thread gets on. */
const struct pulse *analyst_pulse(const struct analyst *a);
/* analyst_close says that nothing more will be told: the thread judges the vantages, writes
 * findings and what was counted, and ends. */
void analyst_close(struct analyst *a);
/* analyst_finish closes, waits for the thread, fills result, and frees. False with err when the
 * store failed, now or before. */
bool analyst_finish(struct analyst *a, struct run_result *result, struct err *err);

#endif
