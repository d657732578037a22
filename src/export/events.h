#ifndef TLSWIRE_EXPORT_EVENTS_H
#define TLSWIRE_EXPORT_EVENTS_H

#include "base/err.h"
#include "export/sample.h"
#include "model/finding.h"

/*
 * One line of JSON for each thing that happens: findings that open, change or close, and counters
 * each minute. Where Suricata's EVE has a field for something, it has that name here. Used by one
 * thread at a time, but for events_reopen.
 */
struct events;

/* events_open opens where they go, as outlet_open has it; false with err. */
bool events_open(const char *path, struct events **out, struct err *err);
/* events_close closes; NULL is fine. */
void events_close(struct events *e);
/* events_reopen is outlet_reopen; NULL is fine. */
void events_reopen(struct events *e);
/* events_finding writes one line for each event of the finding's life, or one that says it changed.
 * False when it could not be written: the line is lost. */
bool events_finding(struct events *e, const struct finding *f);
/* What EVE calls capture. */
struct events_capture {
    uint64_t kernel_packets, kernel_drops;
};
/* events_stats writes the counters at that time. */
bool events_stats(struct events *e, int64_t at_us, const struct events_capture *capture,
        const struct sample *samples, size_t n);
/* events_lost is how many lines could not be written. */
uint64_t events_lost(const struct events *e);

#endif
