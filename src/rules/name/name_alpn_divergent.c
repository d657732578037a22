#include <string.h>

#include "history/alpn_choices.h"
#include "rules/judged.h"

static void show(struct bytes alpn, char out[WHO_TEXT])
{
    if (alpn.n > 0)
        rule_wire(alpn, out);
    else
        rule_clip("none", out);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct alpn_divergence d;
    char own[WHO_TEXT], other[WHO_TEXT], server[ENDPOINT_TEXT];
    const struct handshake *h = f->handshake;
    if (!rule_hellos(f, a, &v))
        return v;
    if (!alpn_is_judged(h) || f->history == NULL || f->service->is_address)
        return RULE_NA;
    if (!history_alpn(f->history, f->vantage, f->service, h, &d))
        return RULE_PASS;
    show(h->server_hello->alpn, own);
    show(d.other, other);
    endpoint_text(&h->sides[SIDE_SERVER].endpoint, server);
    bool is_first = strcmp(own, other) < 0;
    rule_subject(a, "%.100s / %.100s", is_first ? own : other, is_first ? other : own);
    rule_summary(a, "%s chooses ALPN %.100s for %.100s, another address %.100s for the same offer",
            server, own, f->service->name, other);
    rule_bytes(
            a, SIDE_SERVER, &h->server_hello->at, h->server_hello->alpn, "ALPN of the ServerHello");
    rule_connection(a, "the handshake with the other address");
    a->evidence[a->n_evidence - 1].handshake_id = d.handshake;
    return RULE_HIT;
}

const struct rule rule_name_alpn_divergent = {
        .id = "name-alpn-divergent",
        .codes = "U10 P6",
        .title = "Addresses behind one name choose different application protocols",
        .cite = "RFC 7301 3.2",
        .what = "Before TLS 1.3, in full handshakes: for the same offer (ALPN list and JA4), an "
                "address chooses a name from the list, or none, twice within an hour, and in "
                "between another address behind the same name and port another.",
        .traps = "Listeners may have different roles. A change of the configuration looks the same "
                 "for a moment: so the one choice must have been made before and after the other. "
                 "In TLS 1.3 the choice is encrypted.",
        .remedy = "Give the listeners the same list of protocols.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_SERVICE,
        .check = check,
};
