#include "base/tunnel.h"

#include "tests/unit/test.h"

static void parses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_ok;
        enum tunnel_kind kind;
        bool has_id;
        uint32_t id;
    } rows[] = {
            {"vxlan", true, TUNNEL_VXLAN, false, 0},
            {"vxlan:0", true, TUNNEL_VXLAN, true, 0},
            {"vxlan-gpe:16777215", true, TUNNEL_VXLAN_GPE, true, 16777215},
            {"gre:0xC0A80001", true, TUNNEL_GRE, true, 0xc0a80001},
            {"gtp-u:4294967295", true, TUNNEL_GTP_U, true, UINT32_MAX},
            {"gre:010", true, TUNNEL_GRE, true, 10},
            {"gtp-u:4294967296", false, 0, false, 0},
            {"gre:", false, 0, false, 0},
            {"gre:-1", false, 0, false, 0},
            {"gre: 1", false, 0, false, 0},
            {"gre:1x", false, 0, false, 0},
            {"gre:0x", false, 0, false, 0},
            {":1", false, 0, false, 0},
            {"", false, 0, false, 0},
            {"VXLAN", false, 0, false, 0},
            {"vxla", false, 0, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tunnel t;
        bool is_ok = tunnel_parse(rows[i].text, &t);
        if (is_ok != rows[i].is_ok)
            fail_msg("%s", rows[i].text);
        if (is_ok && (t.kind != rows[i].kind || t.has_id != rows[i].has_id || t.id != rows[i].id))
            fail_msg("%s: %d:%u", rows[i].text, t.kind, t.id);
    }
}

static void names(void **state)
{
    (void)state;
    assert_null(tunnel_name(TUNNEL_NONE));
    assert_null(tunnel_name(TUNNEL_KINDS));
    for (unsigned kind = 1; kind < TUNNEL_KINDS; kind++) {
        struct tunnel t;
        assert_true(tunnel_parse(tunnel_name(kind), &t));
        assert_int_equal(t.kind, kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parses), cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
