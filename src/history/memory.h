#ifndef TLSWIRE_HISTORY_MEMORY_H
#define TLSWIRE_HISTORY_MEMORY_H

#include "base/bytes.h"
#include "base/err.h"

/*
 * One kind of thing that is remembered: byte keys to values of one fixed size. A value is plain
 * data without pointers, so it can be stored as it is; a run that goes on with a database finds it
 * as the run before left it. Bounded: the least recently used goes.
 */
struct memory;

enum { MEMORY_KEY = 64 };

struct memory_kind {
    const char *name;  /* of its table rows and counters; kebab case */
    unsigned version;  /* raised when the meaning of the value changes: older ones are not read */
    size_t value_size; /* bytes */
    size_t cap;        /* entries */
    bool is_numbered;  /* keys are numbers below cap (memory_number): found without hashing */
};

/* memory_number is the key of a numbered value; it borrows *number. */
static inline struct bytes memory_number(const uint64_t *number)
{
    return (struct bytes){(const uint8_t *)number, sizeof *number};
}

struct memory *memory_new(const struct memory_kind *kind);
/* memory_free frees; NULL is fine. */
void memory_free(struct memory *m);
const struct memory_kind *memory_kind_of(const struct memory *m);
/* memory_get gives the value of key, or NULL. It lives until the next memory_make. */
void *memory_get(struct memory *m, struct bytes key);
/* memory_make gives the value of key, of zeros when it is new, and notes that it changed at us.
 * Keys are at most MEMORY_KEY bytes; what is beyond is not looked at. */
void *memory_make(struct memory *m, struct bytes key, int64_t us);
/* memory_evicted counts what the cap pushed out. */
uint64_t memory_evicted(const struct memory *m);

/* A value as it is stored: us is when it changed last. */
struct memory_row {
    const char *kind;
    struct bytes key, value;
    int64_t us;
};
typedef bool memory_row_fn(void *ctx, const struct memory_row *row, struct err *err);

/* memory_save hands every value that changed since the last call to put. False as soon as put is.
 */
bool memory_save(struct memory *m, memory_row_fn *put, void *ctx, struct err *err);
/* memory_load takes a stored value; one of another size or version is passed over. */
void memory_load(struct memory *m, const struct memory_row *row);

#endif
