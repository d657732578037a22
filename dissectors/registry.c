#include "dissectors/dissector.h"

const struct dissector *const dissectors_all[] = {
#define DISSECTOR(name) &dissector_##name,
#include "dissectors/dissectors.def"
#undef DISSECTOR
        NULL};

const struct dissector *dissector_find(struct bytes first, bool is_start, bool *more)
{
    *more = false;
    for (const struct dissector *const *d = dissectors_all; *d != NULL; d++) {
        enum probe p = (*d)->probe(first, is_start);
        if (p == PROBE_YES)
            return *d;
        *more |= p == PROBE_MORE;
    }
    return NULL;
}
