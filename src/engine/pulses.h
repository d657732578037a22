#ifndef TLSWIRE_ENGINE_PULSES_H
#define TLSWIRE_ENGINE_PULSES_H

#include <stddef.h>

#include "base/pulse.h"

/*
 * Whether the threads of a live capture get on. A thread hangs that works and shows no beat for so
 * many looks, and all do when none shows one and each waits for another. Looks are counted, not
 * time: when the machine sleeps or the process is stopped, nobody hangs.
 */
enum { PULSES_MOST = 80, PULSES_NAME = 16 };

struct pulses {
    struct watched {
        const struct pulse *pulse;
        char name[PULSES_NAME];
        uint_least64_t beats; /* when looked at last */
        unsigned still;       /* looks since the latest beat */
    } items[PULSES_MOST];
    size_t n;
};

/* pulses_add watches one more; false when there are too many. */
bool pulses_add(struct pulses *p, const struct pulse *pulse, const char *name);
/* pulses_look, called at even intervals, gives who hangs for `most` looks or more, NULL nobody. */
const char *pulses_look(struct pulses *p, unsigned most);

#endif
