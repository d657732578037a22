#include "engine/vantages.h"

#include <string.h>

#include "store/history.h"

/* Of no input: ids of inputs have 21 bits. */
#define ONE_VANTAGE (INT64_C(1) << 21)

struct search {
    const struct input *input;
    int64_t id;
};

static void look(void *ctx, const char *path, uint16_t link_type, int64_t last_us, int64_t id)
{
    struct search *s = ctx;
    char copy[4096];
    size_t n = path != NULL ? strlen(path) : sizeof copy;
    if (n >= sizeof copy)
        return;
    memcpy(copy, path, n + 1);
    const struct input before = {.path = copy, .link_type = link_type};
    if (inputs_follows(&before, last_us, s->input))
        s->id = id;
}

bool vantages_id(struct store *s, const struct run_options *o, size_t input, int64_t input_id,
        int64_t *id, struct err *err)
{
    struct search search = {.input = &o->inputs->items[input], .id = input_id};
    *id = o->vantages == VANTAGES_ONE ? ONE_VANTAGE : input_id;
    if (o->vantages != VANTAGES_BY_NAME || search.input->is_stdin ||
            search.input->first_us == INT64_MIN)
        return true;
    if (!store_vantages(s, search.input->first_us, look, &search, err))
        return false;
    *id = search.id;
    return true;
}
