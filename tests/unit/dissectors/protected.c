/* What is read of protected records, and of heartbeats before them. */
#include <string.h>

#include "dissectors/dissector.h"
#include "tests/unit/test.h"

/* clang-format off */
#define R32 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32
#define CH 22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3, R32, 0, 0, 2, 0, 0x2f, 1, 0
#define SH(v, s) 22, 3, (v), 0, 42, 2, 0, 0, 38, 3, (v), R32, 0, (s) >> 8, (s) & 255, 0
#define CCS(v) 20, 3, (v), 0, 1, 1
/* sixteen bytes of which the halves differ, and four more */
#define DATA(v) 23, 3, (v), 0, 20, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 1, 9, 7, 7, 7, 7
#define SHORT(v) 23, 3, (v), 0, 7, 1, 2, 3, 4, 5, 6, 7
/* clang-format on */

static struct {
    struct fact data[2], beats[2];
    size_t n_data, n_beats;
} got;

static void on_fact(void *ctx, const struct fact *f)
{
    (void)ctx;
    if (f->kind == FACT_APPLICATION_DATA && got.n_data < 2)
        got.data[got.n_data++] = *f;
    if (f->kind == FACT_HEARTBEAT && got.n_beats < 2)
        got.beats[got.n_beats++] = *f;
}

static void feed(const uint8_t *server, size_t n, size_t cut, bool has_hello)
{
    static const uint8_t client[] = {CH};
    struct arena arena = {0};
    struct dissector_sink sink = {NULL, on_fact, &arena};
    struct origin_segment segment = {0, 1, 1, (uint32_t)n, 0, 0};
    struct origin origin = {&segment, 1};
    void *state = dissector_tls.new_state();
    memset(&got, 0, sizeof got);
    if (has_hello)
        (void)dissector_tls.feed(
                state, &sink, 0, (struct bytes){client, sizeof client}, 0, &origin);
    size_t done = dissector_tls.feed(state, &sink, 1, (struct bytes){server, cut}, 0, &origin);
    if (done < n)
        (void)dissector_tls.feed(
                state, &sink, 1, (struct bytes){server + done, n - done}, done, &origin);
    dissector_tls.free_state(state);
    arena_fini(&arena);
}

/* Explicit nonces are eight bytes (RFC 5288 3), explicit IVs a block (RFC 5246 6.2.3.2); neither in
 * TLS 1.0, with a stream cipher or ChaCha20. */
static void test_nonces(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t server[110];
        bool has_nonce, is_iv;
        uint64_t nonce, high;
    } rows[] = {
            {"GCM", {SH(3, 0x009c), CCS(3), DATA(3), SHORT(3)}, true, false, 5, 0},
            {"AES-CBC in 1.2", {SH(3, 0x002f), CCS(3), DATA(3), SHORT(3)}, true, true, 0x109, 5},
            {"AES-CBC in 1.1", {SH(2, 0x002f), CCS(2), DATA(2), SHORT(2)}, true, true, 0x109, 5},
            {"3DES in 1.2", {SH(3, 0x000a), CCS(3), DATA(3), SHORT(3)}, true, true, 5, 0},
            {"AES-CBC in 1.0", {SH(1, 0x002f), CCS(1), DATA(1), SHORT(1)}, false, false, 0, 0},
            {"RC4", {SH(3, 0x0005), CCS(3), DATA(3), SHORT(3)}, false, false, 0, 0},
            {"ChaCha20", {SH(3, 0xcca8), CCS(3), DATA(3), SHORT(3)}, false, false, 0, 0},
    };
    enum { ALL = 47 + 6 + 25 + 12 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t cut = 0; cut <= ALL; cut++) {
            feed(rows[i].server, ALL, cut, true);
            assert_int_equal(got.n_data, 2);
            const struct fact *f = &got.data[0];
            if (f->has_nonce != rows[i].has_nonce || f->nonce != rows[i].nonce ||
                    f->nonce_high != rows[i].high)
                fail_msg("%s, cut at %zu", rows[i].name, cut);
            assert_int_equal(f->is_iv, rows[i].is_iv);
            assert_false(got.data[1].has_nonce);
        }
}

static void test_heartbeats(void **state)
{
    (void)state;
    static const uint8_t clear[] = {
            SH(2, 0x002f), 24, 3, 2, 0, 3, 1, 0x40, 0, 24, 3, 2, 0, 2, 1, 2};
    static const uint8_t odd[] = {SH(2, 0x002f), 24, 3, 2, 0, 4, 3, 0, 1, 0};
    static const uint8_t protected[] = {SH(2, 0x002f), CCS(2), 24, 3, 2, 0, 3, 1, 0x40, 0};
    for (size_t cut = 0; cut <= sizeof clear; cut++) {
        feed(clear, sizeof clear, cut, true);
        assert_int_equal(got.n_beats, 2);
        assert_true(got.beats[0].heartbeat.is_clear);
        assert_int_equal(got.beats[0].heartbeat.type, HEARTBEAT_REQUEST);
        assert_int_equal(got.beats[0].heartbeat.payload_len, 0x4000);
        assert_int_equal(got.beats[0].record.len, 3);
        assert_int_equal(got.beats[0].at.offset, 47);
        assert_false(got.beats[1].heartbeat.is_clear); /* too short */
    }
    feed(odd, sizeof odd, sizeof odd, true);
    assert_int_equal(got.n_beats, 1);
    assert_false(got.beats[0].heartbeat.is_clear); /* of an unknown type */
    feed(protected, sizeof protected, sizeof protected, true);
    assert_int_equal(got.n_beats, 1);
    assert_false(got.beats[0].heartbeat.is_clear);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_nonces), cmocka_unit_test(test_heartbeats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
