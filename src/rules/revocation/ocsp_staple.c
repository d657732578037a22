/* What a stapled OCSP answer about the server's certificate says, and whether it holds. */
#include "rules/revocation/staple.h"

/* The leaf's answer; NULL, with *verdict, when there is none. */
static const struct ocsp_answer *staple(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    if (rule_leaf(f, a, verdict) == NULL)
        return NULL;
    *verdict = RULE_NA;
    if (!staple_is_sent(h)) {
        if (staple_is_asked(h) && !handshake_is_complete(h))
            (void)staple_is_absence_known(f, a, verdict);
        return NULL;
    }
    const struct judgement *j = rule_judgement(f, a, verdict);
    if (j == NULL)
        return NULL;
    if (j->n_staples == 0 || j->staples == NULL) {
        *verdict = rule_undetermined(a, "the OCSP answer was not read");
        return NULL;
    }
    return &j->staples[0];
}

static const char *why_unread(const struct ocsp_answer *s)
{
    return s->problem == NULL && s->reason != NULL ? s->reason : "the OCSP answer does not parse";
}

/* The same, when it is a successful response that was read. */
static const struct ocsp_answer *basic(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct ocsp_answer *s = staple(f, a, verdict);
    if (s == NULL || (s->is_parsed && s->response_status == OCSP_SUCCESSFUL))
        return s;
    bool is_error = s->response_status > OCSP_SUCCESSFUL;
    *verdict = is_error ? RULE_NA : rule_undetermined(a, why_unread(s));
    return NULL;
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a)
{
    const struct cert_status *s = f->handshake->cert_status;
    (void)rule_certificate_hit(f, a, 0, f->chain[0]->serial, "serial number of the certificate");
    rule_bytes(a, SIDE_SERVER, &s->at, s->response, "OCSP response, its first bytes");
    return RULE_HIT;
}

static enum verdict check_expired(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], day[24];
    const struct ocsp_answer *s = basic(f, a, &v);
    if (s == NULL)
        return v;
    if (s->match == OCSP_MATCH_NO)
        return RULE_NA; /* ocsp-staple-invalid */
    if (s->this_update_us == TIME_NONE)
        return rule_undetermined(a, "the OCSP answer has no time");
    bool has_end = s->next_update_us != TIME_NONE;
    int64_t stale = f->at_us - rule_threshold_us(f, THRESHOLD_OCSP_STALE_DAYS);
    if (has_end ? s->next_update_us >= f->at_us : s->this_update_us >= stale)
        return RULE_PASS;
    rule_name(f->chain[0], who);
    rule_when(has_end ? s->next_update_us : s->this_update_us, f->at_us, day);
    rule_summary(a,
            has_end ? "the OCSP answer about %s was valid until %s"
                    : "the OCSP answer about %s is of %s, too old, and names no end",
            who, day);
    return hit(f, a);
}

static const char *why_invalid(const struct ocsp_answer *s)
{
    if (s->match == OCSP_MATCH_NO)
        return "it is about another certificate";
    if (s->responder == OCSP_RESPONDER_DELEGATED_NO_EKU)
        return "the responder's certificate lacks id-kp-OCSPSigning";
    if (s->verdict == SIGNED_INVALID)
        return s->reason != NULL ? s->reason : "its signature does not verify";
    if (s->verdict == SIGNED_VALID && s->responder == OCSP_RESPONDER_DELEGATED &&
            s->responder_period == AT_TIME_LATE)
        return "the responder's certificate has expired";
    return NULL;
}

static enum verdict check_invalid(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    const struct ocsp_answer *s = basic(f, a, &v);
    if (s == NULL)
        return v;
    const char *why = why_invalid(s);
    if (why == NULL && s->verdict != SIGNED_VALID)
        return rule_undetermined(
                a, s->reason != NULL ? s->reason : "the OCSP answer could not be verified");
    if (why == NULL)
        return s->match == OCSP_MATCH_UNTOLD
                       ? rule_undetermined(a, "whom the OCSP answer is about is not known")
                       : RULE_PASS;
    if (!rule_one_copy(f, a, &v))
        return v;
    rule_name(f->chain[0], who);
    rule_summary(a, "the OCSP answer that came with %s is not valid: %s", who, why);
    return hit(f, a);
}

