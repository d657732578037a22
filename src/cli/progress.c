#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/now.h"

enum { EVERY_US = 250000, SECOND_US = 1000000 };

void progress_init(struct progress *p, bool is_quiet)
{
    *p = (struct progress){.is_on = !is_quiet && isatty(STDERR_FILENO) == 1};
    p->started_us = now_of(CLOCK_MONOTONIC);
}

void progress_show(struct progress *p, const struct run_progress *r)
{
    int64_t now = now_of(CLOCK_MONOTONIC);
    if (!p->is_on || now - p->last_us < EVERY_US)
        return;
    p->last_us = now;
    double passed = (double)(now - p->started_us) / SECOND_US;
    double done = r->bytes_total > 0 ? (double)r->bytes_done / (double)r->bytes_total : 0;
    (void)fprintf(stderr, "\r\033[K");
    if (done > 0)
        (void)fprintf(stderr, "%3.0f %%  ", done * 100);
    (void)fprintf(stderr, "%.1f MB  %.0f packets/s  %llu handshakes  %llu findings",
            (double)r->bytes_done / 1e6, passed > 0 ? (double)r->packets / passed : 0,
            (unsigned long long)r->handshakes, (unsigned long long)r->findings);
    if (done > 0.01 && done < 1)
        (void)fprintf(stderr, "  %.0f s left", passed / done - passed);
    (void)fflush(stderr);
    p->is_shown = true;
}

void progress_clear(struct progress *p)
{
    if (p->is_shown)
        (void)fprintf(stderr, "\r\033[K");
    p->is_shown = false;
}
