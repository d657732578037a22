#ifndef TLSWIRE_REPORT_DIFF_H
#define TLSWIRE_REPORT_DIFF_H

#include "report/format.h"

/* One of the two: a database, or a span of time in one. */
struct diff_source {
    struct store *store;
    const char *name;          /* what the user called it */
    struct list_filter filter; /* since, until and service */
};

struct diff_result {
    uint64_t n_rows;   /* lines that differ, or with wants_all all */
    uint64_t n_hidden; /* of these, left out of a table that would not fit a screen */
    bool is_worse;     /* success fell, or there is a new finding of high or above */
};

/*
 * diff_print compares them service by service, and all services together, and prints the lines that
 * differ by more than chance, or with wants_all every line: most important first, a table with at
 * most `limit` (0: all) of them. False with err when reading failed; a failure to write is in out.
 */
bool diff_print(const struct diff_source sources[2], enum format format, bool wants_all,
        int64_t limit, FILE *out, struct diff_result *result, struct err *err);

#endif
