/* SQL functions of the reading side: names of code points, times, endpoints. */
#include <sqlite3.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "base/tunnel.h"
#include "iana/iana.h"
#include "model/proof.h"
#include "model/revocation.h"
#include "store/query_sql.h"

static void give_text(sqlite3_context *c, struct text *t)
{
    sqlite3_result_text(c, text_str(t), -1, SQLITE_TRANSIENT);
    text_fini(t);
}

static void rfc3339(sqlite3_context *c, int n, sqlite3_value **v)
{
    struct text t = {0};
    (void)n;
    if (sqlite3_value_type(v[0]) == SQLITE_NULL)
        return;
    text_add_time(&t, sqlite3_value_int64(v[0]));
    give_text(c, &t);
}

static void hex4(sqlite3_context *c, int n, sqlite3_value **v)
{
    struct text t = {0};
    (void)n;
    if (sqlite3_value_type(v[0]) == SQLITE_NULL)
        return;
    text_addf(&t, "0x%04x", (unsigned)sqlite3_value_int64(v[0]) & 0xffffff);
    give_text(c, &t);
}

static const char *judged_name(const char *kind, int code)
{
    if (strcmp(kind, "proof") == 0)
        return code < PROOF_COUNT ? proof_result_name((enum proof_result)code) : NULL;
    if (strcmp(kind, "staple") == 0)
        return code < OCSP_CERT_COUNT ? ocsp_cert_status_name((enum ocsp_cert_status)code) : NULL;
    return NULL;
}

/* What is known about findings. */
static const char *finding_name(const char *kind, int code)
{
    if (strcmp(kind, "severity") == 0)
        return code < SEV_COUNT ? severity_name((enum severity)code) : NULL;
    if (strcmp(kind, "life_event") == 0)
        return code < LIFE_EVENT_KINDS ? life_event_name((enum life_event_kind)code) : NULL;
    if (strcmp(kind, "muted") == 0)
        return code < MUTED_COUNT ? muted_by_name((enum muted_by)code) : NULL;
    if (strcmp(kind, "notify") == 0)
        return code < NOTIFY_COUNT ? notify_name((enum notify)code) : NULL;
    return judged_name(kind, code);
}

static const char *enum_name(const char *kind, int code)
{
    if (code < 0)
        return NULL;
    if (strcmp(kind, "outcome") == 0)
        return code < OUTCOME_COUNT ? outcome_name((enum outcome)code) : NULL;
    if (strcmp(kind, "undetermined") == 0)
        return code > 0 && code < UNDETERMINED_COUNT ? undetermined_name((enum undetermined)code)
                                                     : NULL;
    if (strcmp(kind, "basis") == 0)
        return code <= BASIS_NONE ? basis_name((enum basis)code) : NULL;
    if (strcmp(kind, "cert_visibility") == 0)
        return code < CERT_VISIBILITY_COUNT ? cert_visibility_name((enum cert_visibility)code)
                                            : NULL;
    if (strcmp(kind, "resumption") == 0)
        return code <= RESUMPTION_RESUMED ? resumption_name((enum resumption)code) : NULL;
    if (strcmp(kind, "nonces") == 0)
        return code > 0 && code < NONCES_COUNT ? nonces_name((enum nonces)code) : NULL;
    if (strcmp(kind, "tunnel") == 0)
        return tunnel_name((unsigned)code);
    if (strcmp(kind, "ending") == 0)
        return code <= ENDING_RST_SERVER ? ending_name((enum ending)code) : NULL;
    return finding_name(kind, code);
}

static const char *code_point_name(const char *kind, int code)
{
    if (code > UINT16_MAX && strcmp(kind, "cipher") == 0)
        return iana_sslv2_kind_name((uint32_t)code);
    if (code < 0 || code > UINT16_MAX)
        return NULL;
    if (strcmp(kind, "cipher") == 0)
        return iana_suite_name((uint16_t)code);
    if (strcmp(kind, "version") == 0)
        return iana_version_name((uint16_t)code);
    if (strcmp(kind, "group") == 0)
        return iana_group_name((uint16_t)code);
    if (strcmp(kind, "alert") == 0)
        return iana_alert_name((uint8_t)code);
    if (strcmp(kind, "handshake") == 0)
        return iana_handshake_name((uint8_t)code);
    if (strcmp(kind, "extension") == 0)
        return iana_extension_name((uint16_t)code);
    if (strcmp(kind, "scheme") == 0)
        return iana_scheme_name((uint16_t)code);
    return enum_name(kind, code);
}

static void code_name(sqlite3_context *c, int n, sqlite3_value **v)
{
    (void)n;
    if (sqlite3_value_type(v[1]) == SQLITE_NULL)
        return;
    const char *kind = (const char *)sqlite3_value_text(v[0]);
    const char *name = kind != NULL ? code_point_name(kind, sqlite3_value_int(v[1])) : NULL;
    if (name != NULL)
        sqlite3_result_text(c, name, -1, SQLITE_STATIC);
}

