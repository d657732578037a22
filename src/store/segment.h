#ifndef TLSWIRE_STORE_SEGMENT_H
#define TLSWIRE_STORE_SEGMENT_H

#include "store/store.h"

/*
 * A store for a run that does not end: X.db holds the inventory, the rows of handshakes and alerts
 * go to segments, files in the directory X.db.d that are listed in the table segment. One process
 * at a time writes. Query commands see the handshakes of X.db and of all its segments.
 *
 * A disk that is full ends nothing: store_flush is false, store_is_waiting is true, what was not
 * committed is kept in memory up to a bound and goes with the next store_flush that works; what is
 * beyond the bound is counted by store_losses. While it waits, store_handshake and
 * store_connection_end stay true; the others work on too, as long as no more than 128 MiB wait and
 * no other program locks the inventory: then they are false, and store_is_waiting tells why.
 */

/* store_open_watch opens or makes the inventory for writing, and goes on with the segment that the
 * last run left open, or begins one. now_us is the time that a new segment is named after. */
bool store_open_watch(const char *path, int64_t now_us, struct store **out, struct err *err);

/* store_has_begun: from now on the caller goes on after a failure that may pass, and errors say so;
 * before they say what to do before the next start. */
void store_has_begun(struct store *s);

/* store_is_there says whether what is written can still be found: false, with err, and for good,
 * when the inventory, the directory of segments or the segment that is written was removed or
 * replaced. */
bool store_is_there(struct store *s, struct err *err);

/* store_is_waiting: the last failure may pass by itself (disk full, quota, locked, an error of the
 * disk): go on and call store_flush again. Otherwise a failure is for good. */
bool store_is_waiting(const struct store *s);

/* store_wait_for_locks: from now on the store waits so long until another program gives a lock
 * back. */
void store_wait_for_locks(struct store *s, int ms);

/* What was given up so far; each only grows. */
struct store_losses {
    uint64_t rows;    /* of handshakes and alerts, beyond 20,000 while nothing could be written, and
                         all while another program locked the inventory */
    uint64_t updates; /* counts, lives and the like of the inventory, beyond 32 MiB likewise */
    uint64_t late_ends; /* ends of connections whose handshake is in a segment that was finished */
    uint64_t segments_damaged, segments_not_removed; /* files, which are still there */
};
void store_losses(const struct store *s, struct store_losses *out);
/* store_lose_update: something could not be written and does not come again. Counts it while the
 * store waits; false when the failure is for good. */
bool store_lose_update(struct store *s);
/* store_lose_row is the same for the row of a handshake. */
bool store_lose_row(struct store *s);

/* store_is_free says whether what is stored now could be written, as far as other programs are
 * concerned: false with err when one holds the lock. It is then this one's, until the next flush.
 */
bool store_is_free(struct store *s, struct err *err);

/* store_rotate commits, ends the segment and begins the next. The one before stays writable until
 * the next rotation, for ends of its connections; then it becomes a plain file without a log. */
bool store_rotate(struct store *s, int64_t now_us, struct err *err);
/* store_segment_bytes is the size of the segment that is written, once its log is written out. */
uint64_t store_segment_bytes(struct store *s);
/* store_clocks tells the time, and that of a clock that nobody sets (CLOCK_BOOTTIME). From the
 * first call on, ages of what this process began and ended are told by the latter. */
void store_clocks(struct store *s, int64_t now_us, int64_t steady_us);
/* store_segment_age_us is how long ago it was begun. */
int64_t store_segment_age_us(const struct store *s, int64_t now_us);

/* How much to keep; 0 is no limit. The segment that is written is never removed. */
struct store_keep {
    uint64_t segments; /* files */
    uint64_t bytes;    /* of all segments */
    int64_t age_us;    /* since it was ended */
    int64_t now_us;    /* what age is measured by */
    bool is_unsure;    /* now_us is of a clock that was set lately: nothing goes by its age */
};
/*
 * store_retain removes the oldest segments until the rest fits, and gives how many. By age no more
 * than two go in one call, and those that this process did not end only when it is an hour old: a
 * clock that is wrong shall not cost everything. What cannot be removed is told by
 * store_next_notice and left out of the sums, and the next ones are looked at.
 */
bool store_retain(
        struct store *s, const struct store_keep *keep, uint64_t *removed, struct err *err);
/* store_prune removes from the inventory what only removed segments referred to, and what was
 * counted by minute, hour and server before before_us (TIME_NONE: nothing of that); of both one
 * slice, which takes some ms, and nothing while changes wait to be committed. store_is_pruned says
 * whether the last one reached the end. */
bool store_prune(struct store *s, int64_t before_us, struct err *err);
bool store_is_pruned(const struct store *s);

#endif
