#include "capture/merge.h"

static bool oldest(const struct merge_source *sources, size_t n, size_t *which)
{
    bool is_found = false;
    for (size_t i = 0; i < n; i++)
        if (sources[i].has_head && (!is_found || sources[i].head_ns < sources[*which].head_ns)) {
            *which = i;
            is_found = true;
        }
    return is_found;
}

enum merge_result merge_next(
        const struct merge_source *sources, size_t n, int64_t now_ns, size_t *which)
{
    if (!oldest(sources, n, which))
        return MERGE_NONE;
    int64_t head_ns = sources[*which].head_ns;
    if (head_ns > now_ns)
        return MERGE_FRAME;
    for (size_t i = 0; i < n; i++)
        if (!sources[i].has_head && sources[i].bound_ns < head_ns) {
            *which = i;
            return sources[i].is_asked ? MERGE_WAIT : MERGE_ASK;
        }
    return MERGE_FRAME;
}
