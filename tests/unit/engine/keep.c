#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/keep_dir.h"
#include "engine/keep_hold.h"
#include "tests/unit/test.h"

static char dir[] = "/tmp/tlswire-keep-XXXXXX";

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

/* How many frames of `len` bytes the file of this id holds, each filled with its number; removes
 * the file. */
static size_t count_frames(int64_t id, size_t len)
{
    struct text path = {0};
    struct capture *c = NULL;
    struct frame f;
    struct err err;
    size_t n = 0;
    keep_dir_name(dir, id, &path);
    assert_true(capture_open(text_str(&path), NULL, &c, &err));
    enum capture_result r;
    while ((r = capture_next(c, &f, &err)) == CAPTURE_FRAME) {
        n++;
        assert_int_equal(f.data.n, len);
        assert_int_equal(f.data.p[0], n & 0xff);
        assert_int_equal(f.data.p[len - 1], n & 0xff);
    }
    assert_int_equal(r, CAPTURE_END);
    capture_close(c);
    assert_int_equal(unlink(text_str(&path)), 0);
    text_fini(&path);
    return n;
}

static bool add(struct keep_dir *d, struct kept *k, size_t len, size_t n)
{
    static uint8_t data[8192];
    struct frame_detail detail = {.link_type = 1, .resolution = 6, .ticks = n};
    struct frame f = {.wire_len = (uint32_t)len, .data = {data, len}};
    memset(data, (int)(n & 0xff), len);
    return keep_dir_add(d, k, &f, &detail, "begin", NULL);
}

/* More connections at a time than memory is allowed: some are written early, none loses a frame. */
static void memory(void **state)
{
    enum { CONNECTIONS = 600, FRAMES = 30, LEN = 8000 };
    static struct kept kept[CONNECTIONS];
    struct keep_dir *d = NULL;
    struct err err;
    size_t n_early = 0;
    (void)state;
    assert_true(keep_dir_open(dir, &d, &err));
    for (size_t i = 0; i < CONNECTIONS; i++)
        kept[i] = (struct kept){.id = (int64_t)i + 1, .share = UINT64_MAX};
    for (size_t n = 1; n <= FRAMES; n++)
        for (size_t i = 0; i < CONNECTIONS; i++)
            assert_true(add(d, &kept[i], LEN, n));
    for (size_t i = 0; i < CONNECTIONS; i++) {
        n_early += kept[i].is_on_disk;
        keep_dir_done(d, &kept[i]);
        assert_null(kept[i].waiting.p);
    }
    assert_true(n_early > 0);
    assert_null(keep_dir_why(d));
    keep_dir_close(d);
    for (size_t i = 0; i < CONNECTIONS; i++)
        assert_int_equal(count_frames(kept[i].id, LEN), FRAMES);
}

static void caps(void **state)
{
    static const struct {
        const char *what;
        size_t len, n, want;
        uint64_t share;
        bool is_left_out, is_handshake;
    } cases[] = {
            {"packets", 60, 1500, KEEP_PACKETS, UINT64_MAX, false, false},
            {"bytes", 8000, 100, KEEP_BYTES / 8000, UINT64_MAX, false, false},
            {"packets of a handshake", 60, 9000, KEEP_HANDSHAKE_PACKETS, UINT64_MAX, false, true},
            {"bytes of a handshake", 8000, 300, KEEP_HANDSHAKE_BYTES / 8000, UINT64_MAX, false,
                    true},
            {"directory", 1000, 20, 9, 10000, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kept k = {.id = 7, .share = cases[i].share, .is_handshake = cases[i].is_handshake};
        struct keep_dir *d = NULL;
        struct err err;
        assert_true(keep_dir_open(dir, &d, &err));
        for (size_t n = 1; n <= cases[i].n; n++)
            assert_int_equal(add(d, &k, cases[i].len, n), n <= cases[i].want);
        keep_dir_done(d, &k);
        keep_dir_close(d);
        assert_int_equal(k.packets, cases[i].want);
        assert_int_equal(k.omitted, cases[i].n - cases[i].want);
        assert_int_equal(k.is_left_out, cases[i].is_left_out);
        assert_int_equal(count_frames(7, cases[i].len), cases[i].want);
    }
}

/* What stands in the directory counts, but a file that is replaced does not. */
static void size(void **state)
{
    struct keep_dir *d = NULL;
    struct err err;
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct kept k = {.id = 1, .share = 3000};
        struct kept other = {.id = 2, .share = 3000};
        assert_true(keep_dir_open(dir, &d, &err));
        assert_true(add(d, &k, 2000, 1));
        keep_dir_done(d, &k);
        assert_false(add(d, &other, 2000, 1));
        keep_dir_done(d, &other);
        keep_dir_close(d);
    }
    assert_int_equal(count_frames(1, 2000), 1);
}

