#ifndef TLSWIRE_STORE_BATCH_H
#define TLSWIRE_STORE_BATCH_H

#include "store/pending.h"
#include "store/segment_file.h"

/* Rows that wait for the next commit of the segments, and what is to be done to rows after that. */

enum { NOTE_VALUES = 25 };

struct note {
    enum statement which;
    int file;     /* -1: not done */
    bool is_done; /* and committed */
    size_t n;
    int64_t values[NOTE_VALUES]; /* the first is the handshake's id */
};

struct batch {
    struct row *rows;
    size_t n_rows, rows_cap;
    struct note *notes;
    size_t n_notes, notes_cap;
};

void batch_add_row(struct batch *b, const struct row *r);
void batch_add_note(struct batch *b, enum statement which, const int64_t *values, size_t n);
/* batch_row and batch_note find what waits for a handshake, or NULL. */
const struct row *batch_row(const struct batch *b, int64_t id);
const struct note *batch_note(const struct batch *b, int64_t id, enum statement which);
/* batch_write commits the batch: rows to the first of the files, notes to the one that has the row
 * (counted in *n_late when none has). What was committed is no longer in it, also when it fails. */
bool batch_write(struct store *s, struct batch *b, struct segment_file *files, int n_files,
        uint64_t *n_late, struct err *err);
void batch_fini(struct batch *b);

#endif
