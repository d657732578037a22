#ifndef TLSWIRE_CLI_WATCH_SAMPLES_H
#define TLSWIRE_CLI_WATCH_SAMPLES_H

#include "engine/watch.h"
#include "export/sample.h"

enum { WATCH_SAMPLES = 48 };

/* watch_samples names the numbers of a minute, and of the lines of --events that were lost, for
 * --events and --metrics; gives how many. */
size_t watch_samples(
        const struct watch_minute *m, uint64_t events_lost, struct sample out[WATCH_SAMPLES]);

#endif
