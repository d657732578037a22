/* OCSP answers that were asked for and did not come. */
#include "base/cursor.h"
#include "rules/revocation/staple.h"

enum { STATUS_TYPE_OCSP = 1, STATUS_TYPE_OCSP_MULTI = 2 };

bool staple_is_asked(const struct handshake *h)
{
    const struct client_hello *c = h->client_hello;
    return c != NULL && ((c->has_status_request && c->status_request_type == STATUS_TYPE_OCSP) ||
                                c->status_request_v2.n > 0);
}

bool staple_is_sent(const struct handshake *h)
{
    const struct cert_status *s = h->cert_status;
    if (s == NULL || s->type != STATUS_TYPE_OCSP_MULTI)
        return s != NULL && s->response.n > 0;
    struct cur list = cur_of(s->responses);
    struct bytes first = cur_vec(&list, 3);
    return first.n > 0;
}

bool staple_is_absence_known(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    bool is_past = h->server_key_exchange != NULL || h->cert_request != NULL ||
                   h->times.server_flight_end_us != TIME_NONE;
    if (handshake_is_complete(h) && h->client_hello != NULL && is_past)
        return true;
    *verdict = rule_undetermined(
            a, !is_past ? "the server's flight was not seen to its end" : "the capture has gaps");
    return false;
}

/* The leaf, when its extensions were all read. */
static const struct certificate *whole_leaf(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct certificate *leaf = rule_leaf(f, a, verdict);
    if (leaf == NULL || leaf->problem == NULL)
        return leaf;
    *verdict = rule_undetermined(a, "the certificate does not parse to its end");
    return NULL;
}

static void show_request(const struct rule_facts *f, struct rule_answer *a)
{
    static const uint8_t STATUS_REQUEST[2] = {0, 5}, STATUS_REQUEST_V2[2] = {0, 17};
    const struct client_hello *c = f->handshake->client_hello;
    rule_bytes(a, SIDE_CLIENT, &c->at,
            (struct bytes){c->has_status_request ? STATUS_REQUEST : STATUS_REQUEST_V2, 2},
            c->has_status_request ? "extension type status_request"
                                  : "extension type status_request_v2");
}

static enum verdict check_missing(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], url[WHO_TEXT];
    const struct certificate *leaf = whole_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->n_ocsp_urls == 0)
        return RULE_NA;
    if (staple_is_sent(f->handshake))
        return RULE_PASS;
    if (!staple_is_absence_known(f, a, &v))
        return v;
    if (!staple_is_asked(f->handshake))
        return RULE_NA;
    rule_name(leaf, who);
    rule_wire(leaf->ocsp_urls[0], url);
    rule_summary(a, "the client asked for an OCSP answer about %s and got none (responder %s)", who,
            url);
    (void)rule_certificate_hit(f, a, 0, leaf->ocsp_urls[0], "OCSP responder in the certificate");
    show_request(f, a);
    return RULE_HIT;
}

static enum verdict check_must(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    const struct client_hello *c = f->handshake->client_hello;
    const struct certificate *leaf = whole_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (!certificate_requires_staple(leaf))
        return RULE_NA;
    if (staple_is_sent(f->handshake))
        return RULE_PASS;
    if (!staple_is_absence_known(f, a, &v))
        return v;
    if (!c->has_status_request || c->status_request_type != STATUS_TYPE_OCSP)
        return RULE_NA;
    rule_name(leaf, who);
    rule_summary(
            a, "%s must come with an OCSP answer (TLS feature); the client asked, none came", who);
    (void)rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
    show_request(f, a);
    return RULE_HIT;
}

const struct rule rule_ocsp_staple_missing = {
        .id = "ocsp-staple-missing",
        .codes = "T5 M5 U5 S3",
        .title = "The server sends no OCSP answer",
        .cite = "RFC 6066 8",
        .what = "The client asked for an OCSP answer (status_request), the server's certificate "
                "names a responder, and no answer about it came in a CertificateStatus.",
        .traps = "Certificates without an OCSP URL are left out: nothing is to be stapled. The "
                 "first connections after a restart often lack the answer. Gaps in the capture "
                 "make it undetermined.",
        .remedy = "Enable OCSP stapling.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check_missing,
};

const struct rule rule_ocsp_must_staple_violated = {
        .id = "ocsp-must-staple-violated",
        .codes = "T5 M5 U5",
        .title = "A must-staple certificate came without its OCSP answer",
        .cite = "RFC 7633 4.2.3",
        .what = "The TLS feature extension of the server's certificate asks for status_request, "
                "the client sent it, and no answer about it came in a CertificateStatus.",
        .traps = "Not judged when the client did not ask. Gaps in the capture make it "
                 "undetermined.",
        .remedy = "Repair OCSP stapling, or have it issued again without the extension.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check_must,
};
