#include <string.h>

#include "store/query_sql.h"
#include "store/store.h"
#include "tests/unit/test.h"

/* What an expression gives; "" for NULL. */
static void check(sqlite3 *db, const char *expression, const char *want)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, expression, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(st, 0);
    assert_string_equal(text != NULL ? text : "", want);
    (void)sqlite3_finalize(st);
}

static void run_cases(const char *const cases[][2], size_t n)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_true(functions_register(db));
    for (size_t i = 0; i < n; i++)
        check(db, cases[i][0], cases[i][1]);
    (void)sqlite3_close(db);
}

static void display_filters(void **state)
{
    static const char *const cases[][2] = {
            {"SELECT wireshark('192.0.2.1', 5000, '192.0.2.2', 443, 7, 19)",
                    "ip.addr == 192.0.2.1 && ip.addr == 192.0.2.2 && tcp.port == 5000 && "
                    "tcp.port == 443 && frame.number >= 7 && frame.number <= 19 && !icmp"},
            {"SELECT wireshark('2001:db8::1', 5000, '2001:db8::2', 443, 7, NULL)",
                    "ipv6.addr == 2001:db8::1 && ipv6.addr == 2001:db8::2 && tcp.port == 5000 && "
                    "tcp.port == 443 && frame.number >= 7 && !icmpv6"},
            {"SELECT wireshark('127.0.0.1', 5000, '127.0.0.1', 443, NULL, 4294967296)",
                    "ip.src == 127.0.0.1 && ip.dst == 127.0.0.1 && tcp.port == 5000 && "
                    "tcp.port == 443 && frame.number <= 4294967296 && !icmp"},
            {"SELECT wireshark('192.0.2.1', 443, '192.0.2.2', 443, 1, 2)",
                    "ip.addr == 192.0.2.1 && ip.addr == 192.0.2.2 && tcp.srcport == 443 && "
                    "tcp.dstport == 443 && frame.number >= 1 && frame.number <= 2 && !icmp"},
            {"SELECT wireshark(NULL, NULL, '192.0.2.2', 443, 1, 2)", ""},
    };
    (void)state;
    run_cases(cases, sizeof cases / sizeof *cases);
}

/* Whatever a file is called, it is one word and one line. */
static void command_lines(void **state)
{
    static const char *const cases[][2] = {
            {"SELECT tshark('dir/a-1.pcap', 'tcp && !icmp')",
                    "tshark -r dir/a-1.pcap -Y 'tcp && !icmp'"},
            {"SELECT tshark('it''s $(x) `y`.pcap', 'f')",
                    "tshark -r 'it'\\''s $(x) `y`.pcap' -Y f"},
            {"SELECT tshark('-w.pcap', 'f')", "tshark -r ./-w.pcap -Y f"},
            {"SELECT tshark('- w.pcap', 'f')", "tshark -r ./'- w.pcap' -Y f"},
            {"SELECT tshark('a' || char(10, 27) || '''\\.pcap', 'f')",
                    "tshark -r $'a\\x0a\\x1b\\'\\\\.pcap' -Y f"},
            {"SELECT tshark('~/a.pcap', 'f')", "tshark -r '~/a.pcap' -Y f"},
            {"SELECT tshark('-', 'f')", ""},
            {"SELECT tshark(NULL, 'f')", ""},
            {"SELECT tshark('a.pcap', NULL)", ""},
    };
    (void)state;
    run_cases(cases, sizeof cases / sizeof *cases);
}

/* Without the function that makes them there are none. */
static void no_community(void **state)
{
    static const char *const cases[][2] = {
            {"SELECT community(zeroblob(16), 1, zeroblob(16), 2, 6)", ""}};
    (void)state;
    run_cases(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(display_filters),
            cmocka_unit_test(command_lines),
            cmocka_unit_test(no_community),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
