/* Labels by name and by packets. The names come from the host lists of nDPI 4.2. */
#include "appid/appid.h"

#include <pthread.h>
#include <string.h>

#include "tests/unit/test.h"

/* A packet as the decoder gives it. */
static struct packet made(uint8_t transport, bool from_server, struct bytes payload)
{
    struct packet p = {.transport = transport,
            .ip_version = 4,
            .ttl = 64,
            .src_port = from_server ? 443 : 40000,
            .dst_port = from_server ? 40000 : 443,
            .tcp_flags = TCP_ACK | TCP_PSH,
            .window = 1000,
            .payload = payload,
            .payload_wire_len = (uint32_t)payload.n};
    static const uint8_t ends[2][16] = {{[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1},
            {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 9}};
    memcpy(p.src, ends[from_server ? 1 : 0], 16);
    memcpy(p.dst, ends[from_server ? 0 : 1], 16);
    return p;
}

static struct appid_label label_of(
        struct appid *a, uint8_t version, const char *const *payloads, size_t n)
{
    struct appid_flow *f = appid_flow_new(a, PACKET_TCP);
    for (size_t i = 0; i < n; i++) {
        struct packet p = made(PACKET_TCP, i % 2 == 1, bytes_of_text(payloads[i]));
        p.ip_version = version;
        if (appid_packet(a, f, &p, 1000000 + (int64_t)i, false))
            break;
    }
    struct appid_label label = appid_flow_label(a, f);
    appid_flow_free(f);
    return label;
}

static void check_names(struct appid *a)
{
    static const struct {
        const char *host, *label;
    } rows[] = {
            {"www.google.com", "TLS.Google"},
            {"WWW.Google.COM", "TLS.Google"},
            {"login.microsoftonline.com", "TLS.Microsoft365"},
            {"www.microsoft.com", "TLS.Microsoft"},
            {"en.wikipedia.org", "TLS.Wikipedia"},
            {"www.example.test", ""},
            {"", ""},
            {"www.google.com/evil", ""},
            {"www google com", ""},
            {"\xc3\xa9.google.com", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int again = 0; again < 2; again++) { /* the second time from the cache */
            struct appid_label l = appid_by_name(a, bytes_of_text(rows[i].host));
            assert_string_equal(l.name, rows[i].label);
            assert_int_equal(l.risks, 0);
        }
    }
}

static void names(void **state)
{
    (void)state;
    struct appid *a = appid_new();
    check_names(a);
    /* Longer than a name can be, and with a NUL inside. */
    uint8_t host[300];
    memset(host, 'a', sizeof host);
    memcpy(host + sizeof host - 15, ".www.google.com", 15);
    assert_string_equal(appid_by_name(a, (struct bytes){host, sizeof host}).name, "");
    host[100] = 0;
    assert_string_equal(appid_by_name(a, (struct bytes){host + 80, 220}).name, "");
    appid_free(a);
    appid_free(NULL);
}

/* More names than the cache holds: it stays right. */
static void many_names(void **state)
{
    (void)state;
    struct appid *a = appid_new();
    for (unsigned i = 0; i < 25000; i++) {
        char host[] = "h00000.google.com";
        for (unsigned at = 5, rest = i; at > 0; at--, rest /= 10)
            host[at] = (char)('0' + rest % 10);
        struct appid_label l = appid_by_name(a, bytes_of_text(host));
        if (strcmp(l.name, "TLS.Google") != 0)
            fail_msg("%s: %s", host, l.name);
    }
    check_names(a);
    appid_free(a);
}

static void flows(void **state)
{
    (void)state;
    static const char *const http[] = {"GET / HTTP/1.1\r\nHost: www.example.test\r\n"
                                       "User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"};
    static const char *const ssh[] = {
            "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"};
    static const char *const smtp[] = {"EHLO client.example.test\r\n",
            "250-mail.example.test\r\n250 STARTTLS\r\n", "MAIL FROM:<a@example.test>\r\n",
            "250 ok\r\n", "RCPT TO:<b@example.test>\r\n", "250 ok\r\n"};
    static const char *const unknown[] = {"zzqx 1", "zzqx 2", "zzqx 3", "zzqx 4", "zzqx 5",
            "zzqx 6", "zzqx 7", "zzqx 8", "zzqx 9"};
    struct appid *a = appid_new();
    for (uint8_t version = 4; version <= 6; version = (uint8_t)(version + 2)) {
        assert_string_equal(label_of(a, version, http, 2).name, "HTTP");
        assert_string_equal(label_of(a, version, ssh, 2).name, "SSH");
        assert_string_equal(label_of(a, version, smtp, 6).name, "SMTP");
        /* Port 443 alone names nothing: a guess by port would say TLS. */
        assert_string_equal(label_of(a, version, unknown, 9).name, "");
        assert_string_equal(label_of(a, version, unknown, 0).name, "");
    }
    assert_string_equal(appid_flow_label(a, NULL).name, "");
    appid_free(a);
}

/* The look ends after 8 packets, 24 in full. */
static void how_far(void **state)
{
    (void)state;
    struct appid *a = appid_new();
    for (int is_full = 0; is_full < 2; is_full++) {
        struct appid_flow *f = appid_flow_new(a, PACKET_TCP);
        unsigned n = 1;
        for (; n < 100; n++) {
            struct packet p = made(PACKET_TCP, n % 2 == 0, bytes_of_text("zzqx"));
            if (appid_packet(a, f, &p, n, is_full != 0))
                break;
        }
        assert_int_equal(n, is_full != 0 ? 24 : 8);
        appid_flow_free(f);
    }
    appid_free(a);
}

/* A ClientHello (RFC 8446 4.1.2) cut short behind its cipher suites, enough to be taken for TLS. */
static const uint8_t hello[] = {22, 3, 1, 0, 49, 1, 0, 0, 45, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 0,
        0, 4, 0xc0, 0x2f, 0, 0x2f, 1, 0, 0, 0};

/* A flow that holds TLS over TCP and then gets a UDP packet ends nDPI 4.2. */
static void other_transport(void **state)
{
    (void)state;
    struct appid *a = appid_new();
    struct appid_flow *f = appid_flow_new(a, PACKET_TCP);
    struct packet p = made(PACKET_TCP, false, (struct bytes){hello, sizeof hello});
    (void)appid_packet(a, f, &p, 1, true);
    for (int i = 0; i < 30; i++) {
        p = made(PACKET_UDP, i % 2 == 1, (struct bytes){hello, sizeof hello});
        assert_false(appid_packet(a, f, &p, 2 + i, true));
    }
    (void)appid_flow_label(a, f);
    appid_flow_free(f);
    appid_free(a);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13; /* xorshift32: the same bytes in every run */
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Payloads cut anywhere and with bytes changed, each allocated to size, so that a sanitizer sees a
 * read past its end. */
static void garbage(void **state)
{
    (void)state;
    struct appid *a = appid_new();
    uint32_t seed = 2463534242U;
    for (unsigned round = 0; round < 1000; round++) {
        uint8_t transport = round % 3 == 0 ? PACKET_UDP : PACKET_TCP;
        struct appid_flow *f = appid_flow_new(a, transport);
        for (unsigned i = 0; i < 10; i++) {
            size_t n = next_random(&seed) % (sizeof hello + 1);
            uint8_t *exact = test_malloc(n + 1);
            memcpy(exact + 1, hello, n);
            for (unsigned k = 0; k < round % 8 && n > 0; k++)
                exact[1 + next_random(&seed) % n] = (uint8_t)next_random(&seed);
            struct packet p = made(transport, i % 2 == 1, (struct bytes){exact + 1, n});
            p.ip_version = round % 2 == 0 ? 4 : 6;
            p.tcp_flags = (uint8_t)next_random(&seed);
            (void)appid_packet(a, f, &p, (int64_t)i * 1000, true);
            test_free(exact);
        }
        (void)appid_flow_label(a, f);
        appid_flow_free(f);
    }
    /* Longer than what is copied, and a time before 1970. */
    static uint8_t zeros[65536];
    struct appid_flow *f = appid_flow_new(a, PACKET_TCP);
    struct packet p = made(PACKET_TCP, false, (struct bytes){zeros, sizeof zeros});
    (void)appid_packet(a, f, &p, INT64_MIN, true);
    appid_flow_free(f);
    appid_free(a);
}

static void *in_a_thread(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        struct appid *a = appid_new();
        static const char *const ssh[] = {
                "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"};
        struct appid_label by_name = appid_by_name(a, bytes_of_text("www.google.com"));
        struct appid_label by_packets = label_of(a, 4, ssh, 2);
        appid_free(a);
        if (strcmp(by_name.name, "TLS.Google") != 0 || strcmp(by_packets.name, "SSH") != 0)
            return NULL;
    }
    static char fine;
    return &fine;
}

static void two_threads(void **state)
{
    (void)state;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, in_a_thread, NULL), 0);
    for (int i = 0; i < 2; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
    }
    assert_true(strlen(appid_version()) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(many_names),
            cmocka_unit_test(flows), cmocka_unit_test(how_far), cmocka_unit_test(other_transport),
            cmocka_unit_test(garbage), cmocka_unit_test(two_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
