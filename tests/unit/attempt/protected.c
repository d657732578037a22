/* Protected records: explicit nonces and IVs, and heartbeats. */
#include "tests/unit/attempt/world.h"

static const struct client_hello hello;
static const struct server_hello hello12 = {.version = TLS_1_2, .cipher_suite = 0xc02f};

static void fact(struct world *w, int dir, struct fact f, uint16_t len)
{
    world_packet(w, dir, MS);
    world_fact(w, dir, f, len);
    world_take(w);
}

static void open_tls12(struct world *w, bool is_finished)
{
    world_open(w);
    fact(w, 0, (struct fact){.kind = FACT_CLIENT_HELLO, .message_type = 1, .client_hello = &hello},
            40);
    fact(w, 1,
            (struct fact){.kind = FACT_SERVER_HELLO, .message_type = 2, .server_hello = &hello12},
            40);
    fact(w, 1, (struct fact){.kind = FACT_SERVER_HELLO_DONE, .message_type = 14}, 4);
    for (int dir = 0; dir < 2 && is_finished; dir++) {
        fact(w, dir, (struct fact){.kind = FACT_CHANGE_CIPHER_SPEC}, 6);
        fact(w, dir, (struct fact){.kind = FACT_ENCRYPTED_HANDSHAKE}, 40);
    }
    assert_true((w->h != NULL) == is_finished);
}

static void end(struct world *w, struct connection_end *out)
{
    (void)world_close(w);
    assert_true(attempt_end(w->a, &w->info, out));
}

/* Nonces of sixteen records, made from their number. */
static uint64_t counted(uint64_t i)
{
    return UINT64_C(0xfffffffffffffffa) + i;
}

static uint64_t masked(uint64_t i)
{
    return UINT64_C(0x4be1eb9757617908) ^ i; /* as a server of 2018 did */
}

static uint64_t swapped(uint64_t i)
{
    return i << 56;
}

static uint64_t at_random(uint64_t i)
{
    return (i + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (i * i * UINT64_C(0xbf58476d1ce4e5b9));
}

static uint64_t twice(uint64_t i)
{
    return i < 2 ? 7 : i + 7;
}

static uint64_t once_more(uint64_t i)
{
    return i == 8 ? at_random(3) : at_random(i);
}

static uint64_t long_ago(uint64_t i)
{
    return i == 15 ? at_random(3) : at_random(i);
}

static void test_nonces(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t (*nonce)(uint64_t i);
        enum nonces nonces;
        unsigned least_jumps, most_jumps;
    } rows[] = {
            {"counted", counted, NONCES_COUNTED, 0, 0},
            {"masked", masked, NONCES_OTHER, 0, 0},
            {"swapped", swapped, NONCES_OTHER, 1, 1},
            {"at random", at_random, NONCES_OTHER, 15, 15},
            {"twice", twice, NONCES_REPEATED, 0, 0},
            {"once more", once_more, NONCES_REPEATED, 15, 15},
            {"long ago", long_ago, NONCES_OTHER, 15, 15},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int is_iv = 0; is_iv < 2; is_iv++) {
            struct world w;
            struct connection_end e;
            open_tls12(&w, true);
            uint64_t first = w.info.last_packet + 1;
            for (uint64_t k = 0; k < 16; k++)
                fact(&w, 1,
                        (struct fact){.kind = FACT_APPLICATION_DATA,
                                .has_nonce = true,
                                .is_iv = is_iv == 1,
                                .nonce_high = is_iv == 1 ? 5 : 0,
                                .nonce = rows[i].nonce(k)},
                        100);
            end(&w, &e);
            const struct record_facts *r = &e.records[SIDE_SERVER];
            if (r->nonces != rows[i].nonces || r->n_jumps < rows[i].least_jumps ||
                    r->n_jumps > rows[i].most_jumps)
                fail_msg("%s: %d, %d jumps", rows[i].name, (int)r->nonces, (int)r->n_jumps);
            assert_int_equal(r->n_nonces, 16);
            assert_int_equal(r->is_iv, is_iv);
            if (rows[i].nonces == NONCES_REPEATED)
                assert_int_equal(r->repeated.packet, first + (rows[i].nonce == twice ? 1 : 8));
            world_free(&w);
        }
}

