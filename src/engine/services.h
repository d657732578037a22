#ifndef TLSWIRE_ENGINE_SERVICES_H
#define TLSWIRE_ENGINE_SERVICES_H

#include "model/finding.h"
#include "policy/policy.h"
#include "rules/rule.h"
#include "store/store.h"

/*
 * Which service a handshake belongs to (architecture.md, Words): the SNI as lower-case A-label,
 * else the name that the policy gives the server, else its address; with transport and port. Names
 * that a server never answered share one service per endpoint after 100 of them. Bounded; the least
 * recently used goes.
 */
struct services;

enum {
    SERVICES_CAP = 100000,
    SERVICES_UNANSWERED = 100,
    SERVICES_AT_ONCE = 16, /* whose counts services_flush_some writes: some milliseconds */
};

/* What is counted per service until it is written: verdicts of each rule within one hour. */
struct service_state {
    struct service service;
    bool is_answered; /* some ServerHello answered this name */
    int64_t hour_us;
    uint32_t n_rounds;  /* of verdicts since they were written */
    uint16_t *verdicts; /* of each rule: how often it passed, hit, was undetermined */
};

enum { SERVICES_VERDICTS = RULE_UNDETERMINED };

struct services *services_new(struct store *store, const struct policy *policy, size_t n_rules,
        const char *const *rule_ids);
/* services_reload names services by another policy from now on. */
void services_reload(struct services *s, const struct policy *policy);
/* services_free frees; services_flush comes first. NULL is fine. */
void services_free(struct services *s);
/* services_of finds or makes the service of h, or NULL with err when the store failed. It lives
 * until the next call. */
struct service_state *services_of(struct services *s, const struct handshake *h, struct err *err);
/* services_by_id gives a service that is remembered, or NULL; it lives as long. */
struct service_state *services_by_id(struct services *s, int64_t id);
/* services_round readies state for one verdict of each rule at packet time us: what would not fit
 * with them, or is of another hour, is written. */
bool services_round(struct services *s, struct service_state *state, int64_t us, struct err *err);
/* services_verdict counts a verdict of rule number `rule`, other than not applicable, once in a
 * round. */
static inline void services_verdict(struct service_state *state, size_t rule, enum verdict verdict)
{
    state->verdicts[rule * SERVICES_VERDICTS + (size_t)verdict - 1]++;
}
/* services_flush writes the counts of all. Live, where they are many: services_flush_begin asks for
 * that, and each services_flush_some writes those of some. */
bool services_flush(struct services *s, struct err *err);
void services_flush_begin(struct services *s);
bool services_flush_some(struct services *s, struct err *err);
uint64_t services_count(const struct services *s);
uint64_t services_evicted(const struct services *s);

#endif
