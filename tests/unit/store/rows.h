#ifndef TLSWIRE_TESTS_UNIT_STORE_ROWS_H
#define TLSWIRE_TESTS_UNIT_STORE_ROWS_H

#include <dirent.h>
#include <string.h>

#include "base/text.h"
#include "store/life.h"
#include "store/metric.h"
#include "store/query.h"
#include "store/query_diff.h"
#include "store/segment.h"
#include "tests/unit/store/place.h"

/* Rows of every kind for databases that are to be compared. */

enum { ROW_SERVICES = 5 };
#define ROWS_START INT64_C(1790000000000000)
#define ROWS_STEP INT64_C(7000000) /* between handshakes */

#define MUST(call)                                                                                 \
    do {                                                                                           \
        struct err must_err = {""};                                                                \
        struct err *err = &must_err;                                                               \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, err->text);                                                  \
    } while (0)

struct rows {
    struct store *s;
    struct service services[ROW_SERVICES];
    int64_t chains[3];
    int64_t run_id;
};

/* Not in the order of time, as live ids are not. */
static inline int64_t row_id(int i)
{
    return (INT64_C(7) << 32) + (i * 7919) % 1000003 + 1;
}

static inline void rows_chains(struct rows *r)
{
    int64_t ids[4];
    for (int i = 0; i < 4; i++) {
        uint8_t der[2] = {0x30, (uint8_t)i};
        struct certificate c = {.der = {der, sizeof der}, .problem = "not one"};
        c.sha256[31] = c.sha1[19] = (uint8_t)(i + 1);
        MUST(store_certificate(
                r->s, &c, ROWS_START + i * ROWS_STEP, ROWS_START + i * ROWS_STEP, &ids[i], err));
    }
    MUST(store_chain(r->s, ids, 2, &r->chains[0], err));
    MUST(store_chain(r->s, ids + 1, 3, &r->chains[1], err));
    MUST(store_chain(r->s, ids + 2, 1, &r->chains[2], err));
    for (int i = 0; i < 3; i++)
        MUST(store_served(
                r->s, r->services[i].id, ids[i], ROWS_START, ROWS_START + ROWS_STEP * 9, 10, err));
}

static inline void rows_begin(struct rows *r, struct store *s)
{
    struct run_facts run = {.version = "test", .started_us = ROWS_START};
    struct input_facts input = {.index = 0,
            .id = 7,
            .path = "if0",
            .quick_hash = 7,
            .first_us = ROWS_START,
            .last_us = ROWS_START};
    r->s = s;
    MUST(store_begin_run(s, &run, &r->run_id, err));
    MUST(store_begin_input(s, &input, err));
    for (int i = 0; i < ROW_SERVICES; i++) {
        r->services[i] = (struct service){.transport = 6, .port = (uint16_t)(443 + i % 2)};
        (void)snprintf(r->services[i].name, sizeof r->services[i].name, "s%d.test", i);
        MUST(store_service(s, &r->services[i], err));
    }
    rows_chains(r);
}

static inline void row_alerts(struct handshake *h, int i)
{
    struct side_facts *side = &h->sides[i % 2];
    if (i % 4 != 0)
        return;
    side->n_alerts = 1 + (size_t)(i % 8 == 0);
    side->alerts = arena_alloc(&h->arena, 2 * sizeof *side->alerts);
    for (size_t k = 0; k < side->n_alerts; k++)
        side->alerts[k] = (struct alert){.level = 2, .description = (uint8_t)(40 + k)};
}

