#ifndef TLSWIRE_HISTORY_CLOCKS_H
#define TLSWIRE_HISTORY_CLOCKS_H

#include "history/history.h"

/*
 * The time that hosts put in front of their randoms (RFC 5246 7.4.1.2 gmt_unix_time), against the
 * capture's clock, per vantage and address; samples at least three seconds apart, and how many
 * hellos agreed with the first. Modern stacks have random bytes there: such a prefix does not go on
 * with time. Beside it, per vantage, what
 * unrelated servers say about the capture's clock. 20,000 values of 96 bytes.
 */
enum {
    HISTORY_CLOCKS = 20000,
    HISTORY_PANEL = 6,      /* servers */
    HISTORY_PANEL_OFF = 60, /* seconds; what was signed less than that ahead says nothing */
};

/* When a clock is known: so many samples (nine at most) that lie closer together than that. */
struct clock_demand {
    size_t least;
    int64_t spread_s;
};

struct clock_skew {
    bool is_known;    /* enough samples, close together, that go on with time */
    int64_t offset_s; /* their median: positive when the host is ahead of the capture */
    bool is_short;    /* known by hellos in quick succession, which a constant could be as well */
    unsigned n;
};

/* history_clock tells about the clock of a side's host, h included. */
struct clock_skew history_clock(struct history *history, int64_t vantage, const struct handshake *h,
        enum side side, const struct clock_demand *demand);

/* Servers with different addresses and owners whose clock is known, or who had something signed in
 * the capture's future (OCSP answers, SCTs; verified). */
struct clock_panel {
    unsigned n_ahead, n_behind; /* by more than is allowed */
    unsigned n_right;
    int64_t offset_s; /* of the one that is off the least, of those on the larger side */
};

/* history_clock_panel counts who is off by more than off_s. */
struct clock_panel history_clock_panel(struct history *history, int64_t vantage, int64_t off_s);

#endif
