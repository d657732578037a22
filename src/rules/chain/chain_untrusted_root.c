/* A path that ends where no trust store knows anything, and stores that are of another time. */
#include "rules/judged.h"

/* A store that nobody chose and that is of another time than the packets knows other anchors. */
static bool is_of_another_time(const struct rule_facts *f, size_t store)
{
    const struct judgement *j = f->judgement;
    int64_t newest = f->at_us + rule_threshold_us(f, THRESHOLD_ANCHOR_NEWER_DAYS);
    int64_t oldest = f->at_us - rule_threshold_us(f, THRESHOLD_ANCHOR_OLDER_DAYS);
    if (store >= j->n_stores)
        return false;
    const struct store_info *s = &j->stores[store];
    return !s->is_named && (s->newest_us > newest || s->newest_us < oldest);
}

/* What the stores say, taken together. */
struct view {
    const struct chain_verdict *untrusted; /* a whole path before one that lacks an issuer */
    const struct chain_verdict *unsure;
    bool is_known, is_other; /* an anchor is known; something else is wrong */
    bool is_all_of_another_time;
    const struct store_info *store; /* one of another time */
};

static void look(const struct rule_facts *f, const struct chain_store_facts *s, struct view *out)
{
    const struct chain_verdict *v = &s->as_repaired;
    switch (v->path_status) {
    case CHAIN_TRUSTED:
    case CHAIN_CONSTRAINT_VIOLATION:
        out->is_known = true;
        return;
    case CHAIN_UNTRUSTED_ROOT:
    case CHAIN_INCOMPLETE:
        if (out->untrusted == NULL || v->path_status == CHAIN_UNTRUSTED_ROOT)
            out->untrusted = v;
        if (!is_of_another_time(f, s->store))
            out->is_all_of_another_time = false;
        else
            out->store = &f->judgement->stores[s->store];
        return;
    case CHAIN_SELF_SIGNED:
    case CHAIN_SIGNATURE_INVALID:
        out->is_other = true;
        return;
    default:
        out->unsure = v;
        return;
    }
}

/* NULL, with *verdict, when no store calls the path untrusted. */
static const struct chain_verdict *untrusted(
        const struct rule_facts *f, struct rule_answer *a, struct view *view, enum verdict *verdict)
{
    const struct chain_facts *c = rule_trust(f, a, verdict);
    if (c == NULL)
        return NULL;
    *view = (struct view){.is_all_of_another_time = true};
    for (size_t i = 0; i < c->n_stores; i++)
        look(f, &c->stores[i], view);
    *verdict = view->is_known ? RULE_PASS : RULE_NA;
    if (view->is_known || view->is_other)
        return NULL;
    if (view->unsure != NULL) {
        *verdict = rule_undetermined(a, rule_doubt(view->unsure));
        return NULL;
    }
    return view->untrusted != NULL && view->untrusted->n_path > 0 ? view->untrusted : NULL;
}

/* The evidence: the end of the path, or the issuer that the last certificate names. */
static enum verdict show_end(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_verdict *path)
{
    if (path->path_status == CHAIN_UNTRUSTED_ROOT)
        return rule_path_hit(f, a, path, path->n_path - 1);
    a->confidence = 0.7;
    size_t last = rule_last_sent(f, path);
    return rule_certificate_hit(f, a, last, f->chain[last]->issuer_der, "issuer that is not there");
}

static void name_end(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_verdict *path)
{
    char who[WHO_TEXT], end[WHO_TEXT];
    const struct chain_bad_link *bad = &f->judgement->server_chain->bad_link;
    size_t last = path->n_path - 1;
    rule_name(f->chain[0], who);
    if (path->path_status == CHAIN_UNTRUSTED_ROOT) {
        rule_element(f, path, last, end);
        rule_summary(a, "the path from %s ends in %s, which is in no trust store", who, end);
        return;
    }
    const struct certificate *child = f->chain[rule_last_sent(f, path)];
    rule_clip(child->issuer != NULL ? child->issuer : "(unnamed)", end);
    if (last == 0)
        rule_summary(a,
                "%s is not trusted: its issuer %s was neither sent nor is it in any store%s", who,
                end, bad->is_seen ? " (what has that name has another key)" : "");
    else
        rule_summary(a,
                "the path from %s ends early: the issuer %s was neither sent nor is it in any "
                "store%s",
                who, end, bad->is_seen ? " (what has that name has another key)" : "");
}

static enum verdict check_untrusted(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct view view;
    const struct chain_verdict *path = untrusted(f, a, &view, &v);
    if (path == NULL)
        return v;
    if (rule_lacks_kin(f->judgement->server_chain))
        return RULE_NA; /* chain-missing-intermediate */
    if (view.is_all_of_another_time)
        return rule_undetermined(a, "the trust stores are not of the time of the packets");
    if (rule_is_inspected(f))
        a->severity = SEV_INFO;
    name_end(f, a, path);
    return show_end(f, a, path);
}

static enum verdict check_unknown(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct view view;
    char who[WHO_TEXT], newest[16], at[16], name[48];
    const struct chain_verdict *path = untrusted(f, a, &view, &v);
    if (path == NULL)
        return v;
    if (!view.is_all_of_another_time || view.store == NULL)
        return RULE_NA; /* chain-untrusted-root */
    if (rule_is_inspected(f))
        a->severity = SEV_INFO;
    rule_name(f->chain[0], who);
    rule_day(view.store->newest_us, newest);
    rule_day(f->at_us, at);
    rule_fit(name, sizeof name, "%s", view.store->name != NULL ? view.store->name : "store");
    rule_summary(a,
            "whether the issuer of %s was trusted on %s is not known: the newest root of the trust "
            "store \"%s\" is of %s",
            who, at, name, newest);
    return show_end(f, a, path);
}

const struct rule rule_chain_untrusted_root = {
        .id = "chain-untrusted-root",
        .codes = "F9 T4 P1 P6 U2 U9",
        .title = "The chain ends in a root that no trust store knows",
        .cite = "RFC 5280 6.1.1",
        .what = "The path from the server's certificate, also with certificates that were seen "
                "elsewhere, ends in a root, or at an issuer that was seen nowhere, that is in none "
                "of the trust stores. Info below a CA that a policy lists under inspection-cas.",
        .traps = "Private roots have to be given (--trust). An issuer that was seen nowhere gives "
                 "0.7 as confidence: its own issuer may be trusted. One of the organisation of a "
                 "trusted root is chain-missing-intermediate. A self-signed server "
                 "certificate is cert-self-signed. A store that nobody named and that is much "
                 "newer or older than the packets gives unknown-anchor instead.",
        .remedy = "Distribute the root to the clients, or use a certificate of a CA that they "
                  "trust.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_untrusted,
};

const struct rule rule_unknown_anchor = {
        .id = "unknown-anchor",
        .codes = "P1 P6 U9",
        .title = "The trust store is not of the time of the packets",
        .cite = "RFC 5280 6.1.1",
        .what = "What chain-untrusted-root says, but no store was named by the user, and the "
                "newest root of each store is more than 180 days younger, or more than 400 days "
                "older, than the packets.",
        .traps = "Roots come and go. A store of another time does not tell what clients trusted "
                 "then.",
        .remedy = "Give a store of that time (--trust NAME=FILE).",
        .severity = SEV_INFO,
        .on = RULE_SERVED,
        .check = check_unknown,
};
