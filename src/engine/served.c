#include "engine/served.h"

#include "base/alloc.h"
#include "base/map.h"

enum { SERVED_CAP = 200000 };

struct pair {
    int64_t key[2]; /* service, certificate */
    int64_t first_us, last_us;
    uint64_t count;
};

struct served {
    struct store *store;
    struct map *pairs;
    bool has_failed, is_over;
    struct err err;
};

static void write_pair(void *ctx, void *value)
{
    struct served *s = ctx;
    struct pair *p = value;
    if (!s->has_failed && !s->is_over)
        s->has_failed = !store_served(
                s->store, p->key[0], p->key[1], p->first_us, p->last_us, p->count, &s->err);
    xfree(p);
}

struct served *served_new(struct store *store)
{
    struct served *s = xcalloc(1, sizeof *s);
    s->store = store;
    s->pairs = map_new(&(struct map_options){.cap = SERVED_CAP, .on_evict = write_pair, .ctx = s});
    return s;
}

void served_free(struct served *s)
{
    if (s == NULL)
        return;
    s->is_over = true;
    map_free(s->pairs);
    xfree(s);
}

void served_add(struct served *s, int64_t service_id, int64_t cert_id, int64_t us)
{
    int64_t key[2] = {service_id, cert_id};
    struct bytes k = {(const uint8_t *)key, sizeof key};
    struct pair *p = map_get(s->pairs, k);
    if (p == NULL) {
        p = xcalloc(1, sizeof *p);
        *p = (struct pair){{service_id, cert_id}, us, us, 0};
        map_put(s->pairs, k, p);
    }
    p->count++;
    if (us < p->first_us)
        p->first_us = us;
    if (us > p->last_us)
        p->last_us = us;
}

bool served_flush(struct served *s, struct err *err)
{
    map_free(s->pairs); /* writes each pair */
    s->pairs = map_new(&(struct map_options){.cap = SERVED_CAP, .on_evict = write_pair, .ctx = s});
    if (s->has_failed)
        *err = s->err;
    bool is_ok = !s->has_failed;
    s->has_failed = false; /* told once: it may pass */
    return is_ok;
}
