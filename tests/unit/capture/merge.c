/* The order of frames over interfaces whose rings are handed over late. */
#include "capture/merge.h"

#include "tests/unit/test.h"

static void test_next(void **state)
{
    (void)state;
    enum { NOW = 1000 };
    static const struct {
        const char *name;
        struct merge_source sources[3];
        enum merge_result result;
        size_t which;
    } rows[] = {
            {"nothing there", {{false, 0, 0, true}, {false, 0, 0, true}, {false, 0, 0, true}},
                    MERGE_NONE, 0},
            {"the oldest", {{true, 30, 0, false}, {true, 10, 0, false}, {true, 20, 0, false}},
                    MERGE_FRAME, 1},
            {"the first of equals",
                    {{true, 30, 0, false}, {true, 10, 0, false}, {true, 10, 0, false}}, MERGE_FRAME,
                    1},
            {"another may have an older one",
                    {{true, 30, 0, false}, {false, 0, 29, false}, {true, 40, 0, false}}, MERGE_ASK,
                    1},
            {"it has none yet", {{true, 30, 0, false}, {false, 0, 29, true}, {true, 40, 0, false}},
                    MERGE_WAIT, 1},
            {"it can have none", {{true, 30, 0, false}, {false, 0, 30, true}, {true, 40, 0, false}},
                    MERGE_FRAME, 0},
            {"it is gone",
                    {{true, 30, 0, false}, {false, 0, INT64_MAX, true}, {true, 40, 0, false}},
                    MERGE_FRAME, 0},
            {"from the future",
                    {{true, NOW + 1, 0, false}, {false, 0, 29, false}, {false, 0, 29, false}},
                    MERGE_FRAME, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t which = 0;
        enum merge_result result = merge_next(rows[i].sources, 3, NOW, &which);
        if (result != rows[i].result || (result != MERGE_NONE && which != rows[i].which))
            fail_msg("%s: %d, source %zu", rows[i].name, (int)result, which);
    }
}

enum { SOURCES = 3, FRAMES = 2000, HANDOVER = 80 };

/* Frames of one interface: each can be seen some time after its own, at most HANDOVER later. */
struct feed {
    int64_t at[FRAMES], seen[FRAMES];
    size_t next;
};

static uint32_t chance(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % below;
}

static void fill(struct feed *f, uint32_t *seed, uint32_t gap)
{
    int64_t at = 1000, seen = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        at += chance(seed, gap);
        if (chance(seed, 200) == 0)
            at += 300;
        if (at > seen) /* the next block is handed over */
            seen = at + chance(seed, HANDOVER + 1);
        f->at[i] = at;
        f->seen[i] = seen;
    }
    f->next = 0;
}

static void ask(const struct feed *f, struct merge_source *s, int64_t now)
{
    if (f->next < FRAMES && f->seen[f->next] <= now) {
        s->has_head = true;
        s->head_ns = f->at[f->next];
    }
    s->is_asked = !s->has_head;
    s->bound_ns = now - HANDOVER;
}

/* One turn at the time `now`; gives how many frames came out. */
static size_t turn(struct feed *feeds, struct merge_source *sources, int64_t now, int64_t *last)
{
    size_t which = 0, n = 0;
    for (size_t i = 0; i < SOURCES; i++)
        if (!sources[i].has_head)
            ask(&feeds[i], &sources[i], now);
    for (;;) {
        enum merge_result result = merge_next(sources, SOURCES, now, &which);
        if (result == MERGE_WAIT || result == MERGE_NONE)
            return n;
        if (result == MERGE_FRAME) {
            assert_true(sources[which].head_ns >= *last);
            assert_true(now - sources[which].head_ns <= HANDOVER + 1);
            *last = sources[which].head_ns;
            sources[which].has_head = false;
            feeds[which].next++;
            n++;
        }
        ask(&feeds[which], &sources[which], now);
    }
}

static void test_late_rings(void **state)
{
    (void)state;
    static struct feed feeds[SOURCES];
    struct merge_source sources[SOURCES] = {0};
    uint32_t seed = 5;
    int64_t last = 0;
    size_t n = 0;
    for (uint32_t i = 0; i < SOURCES; i++)
        fill(&feeds[i], &seed, 2 + 6 * i);
    for (int64_t now = 1000; n < (size_t)SOURCES * FRAMES && now < 100000; now++)
        n += turn(feeds, sources, now, &last);
    assert_int_equal(n, SOURCES * FRAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_next),
            cmocka_unit_test(test_late_rings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
