/* Which handshakes of a live capture get a file, when, and how many. */
#include "engine/keep_live.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/notice.h"
#include "flow/flow.h"
#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

#define SECOND INT64_C(1000000)
#define NOW (INT64_C(1700000000) * SECOND)

static char dir[] = "/tmp/tlswire-live-XXXXXX";

/* A capture with one lane, or more. */
struct rig {
    struct place *place;
    void *made;
    struct run_options run;
    struct keep_ring *rings[2];
    struct keep_live *live;
    uint64_t number;
    unsigned n_said;
    char said[512];
};

static void on_notice(void *ctx, const char *line)
{
    struct rig *r = ctx;
    r->n_said++;
    (void)snprintf(r->said, sizeof r->said, "%s", line);
}

static void rig_init(struct rig *r, unsigned n_rings, uint64_t size, size_t ring_bytes)
{
    struct err err = {""};
    int64_t run = 0;
    struct keep_ring_options o = {ring_bytes, 1024, 64, 65536};
    *r = (struct rig){.run = {.evidence = dir, .evidence_size = size, .notice = on_notice}};
    r->run.ctx = r;
    (void)place_make(&r->made);
    r->place = r->made;
    if (!store_open(r->place->db, STORE_CREATE, &r->place->store, &err) ||
            !store_begin_run(r->place->store, &(struct run_facts){.version = "", .arguments = ""},
                    &run, &err))
        fail_msg("%s", err.text);
    for (unsigned i = 0; i < n_rings; i++)
        r->rings[i] = keep_ring_new(ring_bytes > 0 ? &o : NULL);
    r->live = keep_live_new(&(struct keep_live_options){&r->run, "eth1", r->rings, n_rings, 1000});
}

static size_t files(bool is_removed)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        n += e->d_name[0] != '.';
        if (is_removed && e->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
    }
    if (d != NULL)
        (void)closedir(d);
    return n;
}

static uint64_t bytes_in_dir(void)
{
    struct stat st;
    uint64_t sum = 0;
    DIR *d = opendir(dir);
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.' && fstatat(dirfd(d), e->d_name, &st, 0) == 0)
            sum += (uint64_t)st.st_size;
    if (d != NULL)
        (void)closedir(d);
    return sum;
}

static void rig_fini(struct rig *r)
{
    keep_live_free(r->live);
    for (size_t i = 0; i < 2; i++)
        keep_ring_free(r->rings[i]);
    (void)place_remove(&r->made);
    (void)files(true);
}

static uint64_t counter_of(struct rig *r, const char *name)
{
    struct err err = {""};
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_true(keep_live_counters(r->live, r->place->store, &err));
    assert_true(store_flush(r->place->store, &err));
    assert_int_equal(sqlite3_open(r->place->db, &db), SQLITE_OK);
    assert_int_equal(
            sqlite3_prepare_v2(db, "SELECT value FROM counter WHERE name = ?", -1, &st, NULL),
            SQLITE_OK);
    (void)sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    uint64_t value = (uint64_t)sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return value;
}

static void count_row(struct rig *r, const char *name, uint64_t expected)
{
    assert_int_equal(counter_of(r, name), expected);
}

/* A connection of n packets on its lane; its handshake. */
static struct handshake connect_once(struct rig *r, int64_t id, size_t n, unsigned n_rings)
{
    static const uint8_t bytes[500];
    struct handshake h = {.id = id, .transport = TRANSPORT_TCP};
    unsigned lane = (unsigned)id % n_rings;
    memset(h.sides[SIDE_CLIENT].endpoint.address.ip, 1, 16);
    memset(h.sides[SIDE_SERVER].endpoint.address.ip, 2, 16);
    h.sides[SIDE_CLIENT].endpoint.port = (uint16_t)id;
    h.sides[SIDE_SERVER].endpoint.port = 443;
    h.sides[SIDE_CLIENT].packets = n;
    struct packet p = {.transport = PACKET_TCP, .src_port = 443, .dst_port = (uint16_t)id};
    memset(p.src, 2, 16);
    memset(p.dst, 1, 16);
    p.flow = flow_hash(&p);
    for (size_t i = 0; i < n; i++) {
        p.tcp_flags = i == 0 ? TCP_SYN : TCP_ACK;
        p.number = r->number++ * n_rings + lane + 1;
        if (i == 0)
            h.first_packet = p.number;
        h.last_packet = p.number;
        const struct frame f = {.number = p.number,
                .ts_us = NOW + (int64_t)r->number,
                .link_type = 1,
                .wire_len = sizeof bytes,
                .data = {bytes, sizeof bytes}};
        keep_ring_add(r->rings[lane], &p, &f);
    }
    return h;
}

