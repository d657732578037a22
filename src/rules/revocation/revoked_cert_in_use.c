#include "rules/judged.h"

/* What one source says about the leaf at the time of the handshake. */
enum opinion { OPINION_NONE, OPINION_GOOD, OPINION_REVOKED };

struct source {
    enum opinion opinion;
    const char *why; /* of NONE */
    int64_t revoked_us;
    int reason;
    const char *file;
    bool is_after; /* it was issued after the time that is judged */
    int64_t issued_us;
};

/* What is issued later may have been dated back: at the time nobody could know it. */
#define CONFIDENCE_AFTER 0.9

static struct source silent(const char *why)
{
    return (struct source){.opinion = OPINION_NONE, .why = why};
}

static struct source revoked_at(int64_t us, int reason, const char *file, int64_t handshake_us)
{
    if (reason == REVOKED_CERTIFICATE_HOLD)
        return silent("the certificate is on hold, which can be lifted");
    bool is_later = us > handshake_us || reason == REVOKED_REMOVE_FROM_CRL;
    return (struct source){.opinion = is_later ? OPINION_GOOD : OPINION_REVOKED,
            .revoked_us = us,
            .reason = reason,
            .file = file};
}

static struct source issued(
        struct source said, int64_t issued_us, enum at_time period, int64_t handshake_us)
{
    said.is_after = period == AT_TIME_EARLY || issued_us > handshake_us;
    said.issued_us = issued_us;
    return said;
}

/* RFC 5280 3.3: entries of certificates that have expired may have been removed. */
static bool may_be_removed(const struct rule_facts *f, int64_t issued_us)
{
    return issued_us == TIME_NONE || issued_us > f->chain[0]->not_after_us;
}

static struct source from_crl(const struct rule_facts *f, const struct crl_answer *c, int64_t us)
{
    switch (c->status) {
    case CRL_REVOKED:
        return issued(revoked_at(c->revoked_us, c->revoked_reason, c->source, us),
                c->this_update_us, c->period, us);
    case CRL_ON_HOLD:
        return silent("the certificate is on hold, which can be lifted");
    case CRL_NOT_LISTED:
        break;
    default:
        return silent(c->reason != NULL ? c->reason : "no CRL speaks about the certificate");
    }
    if (c->is_partial)
        return silent("the CRL covers only some reasons for a revocation");
    if (c->period == AT_TIME_EARLY && may_be_removed(f, c->this_update_us))
        return silent("the CRL was issued after the certificate had expired: an entry may have "
                      "been removed");
    if (c->period != AT_TIME_VALID && c->period != AT_TIME_EARLY)
        return silent("the CRL had ended before the handshake");
    return (struct source){.opinion = OPINION_GOOD};
}

static struct source from_ocsp(const struct rule_facts *f, const struct judgement *j, int64_t us)
{
    const struct ocsp_answer *o = j->ocsp_file;
    if (!ocsp_is_authentic(o))
        return silent(o->reason != NULL ? o->reason : "the OCSP answer could not be verified");
    if (o->cert_status == OCSP_CERT_REVOKED)
        return issued(revoked_at(o->revoked_us, o->revoked_reason, j->ocsp_source, us),
                o->this_update_us, o->period, us);
    if (o->cert_status != OCSP_CERT_GOOD)
        return silent("the OCSP answer does not know the certificate");
    enum at_time period = at_time_of(us, o->this_update_us, o->next_update_us);
    if (period == AT_TIME_LATE)
        return silent("the OCSP answer is older than the handshake");
    if (period == AT_TIME_EARLY && may_be_removed(f, o->this_update_us))
        return silent("the OCSP answer was made after the certificate had expired");
    return (struct source){.opinion = OPINION_GOOD};
}

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct source *s, const char *what)
{
    char who[WHO_TEXT], file[WHO_TEXT], day[16], issued_day[16];
    char after[64] = "";
    rule_name(f->chain[0], who);
    rule_clip(s->file != NULL ? s->file : "a file", file);
    rule_day(s->revoked_us, day);
    if (s->is_after) {
        a->confidence = CONFIDENCE_AFTER;
        rule_day(s->issued_us, issued_day);
        rule_fit(after, sizeof after, " (%s of %s, issued after)", what, issued_day);
    }
    rule_summary(a, "%s was revoked on %s (reason: %s), says the %s %s%s", who, day,
            revocation_reason_name(s->reason), what, file, after);
    return rule_certificate_hit(f, a, 0, f->chain[0]->serial, "serial number of the certificate");
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    if (!j->has_crls && j->ocsp_file == NULL)
        return rule_undetermined(a, "no CRL or OCSP answer was given (--crl, --ocsp)");
    int64_t us = f->handshake->first_us;
    struct source crl = j->has_crls ? from_crl(f, &j->crl, us) : silent(NULL);
    struct source ocsp = j->ocsp_file != NULL ? from_ocsp(f, j, us) : silent(NULL);
    if (crl.opinion == OPINION_REVOKED)
        return hit(f, a, &crl, "CRL");
    if (ocsp.opinion == OPINION_REVOKED)
        return hit(f, a, &ocsp, "OCSP answer");
    if (crl.opinion == OPINION_GOOD || ocsp.opinion == OPINION_GOOD)
        return RULE_PASS;
    return rule_undetermined(a, crl.why != NULL ? crl.why : ocsp.why);
}

const struct rule rule_revoked_cert_in_use = {
        .id = "revoked-cert-in-use",
        .codes = "T5 P9 U6",
        .title = "A revoked certificate is served",
        .cite = "RFC 5280 6.3; RFC 6960 2.2",
        .what = "A CRL or an OCSP answer that was given, and whose signature was verified, says "
                "that the server's certificate was revoked before the handshake.",
        .traps = "certificateHold can be lifted: undetermined; removeFromCRL is no revocation. A "
                 "revocation after the handshake is none at that time. What was issued after the "
                 "handshake (or --at) counts by its date of revocation, with confidence 0.9, as "
                 "that can be dated back; being absent there clears only a certificate that had "
                 "not expired yet, as entries may be removed then. A CRL for other certificates "
                 "(RFC 5280 6.3.3) says nothing; one that covers some reasons only, or that had "
                 "ended before the handshake, clears nobody.",
        .unseen = "In TLS 1.3 certificates and staples are encrypted; whether a client asked for "
                  "revocation elsewhere.",
        .remedy = "Replace the certificate and its key.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check,
};
