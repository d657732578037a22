#ifndef TLSWIRE_STORE_HISTORY_H
#define TLSWIRE_STORE_HISTORY_H

#include "store/store.h"

/* What is remembered from run to run, as rows that only src/history can read. */
struct history_row {
    const char *topic;
    struct bytes key, value;
    int64_t us; /* packet time of its last change */
};
typedef void history_row_fn(void *ctx, const struct history_row *row);

/* store_history_put inserts or replaces a row. */
bool store_history_put(struct store *s, const struct history_row *row, struct err *err);
/* store_history_each calls fn with every row, those that changed last come last; a row lives for
 * the call. */
bool store_history_each(struct store *s, history_row_fn *fn, void *ctx, struct err *err);
/* store_history_prune keeps the `most` rows of a topic that changed last. */
bool store_history_prune(struct store *s, const char *topic, size_t most, struct err *err);

/* store_vantages calls fn with every complete input that ended within an hour before us. */
typedef void vantage_fn(
        void *ctx, const char *path, uint16_t link_type, int64_t last_us, int64_t id);
bool store_vantages(struct store *s, int64_t us, vantage_fn *fn, void *ctx, struct err *err);

#endif
