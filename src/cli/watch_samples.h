#ifndef TLSWIRE_CLI_WATCH_SAMPLES_H
#define TLSWIRE_CLI_WATCH_SAMPLES_H

#include "engine/watch.h"
#include "export/sample.h"

enum { WATCH_SAMPLES = 32 };

/* watch_samples names the numbers of a minute for --events and --metrics; gives how many. */
size_t watch_samples(const struct watch_minute *m, struct sample out[WATCH_SAMPLES]);

#endif
