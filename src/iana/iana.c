#include "iana/iana.h"

static const char *find(const struct iana_name *rows, size_t n, uint16_t code)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (rows[middle].code == code)
            return rows[middle].name;
        if (rows[middle].code < code)
            low = middle + 1;
        else
            n = middle;
    }
    return NULL;
}

const struct iana_suite *iana_suite(uint16_t code)
{
    const uint16_t *places = iana_suite_places[code >> 8];
    uint16_t place = places != NULL ? places[code & 0xff] : 0;
    return place != 0 ? &iana_suites[place - 1] : NULL;
}

const char *iana_suite_name(uint16_t code)
{
    const struct iana_suite *s = iana_suite(code);
    return s != NULL ? s->name : NULL;
}

const char *iana_group_name(uint16_t code)
{
    return find(iana_groups, iana_n_groups, code);
}

const char *iana_alert_name(uint8_t code)
{
    return find(iana_alerts, iana_n_alerts, code);
}

const char *iana_extension_name(uint16_t code)
{
    return find(iana_extensions, iana_n_extensions, code);
}

const char *iana_scheme_name(uint16_t code)
{
    return find(iana_schemes, iana_n_schemes, code);
}

const char *iana_handshake_name(uint8_t code)
{
    return find(iana_handshakes, iana_n_handshakes, code);
}

bool iana_is_grease(uint16_t code)
{
    return (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

const char *iana_version_name(uint16_t code)
{
    static const char *const drafts[] = {"TLSv1.3-draft-0", "TLSv1.3-draft-1", "TLSv1.3-draft-2",
            "TLSv1.3-draft-3", "TLSv1.3-draft-4", "TLSv1.3-draft-5", "TLSv1.3-draft-6",
            "TLSv1.3-draft-7", "TLSv1.3-draft-8", "TLSv1.3-draft-9", "TLSv1.3-draft-10",
            "TLSv1.3-draft-11", "TLSv1.3-draft-12", "TLSv1.3-draft-13", "TLSv1.3-draft-14",
            "TLSv1.3-draft-15", "TLSv1.3-draft-16", "TLSv1.3-draft-17", "TLSv1.3-draft-18",
            "TLSv1.3-draft-19", "TLSv1.3-draft-20", "TLSv1.3-draft-21", "TLSv1.3-draft-22",
            "TLSv1.3-draft-23", "TLSv1.3-draft-24", "TLSv1.3-draft-25", "TLSv1.3-draft-26",
            "TLSv1.3-draft-27", "TLSv1.3-draft-28"};
    static const struct iana_name versions[] = {{0x0002, "SSLv2"}, {0x0300, "SSLv3"},
            {0x0301, "TLSv1.0"}, {0x0302, "TLSv1.1"}, {0x0303, "TLSv1.2"}, {0x0304, "TLSv1.3"},
            {0xfb17, "TLSv1.3-fb-23"}, {0xfb1a, "TLSv1.3-fb-26"}, {0xfefc, "DTLSv1.3"},
            {0xfefd, "DTLSv1.2"}, {0xfeff, "DTLSv1.0"}};
    if (code >> 8 == 0x7f && (code & 0xff) < sizeof drafts / sizeof *drafts)
        return drafts[code & 0xff];
    return find(versions, sizeof versions / sizeof *versions, code);
}

/* "SSL 0.2 Protocol Specification" C.4. */
const struct iana_sslv2_kind iana_sslv2_kinds[] = {{0x010080, "SSL_CK_RC4_128_WITH_MD5"},
        {0x020080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5"}, {0x030080, "SSL_CK_RC2_128_CBC_WITH_MD5"},
        {0x040080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"},
        {0x050080, "SSL_CK_IDEA_128_CBC_WITH_MD5"}, {0x060040, "SSL_CK_DES_64_CBC_WITH_MD5"},
        {0x0700c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"}};
const size_t iana_n_sslv2_kinds = sizeof iana_sslv2_kinds / sizeof *iana_sslv2_kinds;

const char *iana_sslv2_kind_name(uint32_t kind)
{
    for (size_t i = 0; i < iana_n_sslv2_kinds; i++)
        if (iana_sslv2_kinds[i].kind == kind)
            return iana_sslv2_kinds[i].name;
    return NULL;
}
