#ifndef TLSWIRE_ENGINE_JUDGE_H
#define TLSWIRE_ENGINE_JUDGE_H

#include "base/text.h"
#include "base/texts.h"
#include "engine/services.h"
#include "findings/findings.h"
#include "rules/rule.h"

/* Runs the rules over what the analyst knows and turns hits into findings. */
enum { JUDGE_DEFECTS = 512, JUDGE_RULES = 256, JUDGE_HITS = 64 };

/* What running a rule needs of it, close together: all of them are run for every handshake. */
struct judge_check {
    enum verdict (*check)(const struct rule_facts *facts, struct rule_answer *answer);
    uint16_t number; /* in rules_all */
    uint8_t severity, about;
    bool needs_chain;
};

struct judge {
    struct services *services;
    struct findings *findings;
    const struct policy *policy; /* NULL: the default */
    struct texts *texts; /* keeps what findings say of the policy; NULL: it lives as long as they */
    uint64_t *past; /* by exception: sightings that it did not cover because of its date; may be
                       NULL */
    size_t n_rules;
    uint32_t clean_handshakes, clean_minutes; /* in a row close a finding */
    const char *rule_ids[JUDGE_RULES];
    bool is_off[JUDGE_RULES];                            /* the policy says so */
    struct judge_check by_kind[RULE_KINDS][JUDGE_RULES]; /* the rules of a kind */
    size_t n_kind[RULE_KINDS];
    uint64_t places[ABOUT_COUNT]; /* of the latest round */
    int64_t decided_us;           /* likewise */
    bool is_window;               /* the latest round is about a minute */
    uint32_t input;              /* that is being read: of sightings that no handshake stands for */
    char defects[JUDGE_DEFECTS]; /* found in the latest handshake, separated by commas */
    enum severity worst;         /* of these */
    enum notify notify;          /* the most that they ask for, but muted ones */
    struct text keys;            /* defect and subject of each, one a line */
    bool is_judged[JUDGE_RULES]; /* in the latest round: passed or found something */
    struct rule_answer answer;   /* of the rule that is asked */
    size_t n_hits;
    struct judge_hit {
        const struct rule *rule;
        size_t finding; /* its number in findings */
    } hits[JUDGE_HITS]; /* of the latest round */
    bool has_at;        /* time is given, at_us, not that of the packets */
    int64_t at_us;
    bool is_again; /* what is judged stands in an input that was counted before */
};

/* judge_init counts the catalogue and leaves out what the policy turned off; services and past may
 * be set afterwards. */
void judge_init(struct judge *j, struct findings *findings, const struct policy *policy);
/* judge_reload goes by another policy from now on; past is not counted any more. */
void judge_reload(struct judge *j, const struct policy *policy);
void judge_fini(struct judge *j);
/* judge_round runs the rules of a kind: RULE_HANDSHAKE with those that look at what was served when
 * a chain is given, RULE_CONNECTION about what came after it, RULE_WINDOW about one minute of a
 * service. state counts the verdicts and may be NULL. False with err when the store failed. */
bool judge_round(struct judge *j, enum rule_on on, const struct rule_facts *facts,
        struct service_state *state, struct err *err);
/* judge_run_end runs the rules about the capture itself, once per vantage. */
void judge_run_end(struct judge *j, const struct rule_facts *facts);

/* judge_rule runs one rule of the catalogue; an id that is not in it does nothing. Nothing is
 * counted per service. */
void judge_rule(struct judge *j, const char *id, const struct rule_facts *facts);

#endif
