/* Dictionary rows: what repeats in handshakes is stored once. Caches keep their ids. */
#include <string.h>

#include "store/store_internal.h"
#include "store/watch.h"

enum { DICT_CAP = 200000 };

struct dictionary {
    enum statement find, make, keep;
};

struct map *dict_new(size_t cap)
{
    return map_new(&(struct map_options){.cap = cap > 0 ? cap : DICT_CAP});
}

/* Row ids are kept in the value pointers themselves: they fit, and nothing is to be freed. */
int64_t dict_get(struct map *m, struct bytes key)
{
    return (int64_t)(intptr_t)map_get(m, key);
}

void dict_put(struct map *m, struct bytes key, int64_t id)
{
    map_put(m, key, (void *)(intptr_t)id);
}

int64_t dict_segment(const struct store *s)
{
    const struct watch *w = s->watch;
    if (w == NULL)
        return 0;
    return w->files[0].id != 0 ? w->files[0].id : w->orphaned;
}

void dict_forget(struct store *s)
{
    struct map **const maps[] = {&s->names, &s->labels, &s->addresses};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        map_free(*maps[i]);
        *maps[i] = dict_new(0);
    }
    map_free(s->negotiations);
    s->negotiations = NULL;
}

bool dict_move(struct store *s, int64_t from, int64_t to, struct err *err)
{
    static const enum statement MOVES[] = {
            ST_NAME_MOVE, ST_LABEL_MOVE, ST_ADDRESS_MOVE, ST_OFFER_MOVE, ST_CHOICE_MOVE};
    for (size_t i = 0; i < sizeof MOVES / sizeof *MOVES; i++) {
        sqlite3_stmt *st = statement_of(s, MOVES[i], err);
        if (st == NULL || !store_writing(s, err))
            return false;
        (void)sqlite3_bind_int64(st, 1, from);
        (void)sqlite3_bind_int64(st, 2, to);
        if (!statement_run(s, st, err))
            return false;
    }
    return true;
}

static int64_t insert_row(struct store *s, sqlite3_stmt *st, struct err *err)
{
    /* The batch may be committed by this row; the id is read before anything else is inserted. */
    int rc = sqlite3_step(st);
    int64_t id = rc == SQLITE_DONE ? sqlite3_last_insert_rowid(s->db) : 0;
    if (id == 0)
        (void)store_fail(s, err, "writing a name");
    (void)sqlite3_reset(st);
    if (rc == SQLITE_DONE)
        statement_done(s, st);
    return id;
}

/* Looks the row up; *is_short: it would go too soon. */
static bool find_row(
        struct store *s, sqlite3_stmt *st, int64_t *id, bool *is_short, struct err *err)
{
    int64_t segment = dict_segment(s);
    int rc = sqlite3_step(st);
    *id = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    *is_short = rc == SQLITE_ROW && sqlite3_column_type(st, 1) != SQLITE_NULL &&
                (segment == 0 || sqlite3_column_int64(st, 1) < segment);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        (void)store_fail(s, err, "looking up a row");
    (void)sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool keep_row(struct store *s, enum statement keep, int64_t id, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, keep, err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, id);
    bind_id(st, 2, dict_segment(s));
    return statement_run(s, st, err);
}

static void bind_value(sqlite3_stmt *st, struct bytes value, const char *label)
{
    if (label != NULL)
        bind_text(st, 1, label);
    else
        bind_blob(st, 1, value);
}

/* Finds or makes the row whose key is one value; display is NULL for labels. */
static int64_t row_of(struct store *s, const struct dictionary *d, struct bytes value,
        const char *label, const char *display, struct err *err)
{
    int64_t id = 0;
    bool is_short = false;
    sqlite3_stmt *st = statement_of(s, d->find, err);
    if (st == NULL || !store_writing(s, err))
        return 0;
    bind_value(st, value, label);
    if (!find_row(s, st, &id, &is_short, err) || (is_short && !keep_row(s, d->keep, id, err)))
        return 0;
    if (id != 0)
        return id;
    st = statement_of(s, d->make, err);
    if (st == NULL)
        return 0;
    bind_value(st, value, label);
    bind_id(st, 2, dict_segment(s));
    if (display != NULL)
        bind_text(st, 3, display);
    return insert_row(s, st, err);
}

int64_t dict_name(struct store *s, struct bytes value, struct err *err)
{
    static const struct dictionary NAMES = {ST_NAME_FIND, ST_NAME, ST_NAME_KEEP};
    int64_t id = dict_get(s->names, value);
    if (id != 0)
        return id;
    text_clear(&s->scratch);
    text_add_escaped(&s->scratch, value);
    id = row_of(s, &NAMES, value, NULL, text_str(&s->scratch), err);
    if (id != 0)
        dict_put(s->names, value, id);
    return id;
}

int64_t dict_label(struct store *s, const char *value, struct err *err)
{
    static const struct dictionary LABELS = {ST_LABEL_FIND, ST_LABEL, ST_LABEL_KEEP};
    struct bytes key = bytes_of_text(value);
    int64_t id = dict_get(s->labels, key);
    if (id != 0)
        return id;
    id = row_of(s, &LABELS, key, value, NULL, err);
    if (id != 0)
        dict_put(s->labels, key, id);
    return id;
}

int64_t dict_address(struct store *s, const struct address *a, struct err *err)
{
    static const struct dictionary ADDRESSES = {ST_ADDRESS_FIND, ST_ADDRESS, ST_ADDRESS_KEEP};
    char display[ENDPOINT_TEXT];
    struct bytes key = {a->ip, sizeof a->ip};
    int64_t id = dict_get(s->addresses, key);
    if (id != 0)
        return id;
    address_text(a, display);
    id = row_of(s, &ADDRESSES, key, NULL, display, err);
    if (id != 0)
        dict_put(s->addresses, key, id);
    return id;
}

bool dict_pin(struct store *s, const int64_t address_ids[2], struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_ADDRESS_PIN, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    for (int i = 0; i < 2; i++)
        (void)sqlite3_bind_int64(st, 1 + i, address_ids[i]);
    return statement_run(s, st, err);
}
