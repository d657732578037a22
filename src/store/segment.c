/* Segments as a whole: taking up those of the run before, beginning the next. */
#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/life.h"
#include "store/segment_damage.h"
#include "store/segment_list.h"
#include "store/there.h"
#include "store/watch.h"

enum { LOCK_TRIES = 5, LOCK_WAIT_MS = 20 };

/* What another user put there, a link of his too, may be replaced by him at any time. */
static bool is_own(const char *path, int fd)
{
    struct stat link, st;
    if (lstat(path, &link) != 0 || fstat(fd, &st) != 0)
        return false;
    bool is_trusted = (link.st_uid == geteuid() || link.st_uid == 0) &&
                      (st.st_uid == geteuid() || st.st_uid == 0);
    return is_trusted && (st.st_mode & S_IWOTH) == 0;
}

static bool open_directory(struct store *s, const char *path, struct err *err)
{
    bool is_made = mkdir(path, 0777) == 0 || errno == EEXIST;
    s->watch->lock = is_made ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (s->watch->lock < 0)
        err_set(err, "%s: %s: handshakes go there: check the permissions", path, strerror(errno));
    else if (!is_own(path, s->watch->lock))
        err_set(err, "%s: another user may write it, handshakes go there: name another database",
                path);
    else
        return true;
    return false;
}

/* Readers take the lock for a moment: see watcher.c. */
static bool lock(int fd)
{
    const struct timespec moment = {.tv_nsec = LOCK_WAIT_MS * 1000000L};
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        (void)nanosleep(&moment, NULL);
    }
    return false;
}

/* The directory, and that nobody else writes there. */
static bool lock_directory(struct store *s, struct err *err)
{
    struct text path = {0};
    text_addf(&path, "%s.d", s->path);
    bool is_ok = open_directory(s, text_str(&path), err);
    if (is_ok && !lock(s->watch->lock)) {
        err_set(err, "%s: another `tlswire watch` writes it: end that one, or name another file",
                s->path);
        is_ok = false;
    }
    text_fini(&path);
    return is_ok;
}

/* "20261126T162304Z", with a number before it so that names sort like ids. */
static void name_file(struct text *t, int64_t id, int64_t now_us)
{
    struct text time = {0};
    text_add_time(&time, now_us);
    text_addf(t, "%06lld-", (long long)id);
    for (const char *p = text_str(&time); *p != '\0' && *p != '.'; p++)
        if (*p != '-' && *p != ':')
            text_add_bytes(t, p, 1);
    text_add(t, "Z.db");
    text_fini(&time);
}

static bool next_id(struct store *s, int64_t *id, struct err *err)
{
    sqlite3_stmt *st = NULL;
    bool is_ok = sqlite3_prepare_v2(s->db, "SELECT coalesce(max(id), 0) + 1 FROM segment", -1, &st,
                         NULL) == SQLITE_OK &&
                 sqlite3_step(st) == SQLITE_ROW;
    if (is_ok)
        *id = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return is_ok || store_fail(s, err, "listing its segments");
}

bool segment_begin(struct store *s, int64_t now_us, struct err *err)
{
    struct segment_file *f = &s->watch->files[0];
    struct text name = {0};
    int64_t id = 0;
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT, err);
    if (st == NULL || !store_writing(s, err) || !next_id(s, &id, err))
        return false;
    name_file(&name, id, now_us);
    bind_text(st, 1, text_str(&name));
    (void)sqlite3_bind_int64(st, 2, now_us);
    bool is_ok = statement_run(s, st, err);
    if (is_ok)
        *f = (struct segment_file){.id = sqlite3_last_insert_rowid(s->db),
                .from_us = now_us,
                .steady_us = s->watch->steady_us,
                .is_ours = true,
                .last_us = TIME_NONE,
                .path = segment_path(s->path, text_str(&name))};
    text_fini(&name);
    return is_ok;
}

/* What a run before left: its last segment is gone on with, the others are finished. */
static bool take_up(struct store *s, struct err *err)
{
    struct segment_list l = {0};
    bool is_ok = segment_list_read(s, &l, err);
    for (size_t i = 0; i < l.n && is_ok; i++) {
        struct segment_row *e = &l.items[i];
        if (e->state >= SEGMENT_FINISHED)
            continue;
        struct segment_file f = {.id = e->id, .from_us = e->from_us, .path = e->path};
        e->path = NULL;
        if (e->state == SEGMENT_WRITTEN && i + 1 == l.n) {
            s->watch->files[0] = f;
            continue;
        }
        is_ok = segment_file_finish(s, &f, err) || (f.is_damaged && segment_put_aside(s, &f, err));
        segment_file_fini(&f);
    }
    segment_list_fini(&l);
    return is_ok;
}

static bool open_newest(struct store *s, struct err *err)
{
    struct segment_file *f = &s->watch->files[0];
    return segment_file_open(s, f, err) ||
           (f->is_damaged && watch_flush(s, err) && segment_file_open(s, f, err));
}

