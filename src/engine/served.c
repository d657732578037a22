#include "engine/served.h"

#include "base/alloc.h"
#include "base/map.h"
#include "store/segment.h"

enum { SERVED_CAP = 200000 };

struct pair {
    int64_t key[2]; /* service, certificate */
    int64_t first_us, last_us;
    uint64_t count;
    struct pair *next, **link;
};

struct served {
    struct store *store;
    struct map *pairs;
    struct pair *all, **last; /* the oldest first */
    size_t n_due;             /* of them, for served_flush_some */
    bool has_failed;
    struct err err;
};

static bool write_pair(struct served *s, const struct pair *p, struct err *err)
{
    return store_served(s->store, p->key[0], p->key[1], p->first_us, p->last_us, p->count, err);
}

static void drop(struct served *s, struct pair *p)
{
    *p->link = p->next;
    if (p->next != NULL)
        p->next->link = p->link;
    else
        s->last = p->link;
    xfree(p);
}

/* There is no room for it. */
static void evict(void *ctx, void *value)
{
    struct served *s = ctx;
    if (!s->has_failed && !write_pair(s, value, &s->err) && !store_lose_update(s->store))
        s->has_failed = true;
    drop(s, value);
}

struct served *served_new(struct store *store)
{
    struct served *s = xcalloc(1, sizeof *s);
    s->store = store;
    s->last = &s->all;
    s->pairs = map_new(&(struct map_options){.cap = SERVED_CAP, .on_evict = evict, .ctx = s});
    return s;
}

void served_free(struct served *s)
{
    if (s == NULL)
        return;
    s->has_failed = true; /* served_flush was the time to write */
    map_free(s->pairs);
    xfree(s);
}

static struct bytes key_of(const int64_t key[2])
{
    return (struct bytes){(const uint8_t *)key, 2 * sizeof *key};
}

static struct pair *make(struct served *s, const int64_t key[2], int64_t us)
{
    struct pair *p = xcalloc(1, sizeof *p);
    *p = (struct pair){{key[0], key[1]}, us, us, 0, NULL, s->last};
    *s->last = p;
    s->last = &p->next;
    map_put(s->pairs, key_of(key), p);
    return p;
}

void served_add(struct served *s, int64_t service_id, int64_t cert_id, int64_t us)
{
    const int64_t key[2] = {service_id, cert_id};
    struct pair *p = map_get(s->pairs, key_of(key));
    if (p == NULL)
        p = make(s, key, us);
    p->count++;
    if (us < p->first_us)
        p->first_us = us;
    if (us > p->last_us)
        p->last_us = us;
}

static bool write_first(struct served *s, size_t n, struct err *err)
{
    if (s->has_failed) {
        *err = s->err;
        return false;
    }
    for (; n > 0 && s->all != NULL; n--) {
        if (!write_pair(s, s->all, err))
            return false;
        (void)map_remove(s->pairs, key_of(s->all->key));
        drop(s, s->all);
        s->n_due -= s->n_due > 0;
    }
    return true;
}

bool served_flush(struct served *s, struct err *err)
{
    return write_first(s, SIZE_MAX, err);
}

void served_flush_begin(struct served *s)
{
    s->n_due = map_count(s->pairs);
}

bool served_flush_some(struct served *s, size_t most, struct err *err)
{
    return write_first(s, s->n_due < most ? s->n_due : most, err);
}
