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

bool segment_put_aside(struct store *s, struct segment_file *f, struct err *err)
{
    struct watch *w = s->watch;
    struct text name = {0};
    close_as_it_is(f);
    const char *base = strrchr(f->path, '/') + 1;
    bool is_renamed = rename_end(f->path, "");
    (void)rename_end(f->path, "-wal");
    text_addf(&name, "%s%s", base, is_renamed ? ".damaged" : "");
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT_DAMAGED, err);
    bool is_ok = st != NULL && store_writing(s, err);
    if (is_ok) {
        (void)sqlite3_bind_int64(st, 1, f->id);
        bind_text(st, 2, text_str(&name));
        (void)sqlite3_bind_int64(st, 3, w->now_us);
        is_ok = statement_run(s, st, err);
    }
    store_notice(s,
            "%s: damaged segment, put aside as %s; the capture goes on in another: try `sqlite3 "
            "FILE .recover` for its handshakes, or remove it",
            f->path, text_str(&name));
    w->losses.segments_damaged++;
    if (f == &w->files[0])
        w->orphaned = f->id;
    text_fini(&name);
    segment_file_fini(f);
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
