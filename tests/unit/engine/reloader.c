/* Reloads that take as long as the test wants. */
#include "engine/reloader.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "engine/notice.h"
#include "tests/unit/test.h"

enum { SHORT_US = 50000, LONG_US = 10000000 };

static struct {
    sem_t may_go, has_begun;
    atomic_int n_read;
    bool is_good;
    char told[64]; /* what the others were told, in order: a letter each */
    size_t n_freed;
} now;

static void tell(char what)
{
    size_t n = strlen(now.told);
    assert_true(n + 1 < sizeof now.told);
    now.told[n] = what;
}

/* Stand in for those of the analyst. What was read is a number in the place of a pointer. */
void analyst_tell(struct analyst *a, struct control *c)
{
    assert_null(a);
    assert_int_equal(c->kind, CONTROL_MEANS);
    tell((char)('0' + (char)(uintptr_t)c->means.policy));
    xfree(c);
}

void analyst_means_free(struct watch_means *m)
{
    now.n_freed += m->policy != NULL;
}

void run_notice(const struct run_options *o, const char *format, ...)
{
    (void)o;
    (void)format;
}

static bool reload(void *ctx, struct watch_means *out)
{
    (void)ctx;
    (void)sem_post(&now.has_begun);
    (void)sem_wait(&now.may_go);
    union {
        uintptr_t n;
        struct policy *p;
    } as = {(uintptr_t)++now.n_read};
    out->policy = as.p;
    return now.is_good;
}

static void reloading(void *ctx, bool is_over)
{
    (void)ctx;
    tell(is_over ? ')' : '(');
}

static const struct watch_options OPTIONS = {.reload = reload, .reloading = reloading};

static struct reloader *begin(bool is_good)
{
    memset(now.told, 0, sizeof now.told);
    now.n_read = 0;
    now.n_freed = 0;
    now.is_good = is_good;
    (void)sem_init(&now.may_go, 0, 0);
    (void)sem_init(&now.has_begun, 0, 0);
    return reloader_start(&OPTIONS);
}

/* Looks until that was told. */
static void expect(struct reloader *r, const char *told)
{
    const struct timespec step = {.tv_nsec = 1000000};
    for (int i = 0; i < 5000 && strcmp(now.told, told) != 0; i++) {
        reloader_look(r, NULL);
        (void)nanosleep(&step, NULL);
    }
    assert_string_equal(now.told, told);
}

static void test_once_more(void **state)
{
    struct reloader *r = begin(true);
    reloader_look(r, NULL);
    reloader_ask(r);
    (void)sem_wait(&now.has_begun);
    for (int i = 0; i < 3; i++)
        reloader_ask(r); /* one more will do */
    reloader_look(r, NULL);
    assert_string_equal(now.told, "(");
    (void)sem_post(&now.may_go);
    expect(r, "(1");
    (void)sem_post(&now.may_go);
    expect(r, "(12)");
    reloader_look(r, NULL);
    reloader_ask(r);
    (void)sem_post(&now.may_go);
    expect(r, "(12)(3)");
    assert_true(reloader_stop(r, LONG_US));
    assert_int_equal(now.n_read, 3);
    assert_int_equal(now.n_freed, 0);
    (void)state;
}

static void test_old_stays(void **state)
{
    struct reloader *r = begin(false);
    reloader_ask(r);
    (void)sem_post(&now.may_go);
    expect(r, "()");
    assert_true(reloader_stop(r, LONG_US));
    (void)state;
}

static void test_end(void **state)
{
    struct reloader *r = begin(true);
    reloader_ask(r);
    (void)sem_wait(&now.has_begun);
    reloader_ask(r);
    assert_false(reloader_stop(r, SHORT_US));
    (void)sem_post(&now.may_go);
    assert_true(reloader_stop(r, LONG_US));
    assert_int_equal(now.n_read, 1);
    assert_int_equal(now.n_freed, 1); /* nobody took it */
    assert_true(reloader_stop(begin(true), LONG_US));
    assert_true(reloader_stop(NULL, 0));
    reloader_ask(NULL);
    reloader_look(NULL, NULL);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_once_more),
            cmocka_unit_test(test_old_stays),
            cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
