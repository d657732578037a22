#include "history/spread.h"

static const int64_t EDGES[SPREAD_BUCKETS + 1] = {0, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000,
        6300, 8000, 10000, 12500, 16000, 20000, 25000, 31500, 40000, 50000, 63000, 80000, 100000,
        125000, 160000, 200000, 250000, 315000, 400000, 500000, 630000, 800000, 1000000, 1250000,
        1600000, 2000000, 2500000, 3150000, 4000000, 5000000, 6300000, 8000000, 10000000, 20000000};

static int bucket_of(int64_t us)
{
    int low = 0, high = SPREAD_BUCKETS - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (us >= EDGES[middle])
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

void spread16_add(struct spread16 *s, int64_t us)
{
    if (us < 0)
        return;
    int at = bucket_of(us);
    for (int i = 0; s->n[at] == UINT16_MAX && i < SPREAD_BUCKETS; i++)
        if (i != at)
            s->n[i] /= 2;
    if (s->n[at] == UINT16_MAX)
        s->n[at] /= 2;
    s->n[at]++;
}

void spread_merge(struct spread *to, const struct spread16 *from)
{
    for (int i = 0; i < SPREAD_BUCKETS; i++)
        to->n[i] += from->n[i];
}

uint64_t spread_count(const struct spread *s)
{
    uint64_t n = 0;
    for (int i = 0; i < SPREAD_BUCKETS; i++)
        n += s->n[i];
    return n;
}

uint64_t spread_above(const struct spread *s, int64_t us)
{
    int at = bucket_of(us);
    int64_t width = EDGES[at + 1] - EDGES[at];
    int64_t left = EDGES[at + 1] - us;
    uint64_t n = left > 0 ? s->n[at] * (uint64_t)left / (uint64_t)width : 0;
    for (int i = at + 1; i < SPREAD_BUCKETS; i++)
        n += s->n[i];
    return n;
}

int64_t spread_quantile(const struct spread *s, double q)
{
    double rank = q * (double)spread_count(s);
    double before = 0;
    int last = -1;
    for (int i = 0; i < SPREAD_BUCKETS; i++) {
        double n = (double)s->n[i];
        if (s->n[i] == 0)
            continue;
        last = i;
        if (before + n >= rank) {
            double part = (rank - before) / n;
            return EDGES[i] + (int64_t)(part * (double)(EDGES[i + 1] - EDGES[i]));
        }
        before += n;
    }
    return last < 0 ? -1 : EDGES[last + 1];
}
