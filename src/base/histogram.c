#include "base/histogram.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"

enum { BELOW = 0, ABOVE = HISTOGRAM_BUCKETS - 1, VERSION = 1, PER_OCTAVE = 8 };

/* 2^(i/8) times 2^31, rounded up: where bucket i of an octave begins. */
static const uint32_t STARTS[PER_OCTAVE] = {0x80000000, 0x8b95c1e4, 0x9837f052, 0xa5fed6aa,
        0xb504f334, 0xc5672a12, 0xd744fccb, 0xeac0c6e8};

void histogram_fini(struct histogram *h)
{
    xfree(h->cells);
    *h = (struct histogram){0};
}

static uint8_t bucket_of(uint64_t us)
{
    if (us == 0)
        return BELOW;
    if (us >> HISTOGRAM_OCTAVES != 0)
        return ABOVE;
    int octave = 0;
    while (us >> (octave + 1) != 0)
        octave++;
    uint32_t scaled = (uint32_t)(us << (31 - octave));
    int i = PER_OCTAVE - 1;
    while (scaled < STARTS[i])
        i--;
    return (uint8_t)(1 + octave * PER_OCTAVE + i);
}

/* The index of the bucket, or of the first one after it. */
static size_t find(const struct histogram *h, uint8_t bucket)
{
    size_t low = 0, high = h->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (h->cells[middle].bucket < bucket)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void count(struct histogram *h, uint8_t bucket, uint64_t n)
{
    size_t at = find(h, bucket);
    if (at < h->n && h->cells[at].bucket == bucket) {
        h->cells[at].count += n;
        return;
    }
    if (h->n == h->cap) {
        h->cap = h->cap > 0 ? h->cap * 2 : 4;
        h->cells = xrealloc(h->cells, h->cap, sizeof *h->cells);
    }
    if (at < h->n)
        memmove(&h->cells[at + 1], &h->cells[at], (h->n - at) * sizeof *h->cells);
    h->cells[at] = (struct histogram_cell){n, bucket};
    h->n++;
}

void histogram_add(struct histogram *h, int64_t us)
{
    if (us >= 0)
        count(h, bucket_of((uint64_t)us), 1);
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
    for (size_t i = 0; i < from->n; i++)
        count(h, from->cells[i].bucket, from->cells[i].count);
}

uint64_t histogram_count(const struct histogram *h)
{
    uint64_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        n += h->cells[i].count;
    return n;
}

/* The middle of a bucket, as a ratio: at most 2^(1/16) from either end. */
static double middle_of(uint8_t bucket)
{
    if (bucket == BELOW)
        return 0;
    if (bucket == ABOVE)
        return exp2(HISTOGRAM_OCTAVES);
    return exp2((bucket - 1 + 0.5) / PER_OCTAVE);
}

static double value_at(const struct histogram *h, uint64_t rank)
{
    uint64_t before = 0;
    for (size_t i = 0; i < h->n; i++) {
        before += h->cells[i].count;
        if (rank < before)
            return middle_of(h->cells[i].bucket);
    }
    return -1;
}

double histogram_quantile(const struct histogram *h, double q)
{
    uint64_t n = histogram_count(h);
    if (n == 0)
        return -1;
    double at = q * (double)(n - 1);
    uint64_t rank = (uint64_t)at;
    double low = value_at(h, rank);
    double part = at - (double)rank;
    return part > 0 && rank + 1 < n ? low + part * (value_at(h, rank + 1) - low) : low;
}

void histogram_write(const struct histogram *h, struct text *out)
{
    char cell[10] = {VERSION};
    text_add_bytes(out, cell, 1);
    for (size_t i = 0; i < h->n; i++) {
        uint8_t len = 1;
        while (len < 8 && h->cells[i].count >> (8 * len) != 0)
            len++;
        cell[0] = (char)h->cells[i].bucket;
        cell[1] = (char)len;
        for (uint8_t k = 0; k < len; k++)
            cell[2 + k] = (char)(h->cells[i].count >> (8 * (len - 1 - k)));
        text_add_bytes(out, cell, (size_t)len + 2);
    }
}

/* One cell; false when it does not belong behind the bucket `after`. */
static bool read_cell(struct cur *c, int after, struct histogram_cell *out)
{
    out->bucket = cur_u8(c);
    uint8_t len = cur_u8(c);
    if (len > 8)
        cur_fail(c);
    out->count = cur_uint(c, len);
    return cur_ok(c) && out->bucket > after && out->bucket < HISTOGRAM_BUCKETS && out->count > 0;
}

bool histogram_read(struct histogram *h, struct bytes stored)
{
    struct histogram_cell cells[HISTOGRAM_BUCKETS];
    size_t n = 0;
    struct cur c = cur_of(stored);
    if (stored.n == 0)
        return true;
    if (cur_u8(&c) != VERSION)
        return false;
    while (cur_more(&c)) {
        if (n == HISTOGRAM_BUCKETS || !read_cell(&c, n > 0 ? cells[n - 1].bucket : -1, &cells[n]))
            return false;
        n++;
    }
    for (size_t i = 0; i < n; i++)
        count(h, cells[i].bucket, cells[i].count);
    return cur_done(&c);
}
