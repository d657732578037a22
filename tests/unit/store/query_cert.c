/* The certificate inventory: lead time, renewal, roles, names, owners, counted over rows that are
 * written here by hand. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "store/query.h"
#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

/* Certificates 1 to 9: the last byte of the SHA-256 is the number. */
static const char ROWS[] =
        "INSERT INTO address (id, value, display) VALUES (1, x'01', '192.0.2.1'), (2, x'02', "
        "'192.0.2.2'),"
        " (3, x'03', '198.51.100.1'), (4, x'04', '198.51.100.2');"
        "INSERT INTO service VALUES (1, 'www.test', 6, 443, 0, 0), (2, 'api.test', 6, 443, 0, 0);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)"
        " INSERT INTO certificate (id, sha256, sha1, spki_sha256, der, subject, issuer,"
        " not_before_us, not_after_us, key_type, key_bits, is_self_signed, has_san, first_us,"
        " last_us) SELECT i, CAST(zeroblob(31) || char(i) AS BLOB), x'00',"
        " CAST(zeroblob(31) || char(100 + i) AS BLOB), x'3000', 'CN=' || i, 'CN=Big CA', 0,"
        " 100 * 86400000000, 'RSA', 2048, 0, 1, 10 * 86400000000, 90 * 86400000000 FROM n;"
        /* 2 renews 1 on day 80; 3 is an EC certificate served beside; 4 has other names. */
        "UPDATE certificate SET not_before_us = 86400000000 WHERE id IN (2, 3, 4);"
        "UPDATE certificate SET key_type = 'EC', curve = 'P-256' WHERE id = 3;"
        "INSERT INTO certificate_name VALUES (1, 0, 'dns', x'00', 'www.test'),"
        " (1, 1, 'dns', x'00', '*.Sub.Test.'), (2, 0, 'dns', x'00', '*.Sub.Test.'),"
        " (2, 1, 'dns', x'00', 'WWW.test'), (3, 0, 'dns', x'00', 'www.test'),"
        " (3, 1, 'dns', x'00', '*.Sub.Test.'), (4, 0, 'dns', x'00', 'other.test'),"
        " (8, 0, 'ip', x'00', '192.0.2.9'), (8, 1, 'dns', x'00', '*.test');"
        "INSERT INTO served VALUES (1, 1, 864000000000, 7776000000000, 5),"
        " (2, 1, 864000000000, 7776000000000, 2), (1, 2, 6912000000000, 7776000000000, 3),"
        " (1, 3, 2592000000000, 7776000000000, 3), (1, 4, 2592000000000, 7776000000000, 3);"
        /* 5 is an intermediate, 6 a root, 7 a client and a leaf; 9 unverified, named as its own. */
        "UPDATE certificate SET is_self_signed = 1 WHERE id = 6;"
        "UPDATE certificate SET is_self_signed = NULL, issuer = subject WHERE id = 9;"
        "INSERT INTO chain VALUES (1, x'01', 3), (2, x'02', 1), (3, x'03', 2), (4, x'04', 2);"
        "INSERT INTO chain_entry VALUES (1, 0, 1), (1, 1, 5), (1, 2, 6), (2, 0, 7), (3, 0, 7),"
        " (3, 1, 9), (4, 0, 1), (4, 1, 5);"
        "UPDATE certificate SET problem = 'x', subject = NULL WHERE id = 8;"
        "INSERT INTO finding (id, defect, subject, service_id, severity, confidence, basis, "
        "summary,"
        " certificate_sha256, first_us, last_us, count) VALUES"
        " (1, 'cert-expired', 'a', 1, 4, 1, 0, 'one', CAST(zeroblob(31) || char(1) AS BLOB), 1, 1,"
        " 1), (2, 'name-mismatch', 'a', 1, 1, 1, 0, 'two', CAST(zeroblob(31) || char(1) AS BLOB),"
        " 1, 1, 1);"
        /* Of others in the chain: handshake 1 showed 3, and 2 on its client's chain 5. Nobody
         * showed 4, which is of another service, and 6. */
        "INSERT INTO label (id, value) VALUES (1, 'name-mismatch a' || char(10) || "
        "'chain-untrusted-root r'),"
        " (2, 'chain-untrusted-root rr' || char(10) || 'chain-unneeded-root r');"
        "INSERT INTO finding (id, defect, subject, service_id, severity, confidence, basis, "
        "summary,"
        " certificate_sha256, first_us, last_us, count) VALUES"
        " (3, 'chain-untrusted-root', 'r', 1, 1, 1, 0, 'three', CAST(zeroblob(31) || char(5) AS"
        " BLOB), 1, 1, 1), (4, 'chain-untrusted-root', 'r', 2, 1, 1, 0, 'four', CAST(zeroblob(31) "
        "||"
        " char(5) AS BLOB), 1, 1, 1), (5, 'chain-unneeded-root', 'r', 1, 0, 1, 0, 'five',"
        " CAST(zeroblob(31) || char(9) AS BLOB), 1, 1, 1), (6, 'chain-untrusted-root', 'r9', 1, 2, "
        "1,"
        " 0, 'six', CAST(zeroblob(31) || char(9) AS BLOB), 1, 1, 1);";