static enum verdict check_revoked(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], day[16];
    const struct ocsp_answer *s = basic(f, a, &v);
    if (s == NULL)
        return v;
    if (s->cert_status != OCSP_CERT_REVOKED)
        return RULE_PASS;
    if (!ocsp_is_authentic(s)) {
        if (s->match == OCSP_MATCH_NO || s->verdict == SIGNED_INVALID)
            return RULE_NA; /* ocsp-staple-invalid */
        return rule_undetermined(
                a, s->reason != NULL ? s->reason : "the OCSP answer could not be verified");
    }
    if (s->revoked_us > f->handshake->first_us)
        return RULE_PASS;
    rule_name(f->chain[0], who);
    rule_day(s->revoked_us, day);
    rule_summary(a,
            "the OCSP answer that the server sends says that %s was revoked on %s (reason: %s)",
            who, s->revoked_us == TIME_NONE ? "an unknown day" : day,
            revocation_reason_name(s->revoked_reason));
    return hit(f, a);
}

static enum verdict check_error(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    const struct ocsp_answer *s = staple(f, a, &v);
    if (s == NULL)
        return v;
    rule_name(f->chain[0], who);
    if (s->response_status > OCSP_SUCCESSFUL) {
        rule_summary(a, "the OCSP answer that came with %s is an error: %s (%d)", who,
                ocsp_status_name(s->response_status), s->response_status);
        return hit(f, a);
    }
    if (!s->is_parsed)
        return rule_undetermined(a, why_unread(s));
    if (s->cert_status != OCSP_CERT_UNKNOWN)
        return RULE_PASS;
    if (s->match == OCSP_MATCH_NO)
        return RULE_NA; /* ocsp-staple-invalid */
    rule_summary(
            a, "the OCSP answer that came with %s says that its responder does not know it", who);
    return hit(f, a);
}

const struct rule rule_ocsp_staple_expired = {
        .id = "ocsp-staple-expired",
        .codes = "F6 M5 U5",
        .title = "The OCSP answer that the server sends has expired",
        .cite = "RFC 6960 4.2.2.1; CA/Browser Forum BR 4.9.10",
        .what = "nextUpdate of the stapled OCSP answer lies before the time of the packet (or "
                "before --at); without nextUpdate, thisUpdate is more than 10 days old.",
        .traps = "A capturing host whose clock is wrong makes every answer look old. An answer "
                 "about another certificate is ocsp-staple-invalid.",
        .remedy = "Restart or repair what updates the stapled answer.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_expired,
};

const struct rule rule_ocsp_staple_invalid = {
        .id = "ocsp-staple-invalid",
        .codes = "F6 F9",
        .title = "The OCSP answer that the server sends is not valid",
        .cite = "RFC 6960 3.2, 4.2.2.2",
        .what = "The signature of the stapled OCSP answer does not verify, it is about another "
                "certificate, or who signed it may not: not the issuer, and no certificate of the "
                "issuer with id-kp-OCSPSigning that is valid at that time.",
        .traps = "Without the certificate of the issuer nothing can be verified: undetermined. Of "
                 "several answers (status_request_v2) that about the server's certificate is "
                 "judged.",
        .remedy = "Check the responder, and the cache of the server.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_invalid,
};

const struct rule rule_ocsp_staple_revoked = {
        .id = "ocsp-staple-revoked",
        .codes = "T5 P9 U6",
        .title = "The server itself sends an OCSP answer that says revoked",
        .cite = "RFC 6960 2.2, 4.2.1",
        .what = "certStatus of the stapled OCSP answer, whose signature was verified, is revoked, "
                "and the certificate is still served.",
        .traps = "Only an answer that was verified counts, and only a revocation that was earlier "
                 "than the handshake.",
        .remedy = "Replace certificate and key now.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check_revoked,
};

const struct rule rule_ocsp_staple_error = {
        .id = "ocsp-staple-error",
        .codes = "F6 U5",
        .title = "The OCSP answer that the server sends is an error",
        .cite = "RFC 6960 2.3, 4.2.1",
        .what = "responseStatus of the stapled OCSP answer is not successful, or its certStatus is "
                "unknown.",
        .traps = "Short bursts while the CA maintains its responder.",
        .remedy = "Let the server keep the last good answer.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_error,
};
