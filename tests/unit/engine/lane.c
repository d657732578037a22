/* When a lane ends its epochs, with a source of packets that the test makes. */
#include "engine/lane.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "engine/event.h"
#include "model/run.h"
#include "tests/unit/test.h"

enum { PACKETS_MOST = 64, PACKET = 62, BEATS = 8 };

/* It stands in for the one of the capture library. */
struct live {
    int64_t times_us[PACKETS_MOST];
    struct bytes bytes[PACKETS_MOST]; /* empty: BYTES */
    size_t n, next;
    atomic_size_t given;
    atomic_bool is_stopped;
};

/* Ethernet, IPv4, UDP from port 40000 to 443, a long header of QUIC version 1. */
static const uint8_t BYTES[PACKET] = {[12] = 0x08,
        [14] = 0x45,
        [17] = 48,
        [22] = 64,
        [23] = 17,
        [26] = 10,
        [29] = 1,
        [30] = 10,
        [33] = 2,
        [34] = 0x9c,
        0x40,
        1,
        0xbb,
        0,
        28,
        [42] = 0xc0,
        [46] = 1};

size_t live_read(struct live *l, int timeout_ms, size_t most, live_frame_fn *fn, void *ctx)
{
    (void)timeout_ms;
    (void)most;
    if (l->next == l->n)
        return 0;
    struct bytes data = l->bytes[l->next].n > 0 ? l->bytes[l->next] : (struct bytes){BYTES, PACKET};
    const struct frame f = {.ts_us = l->times_us[l->next++],
            .number = l->next,
            .link_type = 1,
            .wire_len = (uint32_t)data.n,
            .data = data};
    fn(ctx, &f);
    l->given++;
    return 1;
}

bool live_is_drained(struct live *l)
{
    return l->is_stopped && l->next == l->n;
}

void live_stop(struct live *l)
{
    l->is_stopped = true;
}

/* Only so that nobody else's are linked. */
bool live_open(const struct live_options *o, struct live **out, struct err *err)
{
    (void)o;
    (void)out;
    (void)err;
    return false;
}

void live_close(struct live *l)
{
    (void)l;
}

void live_look(struct live *l)
{
    (void)l;
}

void live_stats(struct live *l, size_t interface, struct live_stats *out)
{
    (void)l;
    (void)interface;
    *out = (struct live_stats){0};
}

bool live_is_lost(const struct live *l, size_t interface, struct err *why)
{
    (void)l;
    (void)interface;
    (void)why;
    return false;
}

bool live_reopen(struct live *l, size_t interface, struct err *err)
{
    (void)l;
    (void)interface;
    (void)err;
    return false;
}

static int64_t now_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct run {
    struct live live;
    struct beats *beats;
    struct lane *lane;
    size_t given[BEATS]; /* packets handed over when each epoch ended */
    size_t n_epochs;
    enum outcome outcomes[BEATS]; /* of handshakes that came */
    size_t n_outcomes;
};

static void on_epoch(void *ctx, int64_t now_us, bool is_last)
{
    struct run *r = ctx;
    (void)now_us;
    (void)is_last;
    if (r->n_epochs < BEATS)
        r->given[r->n_epochs++] = r->live.given;
}

static void begin(struct run *r)
{
    r->beats = beats_new();
    const struct lane_options o = {.live = &r->live,
            .beats = r->beats,
            .n = 1,
            .pool = {.n_workers = 1, .label = APP_LABEL_OFF, .max_flows = 64, .queue = BEATS},
            .on_epoch = on_epoch,
            .ctx = r};
    r->lane = lane_new(&o);
}

static void say(struct run *r, int64_t end_us, int64_t age_us, bool is_last)
{
    const struct beat b = {
            .end_us = end_us, .said_us = now_of(CLOCK_MONOTONIC) - age_us, .is_last = is_last};
    beats_say(r->beats, &b);
}

