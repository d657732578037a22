#ifndef TLSWIRE_TESTS_UNIT_TEST_H
#define TLSWIRE_TESTS_UNIT_TEST_H

/* cmocka needs these before its own header, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/bytes.h"
#include "base/cursor.h"

/*
 * check_prefixes: every cut of a valid message must fail to parse. parse gets a cursor over the
 * first k bytes of msg for every k < n; it must answer false each time, and true for all of it.
 */
static inline void check_prefixes(bool (*parse)(struct cur msg), const uint8_t *msg, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (parse(cur_make(msg, k)))
            fail_msg("a cut of %zu of %zu bytes was accepted", k, n);
    assert_true(parse(cur_make(msg, n)));
}

#endif
