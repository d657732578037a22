/* Segments as a whole: which there are, beginning the next, removing old ones. */
#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/watch.h"

/* A row of the table segment. */
struct listed {
    int64_t id, from_us, to_us, state;
    char *path;
    uint64_t bytes;
};

struct listing {
    struct listed *items; /* oldest first */
    size_t n;
};

static void listing_fini(struct listing *l)
{
    for (size_t i = 0; i < l->n; i++)
        xfree(l->items[i].path);
    xfree(l->items);
}

static bool list_segments(struct store *s, struct listing *l, struct err *err)
{
    static const char SQL[] = "SELECT id, from_us, coalesce(to_us, from_us), state, file "
                              "FROM segment ORDER BY id";
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, SQL, -1, &st, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(st);
        if (rc != SQLITE_ROW)
            break;
        l->items = xrealloc(l->items, l->n + 1, sizeof *l->items);
        l->items[l->n++] = (struct listed){.id = sqlite3_column_int64(st, 0),
                .from_us = sqlite3_column_int64(st, 1),
                .to_us = sqlite3_column_int64(st, 2),
                .state = sqlite3_column_int64(st, 3),
                .path = segment_path(s->path, (const char *)sqlite3_column_text(st, 4))};
    }
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "listing its segments");
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE;
}

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

/* The directory, and that nobody else writes there. */
static bool lock_directory(struct store *s, struct err *err)
{
    struct text path = {0};
    text_addf(&path, "%s.d", s->path);
    bool is_ok = open_directory(s, text_str(&path), err);
    if (is_ok && flock(s->watch->lock, LOCK_EX | LOCK_NB) != 0) {
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

static bool begin_segment(struct store *s, int64_t now_us, struct err *err)
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
                .is_ours = true,
                .last_us = TIME_NONE,
                .path = segment_path(s->path, text_str(&name))};
    text_fini(&name);
    return is_ok;
}

/* What a run before left: its last segment is gone on with, the others are finished. */
static bool take_up(struct store *s, struct err *err)
{
    struct listing l = {0};
    bool is_ok = list_segments(s, &l, err);
    for (size_t i = 0; i < l.n && is_ok; i++) {
        struct listed *e = &l.items[i];
        if (e->state == 2)
            continue;
        struct segment_file f = {.id = e->id, .from_us = e->from_us, .path = e->path};
        e->path = NULL;
        if (e->state == 0 && i + 1 == l.n) {
            s->watch->files[0] = f;
            continue;
        }
        is_ok = segment_file_finish(s, &f, err);
        segment_file_fini(&f);
    }
    listing_fini(&l);
    return is_ok;
}

static bool open_inventory(struct store *s, int64_t now_us, struct err *err)
{
    struct watch *w = s->watch;
    bool is_open = store_open_writer(s, err) && lock_directory(s, err);
    if (is_open)
        (void)sqlite3_busy_timeout(s->db, w->busy_ms);
    return is_open &&
           store_exec(s,
                   "PRAGMA cache_spill=OFF; PRAGMA wal_autocheckpoint=1000; "
                   "PRAGMA journal_size_limit=4194304",
                   "opening it", err) &&
           take_up(s, err) && (w->files[0].id != 0 || begin_segment(s, now_us, err)) &&
           watch_flush(s, err) && segment_file_open(s, &w->files[0], err);
}

bool store_open_watch(const char *path, int64_t now_us, struct store **out, struct err *err)
{
    struct store *s = store_new(path);
    s->watch = xcalloc(1, sizeof *s->watch);
    s->watch->lock = -1;
    s->watch->busy_ms = WATCH_BUSY_MS;
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
    if (!store_flush(s, err))
        return false;
    if (last->id != 0 && !segment_file_finish(s, last, err))
        return false;
    segment_file_fini(last);
    if (!end_segment(s, &w->files[0], now_us, err))
        return false;
    struct segment_file ended = w->files[0];
    w->files[0] = (struct segment_file){0};
    if (!begin_segment(s, now_us, err)) {
        w->files[0] = ended;
        return false;
    }
    memmove(&w->files[2], &w->files[1], (WATCH_FILES - 2) * sizeof *w->files);
    w->files[1] = ended;
    return store_flush(s, err) || w->is_waiting;
}

uint64_t store_segment_bytes(const struct store *s)
{
    return segment_file_bytes(s->watch->files[0].path);
}

int64_t store_segment_from_us(const struct store *s)
{
    return s->watch->files[0].from_us;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}

static bool remove_one(struct store *s, const struct listed *e, struct err *err)
{
    static const char *const ENDS[] = {"-wal", "-shm", ""};
    for (int i = 0; i < WATCH_FILES; i++)
        if (s->watch->files[i].id == e->id)
            segment_file_fini(&s->watch->files[i]);
    for (int i = 0; i < 3; i++) {
        struct text path = {0};
        text_addf(&path, "%s%s", e->path, ENDS[i]);
        bool is_gone = unlink(text_str(&path)) == 0 || errno == ENOENT;
        if (!is_gone)
            err_set(err, "%s: cannot be removed: %s: check the permissions of its directory",
                    text_str(&path), strerror(errno));
        text_fini(&path);
        if (!is_gone)
            return false;
    }
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT_GONE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, e->id);
    return statement_run(s, st, err);
}

static bool is_too_much(
        const struct store_keep *k, const struct listed *e, uint64_t n, uint64_t bytes)
{
    return (k->segments != 0 && n > k->segments) || (k->bytes != 0 && bytes > k->bytes) ||
           (k->age_us != 0 && e->to_us < k->now_us - k->age_us);
}

bool store_retain(
        struct store *s, const struct store_keep *keep, uint64_t *removed, struct err *err)
{
    struct listing l = {0};
    uint64_t bytes = 0;
    *removed = 0;
    bool is_ok = list_segments(s, &l, err);
    for (size_t i = 0; i < l.n; i++)
        bytes += l.items[i].bytes = segment_file_bytes(l.items[i].path);
    for (size_t i = 0; i + 1 < l.n && is_ok; i++) {
        const struct listed *e = &l.items[i];
        if (is_there(e->path) && !is_too_much(keep, e, l.n - i, bytes))
            break;
        is_ok = remove_one(s, e, err);
        bytes -= e->bytes;
        *removed += is_ok;
    }
    listing_fini(&l);
    return is_ok;
}

bool watch_end(struct store *s, struct err *err)
{
    struct segment_file *f = &s->watch->files[0];
    int64_t n = 0;
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT_SO_FAR, err);
    if (st == NULL || !segment_file_count(s, f, &n, err) || !store_writing(s, err))
        return false;
    const int64_t values[] = {f->id, n, (int64_t)segment_file_bytes(f->path)};
    for (int i = 0; i < 3; i++)
        (void)sqlite3_bind_int64(st, 1 + i, values[i]);
    return statement_run(s, st, err) && store_flush(s, err);
}