static void end(struct run *r)
{
    unsigned n;
    struct ring *const *rings = lane_results(r->lane, &n);
    struct batch *b;
    live_stop(&r->live);
    lane_start(r->lane);
    lane_join(r->lane);
    while ((b = ring_try_pop(rings[0])) != NULL) {
        for (size_t i = 0; i < b->n && r->n_outcomes < BEATS; i++)
            if (b->events[i].kind == EVENT_HANDSHAKE)
                r->outcomes[r->n_outcomes++] = b->events[i].handshake->outcome;
        batch_free(b);
    }
}

static void finish(struct run *r)
{
    lane_free(r->lane);
    beats_free(r->beats);
}

/* Two seconds of packets wait in its ring: beats do not overtake them. */
static void test_lag(void **state)
{
    (void)state;
    struct run r = {.n_epochs = 0};
    int64_t now = now_of(CLOCK_REALTIME), from = now - 10 * 1000000;
    begin(&r);
    for (r.live.n = 0; r.live.n < 20; r.live.n++)
        r.live.times_us[r.live.n] = from + (int64_t)r.live.n * 100000;
    say(&r, from + 500000, 9500000, false);
    say(&r, from + 1000000, 9000000, false);
    say(&r, now, 0, true);
    end(&r);
    assert_int_equal(r.n_epochs, 3);
    assert_int_equal(r.given[0], 5);
    assert_int_equal(r.given[1], 10);
    assert_int_equal(r.given[2], 20);
    struct lane_counts c;
    lane_counts_of(r.lane, &c);
    assert_int_equal(c.frames, 20);
    assert_int_equal(c.analysed + c.skipped, 20);
    assert_int_equal(c.clock_jumps, 0);
    assert_int_equal(c.n_beats, 3);
    finish(&r);
}

/* The clock was set back by an hour after a beat, and the ring is never empty: it ends all the
 * same. */
static void test_set_back(void **state)
{
    (void)state;
    struct run r = {.n_epochs = 0};
    int64_t now = now_of(CLOCK_REALTIME);
    begin(&r);
    for (r.live.n = 0; r.live.n < 20; r.live.n++)
        r.live.times_us[r.live.n] = now + (int64_t)r.live.n;
    say(&r, now + INT64_C(3600) * 1000000, 3000000, false);
    say(&r, now, 0, true);
    end(&r);
    assert_int_equal(r.n_epochs, 2);
    assert_int_equal(r.given[0], 1);
    assert_int_equal(r.given[1], 20);
    finish(&r);
}

/* Nothing for two hours, because the machine slept: what was open ends, in the same epoch. */
static void test_sleep(void **state)
{
    (void)state;
    struct run r = {.n_epochs = 0};
    int64_t now = now_of(CLOCK_REALTIME), before = now - INT64_C(7200) * 1000000;
    begin(&r);
    r.live.times_us[0] = before;
    r.live.times_us[1] = now - 5;
    r.live.times_us[2] = now;
    r.live.n = 3;
    say(&r, before + 250000, 250000, false);
    say(&r, now, 0, true);
    end(&r);
    assert_int_equal(r.n_epochs, 2);
    assert_int_equal(r.given[0], 1);
    assert_int_equal(r.given[1], 3);
    finish(&r);
}

enum { FRAME = 54, HELLO = 52 };

/* Ethernet, IPv4, TCP of one connection, with a ClientHello when asked for. */
static size_t segment(uint8_t out[FRAME + HELLO], bool is_client, uint8_t flags, bool has_hello)
{
    static const uint8_t START_OF_HELLO[] = {22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3, 0x5a};
    size_t n = FRAME + (has_hello ? HELLO : 0);
    memset(out, 0, n);
    memcpy(out, BYTES, 34);
    out[17] = (uint8_t)(n - 14);
    out[23] = 6;
    out[is_client ? 29 : 33] = 1;
    out[is_client ? 33 : 29] = 2;
    out[is_client ? 34 : 36] = 0x9c;
    out[is_client ? 35 : 37] = 0x40;
    out[is_client ? 36 : 34] = 1;
    out[is_client ? 37 : 35] = 0xbb;
    out[41] = is_client && flags == 2 ? 1 : 2; /* both begin at 1 */
    if (!is_client && flags == 0x12)
        out[41] = 1;
    out[45] = flags == 2 ? 0 : 2;
    if (!is_client && flags == 0x10)
        out[45] = 2 + HELLO;
    out[46] = 0x50;
    out[47] = flags;
    out[48] = 0x10;
    if (has_hello) {
        memcpy(out + FRAME, START_OF_HELLO, sizeof START_OF_HELLO);
        out[FRAME + 45] = 2;
        out[FRAME + 46] = 0xc0;
        out[FRAME + 47] = 0x2f;
        out[FRAME + 48] = 1; /* compression, of which "none" is the only one */
    }
    return n;
}

