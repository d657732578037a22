#include "base/texts.h"

#include <stdint.h>

#include "base/alloc.h"
#include "base/map.h"

struct texts {
    struct map *map;
};

struct texts *texts_new(void)
{
    struct texts *t = xcalloc(1, sizeof *t);
    t->map = map_new(&(struct map_options){.cap = SIZE_MAX / 2, .on_evict = map_xfree});
    return t;
}

void texts_free(struct texts *t)
{
    if (t == NULL)
        return;
    map_free(t->map);
    xfree(t);
}

const char *texts_keep(struct texts *t, const char *text)
{
    if (text == NULL)
        return NULL;
    char *copy = map_get(t->map, bytes_of_text(text));
    if (copy != NULL)
        return copy;
    copy = xstrdup(text);
    map_put(t->map, bytes_of_text(text), copy);
    return copy;
}
