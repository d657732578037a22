#ifndef TLSWIRE_STORE_SEGMENT_FILE_H
#define TLSWIRE_STORE_SEGMENT_FILE_H

#include "store/store_internal.h"

/* One segment that is written. */
struct segment_file {
    int64_t id; /* 0: none */
    int64_t from_us;
    int64_t steady_us; /* likewise, by the steady clock of store_clocks; 0 not known */
    char *path;
    sqlite3 *db; /* NULL: not open yet, or no more */
    sqlite3_stmt *statements[ST_COUNT];
    bool is_writing; /* a transaction is open */
    bool is_damaged; /* to be put aside, see segment_damage.h */
    bool is_ours;    /* all its rows are of this run: last_us is the largest, TIME_NONE none */
    int64_t last_us;
};

/* segment_path gives the path of a segment; the caller frees it with xfree. */
char *segment_path(const char *database, const char *file);
/* segment_file_open opens or makes the file with its tables; nothing when it is open. */
bool segment_file_open(struct store *s, struct segment_file *f, struct err *err);
/* segment_file_statement gives a prepared statement, with a transaction begun; NULL with err. */
sqlite3_stmt *segment_file_statement(
        struct store *s, struct segment_file *f, enum statement which, struct err *err);
/* segment_file_step runs a statement that gives no row; *n_changed may be NULL. */
bool segment_file_step(
        struct store *s, struct segment_file *f, sqlite3_stmt *st, int *n_changed, struct err *err);
/* segment_file_saw notes a last_us. */
void segment_file_saw(struct segment_file *f, int64_t last_us);
/* segment_file_commit commits what was begun; it fails as a whole. segment_file_undo forgets it. */
bool segment_file_commit(struct store *s, struct segment_file *f, struct err *err);
void segment_file_undo(struct segment_file *f);
/* segment_file_count counts its rows. */
bool segment_file_count(struct store *s, struct segment_file *f, int64_t *n, struct err *err);
/* segment_file_finish makes it one plain file, closes it and marks its row. */
bool segment_file_finish(struct store *s, struct segment_file *f, struct err *err);
/* segment_file_fini closes it. */
void segment_file_fini(struct segment_file *f);
/* segment_file_failed reports what failed on it, and notes when it is damaged; gives false. */
bool segment_file_failed(
        struct store *s, struct segment_file *f, const char *doing, struct err *err);
/* segment_file_bytes is the size of a segment with its log, 0 when it is not there. */
uint64_t segment_file_bytes(const char *path);
/* segment_file_size is the size that the open one will have once its log is written out; 0 when it
 * cannot be told. */
uint64_t segment_file_size(struct store *s, struct segment_file *f);
/* segment_file_log_bytes is that of its log. */
uint64_t segment_file_log_bytes(const char *path);

#endif