/* A ClientHello waits for its answer when the clock is set, by so many seconds; the handshake's
 * outcome. */
static enum outcome outcome_after(int64_t by_s)
{
    static uint8_t bytes[4][FRAME + HELLO];
    struct run r = {.n_epochs = 0};
    int64_t now = now_of(CLOCK_REALTIME), set = now + by_s * 1000000;
    begin(&r);
    for (size_t i = 0; i < 4; i++) {
        size_t n = segment(bytes[i], i % 2 == 0, i == 0 ? 2 : i == 1 ? 0x12 : 0x10, i == 2);
        r.live.bytes[i] = (struct bytes){bytes[i], n};
        r.live.times_us[i] = now + (int64_t)i * 1000;
    }
    for (r.live.n = 4; r.live.n < 8; r.live.n++)
        r.live.times_us[r.live.n] = set + (int64_t)r.live.n * 100000;
    say(&r, now - 100, 250000, false);
    say(&r, set + 250000, 0, false);
    say(&r, set + 900000, 0, true);
    end(&r);
    assert_int_equal(r.n_outcomes, 1);
    struct lane_counts c;
    lane_counts_of(r.lane, &c);
    assert_int_equal(c.analysed + c.skipped, 8);
    assert_int_equal(c.last_us, set + 700000);
    assert_true(c.first_us <= c.last_us);
    finish(&r);
    return r.outcomes[0];
}

/* Nobody was silent for that long. */
static void test_clock_set(void **state)
{
    static const int64_t BY_S[] = {600, 45, 3500, 40 * 86400, -600, -5};
    (void)state;
    for (size_t i = 0; i < sizeof BY_S / sizeof *BY_S; i++)
        assert_int_equal(outcome_after(BY_S[i]), OUTCOME_UNDETERMINED);
}

/* What is counted after somebody took datagrams is given as well. */
static void test_datagrams(void **state)
{
    (void)state;
    struct run r = {.n_epochs = 0};
    int64_t now = now_of(CLOCK_REALTIME) - 1000000;
    struct unanalysed *u;
    int n = 0;
    begin(&r);
    r.live.times_us[0] = now;
    r.live.times_us[1] = now + 20;
    r.live.n = 2;
    say(&r, now + 10, 0, false);
    say(&r, now + 30, 0, true);
    assert_null(lane_take(r.lane)); /* asked: it comes with the first epoch */
    end(&r);
    for (; (u = lane_take(r.lane)) != NULL; n++)
        unanalysed_free(u);
    assert_int_equal(n, 2);
    finish(&r);
}

/* Each beat once, in order. */
static void test_beats(void **state)
{
    (void)state;
    struct beats *b = beats_new();
    struct beat got = {.end_us = 0};
    assert_false(beats_get(b, 0, &got));
    for (int64_t i = 0; i < 2 * BEATS_KEPT; i++) {
        const struct beat said = {.end_us = i};
        beats_say(b, &said);
        assert_true(beats_get(b, (uint64_t)i, &got));
        assert_int_equal(got.end_us, i);
        assert_false(beats_get(b, (uint64_t)i + 1, &got));
    }
    assert_true(beats_get(b, BEATS_KEPT + 1, &got));
    assert_int_equal(got.end_us, BEATS_KEPT + 1);
    beats_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lag), cmocka_unit_test(test_set_back),
            cmocka_unit_test(test_sleep), cmocka_unit_test(test_datagrams),
            cmocka_unit_test(test_clock_set), cmocka_unit_test(test_beats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
