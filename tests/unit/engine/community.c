/* The reference values of the Community ID specification (github.com/corelight/community-id-spec).
 */
#include "engine/community.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/test.h"

static struct endpoint endpoint_of(const char *text, uint16_t port)
{
    struct endpoint e = {.port = port};
    if (strchr(text, ':') != NULL) {
        assert_int_equal(inet_pton(AF_INET6, text, e.address.ip), 1);
    } else {
        memcpy(e.address.ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
        assert_int_equal(inet_pton(AF_INET, text, e.address.ip + 12), 1);
    }
    return e;
}

static void test_reference(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        uint16_t a_port;
        const char *b;
        uint16_t b_port;
        uint8_t transport;
        const char *id;
    } rows[] = {
            {"128.232.110.120", 34855, "66.35.250.204", 80, 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
            {"66.35.250.204", 80, "128.232.110.120", 34855, 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
            {"192.168.1.52", 54585, "8.8.8.8", 53, 17, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[COMMUNITY_TEXT];
        struct endpoint a = endpoint_of(rows[i].a, rows[i].a_port);
        struct endpoint b = endpoint_of(rows[i].b, rows[i].b_port);
        community_id(&a, &b, rows[i].transport, out);
        assert_string_equal(out, rows[i].id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
