/* What is known about a handshake only after its row was made. Rare, so plain look-ups will do. */
#include <string.h>

#include "store/pending.h"
#include "store/watch.h"

struct found {
    struct text defects, keys;
    int64_t worst; /* -1 none */
};

static void append(struct text *t, const char *separator, const char *more)
{
    text_addf(t, "%s%s", t->n > 0 ? separator : "", more);
}

static bool look_up(struct store *s, int64_t id, struct found *out, bool *is_there, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_DEFECTS_OF, err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, id);
    int rc = sqlite3_step(st);
    *is_there = rc == SQLITE_ROW;
    if (*is_there) {
        text_addf(&out->defects, "%s", (const char *)sqlite3_column_text(st, 0));
        text_addf(&out->keys, "%s", (const char *)sqlite3_column_text(st, 1));
        out->worst = sqlite3_column_int64(st, 2);
    } else if (rc != SQLITE_DONE) {
        (void)store_fail(s, err, "looking up a handshake");
    }
    (void)sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool update(struct store *s, int64_t id, const struct found *f, struct err *err)
{
    int64_t defects = dict_label(s, text_str(&f->defects), err);
    int64_t keys = defects != 0 ? dict_label(s, text_str(&f->keys), err) : 0;
    sqlite3_stmt *st = keys != 0 ? statement_of(s, ST_DEFECTS_SET, err) : NULL;
    if (st == NULL || !store_writing(s, err))
        return false;
    const int64_t values[] = {id, defects, f->worst, keys};
    for (int i = 0; i < 4; i++)
        (void)sqlite3_bind_int64(st, 1 + i, values[i]);
    return statement_run(s, st, err);
}

static bool add_label(struct store *s, struct text *t, int64_t id, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_LABEL_BY_ID, err);
    if (id == TIME_NONE || st == NULL)
        return st != NULL;
    (void)sqlite3_bind_int64(st, 1, id);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        text_add(t, (const char *)sqlite3_column_text(st, 0));
    else if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "looking up a label");
    (void)sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* The same where handshakes go to segments: ids of labels are of the inventory. */
static bool look_up_watched(
        struct store *s, int64_t id, struct found *out, bool *is_there, struct err *err)
{
    int64_t have[3];
    const struct row *r = pending_find(s, id);
    *is_there = r != NULL;
    if (r != NULL)
        memcpy(have, r->values + COL_DEFECTS_ID, sizeof have);
    else if (!watch_defects(s, id, have, is_there, err))
        return false;
    if (!*is_there)
        return true;
    out->worst = have[1] != TIME_NONE ? have[1] : -1;
    return add_label(s, &out->defects, have[0], err) && add_label(s, &out->keys, have[2], err);
}

static bool update_watched(struct store *s, int64_t id, const struct found *f, struct err *err)
{
    struct row *r = pending_find(s, id);
    int64_t defects = store_writing(s, err) ? dict_label(s, text_str(&f->defects), err) : 0;
    int64_t keys = defects != 0 ? dict_label(s, text_str(&f->keys), err) : 0;
    const int64_t values[] = {id, defects, f->worst, keys};
    if (keys == 0)
        return false;
    if (r != NULL)
        memcpy(r->values + COL_DEFECTS_ID, values + 1, 3 * sizeof *values);
    else
        watch_note(s, ST_DEFECTS_SET, values, 4);
    return true;
}

bool store_later_defects(struct store *s, int64_t handshake_id, const char *defects,
        enum severity worst, const char *keys, struct err *err)
{
    struct row *r = pending_find(s, handshake_id);
    struct found f = {.worst = -1};
    bool is_there = false;
    bool is_ok = s->watch != NULL ? look_up_watched(s, handshake_id, &f, &is_there, err)
                                  : (r == NULL || pending_write(s, r, err)) &&
                                            look_up(s, handshake_id, &f, &is_there, err);
    if (is_ok && is_there) {
        append(&f.defects, ",", defects);
        append(&f.keys, "\n", keys);
        if ((int64_t)worst > f.worst)
            f.worst = worst;
        is_ok = s->watch != NULL ? update_watched(s, handshake_id, &f, err)
                                 : update(s, handshake_id, &f, err);
    }
    text_fini(&f.defects);
    text_fini(&f.keys);
    return is_ok;
}
