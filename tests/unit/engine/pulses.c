/* Who hangs: threads that the test plays, one after the other. */
#include "engine/pulses.h"

#include <string.h>

#include "tests/unit/test.h"

enum { MOST = 3, THREADS = 3, LOOKS = 8 };

/* What a thread does before each look: b beats, w begins to wait, e ends waiting, o is over, .
 * nothing.
 */
static void act(struct pulse *p, char what)
{
    pulse_use(p);
    if (what == 'b')
        pulse_beat();
    else if (what == 'w' || what == 'e')
        pulse_wait(what == 'w');
    else if (what == 'o')
        pulse_end();
    pulse_use(NULL);
}

static void test_who(void **state)
{
    static const struct {
        const char *acts[THREADS];
        const char *who; /* after each look, by its first letter; - nobody */
    } CASES[] = {
            {{"bbbbbbbb", "bbbbbbbb", "bbbbbbbb"}, "--------"},
            {{"b.......", "bbbbbbbb", "bbbbbbbb"}, "---aaaaa"},
            {{"b...b...", "bbbbbbbb", "bbbbbbbb"}, "---a---a"},
            {{"b..b..b.", "bbbbbbbb", "bbbbbbbb"}, "--------"},
            /* Who waits for a thread that works is not to blame, however long. */
            {{"w.......", "bbbbbbbb", "bbbbbbbb"}, "--------"},
            {{"w.......", "bb......", "w......."}, "----bbbb"},
            {{"w.....e.", "bbbbbbbb", "bbbbbbbb"}, "--------"},
            {{"w...e...", "bbbbbbbb", "bbbbbbbb"}, "-------a"},
            /* All wait. */
            {{"w.......", "bw......", "bbw....."}, "-----EEE"},
            {{"w.......", "bw......", "bbbbbbbb"}, "--------"},
            /* Who has done its work is none of them. */
            {{"o.......", "bbbbbbbb", "bbbbbbbb"}, "--------"},
            {{"o.......", "w.......", "o......."}, "---EEEEE"},
            {{"o.......", "o.......", "o......."}, "--------"},
    };
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        struct pulse pulses[THREADS] = {0};
        struct pulses watched = {0};
        char said[LOOKS + 1] = "";
        for (size_t i = 0; i < THREADS; i++)
            assert_true(pulses_add(&watched, &pulses[i], (const char *[]){"a", "b", "c"}[i]));
        for (size_t look = 0; look < LOOKS; look++) {
            for (size_t i = 0; i < THREADS; i++)
                act(&pulses[i], CASES[k].acts[i][look]);
            const char *who = pulses_look(&watched, MOST);
            said[look] = who == NULL ? '-' : strcmp(who, "each thread") == 0 ? 'E' : who[0];
        }
        if (strcmp(said, CASES[k].who) != 0)
            fail_msg("case %zu: %s, not %s", k, said, CASES[k].who);
    }
    (void)state;
}

static void test_without(void **state)
{
    pulse_beat(); /* of nobody */
    pulse_wait(true);
    pulse_end();
    struct pulses none = {0};
    assert_null(pulses_look(&none, 1));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_who),
            cmocka_unit_test(test_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
