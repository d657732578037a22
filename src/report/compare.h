#ifndef TLSWIRE_REPORT_COMPARE_H
#define TLSWIRE_REPORT_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"

/* Whether two samples differ by more than chance: what `tlswire diff` says of each line. */
enum compared {
    COMPARED_SAME, /* or no more apart than chance puts them */
    COMPARED_FEW,  /* apart, but of fewer than COMPARE_LEAST on a side */
    COMPARED_LOWER,
    COMPARED_HIGHER
};

enum { COMPARE_LEAST = 20 };
/* Of both directions: of a thousand lines that did not change, one says that it did. */
#define COMPARE_SIGNIFICANT 0.001
#define COMPARE_ODDS 1.25 /* a smaller difference is none, however sure */
#define COMPARE_TIMES 1.1 /* likewise of times; histograms are exact to 4.5 % */

struct share {
    uint64_t hits, of;
};

/* compare_shares says how b is to a (exact test). *p is the probability of such a difference by
 * chance, 1 when it was not computed. */
enum compared compare_shares(struct share a, struct share b, double *p);
/* compare_times does so for the q-quantile of two histograms: by how many of each lie above that of
 * both together. */
enum compared compare_times(
        const struct histogram *a, const struct histogram *b, double q, double *p);

#endif
