/* What an attempt notes beside its outcome. */
#include <string.h>

#include "tests/unit/attempt/world.h"

/* The alphabet of Zeek's ssl_history (scripts/base/protocols/ssl/main.zeek). */
static void history_letters(void **state)
{
    static const struct {
        uint8_t type;
        char letter;
    } rows[] = {{0, 'h'}, {3, 'v'}, {4, 't'}, {5, 'e'}, {6, 'j'}, {8, 'o'}, {11, 'x'}, {12, 'k'},
            {13, 'r'}, {14, 'n'}, {15, 'y'}, {20, 'f'}, {21, 'w'}, {22, 'u'}, {23, 'a'}, {24, 'p'},
            {25, 'z'}, {254, 'm'}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        world_packet(&w, 1, MS);
        struct fact f = {.kind = FACT_HANDSHAKE_OTHER, .message_type = rows[i].type};
        world_fact(&w, 1, f, 4);
        const struct handshake *h = world_close(&w);
        assert_int_equal(h->history[0], rows[i].letter);
        world_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(history_letters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
