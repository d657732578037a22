#ifndef TLSWIRE_STORE_SEGMENTS_H
#define TLSWIRE_STORE_SEGMENTS_H

#include "store/store_internal.h"

/*
 * Reading a database whose handshakes are in segments: the tables handshake and alert become
 * virtual ones of the schema temp, which hides those of the inventory, and go through the inventory
 * and all segments. Nothing of this is there for a database without segments.
 *
 * A reader sees one moment: first what changes, which is the segments that are written, then the
 * inventory that they refer to. Rows are taken out before they are handed over, so that slow output
 * keeps no log from being written out.
 */
struct segments;

/* segments_use looks whether there are segments, and if so makes the virtual tables. */
bool segments_use(struct store *s, struct err *err);
void segments_free(struct segments *r);
/* segments_begin takes the moment, segments_end lets it go. */
bool segments_begin(struct store *s, struct err *err);
void segments_end(struct store *s);
/* segments_limit says, until segments_end, that only handshakes are asked for whose last_us is at
 * least since and whose first_us is below until; TIME_NONE is open. r may be NULL. */
void segments_limit(struct segments *r, int64_t since_us, int64_t until_us);

/* For the virtual tables. Source 0 is the inventory, the others are segments, the oldest first. */
size_t segments_count(const struct segments *r);
/* segments_rows is about how many handshakes there are. */
double segments_rows(const struct segments *r);
/* segments_is_out says whether the limits leave a source out. */
bool segments_is_out(const struct segments *r, size_t source);
/* segments_take gives a prepared statement, reset, until segments_give; a code of SQLite. NULL with
 * SQLITE_OK: the segment was removed meanwhile, or is damaged. */
int segments_take(struct segments *r, size_t source, const char *sql, sqlite3_stmt **st);
/* segments_leave_out: a statement of the source failed with code. When the segment is damaged, it
 * is told (store_next_notice) and gives no more rows; false otherwise. */
bool segments_leave_out(struct segments *r, size_t source, int code);
void segments_give(struct segments *r, size_t source, sqlite3_stmt *st);
/* segments_hint is the source that gave the last handshake. */
size_t segments_hint(const struct segments *r);
void segments_set_hint(struct segments *r, size_t source);
struct segment_alerts *segments_alerts(struct segments *r);
/* segments_error is what made segments_take fail. */
const char *segments_error(const struct segments *r);

/* segment_table.c: makes the virtual tables. */
bool segment_tables_make(struct store *s, struct segments *r, struct err *err);

#endif
