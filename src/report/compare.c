#include "report/compare.h"

#include "base/fisher.h"

static double both_sided(struct share a, struct share b)
{
    double more = fisher_greater(a.hits, a.of, b.hits, b.of);
    double less = fisher_greater(b.hits, b.of, a.hits, a.of);
    double p = 2 * (more < less ? more : less);
    return p < 1 ? p : 1;
}

/* a.hits / a.of < b.hits / b.of */
static bool is_below(struct share a, struct share b)
{
    return (double)a.hits * (double)b.of < (double)b.hits * (double)a.of;
}

/* Whether the odds of b are COMPARE_ODDS those of a, which are lower. */
static bool is_apart(struct share a, struct share b)
{
    double odds_a = (double)a.hits * (double)(b.of - b.hits);
    double odds_b = (double)b.hits * (double)(a.of - a.hits);
    return odds_b >= COMPARE_ODDS * odds_a && odds_b > 0;
}

enum compared compare_shares(struct share a, struct share b, double *p)
{
    bool rises = is_below(a, b);
    *p = 1;
    if (!rises && !is_below(b, a))
        return COMPARED_SAME;
    if (a.of < COMPARE_LEAST || b.of < COMPARE_LEAST)
        return COMPARED_FEW;
    *p = both_sided(a, b);
    if (*p >= COMPARE_SIGNIFICANT || !(rises ? is_apart(a, b) : is_apart(b, a)))
        return COMPARED_SAME;
    return rises ? COMPARED_HIGHER : COMPARED_LOWER;
}

static struct share above(const struct histogram *h, uint8_t bucket)
{
    struct share s = {0, histogram_count(h)};
    for (size_t i = 0; i < h->n; i++)
        if (h->cells[i].bucket > bucket)
            s.hits += h->cells[i].count;
    return s;
}

/* The bucket of the q-quantile; all beyond it are above. */
static uint8_t bucket_of(const struct histogram *h, double q)
{
    double left = q * (double)histogram_count(h);
    for (size_t i = 0; i < h->n; i++) {
        left -= (double)h->cells[i].count;
        if (left <= 0)
            return h->cells[i].bucket;
    }
    return HISTOGRAM_BUCKETS - 1;
}

/* The bucket that parts the two best: that of both together, or the higher of their own when all
 * of one lie in it. */
static double part(const struct histogram *a, const struct histogram *b, double q)
{
    struct histogram all = {0};
    histogram_merge(&all, a);
    histogram_merge(&all, b);
    uint8_t bucket = bucket_of(&all, q);
    uint8_t low = bucket_of(a, q), high = bucket_of(b, q);
    histogram_fini(&all);
    double p = both_sided(above(a, bucket), above(b, bucket));
    uint8_t lower = low < high ? low : high;
    double other = both_sided(above(a, lower), above(b, lower));
    return other < p ? other : p;
}

enum compared compare_times(
        const struct histogram *a, const struct histogram *b, double q, double *p)
{
    double us_a = histogram_quantile(a, q), us_b = histogram_quantile(b, q);
    *p = 1;
    if (us_a < 0 || us_b < 0)
        return us_a < 0 && us_b < 0 ? COMPARED_SAME : COMPARED_FEW;
    if (us_b < us_a * COMPARE_TIMES && us_a < us_b * COMPARE_TIMES)
        return COMPARED_SAME;
    if (histogram_count(a) < COMPARE_LEAST || histogram_count(b) < COMPARE_LEAST)
        return COMPARED_FEW;
    *p = part(a, b, q);
    if (*p >= COMPARE_SIGNIFICANT)
        return COMPARED_SAME;
    return us_b > us_a ? COMPARED_HIGHER : COMPARED_LOWER;
}
