/* The server refuses the name, or the application protocols, that the client asks for. */
#include "base/cursor.h"
#include "base/text.h"
#include "rules/support.h"

enum { UNRECOGNIZED_NAME = 112, NO_APPLICATION_PROTOCOL = 120, WARNING = 1 };
enum { NAME_SHOWN = 200, LIST_SHOWN = 160 };

static void show_alert(struct rule_answer *a, const struct alert *alert)
{
    uint8_t shown[2] = {alert->level, alert->description};
    rule_bytes(a, SIDE_SERVER, &alert->at, (struct bytes){shown, sizeof shown}, "the alert");
}

static enum verdict check_name(const struct rule_facts *f, struct rule_answer *a)
{
    struct recent_event e;
    const struct handshake *h = f->handshake;
    const struct alert *alert = rule_alert(&h->sides[SIDE_SERVER], UNRECOGNIZED_NAME);
    if (h->client_hello == NULL || h->outcome == OUTCOME_SCAN)
        return RULE_NA;
    if (alert == NULL || !recent_name(h, f->service, f->vantage, &e))
        return RULE_PASS;
    struct recent_counts n = recent_with(f->history, &e, h->last_us);
    if ((double)n.n_bad < rule_threshold(f, THRESHOLD_UNRECOGNIZED_NAME_MIN))
        return RULE_PASS;
    if (alert->level == WARNING)
        a->severity = SEV_LOW;
    struct text sni = {0};
    text_add_escaped(&sni, h->client_hello->sni);
    const char *name = sni.n > 0 ? text_str(&sni) : "(no name)";
    rule_subject(a, "%.*s", NAME_SHOWN, name);
    rule_summary(a,
            "the server does not know the name %.*s: alert 112 %s, %llu times in ten minutes",
            NAME_SHOWN, name, alert->level == WARNING ? "as a warning" : "(fatal)",
            (unsigned long long)n.n_bad);
    text_fini(&sni);
    show_alert(a, alert);
    rule_series(a, &(struct attempt_counts){n.n_all, n.n_bad, n.from_us, n.to_us},
            "alerts unrecognized_name for this name in ten minutes");
    return RULE_HIT;
}

/* Whether names other than that of ACME's probes (RFC 8737 3) are asked for; they are listed. */
static bool list_offer(struct bytes alpn, struct text *out)
{
    bool has_other = false;
    struct cur names = cur_of(alpn);
    while (cur_more(&names)) {
        struct bytes name = cur_vec(&names, 1);
        if (!cur_ok(&names))
            break;
        has_other |= !bytes_equal(name, bytes_of_text("acme-tls/1"));
        if (out->n < LIST_SHOWN) {
            text_add(out, out->n > 0 ? ", " : "");
            text_add_escaped(out, name);
        }
    }
    return has_other;
}

static void list_choices(const struct protocol_list *list, struct text *out)
{
    for (size_t i = 0; list != NULL && i < list->n; i++) {
        text_add(out, i > 0 ? ", " : "");
        text_add_escaped(out, (struct bytes){list->items[i].name, list->items[i].len});
    }
}

static enum verdict check_alpn(const struct rule_facts *f, struct rule_answer *a)
{
    char asked[LIST_SHOWN + 1], chosen[LIST_SHOWN + 1];
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || !ch->has_alpn || h->outcome == OUTCOME_SCAN)
        return RULE_NA;
    const struct alert *alert = rule_alert(&h->sides[SIDE_SERVER], NO_APPLICATION_PROTOCOL);
    if (alert == NULL)
        return RULE_PASS;
    struct text offer = {0}, choices = {0};
    bool is_meant = list_offer(ch->alpn, &offer);
    list_choices(protocols_of(f->history, f->vantage, h), &choices);
    rule_fit(asked, sizeof asked, "%s", text_str(&offer));
    rule_fit(chosen, sizeof chosen, "%s", text_str(&choices));
    text_fini(&offer);
    text_fini(&choices);
    if (!is_meant)
        return RULE_NA;
    rule_subject(a, "%s", asked);
    rule_summary(a,
            "the server speaks none of the application protocols that the client offers (%s); %s%s",
            asked, chosen[0] != '\0' ? "with others it chose " : "what it speaks was not seen",
            chosen);
    show_alert(a, alert);
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->alpn, "ALPN names of the ClientHello");
    return RULE_HIT;
}

const struct rule rule_name_unrecognized = {
        .id = "name-unrecognized",
        .codes = "F7 T7 M9",
        .title = "The server does not know the name that clients ask for",
        .cite = "RFC 6066 3; RFC 8446 6.2",
        .what = "The server answered with unrecognized_name, three times or more in ten minutes "
                "for "
                "one server_name. Low when it was a warning.",
        .traps = "Most clients ignore the warning. A name that is asked for once or twice is a "
                 "typing "
                 "error. Scans are not counted. With ECH the name is the outer one.",
        .remedy = "Add the name to the server, or correct DNS or the client.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_name,
};

const struct rule rule_name_alpn_none = {
        .id = "name-alpn-none",
        .codes = "F5 F7 F8 U10",
        .title = "Client and server have no application protocol in common",
        .cite = "RFC 7301 3.2; RFC 8446 6.2",
        .what = "The server refused with no_application_protocol. The client's list is shown, and "
                "what the server chose with others as far as it was in clear (TLS 1.2 and before).",
        .traps = "Probes of ACME (acme-tls/1 alone, RFC 8737) and scans are left out.",
        .remedy = "Enable the protocol on the server, or in the client.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_alpn,
};
