#ifndef TLSWIRE_EXPORT_SAMPLE_H
#define TLSWIRE_EXPORT_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One number that is watched. Samples of one name stand together and have the same label. */
struct sample {
    const char *name;  /* as Prometheus wants it, without a prefix: "packets_analysed_total" */
    const char *help;  /* one line */
    bool is_gauge;     /* else it only grows */
    const char *label; /* NULL none; values are few and known */
    const char *value; /* of the label */
    double number;
};

#endif