/* The last two parts of a path. */
static void tail2(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *path = (const char *)sqlite3_value_text(v[0]);
    int slashes = 0;
    (void)n;
    if (path == NULL)
        return;
    const char *at = path + strlen(path);
    for (; at > path; at--)
        if (at[-1] == '/' && ++slashes == 2)
            break;
    struct text t = {0};
    text_add_escaped(&t, bytes_of_text(at));
    give_text(c, &t);
}

static void put_endpoint(struct text *t, const char *address, int port)
{
    bool is_v6 = strchr(address, ':') != NULL;
    text_addf(t, is_v6 ? "[%s]:%d" : "%s:%d", address, port);
}

static void endpoint(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *address = (const char *)sqlite3_value_text(v[0]);
    struct text t = {0};
    (void)n;
    if (address == NULL)
        return;
    put_endpoint(&t, address, sqlite3_value_int(v[1]));
    give_text(c, &t);
}

/* The names of an ALPN offer (RFC 7301 3.1) as a JSON array. */
static void alpn_list(sqlite3_context *c, int n, sqlite3_value **v)
{
    const uint8_t *p = sqlite3_value_blob(v[0]);
    size_t left = (size_t)sqlite3_value_bytes(v[0]);
    struct text t = {0}, one = {0};
    (void)n;
    text_add(&t, "[");
    for (const char *comma = ""; left > 0 && (size_t)p[0] + 1 <= left; comma = ",") {
        text_clear(&one);
        text_add_escaped(&one, (struct bytes){p + 1, p[0]});
        text_add(&t, comma);
        text_add_json(&t, text_str(&one));
        left -= (size_t)p[0] + 1;
        p += (size_t)p[0] + 1;
    }
    text_add(&t, "]");
    text_fini(&one);
    give_text(c, &t);
}

/* A name, or the number where there is none; GREASE (RFC 8701) is said to be it. */
static void put_code(struct text *t, const char *kind, unsigned code, bool is_wide)
{
    const char *name = code_point_name(kind, (int)code);
    if (is_wide && code <= UINT16_MAX && iana_is_grease((uint16_t)code))
        text_addf(t, "\"GREASE (0x%04x)\"", code);
    else if (name != NULL)
        text_add_json(t, name);
    else
        text_addf(t, is_wide ? "\"0x%04x\"" : "%u", code);
}

/* list16(kind, blob): 16-bit code points as a JSON array of names. */
static void list16(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *kind = (const char *)sqlite3_value_text(v[0]);
    struct bytes list = {sqlite3_value_blob(v[1]), (size_t)sqlite3_value_bytes(v[1])};
    struct text t = {0};
    (void)n;
    text_add(&t, "[");
    for (size_t i = 0; i < u16_count(list); i++) {
        text_add(&t, i > 0 ? "," : "");
        put_code(&t, kind != NULL ? kind : "", u16_at(list, i), true);
    }
    text_add(&t, "]");
    give_text(c, &t);
}

/* list8(blob): bytes as a JSON array of numbers. */
static void list8(sqlite3_context *c, int n, sqlite3_value **v)
{
    const uint8_t *p = sqlite3_value_blob(v[0]);
    size_t len = (size_t)sqlite3_value_bytes(v[0]);
    struct text t = {0};
    (void)n;
    text_add(&t, "[");
    for (size_t i = 0; i < len; i++)
        text_addf(&t, i > 0 ? ",%u" : "%u", p[i]);
    text_add(&t, "]");
    give_text(c, &t);
}

/* key_shares(groups, lengths): what is offered, with sizes. */
static void key_shares(sqlite3_context *c, int n, sqlite3_value **v)
{
    struct bytes groups = {sqlite3_value_blob(v[0]), (size_t)sqlite3_value_bytes(v[0])};
    struct bytes lengths = {sqlite3_value_blob(v[1]), (size_t)sqlite3_value_bytes(v[1])};
    struct text t = {0};
    (void)n;
    text_add(&t, "[");
    for (size_t i = 0; i < u16_count(groups); i++) {
        text_add(&t, i > 0 ? ",{\"group\":" : "{\"group\":");
        put_code(&t, "group", u16_at(groups, i), true);
        text_addf(&t, ",\"length\":%u}", u16_at(lengths, i));
    }
    text_add(&t, "]");
    give_text(c, &t);
}

