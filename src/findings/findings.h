#ifndef TLSWIRE_FINDINGS_FINDINGS_H
#define TLSWIRE_FINDINGS_FINDINGS_H

#include "model/finding.h"

/*
 * Merges sightings into findings: one per (defect, subject, service), which opens, closes after
 * enough judgements that did not find it, and opens again. What earlier runs left is looked up when
 * it is needed.
 */
struct findings;

/* Of these the last eighth is for critical ones, an eighth before that also for high ones; those
 * below medium get half. */
enum { FINDINGS_CAP = 200000 };
#define FINDINGS_NONE SIZE_MAX

/* How to find what is stored. Both may be NULL. */
struct findings_past {
    /* Fills the life of the stored finding with the key of s; left alone when there is none. */
    void (*find)(void *ctx, const struct sighting *s, struct finding_life *out);
    /* Calls findings_restore for each open finding of the service. */
    void (*open_of)(void *ctx, struct findings *f, int64_t service_id);
    void *ctx;
};

struct findings *findings_new(const struct findings_past *past);
void findings_free(struct findings *f);
/* findings_add merges a sighting and gives its number, or FINDINGS_NONE when the cap dropped it
 * (counted). */
size_t findings_add(struct findings *f, const struct sighting *s);
/* findings_shows says whether this sighting would be shown: what merges with an earlier one of this
 * run only counts, and needs neither sni nor community_id. */
bool findings_shows(const struct findings *f, const struct sighting *s);
/* findings_now says what the clock of a live capture says: no time of a finding may be later,
 * unless the clock was set back since. Without it, captures may be read in any order. */
void findings_now(struct findings *f, int64_t now_us);
/* findings_explained says why finding number `at` came up: cause is static text. */
void findings_explained(struct findings *f, size_t at, const char *cause);
/* findings_mute silences what the defect `cause`, found about a whole vantage, makes worthless:
 * what was sighted there and nowhere else. has_at: time was given, not taken from the packets. */
void findings_mute(struct findings *f, int64_t vantage, const char *cause, bool has_at);
/* findings_subject is the subject of finding number `at`. */
const char *findings_subject(const struct findings *f, size_t at);

/* What one round of judgements (a handshake, the end of a connection, a minute) says about the
 * findings of a service that it did not sight. */
struct findings_round {
    int64_t service_id;
    const bool *is_judged; /* by rule number: it passed, or found something else */
    size_t n_rules;
    uint64_t places[ABOUT_COUNT];
    uint32_t needed; /* judgements in a row that close */
    int64_t us;
};
/* findings_settle closes what that round makes clean. Sightings since the last call were of this
 * round. */
void findings_settle(struct findings *f, const struct findings_round *r);
/* findings_restore takes an open finding of an earlier run: first has what merges, and the rule. */
void findings_restore(
        struct findings *f, const struct sighting *first, const struct finding_life *life);

/* findings_each calls fn for every finding that was sighted or whose life changed since the last
 * call, in order of its first sighting, which borrows it; of what fn changes the id is kept. Its
 * counts, evidence and events are those since the last call. When fn is false the finding was not
 * taken: it and the rest are given by the next call, with what comes until then. */
void findings_each(struct findings *f, bool (*fn)(void *ctx, struct finding *finding), void *ctx);
/* findings_forget forgets all findings when there are more than `most` and findings_each has given
 * them: what comes again is looked up as if it were of an earlier run. Only with findings_past, and
 * not within a round. */
void findings_forget(struct findings *f, size_t most);
/* findings_count is how many were sighted. */
size_t findings_count(const struct findings *f);
uint64_t findings_dropped(const struct findings *f);

#endif
