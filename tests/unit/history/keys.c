/* Who was seen with which key. */
#include "history/keys.h"

#include <string.h>

#include "tests/unit/test.h"

static void two_leaves_of_a_key_are_recalled(void **state)
{
    (void)state;
    struct keys *k = keys_new();
    struct certificate a = {.sha256 = {1}, .spki_sha256 = {9}};
    struct certificate b = {.sha256 = {2}, .spki_sha256 = {9}};
    struct certificate c = {.sha256 = {3}, .spki_sha256 = {9}};
    struct certificate other = {.sha256 = {3}, .spki_sha256 = {8}};
    assert_true(keys_recall(k, &a));
    assert_false(keys_recall(k, &a)); /* that leaves its own names out again */
    assert_true(keys_recall(k, &b));
    assert_false(keys_recall(k, &c));
    assert_true(keys_recall(k, &other));
    keys_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_leaves_of_a_key_are_recalled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
