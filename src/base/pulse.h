#ifndef TLSWIRE_BASE_PULSE_H
#define TLSWIRE_BASE_PULSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * How a thread shows that it gets on, for somebody who watches it. Long work calls pulse_beat now
 * and then, wherever it is: at least every few seconds, and not for each packet. Waiting for
 * another thread is told apart (rings do it), since that is not the fault of who waits.
 */
enum pulse_state { PULSE_WORKS, PULSE_WAITS, PULSE_OVER };

struct pulse {
    atomic_uint_least64_t beats;
    atomic_int state;
};

/* pulse_use makes p, which outlives the thread, the pulse of the calling thread. Without one the
 * others do nothing. */
void pulse_use(struct pulse *p);
void pulse_beat(void);
/* pulse_wait is called before and, with false, after the thread waits for another one. */
void pulse_wait(bool is_waiting);
/* pulse_end says that the thread has done its work; pulse_is_over asks it, in any thread. */
void pulse_end(void);
bool pulse_is_over(const struct pulse *p);

#endif