static bool open_inventory(struct store *s, int64_t now_us, struct err *err)
{
    struct watch *w = s->watch;
    bool is_open = store_open_writer(s, err) && lock_directory(s, err);
    if (is_open)
        (void)sqlite3_busy_timeout(s->db, w->busy_ms);
    there_note(s);
    return is_open &&
           /* Each commit of the inventory is on the disk before the segment that refers to it is
            * written (FULL: one fdatasync each): after a loss of power a segment would else name
            * rows that are gone, and their ids would be given to other values. Segments need none:
            * what they lack at their end is missing, not wrong. */
           store_exec(s,
                   "PRAGMA synchronous=FULL; PRAGMA cache_spill=OFF; "
                   "PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=4194304",
                   "opening it", err) &&
           store_count_open(s, err) && take_up(s, err) &&
           (w->files[0].id != 0 || segment_begin(s, now_us, err)) && watch_flush(s, err) &&
           open_newest(s, err);
}

bool store_open_watch(const char *path, int64_t now_us, struct store **out, struct err *err)
{
    struct store *s = store_new(path);
    s->watch = xcalloc(1, sizeof *s->watch);
    s->watch->lock = -1;
    s->watch->busy_ms = WATCH_BUSY_MS;
    s->watch->now_us = now_us;
    bool is_ok = open_inventory(s, now_us, err);
    if (!is_ok) {
        store_close(s);
        s = NULL;
    }
    *out = s;
    return is_ok;
}

/* Marks the segment as ended. */
static bool end_segment(struct store *s, struct segment_file *f, int64_t now_us, struct err *err)
{
    int64_t n = 0;
    if (!segment_file_open(s, f, err) || !segment_file_count(s, f, &n, err))
        return false;
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT_END, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    const int64_t values[] = {f->id, now_us, n, (int64_t)segment_file_bytes(f->path)};
    for (int i = 0; i < 4; i++)
        (void)sqlite3_bind_int64(st, 1 + i, values[i]);
    return statement_run(s, st, err);
}

/* The changes of the inventory go with those that wait when they cannot be committed. */
bool store_rotate(struct store *s, int64_t now_us, struct err *err)
{
    struct watch *w = s->watch;
    struct segment_file *last = &w->files[WATCH_FILES - 1];
    w->now_us = now_us;
    if (!store_flush(s, err))
        return false;
    if (last->id != 0 && !segment_file_finish(s, last, err) &&
            !(last->is_damaged && segment_put_aside(s, last, err)))
        return false;
    segment_file_fini(last);
    if (!end_segment(s, &w->files[0], now_us, err))
        return false;
    struct segment_file ended = w->files[0];
    w->files[0] = (struct segment_file){0};
    if (!segment_begin(s, now_us, err)) {
        w->files[0] = ended;
        return false;
    }
    dict_forget(s);
    memmove(&w->files[2], &w->files[1], (WATCH_FILES - 2) * sizeof *w->files);
    w->files[1] = ended;
    segment_list_ended(s, ended.id);
    return store_flush(s, err) || w->is_waiting;
}

uint64_t store_segment_bytes(struct store *s)
{
    return segment_file_size(s, &s->watch->files[0]);
}

int64_t store_segment_age_us(const struct store *s, int64_t now_us)
{
    const struct segment_file *f = &s->watch->files[0];
    int64_t age_us = f->steady_us != 0 ? s->watch->steady_us - f->steady_us : now_us - f->from_us;
    return age_us > 0 ? age_us : 0;
}

void store_clocks(struct store *s, int64_t now_us, int64_t steady_us)
{
    struct watch *w = s->watch;
    struct segment_file *f = &w->files[0];
    w->now_us = now_us;
    w->steady_us = steady_us;
    if (w->began_us == 0)
        w->began_us = steady_us;
    if (f->id == 0 || f->steady_us != 0)
        return;
    /* One of an earlier run is as old as the clock says now; from here on nobody can set it. */
    int64_t age_us = now_us - f->from_us;
    f->steady_us = steady_us - (age_us > 0 ? age_us : 0);
}

bool watch_end(struct store *s, struct err *err)
{
    struct segment_file *f = &s->watch->files[0];
    int64_t n = 0;
    bool is_ok = segment_file_count(s, f, &n, err);
    if (!is_ok && f->is_damaged)
        is_ok = segment_mend(s, err);
    sqlite3_stmt *st = is_ok ? statement_of(s, ST_SEGMENT_SO_FAR, err) : NULL;
    if (st == NULL || !store_writing(s, err))
        return false;
    const int64_t values[] = {f->id, n, (int64_t)segment_file_bytes(f->path)};
    for (int i = 0; i < 3; i++)
        (void)sqlite3_bind_int64(st, 1 + i, values[i]);
    return statement_run(s, st, err) && store_flush(s, err);
}
