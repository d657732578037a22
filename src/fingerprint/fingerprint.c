/*
 * JA3 and JA3S (MD5 of decimal lists) and JA4 (client; the published description of FoxIO's
 * BSD-licensed method). GREASE values (RFC 8701) are left out everywhere.
 */
#include "fingerprint/fingerprint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "iana/iana.h"

enum { EXT_SNI = 0, EXT_ALPN = 16, JA4_HASH = 12 };

static void hex_of(const uint8_t *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static void add_list(struct text *t, struct bytes list)
{
    bool is_first = true;
    for (size_t i = 0; i < u16_count(list); i++) {
        uint16_t v = u16_at(list, i);
        if (iana_is_grease(v))
            continue;
        text_addf(t, is_first ? "%u" : "-%u", v);
        is_first = false;
    }
}

static void md5_text(struct text *t, char out[33])
{
    uint8_t md5[MD5_LEN];
    digest_md5((struct bytes){(const uint8_t *)text_str(t), t->n}, md5);
    hex_of(md5, sizeof md5, out);
    text_fini(t);
}

void fingerprint_ja3(const struct client_hello *ch, char out[33])
{
    struct text t = {0};
    text_addf(&t, "%u,", ch->legacy_version);
    add_list(&t, ch->cipher_suites);
    text_add(&t, ",");
    add_list(&t, ch->extension_types);
    text_add(&t, ",");
    add_list(&t, ch->groups);
    text_add(&t, ",");
    for (size_t i = 0; i < ch->point_formats.n; i++)
        text_addf(&t, i == 0 ? "%u" : "-%u", ch->point_formats.p[i]);
    md5_text(&t, out);
}

void fingerprint_ja3s(const struct server_hello *sh, char out[33])
{
    struct text t = {0};
    text_addf(&t, "%u,%u,", sh->legacy_version, sh->cipher_suite);
    add_list(&t, sh->extension_types);
    md5_text(&t, out);
}

static const char *ja4_version(const struct client_hello *ch)
{
    uint16_t best = 0;
    for (size_t i = 0; i < u16_count(ch->supported_versions); i++) {
        uint16_t v = u16_at(ch->supported_versions, i);
        if (!iana_is_grease(v) && v > best)
            best = v;
    }
    if (best == 0)
        best = ch->legacy_version;
    static const struct {
        uint16_t code;
        const char *text;
    } rows[] = {{TLS_1_3, "13"}, {TLS_1_2, "12"}, {TLS_1_1, "11"}, {TLS_1_0, "10"},
            {TLS_SSLV3, "s3"}, {TLS_SSLV2, "s2"}, {0xfeff, "d1"}, {0xfefd, "d2"}, {0xfefc, "d3"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == best)
            return rows[i].text;
    return "00";
}

/* First and last character of the first ALPN name; hexadecimal when either is not alphanumeric. */
static void ja4_alpn(const struct client_hello *ch, char out[3])
{
    struct cur list = cur_of(ch->alpn);
    struct bytes name = cur_vec(&list, 1);
    (void)snprintf(out, 3, "00");
    if (name.n == 0)
        return;
    uint8_t first = name.p[0];
    uint8_t last = name.p[name.n - 1];
    bool is_plain = first < 0x80 && last < 0x80 && isalnum(first) && isalnum(last);
    static const char digits[] = "0123456789abcdef";
    out[0] = is_plain ? (char)first : digits[first >> 4];
    out[1] = is_plain ? (char)last : digits[last & 15];
}

static size_t count_plain(struct bytes list)
{
    size_t n = 0;
    for (size_t i = 0; i < u16_count(list); i++)
        n += !iana_is_grease(u16_at(list, i));
    return n < 99 ? n : 99;
}

/* The values that occur, as a set of counts: sorts in one pass however long the hello is. */
static void add_sorted(struct text *t, struct bytes list, bool is_extensions)
{
    uint16_t counts[65536 / 256] = {0};
    for (size_t i = 0; i < u16_count(list); i++)
        counts[u16_at(list, i) >> 8]++;
    for (unsigned high = 0; high < 256; high++) {
        uint16_t low_counts[256] = {0};
        if (counts[high] == 0)
            continue;
        for (size_t i = 0; i < u16_count(list); i++)
            if (u16_at(list, i) >> 8 == high)
                low_counts[u16_at(list, i) & 255]++;
        for (unsigned low = 0; low < 256; low++) {
            uint16_t v = (uint16_t)(high << 8 | low);
            bool is_left_out =
                    iana_is_grease(v) || (is_extensions && (v == EXT_SNI || v == EXT_ALPN));
            for (unsigned k = 0; k < low_counts[low] && !is_left_out; k++)
                text_addf(t, t->n == 0 ? "%04x" : ",%04x", v);
        }
    }
}

static void hash12(struct text *t, char out[JA4_HASH + 1])
{
    uint8_t sha[SHA256_LEN];
    (void)snprintf(out, JA4_HASH + 1, "000000000000");
    if (t->n > 0) {
        digest_sha256((struct bytes){(const uint8_t *)text_str(t), t->n}, sha);
        hex_of(sha, JA4_HASH / 2, out);
    }
    text_fini(t);
}

void fingerprint_ja4(const struct client_hello *ch, char transport, char out[40])
{
    char alpn[3];
    char ciphers[JA4_HASH + 1];
    char extensions[JA4_HASH + 1];
    struct text t = {0};
    ja4_alpn(ch, alpn);
    add_sorted(&t, ch->cipher_suites, false);
    hash12(&t, ciphers);
    t = (struct text){0};
    add_sorted(&t, ch->extension_types, true);
    bool has_extensions = t.n > 0;
    bool is_first = true;
    for (size_t i = 0; i < u16_count(ch->signature_algorithms); i++) {
        uint16_t v = u16_at(ch->signature_algorithms, i);
        if (iana_is_grease(v))
            continue;
        text_addf(&t, is_first ? "_%04x" : ",%04x", v);
        is_first = false;
    }
    if (!has_extensions)
        text_fini(&t);
    hash12(&t, extensions);
    (void)snprintf(out, 40, "%c%s%c%02u%02u%s_%s_%s", transport, ja4_version(ch),
            u16_has(ch->extension_types, EXT_SNI) ? 'd' : 'i',
            (unsigned)count_plain(ch->cipher_suites), (unsigned)count_plain(ch->extension_types),
            alpn, ciphers, extensions);
}