/* What it does itself is no change; what somebody removes before it writes again is one. */
static void changed(void **state)
{
    struct kept ours[] = {{.id = 1, .share = 9000}, {.id = 2, .share = 9000}};
    struct keep_dir *d = NULL;
    struct err err;
    struct text path = {0};
    (void)state;
    assert_true(keep_dir_open(dir, &d, &err));
    assert_true(add(d, &ours[0], 2000, 1));
    keep_dir_done(d, &ours[0]);
    assert_false(keep_dir_is_changed(d));
    (void)usleep(20000); /* file systems have coarse clocks */
    keep_dir_name(dir, 1, &path);
    assert_int_equal(unlink(text_str(&path)), 0);
    text_fini(&path);
    assert_true(add(d, &ours[1], 2000, 1));
    keep_dir_done(d, &ours[1]);
    assert_true(keep_dir_is_changed(d));
    keep_dir_close(d);
    assert_int_equal(count_frames(2, 2000), 1);
}

/* Where the file should stand there is a link: it is not followed, and nothing is kept any more. */
static void refused(void **state)
{
    struct keep_dir *d = NULL;
    struct err err;
    struct text link = {0};
    struct kept k = {.id = 1, .share = UINT64_MAX};
    struct kept other = {.id = 2, .share = UINT64_MAX};
    (void)state;
    keep_dir_name(dir, 1, &link);
    assert_int_equal(symlink("/tmp/tlswire-no-such-target", text_str(&link)), 0);
    assert_true(keep_dir_open(dir, &d, &err));
    assert_true(add(d, &k, 100, 1));
    assert_true(add(d, &other, 100, 1));
    keep_dir_done(d, &k);
    keep_dir_done(d, &other);
    assert_non_null(keep_dir_why(d));
    assert_int_equal(k.packets + other.packets, 0);
    assert_false(add(d, &other, 100, 2));
    keep_dir_done(d, &other);
    keep_dir_close(d);
    assert_int_equal(access("/tmp/tlswire-no-such-target", F_OK), -1);
    assert_int_equal(unlink(text_str(&link)), 0);
    text_fini(&link);
}

static void probe(void **state)
{
    struct text path = {0};
    struct err err;
    struct stat st;
    (void)state;
    text_addf(&path, "%s/made", dir);
    assert_true(keep_dir_probe(text_str(&path), &err));
    assert_true(keep_dir_probe(text_str(&path), &err));
    assert_int_equal(stat(text_str(&path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(rmdir(text_str(&path)), 0); /* nothing is left in it */
    assert_false(keep_dir_probe("/dev/null", &err));
    assert_false(keep_dir_probe("/no/such/parent", &err));
    text_fini(&path);
}

static void on_frame(void *ctx, const struct frame *frame, const struct frame_detail *detail)
{
    uint64_t *sum = ctx;
    assert_int_equal(frame->number, detail->ticks);
    *sum = *sum * 10 + frame->number;
}

/* Fragments of several datagrams are told apart, and the oldest go when there are too many. */
static void hold(void **state)
{
    static const uint8_t data[4] = {1, 2, 3, 4};
    struct hold *h = hold_new();
    uint64_t sum = 0;
    (void)state;
    for (uint64_t n = 1; n <= 6; n++) {
        struct frame f = {.number = n, .data = {data, sizeof data}};
        struct frame_detail detail = {.ticks = n};
        hold_add(h, n % 2, &f, &detail);
    }
    hold_release(h, 1, on_frame, &sum);
    assert_int_equal(sum, 135);
    hold_release(h, 1, on_frame, &sum);
    assert_int_equal(sum, 135);
    for (uint64_t n = 7; n < 7 + HOLD_FRAMES - 1; n++) {
        struct frame f = {.number = n, .data = {data, sizeof data}};
        struct frame_detail detail = {.ticks = n};
        hold_add(h, 1, &f, &detail);
    }
    sum = 0;
    hold_release(h, 0, on_frame, &sum);
    assert_int_equal(sum, 6);
    hold_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(memory),
            cmocka_unit_test(caps),
            cmocka_unit_test(size),
            cmocka_unit_test(changed),
            cmocka_unit_test(refused),
            cmocka_unit_test(probe),
            cmocka_unit_test(hold),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
