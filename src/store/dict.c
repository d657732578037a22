/* Dictionary rows: what repeats in handshakes is stored once. Caches keep their ids. */
#include <string.h>

#include "store/store_internal.h"

enum { DICT_CAP = 200000 };

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

/* Finds or makes the row whose key is one value; display is NULL for labels. */
static int64_t row_of(struct store *s, enum statement find, enum statement make, struct bytes value,
        const char *label, const char *display, struct err *err)
{
    int64_t id = 0;
    sqlite3_stmt *st = statement_of(s, find, err);
    if (st == NULL || !store_writing(s, err))
        return 0;
    if (label != NULL)
        bind_text(st, 1, label);
    else
        bind_blob(st, 1, value);
    if (!statement_find(s, st, &id, err) || id != 0)
        return id;
    st = statement_of(s, make, err);
    if (st == NULL)
        return 0;
    if (label != NULL)
        bind_text(st, 1, label);
    else
        bind_blob(st, 1, value);
    if (display != NULL)
        bind_text(st, 2, display);
    return insert_row(s, st, err);
}

int64_t dict_name(struct store *s, struct bytes value, struct err *err)
{
    int64_t id = dict_get(s->names, value);
    if (id != 0)
        return id;
    text_clear(&s->scratch);
    text_add_escaped(&s->scratch, value);
    id = row_of(s, ST_NAME_FIND, ST_NAME, value, NULL, text_str(&s->scratch), err);
    if (id != 0)
        dict_put(s->names, value, id);
    return id;
}

int64_t dict_label(struct store *s, const char *value, struct err *err)
{
    struct bytes key = bytes_of_text(value);
    int64_t id = dict_get(s->labels, key);
    if (id != 0)
        return id;
    id = row_of(s, ST_LABEL_FIND, ST_LABEL, key, value, NULL, err);
    if (id != 0)
        dict_put(s->labels, key, id);
    return id;
}

int64_t dict_address(struct store *s, const struct address *a, struct err *err)
{
    char display[ENDPOINT_TEXT];
    struct bytes key = {a->ip, sizeof a->ip};
    int64_t id = dict_get(s->addresses, key);
    if (id != 0)
        return id;
    address_text(a, display);
    id = row_of(s, ST_ADDRESS_FIND, ST_ADDRESS, key, NULL, display, err);
    if (id != 0)
        dict_put(s->addresses, key, id);
    return id;
}
