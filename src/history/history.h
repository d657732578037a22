#ifndef TLSWIRE_HISTORY_HISTORY_H
#define TLSWIRE_HISTORY_HISTORY_H

#include "history/memory.h"
#include "model/judgement.h"

/*
 * What was seen before, bounded. Each topic (one file here, one line in topics.def) remembers one
 * kind of thing and answers questions of rules about it. History is asked first and taught
 * afterwards, so a rule sees what was before the handshake that it judges. It is saved in the
 * database and goes on with the next run. What is keyed by service or address does not cross
 * vantages; what is keyed by key or certificate does.
 */
struct history;
struct attempt;
struct attempts_before;

/* What one judged handshake teaches. */
struct lesson {
    int64_t vantage; /* the same for inputs that follow each other, in every run */
    int64_t place; /* the vantage, where the policy says so with the region of the server: services
                      are compared with themselves there (busy, prints) */
    const struct handshake *handshake;
    const struct service *service;
    const struct certificate *leaf;        /* that the server sent, parsed; NULL none */
    bool is_name_match, is_name_mismatch;  /* the leaf and the SNI; neither: there is nothing to
                                              compare, or it is not comparable */
    const struct certificate *client_leaf; /* that the client sent, parsed; NULL none */
    const struct judgement *judgement;
    /* At the end of the connection: what came after the handshake, of which then only endpoints,
     * ids, times and what was negotiated are known. NULL else. */
    const struct connection_end *end;
    int64_t at_us;  /* packet time */
    int64_t now_us; /* live: what is remembered of a later time is of a wrong clock; 0 none */
    /* Filled by history_learn, not at the end of a connection: */
    uint64_t n_recent;             /* attempts of the service in the ten minutes before this one */
    bool is_below_best;            /* see history_is_below_best */
    const struct attempt *attempt; /* history/attempts.h; NULL when it counts as none */
    const struct attempts_before *before; /* the latest of n_recent */
};

struct topic {
    struct memory_kind kind;
    /* learn remembers; either may be NULL. */
    void (*learn)(struct memory *m, const struct lesson *l);
    void (*learn_end)(struct memory *m, const struct lesson *l);
};

enum topic_id {
#define TOPIC(name) TOPIC_##name,
#include "history/topics.def"
#undef TOPIC
    TOPIC_COUNT
};

#define TOPIC(name) extern const struct topic topic_##name;
#include "history/topics.def"
#undef TOPIC

struct history *history_new(void);
/* history_free frees; NULL is fine. */
void history_free(struct history *h);
/* history_topic gives the memory of a topic; NULL without a history. */
struct memory *history_topic(struct history *h, enum topic_id id);
/* history_learn teaches every topic one judged attempt, or, when l->end is given, the end of its
 * connection. */
void history_learn(struct history *h, const struct lesson *l);
/* history_save hands what changed since the last call to put; history_load takes it back. */
bool history_save(struct history *h, memory_row_fn *put, void *ctx, struct err *err);
void history_load(struct history *h, const struct memory_row *row);
/* history_each_kind calls fn for the kind of every topic and what its cap pushed out. */
void history_each_kind(const struct history *h,
        void (*fn)(void *ctx, const struct memory_kind *kind, uint64_t evicted), void *ctx);

#endif
