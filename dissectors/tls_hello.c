/* ClientHello and ServerHello with their extensions. */
#include <string.h>

#include "dissectors/tls_extensions.h"
#include "dissectors/tls_messages.h"
#include "iana/iana.h"

enum { FEW_TYPES = 32, WORD = 64 };

/* An extensions block on its way; the first extension of a type counts, a second one is malformed.
 */
struct walk {
    struct cur block;
    struct bytes *types; /* those before, in wire order */
    uint8_t *list;       /* their room */
    uint16_t type;       /* of the latest, with its body */
    struct cur body;
    bool is_repeated;
    uint64_t set[(UINT16_MAX + 1) / WORD]; /* the same types, once there are many of them */
};

/* Not all at once: most hellos need no set, and clearing one costs more than parsing them. */
static void walk_begin(
        struct walk *w, struct arena *a, struct bytes extensions, struct bytes *types)
{
    w->block = cur_of(extensions);
    w->types = types;
    w->list = arena_alloc(a, extensions.n / 2 + 2);
}

static bool set_add(uint64_t *set, uint16_t type)
{
    uint64_t bit = UINT64_C(1) << type % WORD;
    bool had = set[type / WORD] & bit;
    set[type / WORD] |= bit;
    return had;
}

static bool is_repeated(struct walk *w)
{
    size_t n = u16_count(*w->types);
    if (n < FEW_TYPES)
        return u16_has(*w->types, w->type);
    if (n == FEW_TYPES) {
        memset(w->set, 0, sizeof w->set);
        for (size_t i = 0; i < n; i++)
            (void)set_add(w->set, u16_at(*w->types, i));
    }
    return set_add(w->set, w->type);
}

static bool walk_next(struct walk *w)
{
    if (!cur_more(&w->block))
        return false;
    w->type = cur_u16(&w->block);
    w->body = cur_of(cur_vec(&w->block, 2));
    if (!cur_ok(&w->block))
        return false;
    w->is_repeated = is_repeated(w);
    tls_list_add(w->list, w->types, w->type);
    return true;
}

static bool client_extensions(struct arena *a, struct client_hello *out)
{
    struct walk w;
    walk_begin(&w, a, out->extensions, &out->extension_types);
    while (walk_next(&w)) {
        if (w.is_repeated || !tls_client_extension(a, w.type, w.body, out))
            out->is_malformed = true;
    }
    return cur_done(&w.block);
}

/* RFC 5746 3.3, RFC 7507 2, RFC 8701: what stands among the suites but is none. */
static void scan_suites(struct client_hello *out)
{
    for (size_t i = 0; i < u16_count(out->cipher_suites); i++) {
        uint16_t suite = u16_at(out->cipher_suites, i);
        out->has_renegotiation_scsv |= suite == 0x00ff;
        out->has_fallback_scsv |= suite == 0x5600;
        if (iana_is_grease(suite))
            out->grease |= GREASE_SUITES;
    }
}

bool tls_client_hello(struct arena *a, struct cur msg, struct client_hello *out)
{
    struct cur c = msg;
    out->raw = cur_rest(&msg);
    out->legacy_version = cur_u16(&c);
    out->random = cur_take(&c, 32);
    out->session_id = cur_vec(&c, 1);
    out->cipher_suites = cur_vec(&c, 2);
    out->compression = cur_vec(&c, 1);
    out->has_extensions = cur_more(&c);
    if (out->has_extensions)
        out->extensions = cur_vec(&c, 2);
    if (!cur_done(&c))
        return false;
    if (out->cipher_suites.n % 2 != 0)
        out->is_malformed = true;
    scan_suites(out);
    if (!client_extensions(a, out))
        out->is_malformed = true;
    return true;
}

bool tls_sslv2_client_hello(struct arena *a, struct cur msg, struct client_hello *out)
{
    struct cur c = msg;
    out->raw = cur_rest(&msg);
    uint8_t type = cur_u8(&c);
    out->is_sslv2_format = true;
    out->legacy_version = cur_u16(&c);
    size_t suites_len = cur_u16(&c);
    size_t id_len = cur_u16(&c);
    size_t challenge_len = cur_u16(&c);
    out->sslv2_kinds = cur_take(&c, suites_len);
    struct cur kinds = cur_of(out->sslv2_kinds);
    out->session_id = cur_take(&c, id_len);
    out->random = cur_take(&c, challenge_len);
    if (type != 1 || !cur_done(&c) || suites_len % 3 != 0)
        return false;
    uint8_t *list = arena_alloc(a, suites_len + 2);
    while (cur_more(&kinds)) {
        uint32_t kind = cur_u24(&kinds);
        if (kind <= 0xffff) /* E.2: TLS suites have a zero in front */
            tls_list_add(list, &out->cipher_suites, (uint16_t)kind);
    }
    scan_suites(out);
    return true;
}