/* Chain 1 lacks an intermediate at first and is trusted later, chain 4 is not; 7 is shown by two
 * chains that are judged alike. Of the revocation of 1, the newest authentic answer counts. */
static const char JUDGED[] =
        "INSERT INTO chain_verdict (chain_id, store, as_sent, as_repaired, path_status, reason,"
        " anchor, path, not_before_us, not_after_us, judged_us) VALUES"
        " (1, 'web', 'missing-intermediate', 'trusted', 'trusted', NULL, 'CN=6',"
        " '[\"0123456789abcdef00\",\"fedcba9876543210ff\"]', 0, 86400000000, 5),"
        " (1, 'web', 'trusted', 'trusted', 'trusted', NULL, 'CN=6', '[]', NULL, NULL, 9),"
        " (1, 'corp', 'untrusted-root', 'untrusted-root', 'untrusted-root', 'why', NULL, '[]', 0,"
        " 1, 5), (4, 'web', 'incomplete', 'incomplete', 'incomplete', NULL, NULL, '[]', 0, 1, 7),"
        " (2, 'web', 'trusted', 'trusted', 'trusted', NULL, NULL, '[]', 0, 1, 7),"
        " (3, 'web', 'trusted', 'trusted', 'trusted', NULL, NULL, '[]', 0, 1, 7);"
        "INSERT INTO chain_note VALUES (1, 'missing-issuer', 1, 'CN=6'), (1, 'root-sent', 2, NULL),"
        " (1, 'signature-invalid', -1, NULL), (4, 'unrelated', 1, NULL);"
        "INSERT INTO revocation VALUES"
        " (1, 'staple', 'good', 'valid', NULL, NULL, 100, 200, NULL, NULL, 5),"
        " (1, 'staple', 'revoked', 'invalid', 'forged', NULL, 300, 400, 250, 'superseded', 6),"
        " (1, 'staple', 'unknown', 'valid', NULL, NULL, 50, 200, NULL, NULL, 7),"
        " (1, 'crl', 'not-listed', 'valid', NULL, 'a.crl', 100, NULL, NULL, NULL, 5),"
        " (2, 'ocsp-file', 'good', 'unverified', 'no issuer', 'b.der', 100, 200, NULL, NULL, 5),"
        " (3, 'staple', 'revoked', 'valid', NULL, NULL, 100, 200, 90, 'superseded', 150),"
        " (3, 'staple', 'good', 'invalid', 'forged', NULL, 110, 200, NULL, NULL, 160),"
        " (3, 'staple', 'good', 'valid', NULL, NULL, 120, 200, NULL, NULL, 170),"
        " (3, 'crl', 'not-listed', 'valid', NULL, 'a.crl', 100, NULL, NULL, NULL, 150),"
        " (4, 'staple', 'good', 'valid', NULL, NULL, 100, 200, NULL, NULL, 201),"
        " (4, 'staple', 'good', 'valid', NULL, NULL, 200, 300, NULL, NULL, 201),"
        " (4, 'staple', 'good', 'unverified', 'no issuer', NULL, 210, 300, NULL, NULL, 220),"
        " (5, 'staple', 'good', 'valid', NULL, NULL, 100, 200, NULL, NULL, 200),"
        " (5, 'crl', 'on-hold', 'valid', NULL, 'a.crl', 100, 200, 90, 'certificateHold', 500),"
        " (6, 'staple', 'good', 'valid', NULL, NULL, 100, 200, NULL, NULL, 150),"
        " (6, 'staple', 'tryLater', 'unverified', NULL, NULL, NULL, NULL, NULL, NULL, 160),"
        " (7, 'staple', 'good', 'valid', NULL, NULL, 100, 200, NULL, NULL, 150);"
        "INSERT INTO sct VALUES (1, 'tls', x'02', NULL, NULL, 20, 'unverified', 'unknown log'),"
        " (1, 'certificate', x'01', 'Log One', 'Op', 10, 'valid', NULL);"
        "INSERT INTO key_problem VALUES (1, 'shared-prime', 'CN=9'), (1, 'roca', NULL),"
        " (2, 'roca', NULL);";

