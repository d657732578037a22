#ifndef TLSWIRE_BASE_FISHER_H
#define TLSWIRE_BASE_FISHER_H

#include <stdint.h>

/*
 * Fisher's exact test of two groups: hits_a of n_a against hits_b of n_b (hits are at most n). The
 * p-values are exact but for rounding, whatever the sizes.
 */

/* fisher_greater gives the probability that chance alone puts at least hits_a of all hits into
 * group a. */
double fisher_greater(uint64_t hits_a, uint64_t n_a, uint64_t hits_b, uint64_t n_b);
/* fisher_two_sided gives the probability of all tables that are as unlikely or more so. */
double fisher_two_sided(uint64_t hits_a, uint64_t n_a, uint64_t hits_b, uint64_t n_b);

#endif
