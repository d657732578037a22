#include "rules/protocol/hellos.h"

static bool is_final(const struct server_hello *sh)
{
    return sh == NULL ||
           (sh->version != TLS_SSLV2 && (sh->version == TLS_1_3 || !tls_is_13(sh->version)));
}

static bool client_parses(const struct client_hello *ch)
{
    return ch == NULL ||
           (!ch->is_malformed && u16_count(ch->extension_types) <= HELLO_EXTENSIONS_MOST);
}

static bool server_parses(const struct server_hello *sh)
{
    return sh == NULL ||
           (!sh->is_malformed && u16_count(sh->extension_types) <= HELLO_EXTENSIONS_MOST);
}

bool hellos_of(const struct rule_facts *f, struct rule_answer *a, struct hellos *out,
        enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    bool has_two = h->client_hello_first != NULL;
    out->retry = h->hello_retry_request;
    out->answer = h->server_hello;
    out->first = has_two ? h->client_hello_first : h->client_hello;
    out->second = has_two ? h->client_hello : NULL;
    if (out->retry == NULL && !rule_hello(f, a, verdict))
        return false;
    *verdict = RULE_NA;
    if (!is_final(out->retry) || !is_final(out->answer))
        return false;
    if (!rule_lossless(f, a, verdict))
        return false;
    if (out->first == NULL || (out->retry != NULL && out->answer != NULL && !has_two))
        *verdict = rule_undetermined(a, "a ClientHello is missing in the capture");
    else if (out->retry == NULL && has_two)
        *verdict = rule_undetermined(a, "two ClientHellos without a HelloRetryRequest between");
    else if (!client_parses(out->first) || !client_parses(out->second) ||
             !server_parses(out->retry) || !server_parses(out->answer))
        *verdict = rule_undetermined(a, "a hello does not parse to its end");
    else
        return true;
    return false;
}
