#include "engine/hasher.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "capture/capture.h"
#include "crypto/digest.h"
#include "tests/unit/test.h"

enum { PACKETS = 400, LONGEST = 200000, FILE_HEADER = 24, RECORD_HEADER = 16 };

/* A capture over several blocks, whose packets lie across their borders. */
static struct {
    uint8_t *bytes;
    size_t n;
} image;

static uint32_t length_of(size_t i)
{
    return (uint32_t)((i * 7919 + 61) % (i % 8 == 0 ? LONGEST : 9000)) + 1;
}

static uint8_t byte_of(size_t packet, size_t at)
{
    return (uint8_t)(packet * 31 + at);
}

static void put_u32(size_t at, uint32_t v)
{
    memcpy(image.bytes + at, &v, sizeof v);
}

static int make_image(void **state)
{
    (void)state;
    size_t most = FILE_HEADER;
    for (size_t i = 0; i < PACKETS; i++)
        most += RECORD_HEADER + length_of(i);
    image.bytes = xcalloc(1, most);
    put_u32(0, 0xa1b2c3d4);
    put_u32(20, 1);
    image.n = FILE_HEADER;
    for (size_t i = 0; i < PACKETS; i++) {
        put_u32(image.n + 8, length_of(i));
        put_u32(image.n + 12, length_of(i));
        image.n += RECORD_HEADER;
        for (size_t k = 0; k < length_of(i); k++)
            image.bytes[image.n++] = byte_of(i, k);
    }
    return 0;
}

static int free_image(void **state)
{
    (void)state;
    xfree(image.bytes);
    return 0;
}

static void assert_digest(const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t want[SHA256_LEN];
    digest_sha256((struct bytes){image.bytes, image.n}, want);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        assert_int_equal(hex[2 * i], digits[want[i] >> 4]);
        assert_int_equal(hex[2 * i + 1], digits[want[i] & 15]);
    }
    assert_int_equal(hex[64], '\0');
}

/* The frames given since the memory was last used again. */
struct kept {
    struct hasher *hasher;
    struct frame frames[PACKETS];
    size_t n, n_reuses;
};

static void check_kept(struct kept *k)
{
    for (size_t i = 0; i < k->n; i++) {
        size_t packet = (size_t)k->frames[i].number - 1;
        assert_int_equal(k->frames[i].data.n, length_of(packet));
        for (size_t at = 0; at < k->frames[i].data.n; at++)
            if (k->frames[i].data.p[at] != byte_of(packet, at))
                fail_msg("packet %zu has changed at %zu", packet, at);
    }
    k->n = 0;
}

static void on_bytes(void *ctx, const void *p, size_t n)
{
    struct kept *k = ctx;
    hasher_add(k->hasher, p, n);
}

static uint8_t *lend(void *ctx)
{
    struct kept *k = ctx;
    return hasher_lend(k->hasher);
}

static void on_reuse(void *ctx)
{
    struct kept *k = ctx;
    k->n_reuses++;
    check_kept(k);
}

static void frames_stand_until_reuse(void **state)
{
    (void)state;
    char path[] = "/tmp/tlswire-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, image.bytes, image.n), image.n);
    (void)close(fd);
    struct kept *k = xcalloc(1, sizeof *k);
    k->hasher = hasher_new();
    struct capture_options o = {.on_bytes = on_bytes, .lend = lend, .on_reuse = on_reuse, .ctx = k};
    struct capture *c = NULL;
    struct err err;
    assert_true(capture_open(path, &o, &c, &err));
    (void)unlink(path);
    struct frame f;
    while (capture_next(c, &f, &err) == CAPTURE_FRAME)
        k->frames[k->n++] = f;
    check_kept(k);
    assert_int_equal(capture_stats(c)->frames, PACKETS);
    assert_true(k->n_reuses >= image.n / CAPTURE_BLOCK);
    char hex[65];
    hasher_end(k->hasher, hex);
    capture_close(c);
    assert_digest(hex);
    xfree(k);
}

static void lent_and_copied(void **state)
{
    (void)state;
    struct hasher *h = hasher_new();
    size_t at = 0;
    for (size_t step = 0; at < image.n; step++) {
        size_t n = (step * 7919) % 300000 + 1;
        n = n < image.n - at ? n : image.n - at;
        const uint8_t *from = image.bytes + at;
        if (step % 3 != 0) { /* two pieces with something before them */
            uint8_t *block = hasher_lend(h) + 1000;
            memcpy(block, from, n);
            hasher_add(h, block, n / 2);
            hasher_add(h, block + n / 2, n - n / 2);
        } else {
            hasher_add(h, from, n);
        }
        at += n;
    }
    char hex[65];
    hasher_end(h, hex);
    assert_digest(hex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(frames_stand_until_reuse), cmocka_unit_test(lent_and_copied)};
    return cmocka_run_group_tests(tests, make_image, free_image);
}