/* sslv2_kinds(blob): three bytes each as a JSON array of names. */
static void sslv2_kinds(sqlite3_context *c, int n, sqlite3_value **v)
{
    struct cur list = cur_make(sqlite3_value_blob(v[0]), (size_t)sqlite3_value_bytes(v[0]));
    struct text t = {0};
    const char *comma = "";
    (void)n;
    text_add(&t, "[");
    for (; cur_more(&list); comma = ",") {
        text_add(&t, comma);
        put_code(&t, "cipher", cur_u24(&list), true);
    }
    text_add(&t, "]");
    give_text(c, &t);
}

/* grease(bits): where GREASE stands. */
static void grease(sqlite3_context *c, int n, sqlite3_value **v)
{
    static const char *const PLACES[] = {"cipher_suites", "extensions", "supported_groups",
            "supported_versions", "signature_algorithms", "key_shares", "alpn",
            "psk_key_exchange_modes"};
    int bits = sqlite3_value_int(v[0]);
    const char *comma = "";
    struct text t = {0};
    (void)n;
    text_add(&t, "[");
    for (int i = 0; i < 8; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        text_addf(&t, "%s\"%s\"", comma, PLACES[i]);
        comma = ",";
    }
    text_add(&t, "]");
    give_text(c, &t);
}

/* A list separated by commas as a JSON array. */
static void defect_list(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *s = (const char *)sqlite3_value_text(v[0]);
    struct text t = {0};
    (void)n;
    text_add(&t, "[");
    while (s != NULL && *s != '\0') {
        size_t len = strcspn(s, ",");
        text_add(&t, "\"");
        text_add_bytes(&t, s, len);
        text_add(&t, s[len] == ',' ? "\"," : "\"");
        s += len + (s[len] == ',');
    }
    text_add(&t, "]");
    give_text(c, &t);
}

static int64_t time_or_none(sqlite3_value *v)
{
    return sqlite3_value_type(v) == SQLITE_NULL ? TIME_NONE : sqlite3_value_int64(v);
}

/* duration(which, outcome, the thirteen times after the start): see durations_of. */
static void duration(sqlite3_context *c, int n, sqlite3_value **v)
{
    (void)n;
    struct timings t = {.syn_us = time_or_none(v[2]),
            .syn_ack_us = time_or_none(v[3]),
            .ack_us = time_or_none(v[4]),
            .client_hello_first_us = time_or_none(v[5]),
            .client_hello_last_us = time_or_none(v[6]),
            .server_hello_us = time_or_none(v[7]),
            .server_flight_end_us = time_or_none(v[8]),
            .client_finished_us = time_or_none(v[9]),
            .server_finished_us = time_or_none(v[10]),
            .complete_us = time_or_none(v[11]),
            .client_data_us = time_or_none(v[12]),
            .server_data_us = time_or_none(v[13]),
            .end_us = time_or_none(v[14])};
    struct durations d = durations_of(&t, (enum outcome)sqlite3_value_int(v[1]));
    const int64_t all[] = {d.rtt_server_us, d.rtt_client_us, d.server_think_us, d.client_think_us,
            d.handshake_us, d.first_byte_us};
    int64_t us = all[sqlite3_value_int(v[0])];
    if (us != TIME_NONE)
        sqlite3_result_int64(c, us);
}

/* RFC 7468: 64 characters a line. */
static void pem(sqlite3_context *c, int n, sqlite3_value **v)
{
    const uint8_t *p = sqlite3_value_blob(v[0]);
    size_t left = (size_t)sqlite3_value_bytes(v[0]);
    struct text t = {0};
    (void)n;
    text_add(&t, "-----BEGIN CERTIFICATE-----\n");
    while (left > 0) {
        size_t line = left < 48 ? left : 48;
        text_add_base64(&t, (struct bytes){p, line});
        text_add(&t, "\n");
        p += line;
        left -= line;
    }
    text_add(&t, "-----END CERTIFICATE-----\n");
    give_text(c, &t);
}

bool functions_register(sqlite3 *db)
{
    static const struct {
        const char *name;
        int n;
        void (*fn)(sqlite3_context *, int, sqlite3_value **);
    } ALL[] = {{"rfc3339", 1, rfc3339}, {"hex4", 1, hex4}, {"code_name", 2, code_name},
            {"tail2", 1, tail2}, {"endpoint", 2, endpoint}, {"alpn_list", 1, alpn_list},
            {"duration", 15, duration}, {"pem", 1, pem}, {"defect_list", 1, defect_list},
            {"list16", 2, list16}, {"list8", 1, list8}, {"key_shares", 2, key_shares},
            {"grease", 1, grease}, {"sslv2_kinds", 1, sslv2_kinds}};
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
        if (sqlite3_create_function_v2(db, ALL[i].name, ALL[i].n,
                    SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, ALL[i].fn, NULL, NULL,
                    NULL) != SQLITE_OK)
            return false;
    return locate_register(db) && owner_register(db) && metric_register(db);
}
