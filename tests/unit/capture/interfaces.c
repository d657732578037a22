/* What can be told of interfaces without any permission. */
#include "capture/interfaces.h"

#include <string.h>

#include "capture/live.h"
#include "tests/unit/test.h"

static void test_flags(void **state)
{
    (void)state;
    static const struct {
        struct live_interface item;
        const char *flags;
    } rows[] = {
            {{.is_up = false}, "down"},
            {{.is_up = true}, "up"},
            {{.is_up = true, .is_running = true}, "up,running"},
            {{.is_up = true, .is_running = true, .is_promiscuous = true}, "up,running,promiscuous"},
            {{.is_up = true, .is_running = true, .is_loopback = true}, "up,running,loopback"},
    };
    char text[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(live_interfaces_flags(&rows[i].item, text, sizeof text), rows[i].flags);
}

/* Every network namespace has a loopback interface. */
static void test_list(void **state)
{
    (void)state;
    struct live_interfaces list;
    struct err err;
    size_t n_loopbacks = 0;
    assert_true(live_interfaces(&list, &err));
    assert_true(list.n >= 2);
    for (size_t i = 0; i < list.n; i++) {
        const struct live_interface *item = &list.items[i];
        bool is_lo = strcmp(item->name, "lo") == 0;
        n_loopbacks += is_lo;
        assert_int_equal(item->is_loopback, is_lo);
        assert_true(!is_lo || strcmp(item->link_type, "Ethernet") == 0);
        assert_true(!is_lo || !item->is_up || strstr(item->addresses, "127.0.0.1/8") != NULL);
    }
    assert_int_equal(n_loopbacks, 1);
    assert_string_equal(list.items[list.n - 1].name, "any");
    live_interfaces_fini(&list);
    assert_int_equal(list.n, 0);
}

static void test_find(void **state)
{
    (void)state;
    struct links *links = NULL;
    struct link_facts facts;
    struct err err;
    assert_true(links_open(&links, &err));
    assert_true(links_find(links, "lo", &facts, &err));
    assert_true(facts.is_loopback && facts.index > 0 && facts.mtu > 0);
    static const char *const NONE[] = {"nix5", "", "a-name-that-is-too-long-for-an-interface"};
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        assert_false(links_find(links, NONE[i], &facts, &err));
        assert_int_equal(facts.index, 0);
        assert_int_equal(strncmp(err.text, NONE[i], strlen(NONE[i])), 0);
    }
    assert_true(links_find(links, "lo", &facts, NULL));
    links_close(links);
    links_close(NULL);
}

static void test_open_refused(void **state)
{
    (void)state;
    const char *names[LIVE_INTERFACES + 1];
    struct live_options o = {.interfaces = names, .n_lanes = 1};
    struct live *live = NULL;
    struct err err;
    for (size_t i = 0; i <= LIVE_INTERFACES; i++)
        names[i] = "nix5";
    for (size_t n = 0; n <= LIVE_INTERFACES + 1; n += LIVE_INTERFACES + 1) {
        o.n_interfaces = n;
        assert_false(live_open(&o, &live, &err));
        assert_non_null(strstr(err.text, "name 1 to 32"));
    }
    o.n_interfaces = 1; /* missing, or not permitted */
    assert_false(live_open(&o, &live, &err));
    assert_non_null(strstr(err.text, "nix5: no "));
    assert_null(live);
    live_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_flags),
            cmocka_unit_test(test_list),
            cmocka_unit_test(test_find),
            cmocka_unit_test(test_open_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
