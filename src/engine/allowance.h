#ifndef TLSWIRE_ENGINE_ALLOWANCE_H
#define TLSWIRE_ENGINE_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

/* A token bucket: so much a second, and what was saved up to `most`. A clock that never goes back
 * tells the time. What is taken may overdraw it. */
struct allowance {
    int64_t a_second, most;
    int64_t left;
    int64_t us; /* up to which tokens were given */
};

/* allowance_new gives a full one. */
struct allowance allowance_new(int64_t a_second, int64_t most, int64_t now_us);
/* allowance_has says whether anything is left. */
bool allowance_has(struct allowance *a, int64_t now_us);
void allowance_take(struct allowance *a, int64_t n);

#endif