static const char HANDSHAKE[] =
        "INSERT INTO handshake (id, first_us, last_us, last_packet, last_input_position, "
        "service_id,"
        " client_address_id, client_port, server_address_id, server_port, transport,"
        " server_chain_id, client_chain_id, outcome, resumption, cert_visibility, ending, flags)"
        " VALUES (?1, ?1, ?1, 1, 0, 1, ?2, 1000, ?3, 443, 6, ?4, ?5, 1, 1, 1, 1, ?6)";

/* id, addresses of client and server, chains of server and client, flags (32: a duplicate, which
 * does not count). */
static const int HANDSHAKES[][6] = {{1, 3, 1, 1, 0, 0}, {2, 4, 1, 1, 3, 0}, {3, 3, 2, 1, 0, 0},
        {4, 3, 2, 4, 0, 32}, {5, 3, 2, 4, 0, 32}, {6, 3, 2, 4, 0, 32}, {7, 3, 2, 4, 0, 32},
        {8, 4, 2, 2, 0, 0}};

static void fill(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, ROWS, NULL, NULL, &why) != SQLITE_OK ||
            sqlite3_exec(db, JUDGED, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    assert_int_equal(sqlite3_prepare_v2(db, HANDSHAKE, -1, &st, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof HANDSHAKES / sizeof *HANDSHAKES; i++) {
        (void)sqlite3_reset(st);
        (void)sqlite3_clear_bindings(st);
        for (int k = 0; k < 6; k++)
            if (HANDSHAKES[i][k] != 0 || k == 5)
                (void)sqlite3_bind_int(st, k + 1, HANDSHAKES[i][k]);
        assert_int_equal(sqlite3_step(st), SQLITE_DONE);
    }
    (void)sqlite3_finalize(st);
    if (sqlite3_exec(db, "UPDATE handshake SET finding_keys_id = id WHERE id <= 2", NULL, NULL,
                &why) != SQLITE_OK)
        fail_msg("%s", why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int set_up(void **state)
{
    struct err err;
    (void)place_make(state);
    struct place *p = *state;
    assert_true(store_open(p->db, STORE_NEW, &p->store, &err));
    store_close(p->store);
    fill(p->db);
    assert_true(store_open(p->db, STORE_READ, &p->store, &err));
    return 0;
}

/* A column of a list as text: "number:value number:value". */
struct wanted {
    const char *column;
    struct text out;
};

static bool on_row(void *ctx, const struct value *values, size_t n)
{
    struct wanted *w = ctx;
    const char *sha256 = NULL;
    const struct value *v = NULL;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(values[i].name, "sha256") == 0)
            sha256 = values[i].text;
        if (w->column != NULL && strcmp(values[i].name, w->column) == 0)
            v = &values[i];
    }
    assert_non_null(sha256);
    assert_true(w->column == NULL || v != NULL);
    text_addf(&w->out, "%s%ld", w->out.n > 0 ? " " : "", strtol(sha256 + 62, NULL, 16));
    if (v != NULL && v->kind == VALUE_INTEGER)
        text_addf(&w->out, ":%lld", (long long)v->integer);
    else if (v != NULL)
        text_addf(&w->out, ":%s", v->kind == VALUE_NULL ? "-" : v->text);
    return true;
}

static void check_list(
        struct store *s, struct list_filter f, const char *column, const char *expected)
{
    struct wanted w = {column, {0}};
    struct err err;
    f.since_us = f.until_us = TIME_NONE;
    if (f.sort == NULL)
        f.sort = "subject";
    if (!query_list(s, LIST_CERTS, &f, on_row, &w, &err))
        fail_msg("%s", err.text);
    if (strcmp(text_str(&w.out), expected) != 0)
        fail_msg("%s: %s, expected %s", column, text_str(&w.out), expected);
    text_fini(&w.out);
}

static void test_columns(void **state)
{
    struct place *p = *state;
    struct list_filter all = {.limit = 0};
    /* Without a subject comes first. Day 100 is the end, day 90 the last sight. */
    check_list(p->store, all, "lead_days", "8:10 1:10 2:10 3:10 4:10 5:10 6:10 7:10 9:10");
    check_list(p->store, all, "renewed_lead_days", "8:- 1:20 2:- 3:- 4:- 5:- 6:- 7:- 9:-");
    check_list(p->store, all, "renewed",
            "8:- 1:1970-03-22T00:00:00.000000Z 2:- 3:- 4:- 5:- 6:- 7:- 9:-");
    check_list(p->store, all, "role", "8:- 1:leaf 2:- 3:- 4:- 5:intermediate 6:root 7:leaf 9:root");
    check_list(p->store, all, "roles",
            "8:[] 1:[\"leaf\"] 2:[] 3:[] 4:[] 5:[\"intermediate\"] 6:[\"root\"] "
            "7:[\"leaf\",\"client\"] 9:[\"root\"]");
    check_list(p->store, all, "clients", "8:0 1:2 2:0 3:0 4:0 5:2 6:2 7:1 9:1");
    check_list(p->store, all, "servers", "8:0 1:2 2:0 3:0 4:0 5:2 6:2 7:2 9:1");
    check_list(p->store, all, "findings", "8:0 1:3 2:0 3:0 4:0 5:2 6:0 7:1 9:2");
    check_list(p->store, all, "worst_severity",
            "8:- 1:critical 2:- 3:- 4:- 5:low 6:- 7:info 9:medium");
    /* Newest of each chain and store; chains of one leaf that differ are both told. */
    check_list(p->store, all, "trust",
            "8:- 1:corp=untrusted-root web=incomplete|trusted 2:- 3:- 4:- 5:- 6:- 7:web=trusted "
            "9:-");
    check_list(p->store, all, "revocation",
            "8:- 1:staple=revoked(invalid) crl=not-listed 2:ocsp-file=good(unverified) "
            "3:staple=revoked crl=not-listed 4:staple=good(expired) 5:crl=on-hold staple=good "
            "6:staple=tryLater(unverified) 7:staple=good 9:-");
    check_list(p->store, (struct list_filter){.limit = 4}, "key",
            "8:RSA 2048 1:RSA 2048 2:RSA 2048 3:EC P-256");
    check_list(p->store, (struct list_filter){.limit = 2}, "served",
            "8:[] 1:[{\"service\":\"api.test:443\",\"first_seen\":\"1970-01-11T00:00:00.000000Z\","
            "\"last_seen\":\"1970-04-01T00:00:00.000000Z\",\"count\":2},{\"service\":\"www.test:"
            "443\","
            "\"first_seen\":\"1970-01-11T00:00:00.000000Z\",\"last_seen\":"
            "\"1970-04-01T00:00:00.000000Z\",\"count\":5}]");
}

static void test_filters(void **state)
{
    struct place *p = *state;
    static const struct {
        struct list_filter filter;
        const char *expected;
    } rows[] = {
            {{.has_expires = true, .expires_days = 9}, ""},
            {{.has_expires = true, .expires_days = 10}, "8 1 2 3 4 5 6 7 9"},
            {{.role = "leaf"}, "1 7"},
            {{.role = "client"}, "7"},
            {{.role = "root"}, "6 9"},
            {{.role = "intermediate"}, "5"},
            {{.issuer = "big c"}, "8 1 2 3 4 5 6 7"},
            {{.issuer = "%"}, ""},
            {{.name = "www.test"}, "8 1 2 3"}, /* 8: *.test */
            {{.name = "WWW.TEST."}, "8 1 2 3"},
            {{.name = "test"}, ""},
            {{.name = "a.sub.test"}, "1 2 3"},
            {{.name = "a.b.sub.test"}, ""},
            {{.name = "sub.test"}, "8"},
            {{.name = "*.sub.test"}, "1 2 3"},
            {{.name = "192.0.2.9"}, "8"},
            {{.name = ""}, ""},
            {{.name = "."}, ""},
            {{.service = "api.test"}, "1"},
            {{.service = "www*"}, "1 2 3 4"},
            {{.server = "192.0.2.1"}, "1 5 6"},
            {{.server = "192.0.2.2:443"}, "1 5 6 7"},
            {{.client = "198.51.100.2"}, "1 5 6 7 9"},
            {{.has_severity = true, .severity = SEV_HIGH}, "1"},
            {{.defect = "name-*"}, "1"},
            {{.has_severity = true, .severity = SEV_HIGH, .defect = "name-*"}, ""},
            {{.defect = "chain-untrusted-root"}, "1 5 9"},
            {{.defect = "chain-unneeded-root"}, "7 9"},
            {{.has_severity = true, .severity = SEV_MEDIUM, .defect = "chain-*"}, "9"},
            {{.sort = "-severity", .limit = 5}, "1 9 5 7 2"},
            {{.sort = "-services", .limit = 3}, "1 2 3"},
            {{.is_unowned = true, .limit = 2}, "8 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_list(p->store, rows[i].filter, NULL, rows[i].expected);
}

static const char *owner(void *ctx, const struct query_owned *o)
{
    struct text *seen = ctx;
    if (o->names == NULL)
        return NULL;
    text_clear(seen);
    text_addf(seen, "%.2s/%.2s/%s", o->sha256 + 62, o->spki_sha256 + 62, o->names);
    return strstr(o->names, "other") != NULL ? NULL : text_str(seen);
}

static void test_owner(void **state)
{
    struct place *p = *state;
    struct text seen = {0};
    query_owner(p->store, owner, &seen);
    check_list(p->store, (struct list_filter){.service = "api.test"}, "owner",
            "1:01/65/www.test\n*.Sub.Test.");
    check_list(p->store, (struct list_filter){.is_unowned = true}, NULL, "4 5 6 7 9");
    check_list(p->store, (struct list_filter){.is_unowned = true, .limit = 1}, NULL, "4");
    text_fini(&seen);
}

static bool on_link(void *ctx, const struct value *values, size_t n)
{
    struct text *t = ctx;
    assert_int_equal(n, 6);
    text_addf(t, "%lld:%ld %lld/%lld ", (long long)values[0].integer,
            strtol(values[3].text + 62, NULL, 16), (long long)values[4].integer,
            (long long)values[5].integer);
    return true;
}

/* Its id, at which position of the chain what it concerns stands, and which certificate that is. */
static bool on_finding(void *ctx, const struct value *values, size_t n)
{
    struct text *t = ctx;
    assert_int_equal(n, 8);
    text_addf(t, "%lld ", (long long)values[4].integer);
    if (values[5].kind == VALUE_NULL)
        text_add(t, "-");
    else
        text_addf(t, "%lld", (long long)values[5].integer);
    text_addf(t, " %ld%s; ", strtol(values[7].text + 62, NULL, 16),
            values[0].integer != 0 ? " elsewhere" : "");
    return true;
}

/* The chain that was sent most often: copies of the same handshake do not count. */
static void test_parts(void **state)
{
    struct place *p = *state;
    struct text t = {0};
    struct err err;
    struct arena a;
    struct bytes der;
    char one[65], five[65];
    (void)snprintf(one, sizeof one, "%062d01", 0);
    (void)snprintf(five, sizeof five, "%062d05", 0);
    assert_true(query_cert_part(p->store, CERT_CHAIN, one, on_link, &t, &err));
    assert_string_equal(text_str(&t), "0:1 3/3 1:5 3/3 2:6 3/3 ");
    text_clear(&t);
    assert_true(query_cert_part(p->store, CERT_FINDINGS, one, on_finding, &t, &err));
    assert_string_equal(text_str(&t), "1 - 1 elsewhere; 3 1 5; 2 - 1; ");
    text_clear(&t);
    assert_true(query_cert_part(p->store, CERT_FINDINGS, five, on_finding, &t, &err));
    assert_string_equal(text_str(&t), "3 - 5 elsewhere; 4 - 5 elsewhere; ");
    text_clear(&t);
    assert_true(query_cert_part(p->store, CERT_CHAIN, five, on_link, &t, &err));
    assert_string_equal(text_str(&t), "");
    assert_false(query_cert_part(p->store, CERT_CHAIN, "01", on_link, &t, &err));
    arena_init(&a);
    assert_true(query_cert_der(p->store, one, &a, &der, &err));
    assert_int_equal(der.n, 2);
    memset(one, 'f', 64);
    assert_true(query_cert_der(p->store, one, &a, &der, &err));
    assert_int_equal(der.n, 0);
    arena_fini(&a);
    text_fini(&t);
}

/* Every value of a row, "-" for none, rows ended by "; ". */
static bool on_all(void *ctx, const struct value *values, size_t n)
{
    struct text *t = ctx;
    for (size_t i = 0; i < n; i++) {
        text_add(t, i > 0 ? "|" : "");
        if (values[i].kind == VALUE_INTEGER)
            text_addf(t, "%lld", (long long)values[i].integer);
        else
            text_add(t, values[i].kind == VALUE_NULL ? "-" : values[i].text);
    }
    text_add(t, "; ");
    return true;
}

static void test_judged(void **state)
{
    struct place *p = *state;
    static const struct {
        enum cert_part part;
        const char *expected;
    } rows[] = {
            {CERT_VERDICTS, "corp|untrusted-root|untrusted-root|why|-|1970-01-01T00:00:00.000000Z|"
                            "1970-01-01T00:00:00.000001Z|-; web|trusted|trusted|-|CN=6|-|-|-; "},
            {CERT_NOTES, "signature-invalid|-1|-; missing-issuer|1|CN=6; root-sent|2|-; "},
            {CERT_REVOCATION,
                    "crl|not-listed|valid|-|a.crl|1970-01-01T00:00:00.000100Z|-|-|-; "
                    "staple|good|valid|-|-|1970-01-01T00:00:00.000100Z|1970-01-01T00:00:00.000200Z|"
                    "-|-; "
                    "staple|unknown|valid|-|-|1970-01-01T00:00:00.000050Z|"
                    "1970-01-01T00:00:00.000200Z|-|-; "
                    "staple|revoked|invalid|forged|-|1970-01-01T00:00:00.000300Z|"
                    "1970-01-01T00:00:00.000400Z|1970-01-01T00:00:00.000250Z|superseded; "},
            {CERT_SCTS, "certificate|Log One|Op|01|1970-01-01T00:00:00.000010Z|valid|-; "
                        "tls|-|-|02|1970-01-01T00:00:00.000020Z|unverified|unknown log; "},
            {CERT_KEY_PROBLEMS, "roca|-; shared-prime|CN=9; "},
    };
    char one[65];
    (void)snprintf(one, sizeof one, "%062d01", 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text t = {0};
        struct err err;
        if (!query_cert_part(p->store, rows[i].part, one, on_all, &t, &err))
            fail_msg("%s", err.text);
        assert_string_equal(text_str(&t), rows[i].expected);
        text_fini(&t);
    }
}

struct named {
    const char *names[5];
    struct text out;
};

static bool on_named(void *ctx, const struct value *values, size_t n)
{
    struct named *w = ctx;
    for (size_t k = 0; k < sizeof w->names / sizeof *w->names; k++)
        for (size_t i = 0; w->names[k] != NULL && i < n; i++)
            if (strcmp(values[i].name, w->names[k]) == 0)
                text_addf(&w->out, "%s\n", values[i].text != NULL ? values[i].text : "-");
    return true;
}

/* The same as JSON: all verdicts, the newest first. */
static void test_json(void **state)
{
    struct place *p = *state;
    struct named w = {{"chain_verdicts", "chain_notes", "scts", "key_problems"}, {0}};
    struct err err;
    char one[65];
    bool found = false;
    (void)snprintf(one, sizeof one, "%062d01", 0);
    if (!query_show(p->store, SHOW_CERT, one, &found, on_named, &w, &err))
        fail_msg("%s", err.text);
    assert_true(found);
    assert_string_equal(text_str(&w.out),
            "[{\"store\":\"corp\",\"as_sent\":\"untrusted-root\",\"as_repaired\":"
            "\"untrusted-root\",\"path_status\":\"untrusted-root\",\"reason\":\"why\",\"anchor\":"
            "null,\"path\":[],\"valid_from\":\"1970-01-01T00:00:00.000000Z\",\"valid_until\":"
            "\"1970-01-01T00:00:00.000001Z\",\"judged\":\"1970-01-01T00:00:00.000005Z\"},"
            "{\"store\":\"web\",\"as_sent\":\"trusted\",\"as_repaired\":\"trusted\",\"path_"
            "status\":"
            "\"trusted\",\"reason\":null,\"anchor\":\"CN=6\",\"path\":[],\"valid_from\":null,"
            "\"valid_until\":null,\"judged\":\"1970-01-01T00:00:00.000009Z\"},"
            "{\"store\":\"web\",\"as_sent\":\"missing-intermediate\",\"as_repaired\":\"trusted\","
            "\"path_status\":\"trusted\",\"reason\":null,\"anchor\":\"CN=6\",\"path\":"
            "[\"0123456789abcdef00\",\"fedcba9876543210ff\"],\"valid_from\":"
            "\"1970-01-01T00:00:00.000000Z\",\"valid_until\":\"1970-01-02T00:00:00.000000Z\","
            "\"judged\":\"1970-01-01T00:00:00.000005Z\"}]\n"
            "[{\"note\":\"signature-invalid\",\"position\":null,\"detail\":null},"
            "{\"note\":\"missing-issuer\",\"position\":1,\"detail\":\"CN=6\"},"
            "{\"note\":\"root-sent\",\"position\":2,\"detail\":null}]\n"
            "[{\"channel\":\"certificate\",\"log\":\"Log "
            "One\",\"operator\":\"Op\",\"log_id\":\"01\","
            "\"timestamp\":\"1970-01-01T00:00:00.000010Z\",\"verdict\":\"valid\",\"reason\":null},"
            "{\"channel\":\"tls\",\"log\":null,\"operator\":null,\"log_id\":\"02\",\"timestamp\":"
            "\"1970-01-01T00:00:00.000020Z\",\"verdict\":\"unverified\",\"reason\":\"unknown "
            "log\"}]\n"
            "[{\"problem\":\"roca\",\"detail\":null},"
            "{\"problem\":\"shared-prime\",\"detail\":\"CN=9\"}]\n");
    text_fini(&w.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_columns, set_up, place_remove),
            cmocka_unit_test_setup_teardown(test_filters, set_up, place_remove),
            cmocka_unit_test_setup_teardown(test_owner, set_up, place_remove),
            cmocka_unit_test_setup_teardown(test_parts, set_up, place_remove),
            cmocka_unit_test_setup_teardown(test_judged, set_up, place_remove),
            cmocka_unit_test_setup_teardown(test_json, set_up, place_remove)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
