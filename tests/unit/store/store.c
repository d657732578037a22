/* The database: who may open what, and what comes back of what was written. */
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/life.h"
#include "store/query.h"
#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

static struct store *opened(const char *path, enum store_mode mode)
{
    struct store *s = NULL;
    struct err err;
    if (!store_open(path, mode, &s, &err))
        fail_msg("%s", err.text);
    return s;
}

static void refused(const char *path, enum store_mode mode, const char *word)
{
    struct store *s = NULL;
    struct err err;
    assert_false(store_open(path, mode, &s, &err));
    assert_null(s);
    if (strstr(err.text, word) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", err.text, word);
}

static void put_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void test_open(void **state)
{
    struct place *p = *state;
    refused(p->db, STORE_READ, "no such database");
    assert_int_not_equal(access(p->db, F_OK), 0); /* reading never creates */
    store_close(opened(p->db, STORE_NEW));
    refused(p->db, STORE_NEW, "--new");
    store_close(opened(p->db, STORE_CREATE));
    store_close(opened(p->db, STORE_READ));
    put_text(p->db, "this is a text and not a database at all, whatever its name says");
    refused(p->db, STORE_READ, "not a tlswire database");
    refused(p->db, STORE_CREATE, "not a tlswire database");
}

static const uint8_t SNI[] = {'a', 0, 0xff, '\\', 'z'};

static struct handshake *handshake_made(void)
{
    struct handshake *h = handshake_new();
    struct client_hello *ch = arena_alloc(&h->arena, sizeof *ch);
    struct server_hello *sh = arena_alloc(&h->arena, sizeof *sh);
    ch->has_sni = true;
    ch->sni = (struct bytes){SNI, sizeof SNI};
    ch->has_alpn = true;
    ch->alpn = (struct bytes){(const uint8_t *)"\2h2\10http/1.1", 12};
    sh->has_alpn = true;
    sh->alpn = (struct bytes){(const uint8_t *)"h2", 2};
    h->id = (INT64_C(7) << 32) + 12;
    h->client_hello = ch;
    h->server_hello = sh;
    h->version = 0x0303;
    h->cipher_suite = 0xc02f;
    h->group = 29;
    h->transport = 6;
    h->outcome = OUTCOME_FAIL_ALERT_CLIENT;
    h->basis = BASIS_SEEN;
    h->confidence = 0.75;
    h->first_us = INT64_C(1790000000123456);
    h->last_us = h->first_us + 1000;
    h->last_packet = 20;
    h->sides[0].last_message = h->sides[1].last_message = -1;
    h->sides[0].endpoint.port = 40000;
    h->sides[1].endpoint.port = 443;
    h->sides[1].endpoint.address.ip[15] = 1; /* ::1 */
    h->times = (struct timings){h->first_us, h->first_us + 30, TIME_NONE, TIME_NONE, TIME_NONE,
            TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
            h->first_us + 900};
    h->sides[0].n_alerts = 1;
    h->sides[0].alerts = arena_alloc(&h->arena, sizeof *h->sides[0].alerts);
    h->sides[0].alerts[0] = (struct alert){.level = 2, .description = 48};
    (void)snprintf(h->prints.ja4, sizeof h->prints.ja4, "t12d");
    return h;
}

/* Takes h. */
static void write_handshake(struct store *s, struct handshake *h, bool has_end)
{
    struct err err;
    int64_t run = 0;
    struct run_facts run_facts = {.version = "test"};
    struct input_facts input = {.index = 0,
            .id = 7,
            .path = "dir/sub/x.pcap",
            .quick_hash = 7,
            .first_us = TIME_NONE,
            .last_us = TIME_NONE};
    struct service service = {.name = "a", .transport = 6, .port = 443};
    assert_true(store_begin_run(s, &run_facts, &run, &err));
    assert_true(store_begin_input(s, &input, &err));
    assert_true(store_service(s, &service, &err));
    struct handshake_refs refs = {.service_id = service.id};
    assert_true(store_handshake(s, h, &refs, &err));
    struct alert late = {.level = 1, .description = 0};
    struct connection_end end = {.handshake_id = h->id,
            .last_us = h->last_us + 5000,
            .last_packet = 33,
            .payload_bytes = {10, 20},
            .packets = {3, 4},
            .data_us = {TIME_NONE, h->first_us + 2000},
            .n_alerts = {0, 1},
            .alerts = {NULL, &late}};
    if (has_end)
        assert_true(store_connection_end(s, &end, &err));
    assert_true(store_end_input(s, &input, &err));
    assert_true(store_end_run(s, 0, &err));
    handshake_free(h);
}

static void write_one(struct store *s, bool has_end)
{
    write_handshake(s, handshake_made(), has_end);
}

struct wanted {
    const char *name, *text;
    int found;
};

/* Compares values that stand in want; names that are not there fail. */
static bool on_row(void *ctx, const struct value *values, size_t n)
{
    for (struct wanted *w = ctx; w->name != NULL; w++)
        for (size_t i = 0; i < n; i++) {
            char number[32];
            const char *have = values[i].text;
            if (strcmp(values[i].name, w->name) != 0)
                continue;
            if (values[i].kind == VALUE_INTEGER || values[i].kind == VALUE_BOOL) {
                (void)snprintf(number, sizeof number, "%lld", (long long)values[i].integer);
                have = number;
            } else if (values[i].kind == VALUE_REAL) {
                (void)snprintf(number, sizeof number, "%g", values[i].real);
                have = number;
            } else if (values[i].kind == VALUE_NULL) {
                have = "null";
            }
            assert_string_equal(have, w->text);
            w->found++;
        }
    return true;
}

static void check_list(struct store *s, enum list list, struct wanted *wanted)
{
    struct err err;
    struct list_filter filter = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    if (!query_list(s, list, &filter, on_row, wanted, &err))
        fail_msg("%s", err.text);
    for (struct wanted *w = wanted; w->name != NULL; w++)
        if (w->found != 1)
            fail_msg("%s: found %d times", w->name, w->found);
}

static void test_round_trip(void **state)
{
    struct place *p = *state;
    struct store *s = opened(p->db, STORE_CREATE);
    write_one(s, true);
    store_close(s);
    s = opened(p->db, STORE_READ);
    struct wanted wanted[] = {{"pcap", "sub/x.pcap", 0}, {"id", "30064771084", 0},
            {"start", "2026-09-21T14:13:20.123456Z", 0}, {"dst", "::1", 0}, {"dport", "443", 0},
            {"sport", "40000", 0}, {"sni", "a\\x00\\xff\\x5cz", 0}, {"version", "0x0303", 0},
            {"version_name", "TLSv1.2", 0}, {"cipher", "0xc02f", 0},
            {"cipher_name", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0}, {"alpn", "h2", 0},
            {"client_alpn", "[\"h2\",\"http/1.1\"]", 0}, {"ja4", "t12d", 0},
            {"client_alerts", "[48]", 0}, {"server_alerts", "[0]", 0},
            {"outcome", "fail-alert-client", 0}, {"confidence", "0.75", 0}, {"basis", "seen", 0},
            {"established", "0", 0}, {"rtt_server_us", "30", 0}, {"rtt_client_us", "null", 0},
            {"client_bytes", "10", 0}, {"server_packets", "4", 0}, {"last_packet", "33", 0},
            {"first_packet", "12", 0}, {"key_group_name", "x25519", 0}, {NULL, NULL, 0}};
    check_list(s, LIST_HANDSHAKES, wanted);
    store_close(s);
}

/* What a handshake was carried in, and what lists narrow by it. */
static void test_tunnels(void **state)
{
    static const struct {
        uint16_t vlan;
        const char *tunnel;
        int found;
    } filters[] = {{0, NULL, 1}, {5, NULL, 1}, {6, NULL, 0}, {0, "vxlan", 1}, {0, "geneve", 0},
            {5, "vxlan:16777215", 1}, {5, "vxlan:1", 0}, {6, "vxlan", 0}};
    struct place *p = *state;
    struct store *s = opened(p->db, STORE_CREATE);
    struct handshake *h = handshake_made();
    h->vlan = 5;
    h->tunnel = (struct tunnel){TUNNEL_VXLAN, true, 0xffffff};
    write_handshake(s, h, true);
    store_close(s);
    s = opened(p->db, STORE_READ);
    struct wanted values[] = {{"vlan", "5", 0}, {"tunnel", "vxlan", 0},
            {"tunnel_id", "16777215", 0}, {NULL, NULL, 0}};
    check_list(s, LIST_HANDSHAKES, values);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        struct list_filter filter = {
                .since_us = TIME_NONE, .until_us = TIME_NONE, .vlan = filters[i].vlan};
        struct wanted wanted[] = {{"vlan", "5", 0}, {NULL, NULL, 0}};
        struct err err;
        if (filters[i].tunnel != NULL)
            assert_true(tunnel_parse(filters[i].tunnel, &filter.tunnel));
        assert_true(query_list(s, LIST_HANDSHAKES, &filter, on_row, wanted, &err));
        if (wanted[0].found != filters[i].found)
            fail_msg("%d, %s: %d", filters[i].vlan, filters[i].tunnel, wanted[0].found);
    }
    store_close(s);
}

