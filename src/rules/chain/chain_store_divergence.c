#include <stdio.h>

#include "base/text.h"
#include "rules/judged.h"

enum opinion { OPINION_NONE, OPINION_TRUSTS, OPINION_REFUSES };

static enum opinion opinion_of(const struct chain_store_facts *s)
{
    switch (s->as_repaired.path_status) {
    case CHAIN_TRUSTED:
        return OPINION_TRUSTS;
    case CHAIN_UNTRUSTED_ROOT:
    case CHAIN_SELF_SIGNED:
    case CHAIN_INCOMPLETE:
    case CHAIN_CONSTRAINT_VIOLATION:
        return OPINION_REFUSES;
    default:
        return OPINION_NONE;
    }
}

struct count {
    unsigned trusts[2], refuses[2]; /* by is_public */
    unsigned n_unsure;
};

static struct count count(const struct chain_facts *c)
{
    struct count n = {0};
    for (size_t i = 0; i < c->n_stores; i++) {
        const struct chain_store_facts *s = &c->stores[i];
        enum opinion o = opinion_of(s);
        n.trusts[s->is_public] += o == OPINION_TRUSTS;
        n.refuses[s->is_public] += o == OPINION_REFUSES;
        n.n_unsure += o == OPINION_NONE;
    }
    return n;
}

/* Names the stores of one opinion, each with the day of its newest root. */
static void name_stores(
        const struct rule_facts *f, const struct chain_facts *c, enum opinion o, struct text *out)
{
    const struct judgement *j = f->judgement;
    char day[16], name[48];
    for (size_t i = 0; i < c->n_stores; i++) {
        size_t store = c->stores[i].store;
        if (opinion_of(&c->stores[i]) != o || store >= j->n_stores)
            continue;
        rule_day(j->stores[store].newest_us, day);
        rule_fit(name, sizeof name, "%s",
                j->stores[store].name != NULL ? j->stores[store].name : "");
        text_addf(out, "%s%s (newest root %s)", out->n > 0 ? ", " : "", name, day);
    }
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    struct text yes = {0}, no = {0};
    const struct chain_facts *c = rule_trust(f, a, &v);
    if (c == NULL)
        return v;
    if (c->n_stores < 2)
        return RULE_NA;
    struct count n = count(c);
    bool is_trusted = n.trusts[0] + n.trusts[1] > 0, is_refused = n.refuses[0] + n.refuses[1] > 0;
    if (!is_trusted || !is_refused) {
        if (n.n_unsure > 0)
            return rule_undetermined(a, "a store could not judge the chain");
        return is_trusted ? RULE_PASS : RULE_NA;
    }
    bool is_alike =
            (n.trusts[0] == 0 || n.refuses[0] == 0) && (n.trusts[1] == 0 || n.refuses[1] == 0);
    if (is_alike)
        a->severity = SEV_INFO; /* public stores on one side, private ones on the other */
    rule_name(f->chain[0], who);
    name_stores(f, c, OPINION_TRUSTS, &yes);
    name_stores(f, c, OPINION_REFUSES, &no);
    rule_summary(
            a, "%s is trusted by %.160s but not by %.160s", who, text_str(&yes), text_str(&no));
    text_fini(&yes);
    text_fini(&no);
    return rule_certificate_hit(f, a, 0, f->chain[0]->issuer_der, "issuer of the certificate");
}

const struct rule rule_chain_store_divergence = {
        .id = "chain-store-divergence",
        .codes = "P6 P21 U9",
        .title = "Trust stores disagree about the chain",
        .cite = "RFC 5280 6.1.1",
        .what = "Of several trust stores (--trust NAME=FILE, repeated) at least one trusts the "
                "chain and at least one does not. The summary tells the date of the newest root of "
                "each.",
        .traps = "Stores age. Where all public stores agree, and all private ones, the two kinds "
                 "only tell apart what is public: info. Give stores side by side for groups "
                 "of clients that reach the same servers.",
        .remedy = "Choose an issuer that all groups of clients trust.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check,
};
