#include "engine/capture_rows.h"

#include <string.h>

#include "store/capture.h"

static uint64_t since(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

void capture_rows_add(
        struct capture_rows *r, int64_t minute_us, const struct capture_counts *since_start)
{
    size_t at = r->n < CAPTURE_ROWS ? r->n++ : CAPTURE_ROWS - 1;
    r->rows[at].minute_us = minute_us;
    struct capture_counts *c = &r->rows[at].counts;
    for (int i = 0; i < CAPTURE_COUNT; i++)
        c->n[i] += since(since_start->n[i], r->before.n[i]);
    c->n[CAPTURE_waiting] = since_start->n[CAPTURE_waiting];
    r->before = *since_start;
}

bool capture_rows_write(struct capture_rows *r, struct store *s, struct err *err)
{
    size_t done = 0;
    while (done < r->n &&
            store_capture_minute(s, r->rows[done].minute_us, &r->rows[done].counts, err))
        done++;
    bool is_ok = done == r->n;
    memmove(r->rows, r->rows + done, (r->n - done) * sizeof *r->rows);
    memset(r->rows + r->n - done, 0, done * sizeof *r->rows);
    r->n -= done;
    return is_ok;
}