static void tick(struct rig *r, int64_t at_us, size_t expected)
{
    struct err err = {""};
    assert_true(keep_live_tick(r->live, NOW + at_us, false, r->place->store, &err));
    assert_int_equal(files(false), expected);
}

/* What findings name waits for what comes after it; what nobody asks for is forgotten. */
static void waits(void **state)
{
    struct rig r;
    (void)state;
    for (unsigned n_rings = 1; n_rings <= 2; n_rings++) {
        rig_init(&r, n_rings, 1 << 20, 0);
        for (int64_t id = 1; id <= 4; id++) {
            struct handshake h = connect_once(&r, id, 5, n_rings);
            keep_live_want(r.live, &h, "some-defect", false, NULL);
        }
        keep_live_name(r.live, 1);
        keep_live_name(r.live, 2);
        keep_live_name(r.live, 99);
        tick(&r, 0, 0);
        keep_live_end(r.live,
                &(struct connection_end){.handshake_id = 2, .last_packet = r.number * n_rings + 9});
        tick(&r, SECOND / 4, 1);
        keep_live_name(r.live, 3); /* too late */
        tick(&r, SECOND / 2, 1);
        tick(&r, SECOND, 2);
        tick(&r, 5 * SECOND, 2);
        count_row(&r, "evidence-files", 2);
        count_row(&r, "evidence-packets", 10);
        count_row(&r, "evidence-packets-gone", 0);
        /* At the end of a connection: only when there is no file yet. */
        struct connection_end end = {.handshake_id = 2, .last_packet = 1000};
        struct handshake h = connect_once(&r, 2, 3, n_rings);
        keep_live_want(r.live, &h, "another", true, &end);
        h = connect_once(&r, 7, 3, n_rings);
        keep_live_want(r.live, &h, "another", true, &end);
        tick(&r, 6 * SECOND, 3);
        count_row(&r, "evidence-packets", 13);
        assert_int_equal(r.n_said, 0);
        rig_fini(&r);
    }
}

/* So many files a second; those that findings name wait, others do not. */
static void rates(void **state)
{
    struct rig r;
    struct err err = {""};
    enum { N = 100 };
    (void)state;
    rig_init(&r, 1, 10 << 20, 0);
    for (int64_t id = 1; id <= 2 * N; id++) {
        struct handshake h = connect_once(&r, id, 3, 1);
        keep_live_want(r.live, &h, "some-defect", true, NULL);
        if (id > N)
            keep_live_name(r.live, id);
    }
    tick(&r, 0, 0);
    tick(&r, SECOND, KEEP_LIVE_NAMED_A_SECOND + KEEP_LIVE_OTHERS_A_SECOND);
    count_row(&r, "evidence-connections-left-out", N - KEEP_LIVE_OTHERS_A_SECOND);
    tick(&r, SECOND + SECOND / 2, KEEP_LIVE_NAMED_A_SECOND + KEEP_LIVE_OTHERS_A_SECOND);
    tick(&r, 2 * SECOND, N + KEEP_LIVE_OTHERS_A_SECOND);
    /* At the end of the run all that is named. */
    for (int64_t id = 301; id <= 300 + N; id++) {
        struct handshake h = connect_once(&r, id, 3, 1);
        keep_live_want(r.live, &h, "some-defect", false, NULL);
        keep_live_name(r.live, id);
    }
    assert_true(keep_live_tick(r.live, 0, true, r.place->store, &err));
    assert_int_equal(files(false), 2 * N + KEEP_LIVE_OTHERS_A_SECOND);
    /* So many are noted. */
    struct handshake h = {.transport = TRANSPORT_TCP};
    for (h.id = 1000; h.id < 1000 + KEEP_LIVE_WAITING + 5; h.id++)
        keep_live_want(r.live, &h, "some-defect", false, NULL);
    count_row(&r, "evidence-connections-not-listed", 5);
    tick(&r, 3 * SECOND, 2 * N + KEEP_LIVE_OTHERS_A_SECOND);
    rig_fini(&r);
}

