#include "capture/capture.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/unit/test.h"

/* Writes files byte by byte, as the pcap and pcapng drafts lay them out. */
struct image {
    uint8_t b[4096];
    size_t n;
    bool is_big;
};

static void put(struct image *m, uint64_t v, unsigned len)
{
    for (unsigned i = 0; i < len; i++)
        m->b[m->n++] = (uint8_t)(v >> 8 * (m->is_big ? len - 1 - i : i));
}

static void pcap_header(struct image *m, uint32_t magic, uint32_t link_type)
{
    put(m, magic, 4);
    put(m, 2, 2);
    put(m, 4, 2);
    put(m, 0, 8);
    put(m, 65535, 4);
    put(m, link_type, 4);
}

static void pcap_record(struct image *m, uint32_t s, uint32_t fraction, uint32_t len, uint32_t wire)
{
    put(m, s, 4);
    put(m, fraction, 4);
    put(m, len, 4);
    put(m, wire, 4);
    for (uint32_t i = 0; i < len; i++)
        put(m, i & 0xff, 1);
}

static size_t block_begin(struct image *m, uint32_t type)
{
    put(m, type, 4);
    put(m, 0, 4);
    return m->n - 8;
}

static void block_end(struct image *m, size_t start)
{
    size_t end = m->n + 4;
    uint32_t len = (uint32_t)(end - start);
    m->n = start + 4;
    put(m, len, 4);
    m->n = end - 4;
    put(m, len, 4);
}

static void section(struct image *m)
{
    size_t at = block_begin(m, 0x0a0d0d0a);
    put(m, 0x1a2b3c4d, 4);
    put(m, 1, 2);
    put(m, 0, 2);
    put(m, UINT64_MAX, 8);
    block_end(m, at);
}

static void interface(struct image *m, uint16_t link_type, int resolution)
{
    size_t at = block_begin(m, 1);
    put(m, link_type, 2);
    put(m, 0, 2);
    put(m, 100, 4);
    if (resolution >= 0) {
        put(m, 9, 2);
        put(m, 1, 2);
        put(m, (uint8_t)resolution, 1);
        m->n += 3;
        put(m, 0, 4);
    }
    block_end(m, at);
}

static void enhanced(struct image *m, uint32_t id, uint64_t ticks, uint32_t len)
{
    size_t at = block_begin(m, 6);
    put(m, id, 4);
    put(m, ticks >> 32, 4);
    put(m, ticks & 0xffffffff, 4);
    put(m, len, 4);
    put(m, len + 10, 4);
    m->n += (len + 3) / 4 * 4;
    block_end(m, at);
}

static void drops(struct image *m, uint32_t id, uint64_t n)
{
    size_t at = block_begin(m, 5);
    put(m, id, 4);
    put(m, 0, 8);
    put(m, 5, 2);
    put(m, 8, 2);
    put(m, n, 8);
    block_end(m, at);
}

/* Reads all frames; gives how it ended. */
static enum capture_result read_all(struct capture *c, struct frame *last, struct err *err)
{
    struct frame f;
    enum capture_result r;
    while ((r = capture_next(c, &f, err)) == CAPTURE_FRAME)
        *last = f;
    return r;
}

static void classic_variants(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        bool is_big;
        uint32_t fraction;
        int64_t us;
    } rows[] = {{0xa1b2c3d4, false, 7, 1700000000000007}, {0xa1b2c3d4, true, 7, 1700000000000007},
            {0xa1b23c4d, false, 7999, 1700000000000007},
            {0xa1b23c4d, true, 7999, 1700000000000007}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct image m = {.is_big = rows[i].is_big};
        pcap_header(&m, rows[i].magic, 0xf0000001); /* FCS bits above the link type */
        pcap_record(&m, 1, 0, 20, 20);
        pcap_record(&m, 1700000000, rows[i].fraction, 60, 1500);
        struct capture *c = NULL;
        struct err err;
        struct frame last = {0};
        assert_true(capture_open_memory((struct bytes){m.b, m.n}, NULL, &c, &err));
        assert_int_equal(read_all(c, &last, &err), CAPTURE_END);
        assert_int_equal(last.number, 2);
        assert_int_equal(last.ts_us, rows[i].us);
        assert_int_equal(last.data.n, 60);
        assert_int_equal(last.wire_len, 1500);
        assert_int_equal(last.link_type, 1);
        assert_int_equal(capture_stats(c)->truncated, 1);
        capture_close(c);
    }
}

