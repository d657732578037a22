/* Datagrams by their first bytes: RFC 9000 17.2, RFC 9369 3.1, RFC 6347 4.1, RFC 9147 4. */
#include "engine/unanalysed.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

enum { CLIENT = 1, SERVER = 2 };

static void packet(struct unanalysed *u, int from, uint16_t src_port, uint16_t dst_port,
        const void *bytes, size_t n)
{
    static int64_t now = 1000;
    struct packet p = {.transport = PACKET_UDP,
            .ts_us = now++,
            .src_port = src_port,
            .dst_port = dst_port,
            .payload = {bytes, n},
            .payload_wire_len = (uint32_t)n};
    p.src[15] = (uint8_t)from;
    p.dst[15] = from == CLIENT ? SERVER : CLIENT;
    unanalysed_packet(u, &p);
}

struct seen {
    char text[256]; /* "HOST:PORT KIND PACKETS;" of each */
    uint64_t bytes;
};

static bool on_one(void *ctx, const struct unanalysed_traffic *t, struct err *err)
{
    struct seen *s = ctx;
    size_t n = strlen(s->text);
    (void)err;
    assert_true(t->first_us <= t->last_us);
    (void)snprintf(s->text + n, sizeof s->text - n, "%u:%u %s %u;",
            (unsigned)t->server.address.ip[15], (unsigned)t->server.port, t->kind,
            (unsigned)t->packets);
    s->bytes += t->bytes;
    return true;
}

static void check(struct unanalysed *u, const char *expected)
{
    struct seen s = {"", 0};
    struct err err;
    assert_true(unanalysed_each(u, on_one, &s, &err));
    assert_string_equal(s.text, expected);
    unanalysed_free(u);
}

#define V1 "\xc0\x00\x00\x00\x01\x08"
#define V2 "\xd0\x6b\x33\x43\xcf\x08"
#define V29 "\xc0\xff\x00\x00\x1d\x08"
#define SHORT "\x41\x01\x02\x03\x04\x05"

static void test_quic(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *expected;
    } rows[] = {{V1, 6, "2:443 quic-v1 2;"}, {V2, 6, "2:443 quic-v2 2;"},
            {V29, 6, "2:443 quic-other 2;"}, {SHORT, 6, "2:443 udp-443 2;"},
            {V1, 4, "2:443 udp-443 2;"}, {V1, 1, "2:443 udp-443 2;"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct unanalysed *u = unanalysed_new();
        packet(u, CLIENT, 40000, 443, rows[i].bytes, rows[i].n);
        packet(u, SERVER, 443, 40000, SHORT, 6); /* counts with what the server speaks */
        packet(u, CLIENT, 40000, 443, "", 0);
        packet(u, CLIENT, 40000, 4433, V1, 6); /* another port: not looked for */
        check(u, rows[i].expected);
    }
}

/* type, version, epoch 0, sequence 0, length; then a handshake message. */
static size_t record(uint8_t out[64], uint8_t type, uint16_t version, uint8_t epoch,
        uint8_t message, uint16_t client_version)
{
    memset(out, 0, 64);
    out[0] = type;
    out[1] = (uint8_t)(version >> 8);
    out[2] = (uint8_t)version;
    out[4] = epoch;
    out[12] = 40;
    out[13] = message;
    out[25] = (uint8_t)(client_version >> 8);
    out[26] = (uint8_t)client_version;
    return 53;
}

static void test_dtls(void **state)
{
    (void)state;
    uint8_t b[64];
    struct unanalysed *u = unanalysed_new();
    /* On a higher port than the client's: the hello tells who serves. Its record and the
     * HelloVerifyRequest say DTLS 1.0 whatever follows. */
    packet(u, CLIENT, 4000, 5684, b, record(b, 22, 0xfeff, 0, 1, 0xfefd));
    packet(u, SERVER, 5684, 4000, b, record(b, 22, 0xfeff, 0, 3, 0));
    packet(u, SERVER, 5684, 4000, b, record(b, 22, 0xfefd, 0, 2, 0));
    packet(u, SERVER, 5684, 4000, b, record(b, 23, 0xfefd, 1, 1, 0));
    packet(u, CLIENT, 4000, 5684, b, record(b, 23, 0xfefd, 1, 1, 0));
    packet(u, CLIENT, 4000, 5684, "\x2f\x01\x02\x03", 4); /* protected, DTLS 1.3 */
    packet(u, CLIENT, 4000, 5685, "\x2f\x01\x02\x03", 4); /* nobody known */
    check(u, "2:5684 dtls-1.2 5;2:5684 dtls-1.3 1;");
    u = unanalysed_new();
    packet(u, CLIENT, 40000, 5684, b, record(b, 23, 0xfeff, 1, 0, 0)); /* from its middle */
    packet(u, SERVER, 5684, 40000, b, record(b, 23, 0x0100, 1, 0, 0));
    packet(u, CLIENT, 40000, 443, b, record(b, 22, 0xfefd, 0, 1, 0xfefd));
    check(u, "2:5684 dtls-1.0 1;2:5684 dtls-other 1;2:443 dtls-1.2 1;");
}

/* What only looks like it a little. */
static void test_not_dtls(void **state)
{
    (void)state;
    uint8_t b[64];
    struct unanalysed *u = unanalysed_new();
    packet(u, CLIENT, 4000, 5684, b, record(b, 19, 0xfefd, 0, 1, 0));
    packet(u, CLIENT, 4000, 5684, b, record(b, 26, 0xfefd, 0, 1, 0));
    packet(u, CLIENT, 4000, 5684, b, record(b, 22, 0x0303, 0, 1, 0));
    packet(u, CLIENT, 4000, 5684, b, record(b, 22, 0xfefd, 0, 1, 0) - 1); /* longer than it is */
    for (size_t n = 0; n < 13; n++)
        packet(u, CLIENT, 4000, 5684, b, record(b, 22, 0xfefd, 0, 1, 0) > 0 ? n : 0);
    check(u, "");
}

static void test_bound(void **state)
{
    (void)state;
    struct unanalysed *u = unanalysed_new();
    struct packet p = {.transport = PACKET_UDP,
            .dst_port = 443,
            .payload = {(const uint8_t *)V1, 6},
            .payload_wire_len = 6};
    for (uint32_t i = 0; i < UNANALYSED_SERVERS + 5; i++) {
        memcpy(p.dst, &i, sizeof i);
        unanalysed_packet(u, &p);
    }
    assert_int_equal(unanalysed_dropped(u), 5);
    unanalysed_free(u);
}

/* What a server speaks is known on, as long as it is heard of. */
static void test_next(void **state)
{
    (void)state;
    struct unanalysed *u = unanalysed_new();
    packet(u, CLIENT, 40000, 443, V1, 6);
    struct unanalysed *next = unanalysed_next(u);
    check(u, "2:443 quic-v1 1;");
    packet(next, SERVER, 443, 40000, SHORT, 6);
    struct unanalysed *silent = unanalysed_next(next);
    check(next, "2:443 quic-v1 1;");
    struct unanalysed *after = unanalysed_next(silent);
    check(silent, "");
    packet(after, SERVER, 443, 40000, SHORT, 6);
    check(after, "2:443 udp-443 1;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_quic), cmocka_unit_test(test_dtls),
            cmocka_unit_test(test_not_dtls), cmocka_unit_test(test_bound),
            cmocka_unit_test(test_next)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
