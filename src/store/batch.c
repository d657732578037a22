#include "store/batch.h"

#include <string.h>

#include "base/alloc.h"
#include "store/watch.h"

enum { FIRST_CAP = 256, KEPT_CAP = STORE_BATCH };

static size_t grown(size_t cap)
{
    return cap > 0 ? cap * 2 : FIRST_CAP;
}

void batch_add_row(struct batch *b, const struct row *r)
{
    if (b->n_rows == b->rows_cap) {
        b->rows_cap = grown(b->rows_cap);
        b->rows = xrealloc(b->rows, b->rows_cap, sizeof *b->rows);
    }
    b->rows[b->n_rows++] = *r;
}

void batch_add_note(struct batch *b, enum statement which, const int64_t *values, size_t n)
{
    if (b->n_notes == b->notes_cap) {
        b->notes_cap = grown(b->notes_cap);
        b->notes = xrealloc(b->notes, b->notes_cap, sizeof *b->notes);
    }
    struct note *note = &b->notes[b->n_notes++];
    *note = (struct note){.which = which, .file = -1, .n = n};
    memcpy(note->values, values, n * sizeof *values);
}

const struct row *batch_row(const struct batch *b, int64_t id)
{
    for (size_t i = b->n_rows; i > 0; i--)
        if (b->rows[i - 1].values[COL_ID] == id)
            return &b->rows[i - 1];
    return NULL;
}

const struct note *batch_note(const struct batch *b, int64_t id, enum statement which)
{
    for (size_t i = b->n_notes; i > 0; i--)
        if (b->notes[i - 1].which == which && b->notes[i - 1].values[0] == id)
            return &b->notes[i - 1];
    return NULL;
}

static bool put_row(struct store *s, struct segment_file *f, const struct row *r, struct err *err)
{
    sqlite3_stmt *st = segment_file_statement(s, f, ST_HANDSHAKE_AGAIN, err);
    if (st == NULL)
        return false;
    for (int i = 0; i < COL_COUNT; i++)
        bind_time(st, 1 + i, r->values[i]);
    (void)sqlite3_bind_double(st, 1 + COL_CONFIDENCE, r->confidence);
    segment_file_saw(f, r->values[COL_LAST_US]);
    return segment_file_step(s, f, st, NULL, err);
}

static bool step_note(struct store *s, struct segment_file *f, const struct note *n, int *n_changed,
        struct err *err)
{
    sqlite3_stmt *st = segment_file_statement(s, f, n->which, err);
    if (st == NULL)
        return false;
    for (size_t i = 0; i < n->n; i++)
        bind_time(st, 1 + (int)i, n->values[i]);
    return segment_file_step(s, f, st, n_changed, err);
}

/* Alerts stand in the file of their handshake. */
static bool has_handshake(
        struct store *s, struct segment_file *f, int64_t id, bool *has, struct err *err)
{
    sqlite3_stmt *st = segment_file_statement(s, f, ST_HANDSHAKE_IS, err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, id);
    *has = sqlite3_step(st) == SQLITE_ROW;
    int rc = sqlite3_reset(st);
    return rc == SQLITE_OK || segment_file_failed(s, f, "reading it", err);
}

static bool put_note(
        struct store *s, struct note *n, struct segment_file *files, int n_files, struct err *err)
{
    n->file = -1;
    for (int i = 0; i < n_files && n->file < 0; i++) {
        bool has = true;
        int n_changed = 0;
        if (files[i].db == NULL)
            continue;
        if (n->which == ST_ALERT && !has_handshake(s, &files[i], n->values[0], &has, err))
            return false;
        if (has && !step_note(s, &files[i], n, &n_changed, err))
            return false;
        if (n_changed == 0)
            continue;
        n->file = i;
        if (n->which == ST_CONNECTION_END)
            segment_file_saw(&files[i], n->values[1]);
    }
    return true;
}

static bool put_notes(
        struct store *s, struct batch *b, struct segment_file *files, int n_files, struct err *err)
{
    for (size_t i = 0; i < b->n_notes; i++)
        if (!b->notes[i].is_done && !put_note(s, &b->notes[i], files, n_files, err))
            return false;
    return true;
}

/* An end that is committed in an older file is not written again when the newest one fails: some of
 * its numbers add up. */
static bool commit(
        struct store *s, struct batch *b, struct segment_file *files, int n_files, struct err *err)
{
    for (int k = n_files - 1; k > 0; k--) {
        if (!segment_file_commit(s, &files[k], err))
            return false;
        for (size_t i = 0; i < b->n_notes; i++)
            b->notes[i].is_done |= b->notes[i].file == k;
    }
    return segment_file_commit(s, &files[0], err);
}

static void forget_rows(struct batch *b, size_t n)
{
    b->n_rows -= n;
    if (b->n_rows > 0)
        memmove(b->rows, b->rows + n, b->n_rows * sizeof *b->rows);
}

static void forget_notes(struct batch *b, uint64_t *n_late)
{
    for (size_t i = 0; i < b->n_notes; i++)
        *n_late += b->notes[i].file < 0;
    b->n_notes = 0;
}

/* In steps, so that a disk that has little room takes what it can. */
static bool write_step(
        struct store *s, struct batch *b, struct segment_file *files, int n_files, struct err *err)
{
    size_t n = b->n_rows < STORE_BATCH ? b->n_rows : STORE_BATCH;
    bool is_last = n == b->n_rows;
    for (size_t i = 0; i < n; i++)
        if (!put_row(s, &files[0], &b->rows[i], err))
            return false;
    if (is_last && !put_notes(s, b, files, n_files, err))
        return false;
    if (!commit(s, b, files, n_files, err))
        return false;
    forget_rows(b, n);
    return true;
}

bool batch_write(struct store *s, struct batch *b, struct segment_file *files, int n_files,
        uint64_t *n_late, struct err *err)
{
    bool is_ok = segment_file_open(s, &files[0], err);
    while (is_ok && b->n_rows + b->n_notes > 0) {
        is_ok = write_step(s, b, files, n_files, err);
        if (is_ok && b->n_rows == 0)
            forget_notes(b, n_late);
    }
    for (int i = 0; i < n_files && !is_ok; i++)
        segment_file_undo(&files[i]);
    if (is_ok && b->rows_cap > KEPT_CAP * 2)
        batch_fini(b);
    return is_ok;
}

void batch_fini(struct batch *b)
{
    xfree(b->rows);
    xfree(b->notes);
    *b = (struct batch){0};
}
