#include "capture/writer.h"

#include <string.h>

#include "tests/unit/test.h"

/* Blocks as the pcapng draft lays them out, byte by byte. */
static void section_bytes(void **state)
{
    static const uint8_t head[] = {0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0,
            0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 5, 0, 'h', 'e', 'l', 'l',
            'o', 0, 0, 0, 4, 0};
    struct writer w = {0};
    (void)state;
    writer_section(&w, "hello");
    assert_int_equal(w.n % 4, 0);
    assert_memory_equal(w.p, head, 4);
    assert_memory_equal(w.p + 8, head + 8, sizeof head - 8);
    assert_int_equal(w.p[4] | w.p[5] << 8, w.n);
    assert_memory_equal(w.p + 4, w.p + w.n - 4, 4);
    writer_fini(&w);
}

static void interface_bytes(void **state)
{
    static const struct {
        struct frame_detail d;
        uint8_t bytes[64];
        size_t n;
    } cases[] = {
            {{.link_type = 1, .snap_len = 262144, .resolution = 6},
                    {1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, 20, 0, 0, 0}, 20},
            {{.link_type = 276, .snap_len = 96, .resolution = 9},
                    {1, 0, 0, 0, 32, 0, 0, 0, 0x14, 1, 0, 0, 96, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0,
                            0, 0, 0, 32, 0, 0, 0},
                    32},
            {{.link_type = 101, .resolution = 0x94, .offset_s = -2},
                    {1, 0, 0, 0, 44, 0, 0, 0, 101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 0x94, 0, 0, 0,
                            14, 0, 8, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
                            44, 0, 0, 0},
                    44},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct writer w = {0};
        writer_interface(&w, &cases[i].d);
        assert_int_equal(w.n, cases[i].n);
        assert_memory_equal(w.p, cases[i].bytes, w.n);
        writer_fini(&w);
    }
}

static void packet_bytes(void **state)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5};
    static const uint8_t want[] = {6, 0, 0, 0, 52, 0, 0, 0, 7, 0, 0, 0, 4, 3, 2, 1, 8, 7, 6, 5, 5,
            0, 0, 0, 60, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 0, 2, 0, 'o', 'k', 0, 0, 0, 0, 0, 0,
            52, 0, 0, 0};
    struct frame f = {.wire_len = 60, .data = {data, sizeof data}};
    struct frame_detail d = {.ticks = 0x0102030405060708};
    struct writer w = {0};
    (void)state;
    writer_packet(&w, 7, &f, &d, "ok");
    assert_int_equal(w.n, sizeof want);
    assert_memory_equal(w.p, want, sizeof want);
    w.n = 0;
    writer_packet(&w, 0, &f, &d, NULL);
    assert_int_equal(w.n, 40);
    writer_fini(&w);
}

/* What is written is read back: bytes, lengths, link type and exact times. */
static void read_back(void **state)
{
    static const struct {
        uint8_t resolution;
        int64_t offset_s;
        uint64_t ticks;
        int64_t us;
    } times[] = {
            {6, 0, 1700000000123456, 1700000000123456},
            {9, 0, 1700000000123456789, 1700000000123456},
            {3, 0, 1700000000123, 1700000000123000},
            {6, 3600, 1700000000123456, 1700003600123456},
            {0x80 | 10, 0, UINT64_C(1700000000) << 10 | 512, 1700000000500000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        uint8_t data[300];
        memset(data, (int)i + 1, sizeof data);
        struct frame in = {.wire_len = 1500, .data = {data, sizeof data - i}};
        struct frame_detail d = {113, 300, times[i].resolution, times[i].offset_s, times[i].ticks};
        struct writer w = {0};
        writer_section(&w, "");
        writer_interface(&w, &d);
        writer_packet(&w, 0, &in, &d, i % 2 == 0 ? "packet 1" : NULL);
        struct capture *c = NULL;
        struct frame out;
        struct err err;
        assert_true(capture_open_memory((struct bytes){w.p, w.n}, NULL, &c, &err));
        assert_int_equal(capture_next(c, &out, &err), CAPTURE_FRAME);
        assert_true(bytes_equal(in.data, out.data));
        assert_int_equal(out.wire_len, 1500);
        assert_int_equal(out.link_type, 113);
        assert_int_equal(out.ts_us, times[i].us);
        struct frame_detail again = capture_detail(c, &out);
        assert_int_equal(again.link_type, d.link_type);
        assert_int_equal(again.snap_len, d.snap_len);
        assert_int_equal(again.resolution, d.resolution);
        assert_int_equal(again.offset_s, d.offset_s);
        assert_int_equal(again.ticks, d.ticks);
        assert_int_equal(capture_next(c, &out, &err), CAPTURE_END);
        capture_close(c);
        writer_fini(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(section_bytes),
            cmocka_unit_test(interface_bytes),
            cmocka_unit_test(packet_bytes),
            cmocka_unit_test(read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