/* The names and values that ctx, a list of texts, says are in the ClientHello that is shown. */
static bool on_hello(void *ctx, const struct value *values, size_t n)
{
    size_t i = 0;
    while (i < n && strcmp(values[i].name, "client_hello") != 0)
        i++;
    assert_true(i < n);
    for (const char *const *part = ctx; *part != NULL; part++)
        if (strstr(values[i].text, *part) == NULL)
            fail_msg("%s lacks %s", values[i].text, *part);
    return true;
}

static void check_hello(const char *db, const char **parts)
{
    struct err err;
    bool is_found = false;
    struct store *s = opened(db, STORE_READ);
    assert_true(query_show(s, SHOW_HANDSHAKE, "30064771084", &is_found, on_hello, parts, &err));
    assert_true(is_found);
    store_close(s);
}

/* An empty session id was seen all the same (RFC 5246 7.4.1.2). */
static void test_empty_lengths(void **state)
{
    struct place *p = *state;
    struct store *s = opened(p->db, STORE_CREATE);
    struct handshake *h = handshake_made();
    struct client_hello *ch = arena_alloc(&h->arena, sizeof *ch);
    ch->n_psk_identities = 1;
    h->client_hello = ch;
    h->prints.offer = 1;
    write_handshake(s, h, true);
    store_close(s);
    check_hello(p->db, (const char *[]){"\"session_id_length\":0", "\"psk_identities\":1",
                               "\"psk_identity_length\":0", NULL});
}