/* What the ring did not hold any more, in part and in whole. */
static void gone(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, 1, 1 << 20, 16384);
    struct handshake h = connect_once(&r, 1, 20, 1);
    keep_live_want(r.live, &h, "some-defect", false, NULL);
    keep_live_name(r.live, 1);
    (void)connect_once(&r, 2, 15, 1); /* some 28 have room; now it does not wait */
    tick(&r, 0, 1);
    count_row(&r, "evidence-files", 1);
    uint64_t packets = counter_of(&r, "evidence-packets");
    assert_true(packets > 5 && packets < 20);
    count_row(&r, "evidence-packets-gone", 20 - packets);
    h = connect_once(&r, 3, 4, 1);
    keep_live_want(r.live, &h, "some-defect", false, NULL);
    keep_live_name(r.live, 3);
    (void)connect_once(&r, 4, 50, 1);
    tick(&r, SECOND, 1);
    count_row(&r, "evidence-connections-not-found", 1);
    count_row(&r, "evidence-packets-gone", 20 - packets + 4);
    rig_fini(&r);
}

static void want_named(struct rig *r, int64_t id)
{
    struct handshake h = connect_once(r, id, 5, 1);
    keep_live_want(r->live, &h, "some-defect", true, NULL);
    keep_live_name(r->live, id);
}

/* Half of the directory is for what findings name; when it is full, that is said once, until there
 * is much room again. */
static void full(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, 1, 20000, 0); /* of files of some 3,200 bytes */
    for (int64_t id = 1; id <= 8; id++) {
        struct handshake h = connect_once(&r, id, 5, 1);
        keep_live_want(r.live, &h, "some-defect", true, NULL);
    }
    tick(&r, 0, 0);
    tick(&r, SECOND, 4); /* the last one is cut */
    assert_int_equal(r.n_said, 0);
    for (int64_t id = 11; id <= 20; id++)
        want_named(&r, id);
    tick(&r, 2 * SECOND, 4);
    tick(&r, 3 * SECOND, 8); /* with another one that is cut */
    assert_int_equal(r.n_said, 1);
    assert_non_null(strstr(r.said, "--evidence-size"));
    want_named(&r, 21);
    tick(&r, 70 * SECOND, 8);
    tick(&r, 140 * SECOND, 8);
    assert_true(bytes_in_dir() <= 20000);
    assert_int_equal(r.n_said, 1);
    (void)files(true);
    want_named(&r, 22);
    tick(&r, 200 * SECOND, 0);
    tick(&r, 202 * SECOND, 1);
    assert_int_equal(r.n_said, 1);
    rig_fini(&r);
}

/* The directory is away for a while. */
static void broken(void **state)
{
    struct rig r;
    struct run_result result = {0};
    (void)state;
    rig_init(&r, 1, 1 << 20, 0);
    assert_int_equal(rmdir(dir), 0);
    for (int64_t id = 1; id <= 3; id++)
        want_named(&r, id);
    tick(&r, 0, 0);
    tick(&r, 2 * SECOND, 0);
    assert_int_equal(r.n_said, 1);
    assert_non_null(strstr(r.said, "no more packets are kept"));
    want_named(&r, 4);
    tick(&r, 70 * SECOND, 0);
    tick(&r, 72 * SECOND, 0);
    assert_int_equal(r.n_said, 1);
    keep_live_result(r.live, &result);
    assert_true(result.is_evidence_broken);
    count_row(&r, "evidence-connections-left-out", 4);
    assert_int_equal(mkdir(dir, 0700), 0);
    tick(&r, 140 * SECOND, 0);
    want_named(&r, 5);
    tick(&r, 141 * SECOND, 0);
    tick(&r, 142 * SECOND, 1);
    assert_int_equal(r.n_said, 2);
    assert_non_null(strstr(r.said, "is written again"));
    keep_live_result(r.live, &result);
    assert_false(result.is_evidence_broken);
    assert_int_equal(result.evidence_files, 1);
    rig_fini(&r);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(waits),
            cmocka_unit_test(rates),
            cmocka_unit_test(gone),
            cmocka_unit_test(full),
            cmocka_unit_test(broken),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
