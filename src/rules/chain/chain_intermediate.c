/* The certificates between leaf and root: expired, about to expire, weak. */
#include <stdio.h>

#include "rules/judged.h"

/* CAs that issue up to their own end are off by seconds: only from here on it is a slip. */
#define LEEWAY_US DAY_US

static bool is_whole(const struct chain_verdict *v)
{
    return v->n_path > 0 &&
           (v->path_status == CHAIN_TRUSTED || v->path_status == CHAIN_UNTRUSTED_ROOT);
}

/* What to judge of one store: the list as it was sent when that leads anywhere. */
static const struct chain_verdict *path_of(const struct chain_store_facts *s)
{
    if (s->as_sent.path_status == CHAIN_TRUSTED)
        return &s->as_sent;
    return &s->as_repaired;
}

/* Whether a path of this kind is to be looked at: trusted ones, and others only without them. */
static bool has_trusted(const struct chain_facts *c)
{
    for (size_t i = 0; i < c->n_stores; i++)
        if (path_of(&c->stores[i])->path_status == CHAIN_TRUSTED)
            return true;
    return false;
}

static bool counts(const struct chain_verdict *v, bool only_trusted)
{
    return is_whole(v) && (!only_trusted || v->path_status == CHAIN_TRUSTED);
}

/* The path whose intermediates last longest. NULL, with *verdict, when there is no whole path. */
static const struct chain_verdict *longest(
        const struct chain_facts *c, struct rule_answer *a, enum verdict *verdict)
{
    const struct chain_verdict *best = NULL, *unsure = NULL;
    bool only_trusted = has_trusted(c);
    for (size_t i = 0; i < c->n_stores; i++) {
        const struct chain_verdict *v = path_of(&c->stores[i]);
        if (counts(v, only_trusted) && (best == NULL || v->ca_not_after_us > best->ca_not_after_us))
            best = v;
        if (v->path_status == CHAIN_UNVERIFIED || v->path_status == CHAIN_MALFORMED ||
                v->path_status == CHAIN_INCOMPLETE)
            unsure = v;
    }
    *verdict = RULE_NA;
    if (best == NULL && unsure != NULL)
        *verdict = rule_undetermined(a, unsure->path_status == CHAIN_INCOMPLETE
                                                ? "an issuer of the chain is not available"
                                                : rule_doubt(unsure));
    return best;
}

/* Another certificate of the same name and key takes the place of one that ends earlier. */
static bool has_successor(const struct rule_facts *f, const struct certificate *c, int64_t until_us)
{
    for (size_t i = 1; i < f->n_chain; i++) {
        const struct certificate *o = f->chain[i];
        if (o != c && o->is_parsed && bytes_equal(o->subject_der, c->subject_der) &&
                bytes_equal((struct bytes){o->spki_sha256, sizeof o->spki_sha256},
                        (struct bytes){c->spki_sha256, sizeof c->spki_sha256}) &&
                o->not_before_us <= f->at_us && o->not_after_us >= until_us)
            return true;
    }
    return false;
}

static enum verdict hit_at(const struct rule_facts *f, struct rule_answer *a,
        const struct chain_verdict *path, size_t i)
{
    const struct certificate *c = rule_sent(f, &path->path[i]);
    if (c == NULL)
        return rule_path_hit(f, a, path, i);
    return rule_certificate_hit(f, a, (size_t)path->path[i].sent_at, c->validity_der,
            "validity of the intermediate certificate");
}

static enum verdict expired_cross(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_facts *c)
{
    char who[WHO_TEXT], day[24];
    size_t at = c->expired_cross[0];
    if (at >= f->n_chain)
        return RULE_PASS;
    a->severity = SEV_LOW;
    rule_name(f->chain[at], who);
    rule_when(f->chain[at]->not_after_us, f->at_us, day);
    rule_summary(a, "%s was sent, which expired on %s; another path works", who, day);
    return rule_certificate_hit(
            f, a, at, f->chain[at]->validity_der, "validity of the intermediate certificate");
}

static bool is_repaired(const struct chain_facts *c)
{
    for (size_t i = 0; i < c->n_stores; i++)
        if (c->stores[i].as_repaired.status == CHAIN_TRUSTED)
            return true;
    return false;
}

static enum verdict check_expired(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], day[24], at[24], span[24];
    const struct chain_facts *c = rule_trust(f, a, &v);
    if (c == NULL)
        return v;
    const struct chain_verdict *path = longest(c, a, &v);
    if (path == NULL)
        return v;
    if (path->ca_not_after_us >= f->at_us || path->ca_not_after_at < 0) {
        if (c->n_expired_cross > 0)
            return expired_cross(f, a, c);
        return path->ca_not_after_at < 0 ? RULE_NA : RULE_PASS;
    }
    if (path->time != CHAIN_TIME_EXPIRED_INTERMEDIATE)
        return rule_undetermined(a, "another certificate of the path is not valid either");
    if (is_repaired(c))
        a->confidence = 0.7; /* whoever has the other certificate does not notice */
    size_t i = (size_t)path->ca_not_after_at;
    rule_element(f, path, i, who);
    rule_when(path->ca_not_after_us, f->at_us, day);
    rule_when(f->at_us, path->ca_not_after_us, at);
    rule_span(f->at_us - path->ca_not_after_us, span);
    rule_summary(a, "the intermediate certificate %s expired on %s, %s before %s%s", who, day, span,
            at, is_repaired(c) ? "; a newer one was seen elsewhere" : "");
    return hit_at(f, a, path, i);
}

/* CAs of meshes and grids live for hours or weeks: for them the last third counts, as it does for
 * certificates of servers. */
