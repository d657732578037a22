#ifndef TLSWIRE_ENGINE_SIGNALS_H
#define TLSWIRE_ENGINE_SIGNALS_H

#include <stdint.h>

/* Signals of a live capture: SIGINT, SIGTERM, SIGHUP, SIGUSR1. */

/* signals_open blocks them, for this thread and those that it makes, and gives a descriptor that
 * tells them. */
int signals_open(void);
/* signals_wait waits until the time (CLOCK_MONOTONIC), or for a signal, which it gives; else 0. */
int signals_wait(int fd, int64_t until_us);
/* signals_at_once: from now on SIGINT and SIGTERM end the program, but for the first n_spared of
 * them. */
void signals_at_once(int n_spared);

#endif