/* The same low half is no repetition, and a new key begins anew. */
static void test_halves_and_keys(void **state)
{
    (void)state;
    struct world w;
    struct connection_end e;
    open_tls12(&w, true);
    for (uint64_t k = 0; k < 4; k++)
        fact(&w, 0,
                (struct fact){.kind = FACT_APPLICATION_DATA,
                        .has_nonce = true,
                        .is_iv = true,
                        .nonce_high = k,
                        .nonce = 9},
                100);
    fact(&w, 0, (struct fact){.kind = FACT_CHANGE_CIPHER_SPEC}, 6);
    fact(&w, 0,
            (struct fact){.kind = FACT_APPLICATION_DATA,
                    .has_nonce = true,
                    .is_iv = true,
                    .nonce_high = 1,
                    .nonce = 9},
            100);
    end(&w, &e);
    assert_int_equal(e.records[SIDE_CLIENT].nonces, NONCES_OTHER);
    assert_int_equal(e.records[SIDE_CLIENT].n_jumps, 3);
    world_free(&w);
}

static struct fact beat(uint8_t type, uint16_t payload_len)
{
    return (struct fact){.kind = FACT_HEARTBEAT,
            .heartbeat = {.is_clear = type != 0, .type = type, .payload_len = payload_len}};
}

/* Up to three heartbeats: who, type (0 protected), what it claims, how long its record is. */
struct exchange {
    const char *name;
    struct {
        int dir;
        uint8_t type;
        uint16_t claims, len;
    } beats[3];
    bool is_overread, is_leak, is_inferred;
    uint32_t answered;
};

static const struct exchange exchanges[] = {
        {"honest", {{0, 1, 18, 37}, {1, 2, 18, 37}}, false, false, false, 0},
        {"honest, padded otherwise", {{0, 1, 18, 37}, {1, 2, 18, 300}}, false, false, false, 0},
        {"padding of 15 bytes", {{0, 1, 18, 36}}, true, false, false, 0},
        {"ignored", {{0, 1, 16384, 3}}, true, false, false, 0},
        {"answered", {{0, 1, 16384, 3}, {1, 2, 16384, 16384}, {1, 0, 0, 19}}, true, true, false,
                16403},
        {"answered as long as asked", {{0, 1, 16384, 3}, {1, 2, 0, 3}}, true, false, false, 0},
        {"a request is no answer", {{0, 1, 16384, 3}, {1, 1, 2000, 2019}}, true, false, false, 0},
        {"protected", {{0, 0, 0, 64}, {1, 0, 0, 64}}, false, false, false, 0},
        {"protected, padded", {{0, 0, 0, 64}, {1, 0, 0, 576}}, false, false, false, 0},
        {"protected, a leak", {{0, 0, 0, 64}, {1, 0, 0, 577}}, false, true, true, 577},
        {"protected, in pieces", {{0, 0, 0, 32}, {1, 0, 0, 16416}, {1, 0, 0, 16416}}, false, true,
                true, 32832},
        {"pings that cross", {{0, 0, 0, 64}, {1, 0, 0, 64}, {1, 0, 0, 500}}, false, false, false,
                0},
};

static void check_exchange(const struct exchange *x, const struct heartbeat_facts *all)
{
    const struct heartbeat_facts *f = &all[SIDE_CLIENT];
    if (f->is_overread != x->is_overread || f->is_leak != x->is_leak ||
            f->is_inferred != x->is_inferred || f->answered != x->answered)
        fail_msg("%s: %d %d %d %u", x->name, f->is_overread, f->is_leak, f->is_inferred,
                f->answered);
    assert_false(all[SIDE_SERVER].is_leak);
    if (x->is_leak)
        assert_true(f->answer_at.last_packet > f->asked_at.last_packet);
}

static void test_heartbeats(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof exchanges / sizeof *exchanges; i++)
        for (int is_after = 0; is_after < 2; is_after++) {
            const struct exchange *x = &exchanges[i];
            struct world w;
            struct connection_end e = {.heartbeats = NULL};
            open_tls12(&w, is_after == 1);
            for (size_t k = 0; k < 3 && x->beats[k].len > 0; k++)
                fact(&w, x->beats[k].dir, beat(x->beats[k].type, x->beats[k].claims),
                        x->beats[k].len);
            if (is_after == 1)
                end(&w, &e);
            else
                (void)world_close(&w);
            check_exchange(x, is_after == 1 ? e.heartbeats : w.h->heartbeats);
            world_free(&w);
        }
}

/* Behind a hole it is not known what an answer answers. */
static void test_hole(void **state)
{
    (void)state;
    struct world w;
    struct connection_end e;
    open_tls12(&w, true);
    fact(&w, 0, beat(0, 0), 64);
    fact(&w, 1, (struct fact){.kind = FACT_FRAMING_LOST, .is_hole = true}, 1);
    fact(&w, 1, beat(0, 0), 4000);
    end(&w, &e);
    assert_false(e.heartbeats[SIDE_CLIENT].is_leak);
    assert_int_equal(e.heartbeats[SIDE_CLIENT].n, 1);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nonces),
            cmocka_unit_test(test_halves_and_keys), cmocka_unit_test(test_heartbeats),
            cmocka_unit_test(test_hole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
