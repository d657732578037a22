#include "base/fisher.h"

#include <math.h>
#include <stdbool.h>

/* Two tables whose probabilities differ by less than this are equally likely. */
#define SAME (1 + 1e-7)

struct margins {
    double n_a, n_b, hits;
};

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* The hypergeometric probability of x hits in group a. */
static double probability(const struct margins *m, double x)
{
    return exp(log_choose(m->n_a, x) + log_choose(m->n_b, m->hits - x) -
               log_choose(m->n_a + m->n_b, m->hits));
}

/* Of x + 1 hits in group a, over that of x. */
static double ratio(const struct margins *m, double x)
{
    return (m->n_a - x) * (m->hits - x) / ((x + 1) * (m->n_b - m->hits + x + 1));
}

static struct margins margins_of(uint64_t hits_a, uint64_t n_a, uint64_t hits_b, uint64_t n_b)
{
    return (struct margins){(double)n_a, (double)n_b, (double)hits_a + (double)hits_b};
}

static double most_of(const struct margins *m)
{
    return m->hits < m->n_a ? m->hits : m->n_a;
}

/* All that are above x hits in group a, x included; it must not be below what is expected. */
static double upper(const struct margins *m, double x)
{
    double p = probability(m, x);
    double sum = p;
    for (double most = most_of(m); x < most && p > sum * 1e-17; x++) {
        p *= ratio(m, x);
        sum += p;
    }
    return sum;
}

/* All that are below x; likewise. */
static double below(const struct margins *m, double x)
{
    double least = m->hits > m->n_b ? m->hits - m->n_b : 0;
    double p = x > least ? probability(m, x - 1) : 0;
    double sum = p;
    for (x -= 1; x > least && p > sum * 1e-17; x--) {
        p /= ratio(m, x - 1);
        sum += p;
    }
    return sum;
}

double fisher_greater(uint64_t hits_a, uint64_t n_a, uint64_t hits_b, uint64_t n_b)
{
    struct margins m = margins_of(hits_a, n_a, hits_b, n_b);
    double x = (double)hits_a;
    bool is_low = x * (m.n_a + m.n_b) <= m.hits * m.n_a;
    double p = is_low ? 1 - below(&m, x) : upper(&m, x);
    if (p < 0)
        return 0;
    return p < 1 ? p : 1;
}

double fisher_two_sided(uint64_t hits_a, uint64_t n_a, uint64_t hits_b, uint64_t n_b)
{
    struct margins m = margins_of(hits_a, n_a, hits_b, n_b);
    uint64_t hits = hits_a + hits_b;
    uint64_t least = hits > n_b ? hits - n_b : 0;
    uint64_t most = hits < n_a ? hits : n_a;
    double limit = probability(&m, (double)hits_a) * SAME;
    double sum = 0;
    for (uint64_t x = least; x <= most; x++) {
        double p = probability(&m, (double)x);
        if (p <= limit)
            sum += p;
    }
    return sum < 1 ? sum : 1;
}
