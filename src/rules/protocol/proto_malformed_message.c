#include <string.h>

#include "rules/support.h"

enum {
    UNEXPECTED_MESSAGE = 10,
    RECORD_OVERFLOW = 22,
    HANDSHAKE_FAILURE = 40,
    ILLEGAL_PARAMETER = 47,
    DECODE_ERROR = 50,
    MISSING_EXTENSION = 109,
    UNSUPPORTED_EXTENSION = 110
};

/* A message that breaks its own structure, and what to show of it. */
struct broken {
    const char *what;
    enum side side;
    const struct span *at;
    struct bytes shown;
    bool is_hello; /* a ServerHello is the proof that it was accepted */
};

static bool client_hello_is(const struct client_hello *ch, struct broken *out)
{
    if (ch == NULL || !ch->is_malformed)
        return false;
    *out = (struct broken){
            "an extension or list of the ClientHello does not parse, or stands twice", SIDE_CLIENT,
            &ch->at, ch->raw, true};
    return true;
}

static bool server_hello_is(const struct server_hello *sh, struct broken *out)
{
    if (sh == NULL || !sh->is_malformed)
        return false;
    *out = (struct broken){"an extension of the ServerHello does not parse, or stands twice",
            SIDE_SERVER, &sh->at, sh->raw, false};
    return true;
}

static bool find(const struct handshake *h, struct broken *out)
{
    const struct server_key_exchange *ske = h->server_key_exchange;
    if (h->malformed != NULL && strcmp(h->malformed, TLS_NO_RECORD) != 0) {
        *out = (struct broken){
                h->malformed, h->malformed_side, &h->malformed_at, h->malformed_bytes, false};
        return true;
    }
    if (client_hello_is(h->client_hello_first, out) || client_hello_is(h->client_hello, out) ||
            server_hello_is(h->hello_retry_request, out) || server_hello_is(h->server_hello, out))
        return true;
    if (ske == NULL || !ske->is_malformed)
        return false;
    *out = (struct broken){
            "the ServerKeyExchange does not parse", SIDE_SERVER, &ske->at, ske->raw, false};
    return true;
}

/* Those that say so come first; behind them what stacks send as well (Java 40 and 109, GnuTLS 110
 * for an extension that stands twice, mbedTLS 40), which may have another reason. */
static const uint8_t codes[] = {DECODE_ERROR, ILLEGAL_PARAMETER, UNEXPECTED_MESSAGE,
        RECORD_OVERFLOW, HANDSHAKE_FAILURE, MISSING_EXTENSION, UNSUPPORTED_EXTENSION};

static bool is_telling(const struct alert *alert)
{
    return alert->description == DECODE_ERROR || alert->description == ILLEGAL_PARAMETER ||
           alert->description == UNEXPECTED_MESSAGE || alert->description == RECORD_OVERFLOW;
}

static const struct alert *refusal(const struct handshake *h, enum side by)
{
    if (h->outcome != (by == SIDE_CLIENT ? OUTCOME_FAIL_ALERT_CLIENT : OUTCOME_FAIL_ALERT_SERVER))
        return NULL;
    for (size_t i = 0; i < sizeof codes; i++)
        if (rule_alert(&h->sides[by], codes[i]) != NULL)
            return rule_alert(&h->sides[by], codes[i]);
    return NULL;
}

static bool is_accepted(const struct handshake *h, const struct broken *b)
{
    return outcome_is_success(h->outcome) || (b->is_hello && h->server_hello != NULL);
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, const struct broken *b,
        const struct alert *alert)
{
    char who[64] = "server";
    enum side peer = b->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    const char *by = peer == SIDE_CLIENT ? "client" : "server";
    if (b->side == SIDE_CLIENT) {
        a->about = ABOUT_CLIENT;
        rule_client(f->handshake, who);
    }
    rule_subject(a, "%s: %s", who, b->what);
    rule_bytes(a, b->side, b->at, b->shown, "the message, its first bytes");
    if (alert == NULL) {
        a->severity = SEV_HIGH;
        rule_summary(a, "from the %s: %s; the %s accepted it",
                b->side == SIDE_CLIENT ? "client" : "server", b->what, by);
        return RULE_HIT;
    }
    if (!is_telling(alert)) {
        a->basis = BASIS_INFERRED;
        a->confidence = 0.7;
    }
    const char *name = iana_alert_name(alert->description);
    rule_summary(a, "from the %s: %s; the %s refused it with alert %u (%s)",
            b->side == SIDE_CLIENT ? "client" : "server", b->what, by, alert->description,
            name != NULL ? name : "unassigned");
    uint8_t shown[2] = {alert->level, alert->description};
    rule_bytes(a, peer, &alert->at, (struct bytes){shown, sizeof shown}, "the alert");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct broken b;
    const struct handshake *h = f->handshake;
    if (!h->is_tls)
        return RULE_NA;
    if (!find(h, &b))
        return RULE_PASS;
    if (!rule_lossless(f, a, &v))
        return v;
    if (h->outcome == OUTCOME_SCAN)
        return RULE_NA;
    /* Which of two hellos the server looked at is not known. */
    if (b.is_hello && h->client_hello_first != NULL && h->hello_retry_request == NULL)
        return rule_undetermined(a, "two ClientHellos without a HelloRetryRequest between");
    const struct alert *alert = refusal(h, b.side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT);
    if (alert != NULL && !is_telling(alert) && is_accepted(h, &b))
        alert = NULL; /* it is about something that came later */
    if (alert == NULL && !is_accepted(h, &b))
        return RULE_NA;
    return hit(f, a, &b, alert);
}

const struct rule rule_proto_malformed_message = {
        .id = "proto-malformed-message",
        .codes = "F8 T3",
        .title = "A handshake message breaks the rules of its structure",
        .cite = "RFC 8446 6.2; RFC 5246 7.2.2",
        .what = "A handshake message, an extension of a hello or an alert does not parse, stands "
                "twice, or comes from the side that may not send it, and the peer refused it with "
                "decode_error, illegal_parameter, unexpected_message or record_overflow. High "
                "when the peer went on.",
        .traps = "Only where no byte was lost, cut by the snap length or captured in two versions. "
                 "Stacks also refuse with handshake_failure, missing_extension or "
                 "unsupported_extension, which may have another reason: confidence 0.7 then. "
                 "Where the peer neither refused with one of these alerts nor went on, nothing is "
                 "said: this program may read more strictly than the peer. Bytes that are no TLS "
                 "records are not judged, nor scans.",
        .remedy = "Find the software of the side that is named by its fingerprint, and update it.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
