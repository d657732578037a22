#include "base/text.h"
#include "history/revoked_leaves.h"
#include "history/sessions.h"
#include "rules/judged.h"

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a,
        const struct resumed_session *s, const char *what, int64_t since_us)
{
    const struct handshake *h = f->handshake;
    char since[24], issued[24];
    struct text hex = {0};
    text_add_hex(&hex, (struct bytes){s->leaf, 32});
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    rule_when(since_us, f->at_us, since);
    rule_when(s->issued_us, f->at_us, issued);
    rule_summary(a,
            "a session of %s was resumed, although the certificate that authenticated it %s on %s",
            issued, what, since);
    rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, history_session_evidence(h),
            "ticket or session id that the client offered");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct resumed_session s;
    const struct handshake *h = f->handshake;
    struct revoked_leaf r;
    if (!rule_hello(f, a, &v))
        return v;
    if (h->resumption != RESUMPTION_RESUMED || tls_is_13(h->version) || h->version == TLS_SSLV2)
        return RULE_NA;
    if (!rule_one_copy(f, a, &v))
        return v;
    if (!history_session(f->history, h, f->service, &s))
        return rule_undetermined(a, "the full handshake of this session was not seen");
    if (f->at_us > s.not_after_us && s.issued_us <= s.not_after_us)
        return hit(f, a, &s, "expired", s.not_after_us);
    if (history_revoked(f->history, s.leaf, &r) && f->at_us > r.known_us &&
            s.issued_us <= r.revoked_us)
        return hit(f, a, &s, "was revoked", r.revoked_us);
    return RULE_PASS;
}

const struct rule rule_resumption_past_expiry = {
        .id = "resumption-past-expiry",
        .codes = "F1 P9 U1 U2",
        .title = "A session outlives the certificate that authenticated it",
        .cite = "RFC 5246 F.1.4; RFC 9325 3.4",
        .what = "A session is resumed by ticket or session id after the notAfter of the leaf that "
                "was served in its full handshake, or after it was revoked in a verified CRL or an "
                "authentic OCSP answer.",
        .traps = "Which leaf that was is only known when the full handshake was seen, in this run "
                 "or an earlier one; a ticket that renews another is followed. When the leaf had "
                 "expired then already, cert-expired says so; when it was revoked, "
                 "revoked-cert-in-use. A revocation counts from the time of the CRL or answer on, "
                 "and only when it was looked up for this leaf. In TLS 1.3 tickets and "
                 "certificates are encrypted.",
        .remedy = "Limit the lifetime of sessions to that of the certificate; drop sessions when a "
                  "certificate is replaced.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
