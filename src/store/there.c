/* Whether the paths of a live store still lead to what it writes: a file that was removed can be
 * written on for months, and nobody will ever read it. */
#include "store/there.h"

#include <errno.h>
#include <sys/stat.h>

#include "store/watch.h"

static struct whereabouts find(const char *path, bool *is_gone)
{
    struct stat st;
    bool is_there = stat(path, &st) == 0;
    *is_gone = !is_there && (errno == ENOENT || errno == ENOTDIR);
    return is_there ? (struct whereabouts){st.st_dev, st.st_ino} : (struct whereabouts){0};
}

static void add_directory(const struct store *s, struct text *path)
{
    text_addf(path, "%s.d", s->path);
}

void there_note(struct store *s)
{
    struct text directory = {0};
    bool unused;
    add_directory(s, &directory);
    s->watch->inventory = find(s->path, &unused);
    s->watch->directory = find(text_str(&directory), &unused);
    text_fini(&directory);
}

/* What cannot be asked (a disk that fails, a permission that was taken) may be there. */
static bool is_same(const char *path, const struct whereabouts *noted)
{
    bool is_gone;
    struct whereabouts now = find(path, &is_gone);
    bool is_known = now.number != 0 && noted->number != 0;
    return !is_gone && (!is_known || (now.number == noted->number && now.device == noted->device));
}

static bool lost(struct store *s, const char *path, const char *next, struct err *err)
{
    err_set(err, "%s: removed or replaced while it is written: what is written is lost: %s", path,
            next);
    s->watch->is_waiting = false;
    return false;
}

bool store_is_there(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    const struct segment_file *f = &w->files[0];
    struct text directory = {0};
    const struct whereabouts unknown = {0};
    bool is_ok = true;
    add_directory(s, &directory);
    if (!is_same(s->path, &w->inventory))
        is_ok = lost(s, s->path, "start again, with a new database", err);
    else if (!is_same(text_str(&directory), &w->directory))
        is_ok = lost(s, text_str(&directory), "start again", err);
    else if (f->db != NULL && !is_same(f->path, &unknown))
        is_ok = lost(s, f->path, "start again", err);
    text_fini(&directory);
    return is_ok;
}
