#include "store/segment_damage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

enum { DAMAGED_MOST = 100 }; /* in one run: then it is the disk */

static bool rename_end(const char *path, const char *end)
{
    struct text from = {0}, to = {0};
    text_addf(&from, "%s%s", path, end);
    text_addf(&to, "%s.damaged%s", path, end);
    bool is_ok = rename(text_str(&from), text_str(&to)) == 0;
    text_fini(&from);
    text_fini(&to);
    return is_ok;
}

/* What is in the log stays there: it may be the better half. */
static void close_as_it_is(struct segment_file *f)
{
    struct text shm = {0};
    if (f->db != NULL)
        (void)sqlite3_db_config(f->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    text_addf(&shm, "%s-shm", f->path);
    char *path = f->path;
    int64_t id = f->id;
    f->path = NULL;
    segment_file_fini(f);
    *f = (struct segment_file){.id = id, .path = path, .is_damaged = true};
    (void)unlink(text_str(&shm));
    text_fini(&shm);
}

static bool mark(struct store *s, const struct segment_file *f, const char *name, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT_DAMAGED, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, f->id);
    bind_text(st, 2, name);
    (void)sqlite3_bind_int64(st, 3, s->watch->now_us);
    return statement_run(s, st, err);
}

/* The row first: a file that is renamed and not listed would be found by nobody. */
static bool mark_and_rename(
        struct store *s, const struct segment_file *f, struct text *name, struct err *err)
{
    const char *base = strrchr(f->path, '/') + 1;
    text_addf(name, "%s.damaged", base);
    if (!mark(s, f, text_str(name), err))
        return false;
    bool is_renamed = rename_end(f->path, "");
    (void)rename_end(f->path, "-wal");
    if (is_renamed)
        return true;
    text_clear(name);
    text_add(name, base);
    return mark(s, f, base, err);
}

bool segment_put_aside(struct store *s, struct segment_file *f, struct err *err)
{
    struct watch *w = s->watch;
    struct text name = {0};
    close_as_it_is(f);
    bool is_ok = mark_and_rename(s, f, &name, err);
    if (is_ok) {
        store_notice(s,
                "%s: damaged segment, put aside as %s; the capture goes on in another: try "
                "`sqlite3 FILE .recover` for its handshakes, or remove it",
                f->path, text_str(&name));
        w->losses.segments_damaged++;
        if (f == &w->files[0])
            w->orphaned = f->id;
        segment_file_fini(f);
    }
    text_fini(&name);
    return is_ok;
}

bool segment_is_damaged(const struct watch *w)
{
    for (int i = 0; i < WATCH_FILES; i++)
        if (w->files[i].is_damaged)
            return true;
    return false;
}

/* What waits to be written refers to rows that would go with the damaged segment. */
static bool adopt(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    if (w->orphaned != 0 && !dict_move(s, w->orphaned, w->files[0].id, err))
        return false;
    w->orphaned = 0;
    return true;
}

bool segment_mend(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    for (int i = 0; i < WATCH_FILES; i++) {
        if (w->files[i].is_damaged && w->losses.segments_damaged >= DAMAGED_MOST) {
            w->is_waiting = false;
            err_set(err, "%s: segment after segment is damaged: check the disk", s->path);
            return false;
        }
        if (w->files[i].is_damaged && !segment_put_aside(s, &w->files[i], err))
            return false;
    }
    return (w->files[0].id != 0 || segment_begin(s, w->now_us, err)) && adopt(s, err);
}
