#ifndef TLSWIRE_STORE_ROW_BUFFER_H
#define TLSWIRE_STORE_ROW_BUFFER_H

#include <stdio.h>

#include "store/store_internal.h"

/* The rows of a result, kept until the query has ended: in memory, and beyond some MiB in a
 * temporary file without a name. */
struct row_buffer {
    struct text head; /* what is not in the file */
    FILE *file;       /* NULL: all in memory */
};

/* row_buffer_put keeps a row; false with err when the file cannot be written. */
bool row_buffer_put(struct row_buffer *b, const struct value *values, size_t n, struct err *err);
/* row_buffer_give hands the rows over, with the names of values, until row is false. */
bool row_buffer_give(struct row_buffer *b, struct value *values, size_t n, query_row_fn *row,
        void *ctx, struct err *err);
void row_buffer_fini(struct row_buffer *b);

#endif
