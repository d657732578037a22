/* Names of code points as rows, so that the views work without our functions. */
#include "base/tunnel.h"
#include "iana/iana.h"
#include "model/proof.h"
#include "model/revocation.h"
#include "store/store_internal.h"

static bool put(struct store *s, const char *kind, int64_t code, const char *name, struct err *err)
{
    if (name == NULL)
        return true;
    sqlite3_stmt *st = statement_of(s, ST_CODE_NAME, err);
    if (st == NULL)
        return false;
    bind_text(st, 1, kind);
    (void)sqlite3_bind_int64(st, 2, code);
    bind_text(st, 3, name);
    int rc = sqlite3_step(st);
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "writing names");
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE;
}

static bool put_table(
        struct store *s, const char *kind, const struct iana_name *names, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (!put(s, kind, names[i].code, names[i].name, err))
            return false;
    return true;
}

static bool put_versions(struct store *s, struct err *err)
{
    static const uint16_t KNOWN[] = {0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0xfeff, 0xfefd,
            0xfefc, 0x7e01, 0x7e02, 0xfb17, 0xfb1a};
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (!put(s, "version", KNOWN[i], iana_version_name(KNOWN[i]), err))
            return false;
    for (uint16_t draft = 0x7f00; draft <= 0x7f20; draft++)
        if (!put(s, "version", draft, iana_version_name(draft), err))
            return false;
    return true;
}

static bool put_enums(struct store *s, struct err *err)
{
    bool ok = true;
    for (int i = 0; ok && i < OUTCOME_COUNT; i++)
        ok = put(s, "outcome", i, outcome_name((enum outcome)i), err);
    for (int i = 1; ok && i < UNDETERMINED_COUNT; i++)
        ok = put(s, "undetermined", i, undetermined_name((enum undetermined)i), err);
    for (int i = 0; ok && i <= BASIS_NONE; i++)
        ok = put(s, "basis", i, basis_name((enum basis)i), err);
    for (int i = 0; ok && i < CERT_VISIBILITY_COUNT; i++)
        ok = put(s, "cert_visibility", i, cert_visibility_name((enum cert_visibility)i), err);
    for (int i = 0; ok && i <= RESUMPTION_RESUMED; i++)
        ok = put(s, "resumption", i, resumption_name((enum resumption)i), err);
    for (int i = 0; ok && i <= ENDING_RST_SERVER; i++)
        ok = put(s, "ending", i, ending_name((enum ending)i), err);
    for (int i = 1; ok && i < TUNNEL_KINDS; i++)
        ok = put(s, "tunnel", i, tunnel_name((unsigned)i), err);
    for (int i = 1; ok && i < NONCES_COUNT; i++)
        ok = put(s, "nonces", i, nonces_name((enum nonces)i), err);
    for (int i = 0; ok && i < PROOF_COUNT; i++)
        ok = put(s, "proof", i, proof_result_name((enum proof_result)i), err);
    for (int i = 0; ok && i < OCSP_CERT_COUNT; i++)
        ok = put(s, "staple", i, ocsp_cert_status_name((enum ocsp_cert_status)i), err);
    for (int i = 0; ok && i < SEV_COUNT; i++)
        ok = put(s, "severity", i, severity_name((enum severity)i), err);
    for (int i = 0; ok && i < LIFE_EVENT_KINDS; i++)
        ok = put(s, "life_event", i, life_event_name((enum life_event_kind)i), err);
    for (int i = 0; ok && i < MUTED_COUNT; i++)
        ok = put(s, "muted", i, muted_by_name((enum muted_by)i), err);
    for (int i = 0; ok && i < NOTIFY_COUNT; i++)
        ok = put(s, "notify", i, notify_name((enum notify)i), err);
    return ok;
}

bool lookup_fill(struct store *s, struct err *err)
{
    for (size_t i = 0; i < iana_n_suites; i++)
        if (!put(s, "cipher", iana_suites[i].code, iana_suites[i].name, err))
            return false;
    for (size_t i = 0; i < iana_n_sslv2_kinds; i++)
        if (!put(s, "cipher", iana_sslv2_kinds[i].kind, iana_sslv2_kinds[i].name, err))
            return false;
    return put_versions(s, err) && put_table(s, "group", iana_groups, iana_n_groups, err) &&
           put_table(s, "alert", iana_alerts, iana_n_alerts, err) &&
           put_table(s, "handshake", iana_handshakes, iana_n_handshakes, err) &&
           put_table(s, "extension", iana_extensions, iana_n_extensions, err) &&
           put_table(s, "scheme", iana_schemes, iana_n_schemes, err) && put_enums(s, err);
}
