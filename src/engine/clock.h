#ifndef TLSWIRE_ENGINE_CLOCK_H
#define TLSWIRE_ENGINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The packet clock of one vantage: it starts at the first packet's time, never runs backwards, and
 * moves by the time that passed between packets. Captures merged out of order or from hosts whose
 * clocks differ jump; a jump is not time that passed.
 */
struct packet_clock {
    bool is_started;
    int64_t now_us;
    int64_t last_us;    /* packet time at which now_us stands */
    int64_t highest_us; /* latest packet time seen */
    uint64_t n_jumps;
};

enum { CLOCK_REORDER_US = 1000000, CLOCK_JUMP_US = 60 * 1000000 };
#define CLOCK_PAUSE_US (3600 * (int64_t)1000000)

/* clock_step takes the time of the next packet and gives the clock. */
int64_t clock_step(struct packet_clock *c, int64_t ts_us);
/* clock_is_set_back says whether ts_us, the time of the next packet, is before that of the latest
 * by more than packets are out of order. */
bool clock_is_set_back(const struct packet_clock *c, int64_t ts_us);
/* clock_has_paused says whether nothing was captured for so long before ts_us, the time of the next
 * packet, that the capture was stopped in between, or was put together from several. */
bool clock_has_paused(const struct packet_clock *c, int64_t ts_us);

#endif
