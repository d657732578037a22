/* What the database says of keys and serial numbers that earlier runs saw. */
#include "store/remember.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

static int set_up(void **state)
{
    struct err err;
    (void)place_make(state);
    struct place *p = *state;
    if (!store_open(p->db, STORE_NEW, &p->store, &err))
        fail_msg("%s", err.text);
    return 0;
}

/* A certificate whose hashes are all made of one byte. */
static struct certificate made(uint8_t id, uint8_t key, const char *issuer, const char *serial,
        const char *key_id, enum key_type type)
{
    struct certificate c = {.is_parsed = true,
            .key_type = type,
            .der = bytes_of_text(issuer),
            .serial = bytes_of_text(serial),
            .authority_key_id = bytes_of_text(key_id)};
    memset(c.sha256, id, sizeof c.sha256);
    memset(c.spki_sha256, key, sizeof c.spki_sha256);
    c.subject = "CN=subject";
    c.issuer = issuer;
    return c;
}

static int64_t put(struct store *s, const struct certificate *c)
{
    struct err err;
    int64_t id = 0;
    if (!store_certificate(s, c, 1, 2, &id, &err))
        fail_msg("%s", err.text);
    return id;
}

static void test_serial(void **state)
{
    struct place *p = *state;
    const struct {
        const char *what, *issuer, *serial, *key_id;
        bool found;
    } rows[] = {{"all the same", "CN=ca", "\x01\x02", "k", true},
            {"another number", "CN=ca", "\x01\x03", "k", false},
            {"another issuer", "CN=cb", "\x01\x02", "k", false},
            {"another key identifier", "CN=ca", "\x01\x02", "l", false},
            {"no key identifier", "CN=ca", "\x01\x02", "", false}};
    struct certificate a = made(1, 1, "CN=ca", "\x01\x02", "k", KEY_EC);
    struct stored_certificate out;
    struct err err;
    bool found = true;
    (void)put(p->store, &a);
    assert_true(store_find_serial(p->store, &a, &out, &found, &err));
    assert_false(found); /* itself */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate b = made(2, 2, rows[i].issuer, rows[i].serial, rows[i].key_id, KEY_EC);
        assert_true(store_find_serial(p->store, &b, &out, &found, &err));
        if (found != rows[i].found)
            fail_msg("%s", rows[i].what);
        if (found) {
            assert_memory_equal(out.sha256, a.sha256, 32);
            assert_string_equal(out.subject, "CN=subject");
        }
    }
}

static void add_name(void *ctx, const char *name, struct bytes der)
{
    (void)snprintf(ctx, 128, "%s %.*s", name, (int)der.n, (const char *)der.p);
}

static void test_key_names(void **state)
{
    struct place *p = *state;
    struct certificate a = made(1, 9, "CN=ca", "\x01", "k", KEY_EC);
    struct certificate same = made(2, 9, "CN=ca", "\x02", "k", KEY_EC);
    struct certificate other = made(3, 8, "CN=ca", "\x03", "k", KEY_EC);
    struct service named = {.name = "www.example.com", .transport = 6, .port = 443};
    struct service address = {.name = "192.0.2.1", .transport = 6, .port = 443, .is_address = true};
    struct err err;
    char text[128] = "";
    int64_t id = put(p->store, &a);
    assert_true(store_service(p->store, &address, &err));
    assert_true(store_served(p->store, address.id, id, 1, 2, 1, &err));
    assert_true(store_key_names(p->store, &same, add_name, text, &err));
    assert_string_equal(text, ""); /* an address is no name */
    assert_true(store_service(p->store, &named, &err));
    assert_true(store_served(p->store, named.id, id, 1, 2, 1, &err));
    assert_true(store_key_names(p->store, &a, add_name, text, &err));
    assert_string_equal(text, ""); /* the certificate itself */
    assert_true(store_key_names(p->store, &other, add_name, text, &err));
    assert_string_equal(text, "");
    assert_true(store_key_names(p->store, &same, add_name, text, &err));
    assert_string_equal(text, "www.example.com CN=ca");
}

/* A proxy signs all it shows with few keys. */
static void test_key_of_many(void **state)
{
    struct place *p = *state;
    struct service named = {.name = "late.example.com", .transport = 6, .port = 443};
    struct err err;
    char text[128] = "";
    int64_t id = 0;
    struct certificate c = made(0, 9, "CN=ca", "\x01", "k", KEY_EC);
    struct certificate same = made(255, 9, "CN=ca", "\x02", "k", KEY_EC);
    for (int i = 0; i < 1000; i++) {
        c.sha256[0] = (uint8_t)(i >> 8);
        c.sha256[1] = (uint8_t)i;
        id = put(p->store, &c);
    }
    assert_true(store_service(p->store, &named, &err));
    assert_true(store_served(p->store, named.id, id, 1, 2, 1, &err));
    assert_true(store_key_names(p->store, &same, add_name, text, &err));
    assert_string_equal(text, "late.example.com CN=ca"); /* of a thousand */
    c.sha256[0] = 77;
    id = put(p->store, &c);
    named = (struct service){.name = "later.example.com", .transport = 6, .port = 443};
    assert_true(store_service(p->store, &named, &err));
    assert_true(store_served(p->store, named.id, id, 1, 2, 1, &err));
    assert_true(store_key_names(p->store, &same, add_name, text, &err));
    assert_string_equal(text, "late.example.com CN=ca"); /* not of more */
}

static void count(void *ctx, const struct stored_certificate *c, struct bytes der)
{
    int *n = ctx;
    assert_int_equal(c->sha256[0], ++*n);
    assert_memory_equal(der.p, "CN=ca", der.n);
    assert_int_equal(c->spki_sha256[31], *n - 1);
}

static void test_rsa(void **state)
{
    struct place *p = *state;
    const enum key_type types[] = {KEY_RSA, KEY_RSA_PSS, KEY_EC};
    struct err err;
    int n = 0;
    for (uint8_t i = 0; i < 3; i++) {
        struct certificate c = made((uint8_t)(i + 1), i, "CN=ca", "\x01", "k", types[i]);
        (void)put(p->store, &c);
    }
    int64_t after = 0;
    bool is_all = true;
    assert_true(store_rsa_certificates(p->store, &after, 1, &is_all, count, &n, &err));
    assert_int_equal(n, 1);
    assert_false(is_all);
    assert_true(store_rsa_certificates(p->store, &after, 9, &is_all, count, &n, &err));
    assert_int_equal(n, 2);
    assert_true(is_all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_serial, set_up, place_remove),
            cmocka_unit_test_setup_teardown(test_key_names, set_up, place_remove),
            cmocka_unit_test_setup_teardown(test_key_of_many, set_up, place_remove),
            cmocka_unit_test_setup_teardown(test_rsa, set_up, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