/* RFC 8446 4.1.2: behind a HelloRetryRequest early data is not offered again. */
static void test_early_data_retried(void **state)
{
    struct place *p = *state;
    struct store *s = opened(p->db, STORE_CREATE);
    struct handshake *h = handshake_made();
    struct client_hello *first = arena_alloc(&h->arena, sizeof *first);
    first->has_early_data = true;
    h->client_hello_first = first;
    h->hello_retry_request = arena_alloc(&h->arena, sizeof *h->hello_retry_request);
    h->prints.offer = 1;
    write_handshake(s, h, true);
    store_close(s);
    check_hello(p->db, (const char *[]){"\"early_data\":true", NULL});
}

/* An end that comes when the row has long been written changes the row just the same. */
static void test_late_end(void **state)
{
    struct place *p = *state;
    struct err err;
    struct store *s = opened(p->db, STORE_CREATE);
    write_one(s, false);
    struct connection_end end = {.handshake_id = (INT64_C(7) << 32) + 12,
            .last_us = 5,
            .last_packet = 99,
            .payload_bytes = {1, 2},
            .data_us = {TIME_NONE, TIME_NONE}};
    assert_true(store_connection_end(s, &end, &err));
    assert_true(store_flush(s, &err));
    store_close(s);
    s = opened(p->db, STORE_READ);
    struct wanted wanted[] = {{"last_packet", "99", 0}, {"server_bytes", "2", 0}, {NULL, NULL, 0}};
    check_list(s, LIST_HANDSHAKES, wanted);
    store_close(s);
}