static inline struct handshake *row_made(int i)
{
    struct handshake *h = handshake_new();
    static const enum outcome OUTCOMES[] = {OUTCOME_SUCCESS, OUTCOME_SUCCESS,
            OUTCOME_FAIL_ALERT_CLIENT, OUTCOME_SUCCESS_INFERRED, OUTCOME_UNDETERMINED};
    h->id = row_id(i);
    h->first_us = ROWS_START + i * ROWS_STEP;
    h->last_us = h->first_us + 5000;
    h->last_packet = (uint64_t)i + 10;
    h->version = i % 3 == 0 ? 0x0304 : 0x0303;
    h->cipher_suite = i % 3 == 0 ? 0x1301 : 0xc02f;
    h->group = 29;
    h->transport = 6;
    h->outcome = OUTCOMES[i % 5];
    h->undetermined = (enum undetermined)(i % 5 == 4 ? 2 : 0);
    h->confidence = 0.25 + i % 4 * 0.25;
    h->resumption = i % 6 == 0 ? 2 : 1;
    for (int side = 0; side < 2; side++) {
        h->sides[side].last_message = -1;
        h->sides[side].endpoint.port = side == 0 ? (uint16_t)(30000 + i % 20000) : 443;
        h->sides[side].endpoint.address.ip[15] = (uint8_t)(side == 0 ? i % 11 : 100 + i % 3);
        h->sides[side].payload_bytes = (uint64_t)i * 3;
    }
    int64_t none = TIME_NONE;
    h->times = (struct timings){h->first_us, h->first_us + 30, h->first_us + 60, h->first_us + 70,
            none, h->first_us + 90, none, none, none, h->first_us + 1000 + i % 7, none, none, none};
    (void)snprintf(h->prints.ja4, sizeof h->prints.ja4, "t13d%02d", i % 17);
    row_alerts(h, i);
    return h;
}

static inline void row_end(struct rows *r, int i)
{
    struct alert late = {.level = 1, .description = 0};
    struct connection_end end = {.handshake_id = row_id(i),
            .last_us = ROWS_START + i * ROWS_STEP + 9000000,
            .last_packet = (uint64_t)i + 500,
            .payload_bytes = {(uint64_t)i * 100, 20},
            .packets = {30, 40},
            .data_us = {TIME_NONE, ROWS_START + i * ROWS_STEP + 2000},
            .n_alert_sized = {2, 1},
            .n_alerts = {0, (size_t)(i % 2)},
            .alerts = {NULL, &late}};
    MUST(store_connection_end(r->s, &end, err));
}

/* Without rotation and flush: those are the caller's. */
static inline bool row_put(struct rows *r, int i, struct err *err)
{
    struct handshake *h = row_made(i);
    struct handshake_refs refs = {.service_id = r->services[i % ROW_SERVICES].id,
            .server_chain_id = i % 2 == 0 ? r->chains[i % 3] : 0,
            .is_duplicate = i % 13 == 0};
    if (i % 5 == 2) {
        refs.defects = "cert-expired";
        refs.worst = 3;
        refs.finding_keys = "cert-expired a";
    }
    bool is_ok = store_handshake(r->s, h, &refs, err);
    handshake_free(h);
    return is_ok;
}

static inline void rows_finding(struct rows *r, int service, const char *defect, uint64_t count)
{
    struct finding f = {.severity = 3,
            .confidence = 1,
            .first_seen_us = ROWS_START,
            .last_seen_us = ROWS_START + 60 * ROWS_STEP,
            .count = count,
            .n_evidence = 1,
            .evidence = {{.kind = EVIDENCE_CONNECTIONS, .handshake_id = row_id(2)}}};
    f.first.defect = defect;
    (void)snprintf(f.first.subject, sizeof f.first.subject, "a");
    (void)snprintf(f.first.summary, sizeof f.first.summary, "it is so");
    f.first.service = r->services[service];
    f.first.handshake_id = row_id(2);
    f.first.has_endpoints = f.first.has_certificate = true;
    f.first.certificate[31] = 2;
    f.life.state = LIFE_OPEN;
    f.life.opened_us = ROWS_START;
    f.life.n_events = 1;
    f.life.events[0].us = ROWS_START;
    MUST(store_finding(r->s, &f, err));
}

static inline void rows_end(struct rows *r)
{
    struct metrics_row m = {.counts = {0}};
    struct counter counter = {"evicted", 3};
    m.counts[METRIC_success] = 5;
    histogram_add(&m.times[METRIC_TIME_full_us], 1234);
    rows_finding(r, 2, "cert-expired", 9);
    rows_finding(r, 1, "name-mismatch", 1);
    MUST(store_metrics(r->s, r->services[0].id, NULL, ROWS_START / 60000000 * 60000000, &m, err));
    metrics_row_fini(&m);
    MUST(store_counters(r->s, &counter, 1, err));
    MUST(store_end_run(r->s, 0, err));
}

static inline bool dump_row(void *ctx, const struct value *values, size_t n)
{
    struct text *t = ctx;
    for (size_t i = 0; i < n; i++) {
        const struct value *v = &values[i];
        text_addf(t, " %s=", v->name);
        if (v->kind == VALUE_INTEGER || v->kind == VALUE_BOOL)
            text_addf(t, "%lld", (long long)v->integer);
        else if (v->kind == VALUE_REAL)
            text_addf(t, "%g", v->real);
        else if (v->kind != VALUE_NULL)
            text_add(t, v->text);
    }
    text_add(t, "\n");
    return true;
}

