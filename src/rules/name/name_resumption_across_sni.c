#include <string.h>

#include "history/leaves.h"
#include "history/sessions.h"
#include "rules/judged.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct resumed_session s;
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, &v))
        return v;
    if (h->resumption != RESUMPTION_RESUMED || tls_is_13(h->version) || h->version == TLS_SSLV2 ||
            h->client_hello == NULL || !h->client_hello->has_sni)
        return RULE_NA;
    if (!rule_one_copy(f, a, &v))
        return v;
    if (!history_session(f->history, h, f->service, &s))
        return rule_undetermined(a, "the full handshake of this session was not seen");
    if (!s.is_other_name || s.is_named)
        return RULE_PASS;
    const uint8_t *own = history_leaf(f->history, f->vantage, f->service);
    if (own == NULL)
        return rule_undetermined(a, "the certificate of this name was not seen");
    if (memcmp(own, s.leaf, 32) == 0)
        return RULE_PASS;
    rule_subject(a, "%s", s.name);
    rule_summary(a,
            "a session of %s was resumed for %s, whose certificate is another: the client takes "
            "one virtual host for the other",
            s.name, f->service->name);
    rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, history_session_evidence(h),
            "ticket or session id that the client offered");
    return RULE_HIT;
}

const struct rule rule_name_resumption_across_sni = {
        .id = "name-resumption-across-sni",
        .codes = "F7 T4 U4",
        .title = "A session of one name is resumed for another",
        .cite = "RFC 6066 3; RFC 9325 3.4",
        .what = "A server resumes, without a certificate, a session that began with another SNI, "
                "whose leaf does not name the SNI of now and is not the one served for it.",
        .traps = "Names that share a certificate may share sessions. A server that serves one "
                 "certificate for all names does nothing wrong here. Certificates with more than "
                 "16 names are not judged. In TLS 1.3 tickets and certificates are encrypted.",
        .unseen = "In TLS 1.3 neither tickets as they are issued nor certificates can be read.",
        .remedy = "Bind tickets and session caches to the virtual host.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