static void put_finding(struct store *s, uint64_t count, int64_t first_us, enum severity severity)
{
    struct err err;
    struct finding f = {.severity = severity,
            .confidence = 0.5,
            .basis = BASIS_INFERRED,
            .first_seen_us = first_us,
            .last_seen_us = first_us + 10,
            .count = count,
            .n_evidence = 1};
    f.first.defect = "cert-expired";
    (void)snprintf(f.first.subject, sizeof f.first.subject, "x");
    (void)snprintf(f.first.summary, sizeof f.first.summary, "first");
    if (!store_finding(s, &f, &err))
        fail_msg("%s", err.text);
    assert_true(store_flush(s, &err));
}

static void test_findings_merge(void **state)
{
    struct place *p = *state;
    struct store *s = opened(p->db, STORE_CREATE);
    put_finding(s, 2, 1000000, SEV_LOW);
    store_close(s);
    s = opened(p->db, STORE_CREATE); /* another run */
    put_finding(s, 3, 500000, SEV_HIGH);
    store_close(s);
    s = opened(p->db, STORE_READ);
    struct wanted wanted[] = {{"count", "5", 0}, {"severity", "high", 0},
            {"first_seen", "1970-01-01T00:00:00.500000Z", 0},
            {"last_seen", "1970-01-01T00:00:01.000010Z", 0}, {NULL, NULL, 0}};
    check_list(s, LIST_FINDINGS, wanted);
    store_close(s);
}

/* Muted is what the latest run says; alerted what its life says. */
static void test_findings_muted(void **state)
{
    struct place *p = *state;
    struct err err;
    struct store *s = opened(p->db, STORE_CREATE);
    struct finding f = {.severity = SEV_HIGH,
            .notify = NOTIFY_PAGING,
            .first_seen_us = 1000000,
            .last_seen_us = 1000000,
            .count = 1,
            .life = {.state = LIFE_OPEN, .opened_us = 3000000, .alerted_us = 4000000}};
    f.first.defect = "cert-expired";
    f.life.events[f.life.n_events++] = (struct life_event){LIFE_OPENED, 3000000};
    (void)snprintf(f.first.subject, sizeof f.first.subject, "x");
    assert_true(store_finding(s, &f, &err));
    f.first.muted_by = MUTED_EXCEPTION;
    f.first.muted_why = "known";
    assert_true(store_finding(s, &f, &err));
    struct finding_life past = {.state = LIFE_NEW};
    assert_true(store_past_life(s, &f.first, &past, &err));
    assert_int_equal(past.alerted_us, 4000000);
    assert_true(store_flush(s, &err));
    store_close(s);
    s = opened(p->db, STORE_READ);
    struct wanted wanted[] = {{"muted", "exception", 0}, {"muted_why", "known", 0},
            {"notify", "paging", 0}, {"alerted", "1970-01-01T00:00:04.000000Z", 0},
            {"detection_us", "3000000", 0}, {NULL, NULL, 0}};
    check_list(s, LIST_FINDINGS, wanted);
    struct list_filter loud = {.since_us = TIME_NONE, .until_us = TIME_NONE, .has_muted = true};
    struct wanted nothing[] = {{"muted", "", 0}, {NULL, NULL, 0}};
    assert_true(query_list(s, LIST_FINDINGS, &loud, on_row, nothing, &err));
    assert_int_equal(nothing[0].found, 0);
    store_close(s);
}

/* Reading where nothing may be written, after the writer has gone. */
static void test_unwritable(void **state)
{
    struct place *p = *state;
    struct store *s = opened(p->db, STORE_CREATE);
    write_one(s, true);
    store_close(s);
    assert_int_equal(chmod(p->db, 0444), 0);
    assert_int_equal(chmod(p->directory, 0555), 0);
    if (geteuid() == 0) /* root writes everywhere: be somebody else */
        assert_int_equal(seteuid(65534), 0);
    bool is_read = store_open(p->db, STORE_READ, &s, &(struct err){""});
    if (is_read)
        store_close(s);
    assert_int_equal(seteuid(getuid()), 0);
    assert_true(is_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_open, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_round_trip, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_tunnels, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_empty_lengths, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_early_data_retried, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_late_end, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_findings_merge, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_findings_muted, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_unwritable, place_make, place_remove)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
