#ifndef TLSWIRE_ENGINE_CAPTURE_ROWS_H
#define TLSWIRE_ENGINE_CAPTURE_ROWS_H

#include "model/losses.h"
#include "store/store.h"

/* What the capture took in and lost, minute by minute: rows that wait for the database. */
enum { CAPTURE_ROWS = 60 };

struct capture_rows {
    struct capture_counts before; /* up to the end of the latest row */
    struct {
        int64_t minute_us;
        struct capture_counts counts;
    } rows[CAPTURE_ROWS];
    size_t n;
};

/* capture_rows_add ends the minute that began at minute_us with the counts since the start. When
 * too many wait, the latest of them grows instead. */
void capture_rows_add(
        struct capture_rows *r, int64_t minute_us, const struct capture_counts *since_start);
/* capture_rows_write writes what waits. False with err when the store failed: the rest is kept. */
bool capture_rows_write(struct capture_rows *r, struct store *s, struct err *err);

#endif
