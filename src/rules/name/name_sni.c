/* What the client said about the name that it wants: nothing, or something that is no host name. */
#include <arpa/inet.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "history/asked_names.h"
#include "rules/support.h"

enum { EXT_SERVER_NAME = 0, HOST_MOST = 255 };

/* Whether the certificate shows that the service goes by name: a dNSName, and not its address. */
static bool goes_by_name(const struct certificate *leaf, const struct address *at)
{
    bool has_name = false;
    const uint8_t *ip = at->ip;
    struct bytes address = {ip, sizeof at->ip};
    struct cur c = cur_of(address);
    if (address_is_v4(at)) {
        cur_skip(&c, 12);
        address = cur_rest(&c);
    }
    for (size_t i = 0; i < leaf->n_sans; i++) {
        if (leaf->sans[i].type == SAN_IP && bytes_equal(leaf->sans[i].value, address))
            return false;
        has_name |= leaf->sans[i].type == SAN_DNS;
    }
    return has_name;
}

static enum verdict check_missing(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[64];
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || ch->is_sslv2_format || h->version == TLS_SSLV2 || h->version == TLS_SSLV3)
        return RULE_NA; /* no extensions there */
    if (h->outcome == OUTCOME_SCAN || h->outcome == OUTCOME_ABANDONED || rule_is_smtp(h))
        return RULE_NA;
    if (ch->has_sni)
        return RULE_PASS;
    if (ch->is_malformed || ch->has_ech)
        return rule_undetermined(a, "the ClientHello was not understood as a whole");
    struct asked_names asked = {false};
    const struct lesson l = rule_lesson(f);
    bool is_asked = history_asked_names(f->history, &l, &asked);
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL && !is_asked)
        return rule_undetermined(a, "whether the server goes by name cannot be seen");
    if (leaf != NULL && !goes_by_name(leaf, &h->sides[SIDE_SERVER].endpoint.address))
        return RULE_NA;
    rule_client(h, who);
    rule_subject(a, "%s", who);
    if (leaf == NULL)
        rule_summary(a, "a client asked for no name, where others ask for one");
    else
        rule_summary(a, "a client asked for no name and got %s%s", rule_who(leaf),
                asked.is_other_leaf ? ", which is for others than who asks for a name gets" : "");
    if (asked.is_other_leaf)
        a->severity = SEV_MEDIUM;
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->extension_types, "extension types of the ClientHello");
    return RULE_HIT;
}

struct names {
    size_t n; /* entries of any type */
    bool is_whole;
};

/* RFC 6066 3. */
static struct names count(struct bytes extension)
{
    struct names out = {0, false};
    struct cur c = cur_of(extension);
    struct cur list = cur_sub(&c, 2);
    while (cur_more(&list)) {
        (void)cur_u8(&list);
        (void)cur_vec(&list, 2);
        out.n += cur_ok(&list);
    }
    out.is_whole = cur_done(&list) && cur_done(&c);
    return out;
}

static bool is_address(struct bytes name)
{
    char text[HOST_MOST + 1];
    uint8_t ip[16];
    if (name.n > HOST_MOST || name.n == 0)
        return false;
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    /* a colon belongs to an address or to a port */
    return inet_pton(AF_INET, text, ip) == 1 || memchr(name.p, ':', name.n) != NULL;
}

static const char *wrong(const struct names *list, struct bytes name)
{
    struct cur c = cur_of(name);
    if (list->is_whole && (list->n == 0 || name.n == 0))
        return "is empty";
    if (list->n > 1)
        return "holds more than one name";
    if (name.n > HOST_MOST)
        return "is longer than 255 octets";
    while (cur_more(&c)) {
        uint8_t ch = cur_u8(&c);
        if (ch < ' ' || ch == 0x7f)
            return "holds a control byte";
        if (ch >= 0x80)
            return "holds bytes that are not ASCII";
    }
    return is_address(name) ? "is an address" : NULL;
}

static enum verdict check_invalid(const struct rule_facts *f, struct rule_answer *a)
{
    char who[64];
    bool found = false;
    const struct client_hello *ch = f->handshake->client_hello;
    if (ch == NULL || !ch->has_sni)
        return RULE_NA;
    struct bytes extension = hello_extension(ch->extensions, EXT_SERVER_NAME, &found);
    struct names list = count(extension);
    const char *what = wrong(&list, ch->sni);
    struct cur c = cur_of(ch->sni);
    bool has_dot = ch->sni.n > 1 && cur_peek_u8(&c, ch->sni.n - 1) == '.';
    if (what == NULL && !has_dot)
        return RULE_PASS;
    if (what == NULL) {
        a->severity = SEV_LOW;
        what = "ends with a dot";
    }
    struct text shown = {0};
    text_add_escaped(&shown, ch->sni);
    rule_client(f->handshake, who);
    rule_subject(a, "%s %.200s", who, text_str(&shown));
    rule_summary(a, "server_name \"%.200s\" %s", text_str(&shown), what);
    text_fini(&shown);
    rule_bytes(a, SIDE_CLIENT, &ch->at, extension, "server_name extension of the ClientHello");
    return RULE_HIT;
}

const struct rule rule_name_sni_invalid = {
        .id = "name-sni-invalid",
        .codes = "T7",
        .title = "The client sent a server_name that is no host name",
        .cite = "RFC 6066 3",
        .what = "server_name in the ClientHello is an address, empty, longer than 255 octets, or "
                "holds several names, control bytes, or bytes that are not ASCII (names in other "
                "scripts have to be sent as A-labels). A dot at the end is low.",
        .traps =
                "A dot at the end is very common in custom clients. Whether the name exists is not "
                "judged; underscores are accepted.",
        .remedy = "Correct the client: send the A-label, without dot, and nothing for addresses.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check_invalid,
};

const struct rule rule_name_sni_missing = {
        .id = "name-sni-missing",
        .codes = "F7 T7",
        .title = "The client did not say which host it wants",
        .cite = "RFC 6066 3; RFC 9325 3.7",
        .what = "The ClientHello has no server_name although the server's certificate names a "
                "host, or clients asked this server for a name within a day. Medium when the "
                "certificate has other names than the one that such a client got. One finding per "
                "client fingerprint and service.",
        .traps = "A client that was given an address has no name to send: not judged when the "
                 "certificate names the server's address or no host, undetermined when the "
                 "certificate is not visible (TLS 1.3, resumption) and nobody asked for a name. "
                 "Mail (ports 25, 587, 2525) and "
                 "scanners are left out.",
        .unseen = "With Encrypted Client Hello only the public name of the outer ClientHello.",
        .remedy = "Set the server name in the client.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check_missing,
};