bool tls_sslv2_server_hello(struct cur msg, struct server_hello *out, struct bytes *der)
{
    struct cur c = msg;
    out->raw = cur_rest(&msg);
    uint8_t type = cur_u8(&c);
    out->is_sslv2_hit = cur_u8(&c) != 0;
    cur_skip(&c, 1); /* certificate type: X.509 is the only one */
    out->legacy_version = cur_u16(&c);
    out->version = out->legacy_version;
    size_t der_len = cur_u16(&c);
    size_t kinds_len = cur_u16(&c);
    size_t id_len = cur_u16(&c);
    *der = cur_take(&c, der_len);
    out->sslv2_kinds = cur_take(&c, kinds_len);
    out->session_id = cur_take(&c, id_len); /* the connection id, which is its random as well */
    out->random = out->session_id;
    return type == 4 && cur_done(&c) && kinds_len % 3 == 0 && out->version == TLS_SSLV2;
}

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t hrr_random[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d,
        0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07,
        0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

static void server_extensions(struct arena *a, struct server_hello *out)
{
    struct walk w;
    walk_begin(&w, a, out->extensions, &out->extension_types);
    while (walk_next(&w)) {
        if (w.is_repeated || !tls_server_extension(w.type, w.body, out))
            out->is_malformed = true;
    }
    if (!cur_done(&w.block))
        out->is_malformed = true;
}

/* RFC 8446 4.1.3: the last eight bytes. */
static enum downgrade downgrade_of(struct bytes random)
{
    static const uint8_t sentinel[7] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
    struct bytes tail = {random.p + 24, 7};
    if (random.n != 32 || !bytes_equal(tail, (struct bytes){sentinel, sizeof sentinel}))
        return DOWNGRADE_NONE;
    return random.p[31] == 1   ? DOWNGRADE_TLS12
           : random.p[31] == 0 ? DOWNGRADE_TLS11
                               : DOWNGRADE_NONE;
}

static bool is_hello_retry(struct bytes random)
{
    return bytes_equal(random, (struct bytes){hrr_random, sizeof hrr_random});
}

bool tls_is_hello_retry(struct cur msg)
{
    cur_skip(&msg, 2); /* legacy_version */
    return is_hello_retry(cur_take(&msg, 32));
}

bool tls_server_hello(struct arena *a, struct cur msg, struct server_hello *out)
{
    struct cur c = msg;
    out->raw = cur_rest(&msg);
    out->legacy_version = cur_u16(&c);
    out->version = out->legacy_version;
    out->random = cur_take(&c, 32);
    /* Drafts before 22 left session id and compression out. */
    bool is_short = out->legacy_version >> 8 == 0x7f && (out->legacy_version & 0xff) < 22;
    if (!is_short)
        out->session_id = cur_vec(&c, 1);
    out->cipher_suite = cur_u16(&c);
    if (!is_short)
        out->compression = cur_u8(&c);
    if (cur_more(&c))
        out->extensions = cur_vec(&c, 2);
    if (!cur_done(&c))
        return false;
    out->downgrade = downgrade_of(out->random);
    out->is_hrr = is_hello_retry(out->random);
    server_extensions(a, out);
    return true;
}

bool tls_draft_hello_retry(struct arena *a, struct cur msg, struct server_hello *out)
{
    struct cur c = msg;
    out->raw = cur_rest(&msg);
    out->is_hrr = true;
    out->legacy_version = cur_u16(&c);
    out->version = out->legacy_version;
    if ((out->legacy_version & 0xff) >= 19)
        out->cipher_suite = cur_u16(&c);
    out->extensions = cur_vec(&c, 2);
    if (!cur_done(&c))
        return false;
    server_extensions(a, out);
    return true;
}
