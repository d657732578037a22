#ifndef TLSWIRE_TESTS_UNIT_STORE_VARIED_H
#define TLSWIRE_TESTS_UNIT_STORE_VARIED_H

#include <sqlite3.h>

#include "tests/unit/store/rows.h"

/* Handshakes whose texts, offer and choice are all made from one number, which is the client's
 * port: so it can be told of each row whether what it refers to is what was written. */

static inline int64_t varied_id(unsigned v, uint64_t factor)
{
    return (int64_t)(((v + 1) * factor) >> 1);
}

static inline void varied_fill(struct handshake *h, unsigned v)
{
    struct client_hello *ch = arena_alloc(&h->arena, sizeof *ch);
    struct server_hello *sh = arena_alloc(&h->arena, sizeof *sh);
    uint8_t *suite = arena_alloc(&h->arena, 2);
    char *name = arena_alloc(&h->arena, 32);
    *ch = (struct client_hello){.has_sni = true};
    *sh = (struct server_hello){.version = 0x0303};
    suite[0] = (uint8_t)(v >> 8);
    suite[1] = (uint8_t)v;
    (void)snprintf(name, 32, "n%u.test", v);
    ch->sni = bytes_of_text(name);
    ch->cipher_suites = (struct bytes){suite, 2};
    h->client_hello = ch;
    h->server_hello = sh;
    h->prints.offer = varied_id(v, UINT64_C(0x9E3779B97F4A7C15));
    h->prints.choice = varied_id(v, UINT64_C(0xC2B2AE3D27D4EB4F));
    (void)snprintf(h->prints.ja3, sizeof h->prints.ja3, "ja3-%u", v);
    (void)snprintf(h->shape, sizeof h->shape, "S%u", v);
    h->sides[SIDE_CLIENT].endpoint.port = (uint16_t)v;
    memcpy(h->sides[SIDE_CLIENT].endpoint.address.ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\1\0\0", 16);
    h->sides[SIDE_CLIENT].endpoint.address.ip[14] = (uint8_t)(v >> 8);
    h->sides[SIDE_CLIENT].endpoint.address.ip[15] = (uint8_t)v;
}

static inline void varied_put(struct rows *r, int i, unsigned v)
{
    char group[32];
    struct handshake *h = row_made(i);
    struct handshake_refs refs = {.service_id = r->services[i % ROW_SERVICES].id,
            .client_group = group,
            .defects = i % 5 == 2 ? "cert-expired" : NULL,
            .worst = 3,
            .finding_keys = i % 5 == 2 ? group : NULL};
    varied_fill(h, v);
    (void)snprintf(group, sizeof group, "g%u", v);
    MUST(store_handshake(r->s, h, &refs, err));
    handshake_free(h);
}

static inline int64_t varied_ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

/* Handshakes of the schema that do not refer to what they were written with. */
#define VARIED_WRONG(schema)                                                                       \
    "SELECT count(*) FROM " schema ".handshake h LEFT JOIN main.label j ON j.id = h.ja3_id "       \
    "LEFT JOIN main.label p ON p.id = h.ja4_id LEFT JOIN main.name n ON n.id = h.sni_id "          \
    "LEFT JOIN main.address a ON a.id = h.client_address_id "                                      \
    "LEFT JOIN main.address b ON b.id = h.server_address_id "                                      \
    "LEFT JOIN main.label g ON g.id = h.client_group_id "                                          \
    "LEFT JOIN main.label d ON d.id = h.defects_id "                                               \
    "LEFT JOIN main.label k ON k.id = h.finding_keys_id "                                          \
    "LEFT JOIN main.client_offer o ON o.id = h.client_offer_id "                                   \
    "LEFT JOIN main.server_choice c ON c.id = h.server_choice_id WHERE "                           \
    "j.value IS NOT 'ja3-' || h.client_port OR p.value NOT LIKE 't13d__' OR p.value IS NULL OR "   \
    "n.display IS NOT 'n' || h.client_port || '.test' OR "                                         \
    "a.display IS NOT printf('10.1.%d.%d', h.client_port >> 8, h.client_port & 255) OR "           \
    "b.display NOT LIKE '::6_' OR b.display IS NULL OR g.value IS NOT 'g' || h.client_port OR "    \
    "(h.defects_id IS NOT NULL AND (d.value IS NULL OR d.value NOT LIKE 'cert-%' OR "              \
    "k.value IS NULL OR k.value NOT LIKE '%' || 'g' || h.client_port || '%')) OR "                 \
    "hex(o.cipher_suites) IS NOT printf('%04X', h.client_port) OR c.shape IS NOT 'S' || "          \
    "h.client_port"

static inline int64_t varied_check_file(sqlite3 *all, const char *path)
{
    int64_t n = 0;
    char *attach = sqlite3_mprintf("ATTACH %Q AS s", path);
    assert_int_equal(sqlite3_exec(all, attach, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_free(attach);
    if (varied_ask(all, "SELECT count(*) FROM s.sqlite_schema WHERE name = 'handshake'") == 1) {
        assert_int_equal(varied_ask(all, VARIED_WRONG("s")), 0);
        n = varied_ask(all, "SELECT count(*) FROM s.handshake");
    }
    assert_int_equal(sqlite3_exec(all, "DETACH s", NULL, NULL, NULL), SQLITE_OK);
    return n;
}

/* Gives how many handshakes are in the segments that are listed and there; each is as it was
 * written. */
static inline int64_t varied_check(const char *db)
{
    sqlite3 *list = NULL, *all = NULL;
    sqlite3_stmt *st = NULL;
    int64_t n = 0;
    assert_int_equal(sqlite3_open(db, &list), SQLITE_OK);
    assert_int_equal(sqlite3_open(db, &all), SQLITE_OK);
    assert_int_equal(
            sqlite3_prepare_v2(list, "SELECT file FROM segment", -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s.d/%s", db, (const char *)sqlite3_column_text(st, 0));
        if (access(path, F_OK) == 0)
            n += varied_check_file(all, path);
    }
    (void)sqlite3_finalize(st);
    assert_int_equal(varied_ask(all, VARIED_WRONG("main")), 0);
    (void)sqlite3_close(list);
    (void)sqlite3_close(all);
    return n;
}

#endif
