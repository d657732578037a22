#ifndef TLSWIRE_BASE_HISTOGRAM_H
#define TLSWIRE_BASE_HISTOGRAM_H

#include "base/text.h"

/*
 * Durations in microseconds, counted in buckets of which each is 2^(1/8) times as wide as the one
 * before: 8 per octave from 1 us to 2^27 us (134 s), one below and one above. Two histograms always
 * have the same buckets, so they add up. A quantile is off by at most 4.5 % (half a bucket). Only
 * buckets that hold something take memory; {0} is an empty histogram.
 */
struct histogram {
    struct histogram_cell *cells; /* sorted by bucket */
    size_t n, cap;
};

struct histogram_cell {
    uint64_t count;
    uint8_t bucket;
};

enum { HISTOGRAM_OCTAVES = 27, HISTOGRAM_BUCKETS = HISTOGRAM_OCTAVES * 8 + 2 };

void histogram_fini(struct histogram *h);
/* histogram_add counts one duration; a negative one is none. */
void histogram_add(struct histogram *h, int64_t us);
/* histogram_merge adds what is in `from`. */
void histogram_merge(struct histogram *h, const struct histogram *from);
/* histogram_count gives how many durations were counted. */
uint64_t histogram_count(const struct histogram *h);
/*
 * histogram_quantile gives the q-quantile (0 to 1) in microseconds, between the two nearest ranks
 * in proportion; -1 when the histogram is empty. What is above the last bucket counts as 2^27 us.
 */
double histogram_quantile(const struct histogram *h, double q);
/* histogram_write appends the stored form: a version byte, then bucket, length and big-endian
 * count of each bucket that holds something, in order. Equal histograms have equal bytes. */
void histogram_write(const struct histogram *h, struct text *out);
/* histogram_read adds a stored histogram to h; false when it is none, h is then as it was. No
 * bytes are an empty one. */
bool histogram_read(struct histogram *h, struct bytes stored);

#endif
