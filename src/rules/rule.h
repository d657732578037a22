#ifndef TLSWIRE_RULES_RULE_H
#define TLSWIRE_RULES_RULE_H

#include "history/history.h"
#include "history/protocols.h"
#include "history/recent.h"
#include "model/judgement.h"
#include "model/losses.h"
#include "model/run.h"
#include "policy/inventory.h"
#include "policy/policy.h"

enum rule_on {
    RULE_HANDSHAKE,  /* once per handshake */
    RULE_SERVED,     /* likewise, when the server sent certificates */
    RULE_CONNECTION, /* at the end of its connection: facts->end; of the handshake only what struct
                        open_handshake keeps */
    RULE_WINDOW,  /* per service and minute with attempts, a minute after its end; no handshake */
    RULE_RUN_END, /* once per vantage: facts->coverage */
    RULE_KINDS
};
enum verdict { RULE_NA, RULE_PASS, RULE_HIT, RULE_UNDETERMINED };

/* How much of the capture was lost and one-sided, for RULE_RUN_END; one per vantage. */
struct coverage {
    uint32_t input;
    int64_t vantage_id;   /* key of history */
    char input_name[256]; /* escaped path of the first input of the vantage */
    int64_t first_us, last_us;
    uint64_t n_connections, n_one_sided; /* TCP connections with a TLS hello */
    uint64_t n_undecodable; /* of these, with bytes that are no TLS or messages that do not parse */
    uint64_t payload_bytes, gap_bytes; /* of TLS connections */
    uint64_t frames, drops;            /* drops as the capture file states them */
    bool has_drops;
    uint64_t truncated; /* frames cut by the snap length */
    bool has_lost;      /* it is known when something was lost: first and last */
    int64_t lost_from_us, lost_to_us;
};

/* What a rule may read. A pointer that the kind of rule does not use is NULL. */
struct rule_facts {
    int64_t at_us; /* the time to judge by: packet time, or --at */
    const struct handshake *handshake;
    const struct service *service;
    int64_t vantage;                  /* key of history that does not cross vantages */
    int64_t place;                    /* key of history that does not cross regions either */
    const char *region;               /* of the server, by the policy; NULL none */
    const struct connection_end *end; /* RULE_CONNECTION */
    /* The certificates that the server sent, parsed, in wire order; entry 0 is the leaf. */
    const struct certificate *const *chain;
    size_t n_chain;
    enum name_match_fact {
        NAME_FACT_NONE,
        NAME_FACT_MATCH,
        NAME_FACT_MISMATCH,
        NAME_FACT_NOT_COMPARABLE
    } name_match;
    struct history *history; /* as it was before this handshake; looking moves nothing but the order
                                of use */
    const struct not_tls *not_tls; /* with service and vantage, and no handshake: a flow that spoke
                                      something else on a port of TLS */
    const struct coverage *coverage;
    const struct losses *losses;       /* of a live capture up to now; NULL: files */
    int64_t window_us;                 /* RULE_WINDOW: start of the minute */
    const struct policy *policy;       /* NULL: the default; rule_threshold asks it */
    const struct inventory *inventory; /* of owners; NULL none */
    const struct judgement *judgement; /* NULL for rules about the capture */
    /* The certificates that the client sent, likewise. */
    const struct certificate *const *client_chain;
    size_t n_client_chain;
    /* Whether the CertificateRequest names an issuer or subject of the client's chain. */
    enum ca_hint_fact {
        CA_HINT_NONE, /* no list, an empty one, or no certificate to compare */
        CA_HINT_MATCH,
        CA_HINT_MISMATCH,
        CA_HINT_NOT_COMPARABLE
    } ca_hint;
};

/* What a rule answers beside its verdict. Filled only on HIT; why also on UNDETERMINED. */
struct rule_answer {
    enum severity severity;   /* preset to the rule's; a rule may lower or raise it */
    double confidence;        /* preset to 1.0 */
    enum basis basis;         /* preset to seen */
    enum finding_about about; /* preset to the rule's */
    char subject[SUBJECT_TEXT];
    char summary[FINDING_TEXT];
    bool has_seen; /* when it was seen first and last; else as the facts say */
    int64_t seen_from_us, seen_to_us;
    const char *why;                       /* static text: the reason of UNDETERMINED */
    const struct certificate *certificate; /* the one the finding is about, or NULL */
    size_t n_evidence;
    struct evidence evidence[2];
};

/*
 * One defect. check looks only at facts and history, answers NA where the rule does not apply,
 * UNDETERMINED where the capture does not allow an answer, and fills answer on HIT.
 */
struct rule {
    const char *id;
    const char *codes;  /* of what people know it by, see rules/codes.h: "F1 T1 M1" */
    const char *title;  /* what is wrong, as one line */
    const char *cite;   /* RFC or standard and section */
    const char *what;   /* what is judged, from which bytes */
    const char *traps;  /* when it would be wrong, and what the rule does about it */
    const char *unseen; /* what of it the wire cannot show; NULL: rule_unseen knows what its kind
                           has in common */
    const char *remedy;
    enum severity severity;
    enum rule_on on;
    enum finding_about about; /* whose passes close a finding; the server's unless said */
    bool is_also_at_end; /* RULE_HANDSHAKE that is asked again as RULE_CONNECTION: facts->end is
                            NULL the first time; the second time it answers HIT to what is new,
                            else NA */
    enum verdict (*check)(const struct rule_facts *facts, struct rule_answer *answer);
    /* RULE_HANDSHAKE that is asked about minutes as well, as RULE_WINDOW; its subjects differ from
     * those of check. NULL: it is not. */
    enum verdict (*check_window)(const struct rule_facts *facts, struct rule_answer *answer);
};

/* rules_all is the catalogue from rules.def, ended by NULL, in order of id. */
extern const struct rule *const rules_all[];
/* rule_find gives the rule with this id, or NULL. */
const struct rule *rule_find(const char *id);
/* rule_number is its place in rules_all, SIZE_MAX when there is none. */
size_t rule_number(const char *id);

#define RULE(name) extern const struct rule rule_##name;
#include "rules/rules.def"
#undef RULE

#endif
