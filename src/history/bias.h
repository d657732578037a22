#ifndef TLSWIRE_HISTORY_BIAS_H
#define TLSWIRE_HISTORY_BIAS_H

#include "history/history.h"

/*
 * How often each byte and bit was seen in the randoms of a host, per vantage. Of each random the 20
 * bytes between the place of the time (RFC 5246 7.4.1.2) and that of the downgrade sentinel (RFC
 * 8446 4.1.3). 4,096 hosts of 528 bytes.
 */
enum { HISTORY_BIAS_HOSTS = 4096, HISTORY_BIAS_BYTES = 20 };

struct random_bias {
    bool is_due;             /* enough were seen, and their number is a power of two: looking at
                                every one would find something by chance in the end */
    uint64_t n;              /* randoms */
    uint64_t n_bits, n_ones; /* in them */
    uint64_t chi_square;     /* of the bytes, 255 degrees of freedom, rounded down */
    bool is_bits_biased;     /* n_ones is so far from half of n_bits by chance with p < 1e-9 */
    bool is_bytes_biased;    /* likewise chi_square */
};

/* history_bias counts what was learned about a side's host together with h; `least` randoms are
 * enough. */
struct random_bias history_bias(struct history *history, int64_t vantage, const struct handshake *h,
        enum side side, uint64_t least);

#endif
