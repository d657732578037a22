/* Lines of events: the fields that EVE has are named as there (timestamp, event_type, src_ip,
 * src_port, dest_ip, dest_port, proto, app_proto, vlan, community_id, tls.sni, stats). */
#include "export/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tests/unit/test.h"

#define NOON INT64_C(1790000000000000) /* 2026-09-21T14:13:20Z */

static struct finding made(void)
{
    struct finding f = {.id = 7,
            .severity = SEV_HIGH,
            .confidence = 1,
            .basis = BASIS_SEEN,
            .first_seen_us = NOON,
            .last_seen_us = NOON + 5,
            .count = 3};
    struct sighting *s = &f.first;
    s->defect = "cert-expired";
    s->service.port = 443;
    s->handshake_id = 99;
    (void)snprintf(s->service.name, sizeof s->service.name, "a.test");
    (void)snprintf(s->subject, sizeof s->subject, "x");
    (void)snprintf(s->summary, sizeof s->summary, "say \"so\"");
    return f;
}

static void with_endpoints(struct sighting *s)
{
    static const uint8_t PREFIX[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    s->has_endpoints = true;
    memcpy(s->client.address.ip, PREFIX, sizeof PREFIX);
    memcpy(s->server.address.ip, PREFIX, sizeof PREFIX);
    memcpy(s->client.address.ip + 12, (const uint8_t[]){192, 0, 2, 1}, 4);
    memcpy(s->server.address.ip + 12, (const uint8_t[]){192, 0, 2, 2}, 4);
    s->client.port = 40000;
    s->server.port = 443;
    (void)snprintf(s->community_id, sizeof s->community_id, "1:abc=");
}

/* What the function writes, as text of the caller. */
static char *lines(bool (*write)(struct events *))
{
    char path[] = "/tmp/events.XXXXXX";
    struct events *e = NULL;
    struct err err = {.text = ""};
    char *text = xcalloc(1, 4096);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    if (!events_open(path, &e, &err))
        fail_msg("%s", err.text);
    assert_true(write(e));
    events_close(e);
    assert_true(read(fd, text, 4095) >= 0);
    (void)close(fd);
    (void)unlink(path);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s stands not in %s", part, text);
}

static bool write_opened(struct events *e)
{
    struct finding f = made();
    with_endpoints(&f.first);
    f.first.vlan = 7;
    f.first.tunnel = (struct tunnel){.kind = TUNNEL_VXLAN, .has_id = true, .id = 4242};
    (void)snprintf(f.first.sni, sizeof f.first.sni, "a.test");
    f.life.n_events = 1;
    f.life.events[0].kind = LIFE_OPENED;
    f.life.events[0].us = NOON;
    return events_finding(e, &f);
}

static void test_opened(void **state)
{
    char *text = lines(write_opened);
    (void)state;
    assert_has(text, "{\"timestamp\":\"2026-09-21T14:13:20.000000Z\",\"event_type\":\"finding\",");
    assert_has(text, "\"src_ip\":\"192.0.2.1\",\"src_port\":40000,");
    assert_has(text,
            "\"dest_ip\":\"192.0.2.2\",\"dest_port\":443,\"proto\":\"TCP\",\"app_proto\":\"tls\",");
    assert_has(text, "\"vlan\":[7],\"tunnel\":{\"proto\":\"vxlan\",\"id\":4242},");
    assert_has(text, "\"community_id\":\"1:abc=\",\"tls\":{\"sni\":\"a.test\"},");
    assert_has(text,
            "\"change\":\"opened\",\"id\":7,\"defect\":\"cert-expired\",\"severity\":\"high\",");
    assert_has(text, "\"summary\":\"say \\\"so\\\"\",\"sightings\":3,");
    assert_has(text, "\"handshake\":99}}\n");
    xfree(text);
}

static bool write_changed(struct events *e)
{
    struct finding f = made();
    return events_finding(e, &f);
}

/* About no connection: no endpoints, and nothing that these have. */
static void test_changed(void **state)
{
    char *text = lines(write_changed);
    (void)state;
    assert_has(text, "\"change\":\"changed\"");
    assert_null(strstr(text, "src_ip"));
    assert_null(strstr(text, "vlan"));
    assert_null(strstr(text, "tunnel"));
    xfree(text);
}

static bool write_stats(struct events *e)
{
    const struct events_capture capture = {10, 2};
    const struct sample samples[] = {{.name = "flows_total", .number = 4},
            {.name = "drops_total", .label = "where", .value = "kernel", .number = 2},
            {.name = "drops_total", .label = "where", .value = "own", .number = 0},
            {.name = "up", .is_gauge = true, .number = 1}};
    return events_stats(e, NOON, &capture, samples, 4);
}

static void test_stats(void **state)
{
    char *text = lines(write_stats);
    (void)state;
    assert_string_equal(text, "{\"timestamp\":\"2026-09-21T14:13:20.000000Z\",\"event_type\":"
                              "\"stats\",\"stats\":{\"capture\":"
                              "{\"kernel_packets\":10,\"kernel_drops\":2},\"tlswire\":{\"flows_"
                              "total\":4,\"drops_total\":{"
                              "\"kernel\":2,\"own\":0},\"up\":1}}}\n");
    xfree(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_opened),
            cmocka_unit_test(test_changed),
            cmocka_unit_test(test_stats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
