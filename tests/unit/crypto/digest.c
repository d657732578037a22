#include "crypto/digest.h"

#include <pthread.h>
#include <string.h>

#include "tests/unit/test.h"

/* FIPS 180-4 and RFC 1321 A.5: the empty message, "abc", and one that fills two blocks. */
static const struct row {
    const char *message;
    const char *md5, *sha1, *sha256;
} rows[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "8215ef0796a20bcaaae116d3876c664a", "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void assert_hex(const uint8_t *got, size_t n, const char *want)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * SHA256_LEN + 1] = {0};
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[got[i] >> 4];
        text[2 * i + 1] = digits[got[i] & 15];
    }
    assert_string_equal(text, want);
}

static void check_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[SHA256_LEN];
        struct bytes b = bytes_of_text(rows[i].message);
        digest_md5(b, out);
        assert_hex(out, MD5_LEN, rows[i].md5);
        digest_sha1(b, out);
        assert_hex(out, SHA1_LEN, rows[i].sha1);
        digest_sha256(b, out);
        assert_hex(out, SHA256_LEN, rows[i].sha256);
    }
}

static void published_vectors(void **state)
{
    (void)state;
    check_rows();
    check_rows(); /* the context of the thread is used again */
}

static void running_digest_equals_whole(void **state)
{
    (void)state;
    const struct row *row = &rows[2];
    for (size_t cut = 0; cut <= strlen(row->message); cut++) {
        uint8_t out[SHA256_LEN];
        struct digest *d = digest_new();
        digest_add(d, row->message, cut);
        digest_add(d, row->message + cut, strlen(row->message) - cut);
        digest_end(d, out);
        assert_hex(out, SHA256_LEN, row->sha256);
    }
}

static void *in_thread(void *unused)
{
    check_rows();
    return unused;
}

/* Each thread fetches for itself and gives back what it fetched: the leak checker watches. */
static void threads(void **state)
{
    (void)state;
    pthread_t ids[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&ids[i], NULL, in_thread, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(ids[i], NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_vectors),
            cmocka_unit_test(running_digest_equals_whole), cmocka_unit_test(threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