static void pcapng_sections(void **state)
{
    (void)state;
    struct image m = {0};
    section(&m);
    interface(&m, 1, -1);
    interface(&m, 113, 9);
    enhanced(&m, 0, 1700000000000001, 30);
    enhanced(&m, 1, 1700000000000002999, 31);
    enhanced(&m, 7, 1, 8); /* an interface that does not exist */
    drops(&m, 0, 4);
    drops(&m, 0, 5); /* the last value counts */
    m.is_big = true;
    section(&m);
    interface(&m, 101, 0x80 | 20);
    enhanced(&m, 0, UINT64_C(1700000000) << 20 | 1 << 19, 4);
    struct capture *c = NULL;
    struct err err;
    struct frame last = {0};
    assert_true(capture_open_memory((struct bytes){m.b, m.n}, NULL, &c, &err));
    struct frame f;
    assert_int_equal(capture_next(c, &f, &err), CAPTURE_FRAME);
    assert_int_equal(f.ts_us, 1700000000000001);
    assert_int_equal(capture_next(c, &f, &err), CAPTURE_FRAME);
    assert_int_equal(f.ts_us, 1700000000000002);
    assert_int_equal(f.link_type, 113);
    assert_int_equal(read_all(c, &last, &err), CAPTURE_END);
    assert_int_equal(last.number, 4);
    assert_int_equal(last.ts_us, 1700000000500000);
    assert_int_equal(last.interface, 2);
    assert_int_equal(capture_stats(c)->unknown_interface, 1);
    assert_true(capture_stats(c)->has_drops);
    assert_int_equal(capture_stats(c)->drops, 5);
    capture_close(c);
}

/* A file cut anywhere gives the frames before the cut, and never an error of another kind. */
static void cut_everywhere(void **state)
{
    (void)state;
    struct image m = {0};
    pcap_header(&m, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < 5; i++)
        pcap_record(&m, i, 0, 40, 40);
    for (size_t n = 24; n <= m.n; n++) {
        struct capture *c = NULL;
        struct err err;
        struct frame last = {0};
        assert_true(capture_open_memory((struct bytes){m.b, n}, NULL, &c, &err));
        size_t whole = (n - 24) / 56;
        bool is_clean = (n - 24) % 56 == 0;
        assert_int_equal(read_all(c, &last, &err), is_clean ? CAPTURE_END : CAPTURE_DAMAGED);
        assert_int_equal(last.number, whole);
        if (!is_clean)
            assert_non_null(strstr(err.text, "cut off in packet"));
        capture_close(c);
    }
}

static void compressed_and_filtered(void **state)
{
    (void)state;
    struct image m = {0};
    pcap_header(&m, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < 6; i++)
        pcap_record(&m, i, 0, 30 + 10 * (i % 2), 60);
    uint8_t packed[2][4096];
    uLongf gz = 0;
    z_stream z = {.next_in = m.b, .avail_in = (uInt)m.n, .next_out = packed[0], .avail_out = 4096};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    gz = z.total_out;
    deflateEnd(&z);
    size_t zs = ZSTD_compress(packed[1], 4096, m.b, m.n, 1);
    for (int i = 0; i < 2; i++) {
        size_t n = i == 0 ? gz : zs;
        struct capture *c = NULL;
        struct err err;
        struct frame last = {0};
        struct capture_options o = {.filter = "less 100"};
        assert_true(capture_open_memory((struct bytes){packed[i], n}, &o, &c, &err));
        assert_int_equal(read_all(c, &last, &err), CAPTURE_END);
        assert_int_equal(last.number, 6);
        capture_close(c);
        o = (struct capture_options){.filter = "ether[0] = 99"};
        assert_true(capture_open_memory((struct bytes){packed[i], n}, &o, &c, &err));
        assert_int_equal(read_all(c, &last, &err), CAPTURE_END);
        assert_int_equal(capture_stats(c)->filtered, 6);
        capture_close(c);
        /* Cut inside: zstd gives nothing of an unfinished block, gzip what it has. */
        if (capture_open_memory((struct bytes){packed[i], n - 9}, NULL, &c, &err)) {
            assert_int_equal(read_all(c, &last, &err), CAPTURE_DAMAGED);
            capture_close(c);
        }
        assert_non_null(strstr(err.text, "the compressed data ends too early"));
    }
}

static void what_is_no_capture(void **state)
{
    (void)state;
    struct capture *c = NULL;
    struct err err;
    assert_false(capture_open("/nonexistent", NULL, &c, &err));
    assert_non_null(strstr(err.text, "/nonexistent"));
    assert_false(capture_open("/", NULL, &c, &err));
    assert_false(capture_open_memory((struct bytes){NULL, 0}, NULL, &c, &err));
    assert_false(capture_open_memory(bytes_of_text("some text, not packets"), NULL, &c, &err));
    assert_true(capture_filter_check("tcp port 443", &err));
    assert_false(capture_filter_check("tcp prot 443", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(classic_variants),
            cmocka_unit_test(pcapng_sections), cmocka_unit_test(cut_everywhere),
            cmocka_unit_test(compressed_and_filtered), cmocka_unit_test(what_is_no_capture)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