static bool expires_soon(const struct rule_facts *f, const struct certificate *ca, int64_t ends_us)
{
    enum { SHORT_DAYS = 90 };
    int64_t left = ends_us - f->at_us;
    int64_t days = rule_threshold_us(f, THRESHOLD_INTERMEDIATE_EXPIRING_DAYS);
    if (ca == NULL || ca->not_after_us - ca->not_before_us > SHORT_DAYS * DAY_US)
        return left < days;
    return left < days && left < (ca->not_after_us - ca->not_before_us) / 3;
}

static enum verdict check_expiring(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], day[24], end[24], soon[48] = "";
    const struct chain_facts *c = rule_trust(f, a, &v);
    if (c == NULL)
        return v;
    const struct chain_verdict *path = longest(c, a, &v);
    if (path == NULL)
        return v;
    int64_t ends = path->ca_not_after_us;
    if (path->ca_not_after_at < 0 || ends < f->at_us)
        return RULE_NA; /* no intermediate, or chain-intermediate-expired */
    const struct certificate *leaf = f->chain[0];
    int64_t needed = leaf->not_after_us - LEEWAY_US;
    int64_t month = f->at_us + rule_threshold_us(f, THRESHOLD_INTERMEDIATE_EXPIRING_DAYS);
    size_t i = (size_t)path->ca_not_after_at;
    const struct certificate *ca = rule_sent(f, &path->path[i]);
    bool is_soon = expires_soon(f, ca, ends);
    if (!is_soon && ends > needed)
        return RULE_PASS;
    if (ca != NULL && has_successor(f, ca, needed + 1 > month ? needed + 1 : month))
        return RULE_PASS;
    rule_element(f, path, i, who);
    if (is_soon)
        rule_fit(soon, sizeof soon, ", within %g days",
                rule_threshold(f, THRESHOLD_INTERMEDIATE_EXPIRING_DAYS));
    rule_when(ends, f->at_us, day);
    rule_when(leaf->not_after_us, f->at_us, end);
    rule_summary(a, "the intermediate certificate %s expires on %s%s, the server's on %s", who, day,
            soon, end);
    return hit_at(f, a, path, i);
}

static const char *why_weak(unsigned why)
{
    if (why & CHAIN_WEAK_MD5)
        return "is signed with MD5 or older";
    if (why & CHAIN_WEAK_SHA1)
        return "is signed with SHA-1";
    return why & CHAIN_WEAK_RSA ? "has an RSA key of less than 2048 bits"
                                : "has an elliptic-curve key of less than 224 bits";
}

/* The path that an element that was not sent is on. */
static enum verdict weak_hit(const struct rule_facts *f, struct rule_answer *a,
        const struct chain_facts *c, const struct chain_weak *w)
{
    char who[WHO_TEXT];
    struct bytes wanted = {w->element.sha256, sizeof w->element.sha256};
    for (size_t i = 0; i < c->n_stores; i++) {
        const struct chain_verdict *v = &c->stores[i].as_repaired;
        for (size_t k = 1; k < v->n_path; k++) {
            if (!bytes_equal((struct bytes){v->path[k].sha256, sizeof v->path[k].sha256}, wanted))
                continue;
            rule_element(f, v, k, who);
            rule_summary(a, "the intermediate certificate %s %s", who, why_weak(w->why));
            return rule_path_hit(f, a, v, k);
        }
    }
    return RULE_NA;
}

static enum verdict check_weak(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct chain_facts *c = rule_trust(f, a, &v);
    if (c == NULL)
        return v;
    for (size_t i = 0; i < c->n_weak; i++)
        if (!c->weak[i].is_root)
            return weak_hit(f, a, c, &c->weak[i]);
    const struct chain_verdict *path = longest(c, a, &v);
    if (path == NULL)
        return v;
    return path->ca_not_after_at < 0 ? RULE_NA : RULE_PASS;
}

const struct rule rule_chain_intermediate_expired = {
        .id = "chain-intermediate-expired",
        .codes = "F1 F2 U1",
        .title = "An intermediate certificate has expired",
        .cite = "RFC 5280 6.1.3",
        .what = "Every path from what was sent leads over an intermediate certificate whose "
                "notAfter lies before the time of the packet (or before --at).",
        .traps = "An expired cross-signed certificate beside a path that works is low. When "
                 "another path works only with a certificate that was not sent, the confidence is "
                 "0.7: clients that have it do not notice. The server's certificate itself is "
                 "cert-expired.",
        .remedy = "Remove the expired certificate from the bundle and serve the new one.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_expired,
};

const struct rule rule_chain_intermediate_expiring = {
        .id = "chain-intermediate-expiring",
        .codes = "F1 M3 P1",
        .title = "An intermediate certificate expires soon, or before the server's",
        .cite = "RFC 5280 6.1.3",
        .what = "The first intermediate certificate of the path to expire does so within 30 days, "
                "or a day or more before the server's certificate.",
        .traps = "Of several stores, the path that lasts longest is judged; a newer certificate "
                 "of the same name and key in the list takes the place of one that ends earlier. "
                 "One that lives no longer than 90 days (grids, meshes) expires soon only in the "
                 "last third of its life.",
        .remedy = "Plan the change of the intermediate certificate.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_expiring,
};

const struct rule rule_chain_weak_intermediate = {
        .id = "chain-weak-intermediate",
        .codes = "T1",
        .title = "A certificate between server and root is weak",
        .cite = "CA/Browser Forum BR 6.1.5, 7.1.3.2; RFC 9155",
        .what = "A CA certificate of the path that is not self-signed has an RSA key of less than "
                "2048 bits, an elliptic-curve key of less than 224 bits, or a signature with SHA-1 "
                "or MD5.",
        .traps = "Roots are trusted by being there: neither their key nor their own signature is "
                 "judged.",
        .remedy = "Ask the CA for another path.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_weak,
};
