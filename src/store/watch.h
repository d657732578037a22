#ifndef TLSWIRE_STORE_WATCH_H
#define TLSWIRE_STORE_WATCH_H

#include <sys/types.h>

#include "store/batch.h"
#include "store/prune.h"
#include "store/segment.h"
#include "store/segment_file.h"
#include "store/store_internal.h"

/*
 * The writer of a run that does not end. The inventory and the segment are two connections; the
 * inventory is committed first, so that a handshake never refers to what is not there.
 *
 * A commit that fails is rolled back by SQLite, but ids of its rows were given away. So each change
 * of the inventory is kept as text until it is committed, and made again, in the same order and
 * with the same ids, in the transaction that follows. Rows of handshakes are kept in a batch and
 * touch the segment only when it is flushed.
 */

enum {
    WATCH_BUSY_MS = 1500,         /* a lock of another program is waited for: what is captured then
                                     waits before the analyst */
    WATCH_BUSY_AGAIN_MS = 50,     /* likewise when it was waited for in vain */
    WATCH_ROWS = 20000,           /* of handshakes, and likewise of what follows them */
    WATCH_LONG_BYTES = 16 << 20,  /* of changes of a transaction that is committed early */
    WATCH_SOFT_BYTES = 32 << 20,  /* of changes that wait: from here on updates are not kept */
    WATCH_HARD_BYTES = 128 << 20, /* from here on nothing is changed */
};

enum { WATCH_FILES = 2 }; /* that are written: the newest, and those whose connections may end */

/* A change of the inventory that is not committed. */
struct change {
    char *sql;  /* of sqlite3_malloc */
    int64_t id; /* the row that it made, 0 not asked */
};

/* When a segment ended, by a clock that nobody sets. */
struct segment_end {
    int64_t id, steady_us;
};

/* Which file it is. */
struct whereabouts {
    dev_t device;
    ino_t number; /* 0 unknown */
};

struct watch {
    struct whereabouts inventory, directory;
    int lock; /* a descriptor of the directory; -1 */
    int busy_ms;
    int64_t data_version; /* SQLite's, when open findings were counted last */
    struct change *changes;
    size_t n_changes, changes_cap, change_bytes;
    uint64_t n_unkept; /* changes of the open transaction that are not among them */
    bool is_undone;    /* they are to be made again */
    bool is_marked;    /* between store_mark and store_unmark: nothing is committed */
    size_t mark;       /* changes before it, and likewise unkept ones */
    uint64_t mark_unkept;
    bool is_waiting; /* see store_is_waiting */
    bool has_begun;  /* see store_has_begun */
    bool is_space;   /* what is waited for is space */
    bool is_locked; /* by another program, when last tried: not tried again before the next flush */
    unsigned n_skipped;
    struct err why;
    size_t n_since; /* handshakes since the last commit */
    struct store_losses losses;
    struct batch batch;
    struct prune prune;
    struct segment_file files[WATCH_FILES];
    int64_t orphaned; /* the newest segment that was put aside, until dictionary rows that it kept
                         are those of the next; 0 none */
    int64_t now_us;   /* see store_clocks; steady_us is 0 until the first call */
    int64_t steady_us, began_us; /* the latest, the first */
    struct segment_end *ended;   /* by this process, and still there */
    size_t n_ended;
    int64_t *stuck; /* ids of segments that could not be removed, and were told */
    size_t n_stuck;
};

/* watch_fail is store_fail for such a store. */
bool watch_fail(struct store *s, struct err *err, const char *doing);
/* watch_report fills err from what failed on a connection (NULL: it could not be made), and notes
 * whether it may pass; gives false. */
bool watch_report(
        struct store *s, sqlite3 *db, const char *path, const char *doing, struct err *err);
/* watch_may_pass says whether an error of SQLite may pass by itself. */
bool watch_may_pass(int code);
/* watch_keep keeps the change that st has just made. */
void watch_keep(struct store *s, sqlite3_stmt *st);
/* watch_may_write is false with err when too much waits already, or another program writes. */
bool watch_may_write(struct store *s, struct err *err);
/* watch_make_way lets an open transaction go on; one that has grown too long is committed first,
 * and false means that the caller begins another. */
bool watch_make_way(struct store *s, struct err *err);
/* watch_again makes the changes again that a failed commit undid; called after BEGIN. */
bool watch_again(struct store *s, struct err *err);
/* watch_flush is store_flush. */
bool watch_flush(struct store *s, struct err *err);
/* watch_make_room flushes a batch that has grown long; false only for what will not pass. */
bool watch_make_room(struct store *s, struct err *err);
/* watch_end completes the row of the segment at the end of a run. */
bool watch_end(struct store *s, struct err *err);
void watch_free(struct watch *w);
/* segment_begin begins another segment, named after the time. */
bool segment_begin(struct store *s, int64_t now_us, struct err *err);

/* watch_row takes the row of a handshake; watch_note an alert, the end of a connection, or later
 * defects: the n values that the statement binds, the first is the handshake's id. */
void watch_row(struct store *s, const struct row *r);
void watch_note(struct store *s, enum statement which, const int64_t *values, size_t n);
/* watch_is_full says whether another handshake would be lost. */
bool watch_is_full(const struct store *s);
void watch_lose_row(struct store *s);
/* watch_lost_row: a row could not be made; counts it when that is no failure for good, else false.
 */
bool watch_lost_row(struct store *s);
/* watch_defects looks up what is stored with a handshake: ids of labels, TIME_NONE none. */
bool watch_defects(
        struct store *s, int64_t handshake_id, int64_t out[3], bool *is_there, struct err *err);

#endif
