/* Certificates that will expire soon, in three steps that never overlap. */
#include "history/servers.h"
#include "rules/support.h"

enum step { STEP_NONE, STEP_30D, STEP_7D, STEP_1D };

static int64_t part(const struct rule_facts *f, int64_t lifetime, enum threshold divisor)
{
    return lifetime / (int64_t)rule_threshold(f, divisor);
}

/* Short-lived certificates are always close to their end: they are judged by the share that is
 * left. */
static enum step step_of(const struct rule_facts *f, int64_t left, int64_t lifetime)
{
    int64_t day = rule_threshold_us(f, THRESHOLD_EXPIRING_CRITICAL_HOURS);
    int64_t week = rule_threshold_us(f, THRESHOLD_EXPIRING_HIGH_DAYS);
    int64_t month = rule_threshold_us(f, THRESHOLD_EXPIRING_MEDIUM_DAYS);
    bool is_tiny = lifetime <= rule_threshold_us(f, THRESHOLD_EXPIRING_TINY_LIFE_DAYS);
    bool is_short = lifetime <= rule_threshold_us(f, THRESHOLD_EXPIRING_SHORT_LIFE_DAYS);
    if (is_tiny ? left < part(f, lifetime, THRESHOLD_EXPIRING_TINY_PART) : left < day)
        return STEP_1D;
    if (left >= day && left < week &&
            (!is_short || left < part(f, lifetime, THRESHOLD_EXPIRING_SHORT_PART)))
        return STEP_7D;
    if (lifetime <= rule_threshold_us(f, THRESHOLD_EXPIRING_LONG_LIFE_DAYS))
        month = part(f, lifetime, THRESHOLD_EXPIRING_LONG_PART) -
                rule_threshold_us(f, THRESHOLD_EXPIRING_LONG_SLACK_DAYS);
    return left >= week && left < month ? STEP_30D : STEP_NONE;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a, enum step step)
{
    enum verdict v;
    char day[24], span[24];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->not_after_us == INT64_MAX || leaf->not_after_us < f->at_us)
        return RULE_NA; /* never expires, or has: cert-expired */
    int64_t left = leaf->not_after_us - f->at_us;
    if (step_of(f, left, leaf->not_after_us - leaf->not_before_us) != step)
        return RULE_PASS;
    if (f->history != NULL && history_latest_expiry(f->history, f->vantage, f->service,
                                      f->handshake, leaf) > leaf->not_after_us)
        return RULE_PASS; /* this server already shows a newer one */
    rule_when(leaf->not_after_us, f->at_us, day);
    rule_span(left, span);
    rule_summary(a, "%s expires on %s, in %s", rule_who(leaf), day, span);
    return rule_certificate_hit(
            f, a, 0, leaf->validity_der, "validity of the server's certificate");
}

static enum verdict check_1d(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, STEP_1D);
}

static enum verdict check_7d(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, STEP_7D);
}

static enum verdict check_30d(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, STEP_30D);
}

#define TRAPS                                                                                      \
    "Certificates of a few days or weeks are always close to their end, so for them the share of " \
    "the lifetime that is left decides. Nothing is said once the same server has shown a "         \
    "certificate for the same names, with the same type of key, that expires later."

const struct rule rule_cert_expiring_1d = {
        .id = "cert-expiring-1d",
        .codes = "F1 M3 U1 S2",
        .title = "The server's certificate expires within a day",
        .cite = "RFC 5280 4.1.2.5",
        .what = "Less than 24 hours are left until notAfter of the server's certificate; for "
                "lifetimes of at most 10 days, less than a tenth of the lifetime.",
        .traps = TRAPS,
        .remedy = "Renew now and verify on every node.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check_1d,
};

const struct rule rule_cert_expiring_7d = {
        .id = "cert-expiring-7d",
        .codes = "F1 M3 U1 S2",
        .title = "The server's certificate expires within a week",
        .cite = "RFC 5280 4.1.2.5",
        .what = "Between 1 and 7 days are left until notAfter of the server's certificate; for "
                "lifetimes of at most 47 days, also less than a sixth of the lifetime.",
        .traps = TRAPS,
        .remedy = "Renew within the week, and check why automation has not.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_7d,
};

const struct rule rule_cert_expiring_30d = {
        .id = "cert-expiring-30d",
        .codes = "F1 M3 P7",
        .title = "The server's certificate expires within a month",
        .cite = "RFC 5280 4.1.2.5",
        .what = "Between 7 and 30 days are left until notAfter of the server's certificate; for "
                "lifetimes of at most 90 days, less than a third of the lifetime less 3 days.",
        .traps = TRAPS,
        .remedy = "Confirm that a renewal is scheduled.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_30d,
};
