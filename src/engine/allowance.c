#include "engine/allowance.h"

#define SECOND_US INT64_C(1000000)

struct allowance allowance_new(int64_t a_second, int64_t most, int64_t now_us)
{
    return (struct allowance){a_second, most, most, now_us};
}

bool allowance_has(struct allowance *a, int64_t now_us)
{
    int64_t missing = a->most - a->left;
    int64_t full_us = missing / a->a_second * SECOND_US + SECOND_US;
    int64_t passed = now_us - a->us;
    if (passed >= full_us) {
        a->left = a->most;
        a->us = now_us;
    } else if (passed > 0) {
        int64_t given = passed * a->a_second / SECOND_US; /* a part of one is given later */
        a->left = given < missing ? a->left + given : a->most;
        a->us += given * SECOND_US / a->a_second;
    }
    return a->left > 0;
}

void allowance_take(struct allowance *a, int64_t n)
{
    a->left -= n;
}