static inline void dump_lists(struct store *s, struct text *t)
{
    const struct list_filter filters[] = {
            {.since_us = TIME_NONE, .until_us = TIME_NONE},
            {.since_us = ROWS_START + 20 * ROWS_STEP, .until_us = ROWS_START + 50 * ROWS_STEP},
            {.since_us = TIME_NONE, .until_us = TIME_NONE, .service = "s2*", .limit = 7},
            {.since_us = TIME_NONE, .until_us = TIME_NONE, .client = "::5"},
            {.since_us = TIME_NONE, .until_us = TIME_NONE, .server = "::65"},
            {.since_us = TIME_NONE, .until_us = TIME_NONE, .defect = "cert-*"},
    };
    static const enum list LISTS[] = {LIST_FINDINGS, LIST_HANDSHAKES, LIST_CERTS, LIST_CERTS_PEM,
            LIST_SERVICES, LIST_TIMELINE};
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++)
        for (size_t k = 0; k < sizeof filters / sizeof *filters; k++) {
            text_addf(t, "list %zu filter %zu\n", i, k);
            MUST(query_list(s, LISTS[i], &filters[k], dump_row, t, err));
        }
    for (size_t k = 0; k < 2; k++) {
        for (int part = DIFF_SHARES; part <= DIFF_SPAN; part++)
            for (int in_all = 0; in_all < 2; in_all++)
                MUST(query_diff(
                        s, (enum diff_part)part, in_all != 0, &filters[k], dump_row, t, err));
        MUST(query_metrics(s, 60000000, &filters[k], dump_row, t, err));
    }
}

static inline void dump_things(struct store *s, struct text *t, int n)
{
    char id[32];
    bool found;
    for (int i = 0; i < n; i++) {
        (void)snprintf(id, sizeof id, "%lld", (long long)row_id(i));
        MUST(query_show(s, SHOW_HANDSHAKE, id, &found, dump_row, t, err));
        assert_true(found);
    }
    for (int i = 1; i < 3; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        MUST(query_show(s, SHOW_FINDING, id, &found, dump_row, t, err));
        assert_true(found);
    }
    for (int i = 1; i < 5; i++) {
        char sha256[65];
        (void)snprintf(sha256, sizeof sha256, "%062d%02x", 0, (unsigned)i);
        MUST(query_show(s, SHOW_CERT, sha256, &found, dump_row, t, err));
        for (int part = CERT_SERVED; part <= CERT_PEM; part++)
            MUST(query_cert_part(s, (enum cert_part)part, sha256, dump_row, t, err));
    }
}

/* Everything that can be asked of the n rows, as text. */
static inline void dump(const char *db, int n, struct text *t)
{
    struct store *s = NULL;
    MUST(store_open(db, STORE_READ, &s, err));
    dump_lists(s, t);
    dump_things(s, t, n);
    for (int part = REPORT_RUNS; part <= REPORT_TOTALS; part++) {
        text_addf(t, "report %d\n", part);
        MUST(query_report(s, (enum report_part)part, dump_row, t, err));
    }
    store_close(s);
}

/* The number of files in the directory of segments whose name ends so. */
static inline int count_files(const char *db, const char *end)
{
    char path[160];
    int n = 0;
    (void)snprintf(path, sizeof path, "%s.d", db);
    DIR *d = opendir(path);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        size_t len = strlen(e->d_name);
        n += len >= strlen(end) && e->d_name[0] != '.' &&
             strcmp(&e->d_name[len - strlen(end)], end) == 0;
    }
    if (d != NULL)
        (void)closedir(d);
    return n;
}

static inline void remove_segments(const char *db)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s.d", db);
    DIR *d = opendir(path);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        (void)snprintf(path, sizeof path, "%s.d/%s", db, e->d_name);
        if (e->d_name[0] != '.')
            (void)unlink(path);
    }
    if (d != NULL)
        (void)closedir(d);
    (void)snprintf(path, sizeof path, "%s.d", db);
    (void)rmdir(path);
}

/* rows_remove is place_remove for a database with segments. */
static inline int rows_remove(void **state)
{
    struct place *p = *state;
    store_close(p->store);
    p->store = NULL;
    remove_segments(p->db);
    return place_remove(state);
}

#endif
