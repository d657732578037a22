#include "x509/ct_logs.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "x509/material.h"

enum { KEY_CAP = 8192 };

struct ct_logs {
    struct arena arena;
    struct ct_log *logs;
    size_t n, cap;
    int64_t date_us;
    const char *version;
};

/* Where in the list something is, for errors. */
struct place {
    const char *path, *operator_name, *array;
    size_t index;
    struct err *err;
};

static bool fail(const struct place *at, const char *key, const char *what)
{
    err_set(at->err, "%s: operator \"%s\", %s[%zu]: %s %s", at->path, at->operator_name, at->array,
            at->index, key, what);
    return false;
}

/* Base64 with padding and without spaces (RFC 4648 4); at most cap bytes. */
static bool base64(struct arena *a, const char *text, struct bytes *out)
{
    size_t n = text != NULL ? strlen(text) : 0;
    if (n == 0 || n % 4 != 0 || n > KEY_CAP)
        return false;
    uint8_t *raw = arena_alloc(a, n / 4 * 3 + 1);
    int len = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)n);
    size_t padding = n - strcspn(text, "=");
    if (len < 0 || padding > 2 || (size_t)len != n / 4 * 3)
        return false;
    *out = (struct bytes){raw, (size_t)len - padding};
    return true;
}

static bool time_of(const json_t *object, const char *key, int64_t *us)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL && text_parse_time(text, us);
}

/* "state": {"usable": {"timestamp": "..."}} */
static bool read_state(const struct place *at, json_t *log, struct ct_log *out)
{
    json_t *state = json_object_get(log, "state");
    const char *key = NULL;
    json_t *value = NULL;
    out->state = CT_NONE;
    out->state_since_us = INT64_MIN;
    if (state == NULL)
        return true;
    if (!json_is_object(state) || json_object_size(state) != 1)
        return fail(at, "state", "is not an object with one member");
    json_object_foreach(state, key, value)
    {
        for (int i = CT_PENDING; i < CT_STATE_COUNT; i++)
            if (strcmp(key, ct_state_name((enum ct_state)i)) == 0)
                out->state = (enum ct_state)i;
        if (out->state == CT_NONE)
            return fail(at, "state",
                    "is none of pending, qualified, usable, readonly, retired, "
                    "rejected");
        if (!time_of(value, "timestamp", &out->state_since_us))
            return fail(at, "state.timestamp", "is missing or no time");
    }
    return true;
}

static bool read_interval(const struct place *at, json_t *log, struct ct_log *out)
{
    json_t *interval = json_object_get(log, "temporal_interval");
    out->from_us = INT64_MIN;
    out->until_us = INT64_MIN;
    if (interval == NULL)
        return true;
    if (!time_of(interval, "start_inclusive", &out->from_us))
        return fail(at, "temporal_interval.start_inclusive", "is missing or no time");
    if (!time_of(interval, "end_exclusive", &out->until_us))
        return fail(at, "temporal_interval.end_exclusive", "is missing or no time");
    return true;
}

/* RFC 6962 3.2: the id is the SHA-256 of the key. */
static bool read_id(const struct place *at, struct ct_logs *l, const char *text, struct ct_log *out)
{
    struct bytes id = {NULL, 0};
    digest_sha256(out->key, out->id);
    if (!base64(&l->arena, text, &id) || id.n != sizeof out->id)
        return fail(at, "log_id", "is missing or not the base64 of 32 bytes");
    if (!bytes_equal(id, (struct bytes){out->id, sizeof out->id}))
        return fail(at, "log_id", "is not the SHA-256 of key");
    return true;
}

static bool read_log(const struct place *at, struct ct_logs *l, json_t *log)
{
    const char *description = json_string_value(json_object_get(log, "description"));
    struct ct_log out = {.operator_name = at->operator_name};
    if (!json_is_object(log))
        return fail(at, "the log", "is not an object");
    if (!base64(&l->arena, json_string_value(json_object_get(log, "key")), &out.key))
        return fail(at, "key", "is missing or no base64");
    if (!read_id(at, l, json_string_value(json_object_get(log, "log_id")), &out) ||
            !read_state(at, log, &out) || !read_interval(at, log, &out))
        return false;
    out.description = arena_text(&l->arena, bytes_of_text(description != NULL ? description : ""));
    if (l->n == CT_LOGS_CAP)
        return fail(at, "the log", "is one too many");
    if (l->n == l->cap) {
        l->cap = l->cap > 0 ? l->cap * 2 : 64;
        l->logs = xrealloc(l->logs, l->cap, sizeof *l->logs);
    }
    l->logs[l->n++] = out;
    return true;
}

static bool read_operator(struct place *at, struct ct_logs *l, json_t *operator, size_t number)
{
    static const char *const arrays[] = {"logs", "tiled_logs"};
    const char *name = json_string_value(json_object_get(operator, "name"));
    if (name == NULL) {
        err_set(at->err, "%s: operators[%zu]: name is missing", at->path, number);
        return false;
    }
    at->operator_name = arena_text(&l->arena, bytes_of_text(name));
    for (size_t i = 0; i < 2; i++) {
        json_t *logs = json_object_get(operator, arrays[i]);
        at->array = arrays[i];
        for (at->index = 0; at->index < json_array_size(logs); at->index++)
            if (!read_log(at, l, json_array_get(logs, at->index)))
                return false;
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct ct_log *)a)->id, ((const struct ct_log *)b)->id, 32);
}

static bool read_list(struct ct_logs *l, json_t *root, const char *path, struct err *err)
{
    struct place at = {.path = path, .err = err};
    json_t *operators = json_object_get(root, "operators");
    const char *version = json_string_value(json_object_get(root, "version"));
    l->version = arena_text(&l->arena, bytes_of_text(version != NULL ? version : ""));
    l->date_us = INT64_MIN;
    if (json_object_get(root, "log_list_timestamp") != NULL &&
            !time_of(root, "log_list_timestamp", &l->date_us)) {
        err_set(err, "%s: log_list_timestamp is no time like 2026-01-31T12:00:00Z", path);
        return false;
    }
    if (!json_is_array(operators)) {
        err_set(err, "%s: operators is missing or no array: is this a log list v3?", path);
        return false;
    }
    for (size_t i = 0; i < json_array_size(operators); i++)
        if (!read_operator(&at, l, json_array_get(operators, i), i))
            return false;
    if (l->n == 0) {
        err_set(err, "%s: operators holds no log", path);
        return false;
    }
    qsort(l->logs, l->n, sizeof *l->logs, by_id);
    return true;
}

bool ct_logs_parse(struct bytes json, const char *path, struct ct_logs **out, struct err *err)
{
    json_error_t where;
    *out = NULL;
    json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &where);
    if (root == NULL) {
        err_set(err, "%s: line %d, column %d: %s", path, where.line, where.column, where.text);
        return false;
    }
    struct ct_logs *l = xcalloc(1, sizeof *l);
    bool ok = read_list(l, root, path, err);
    json_decref(root);
    if (!ok) {
        ct_logs_free(l);
        l = NULL;
    }
    *out = l;
    return ok;
}

bool ct_logs_load(const char *path, struct ct_logs **out, struct err *err)
{
    uint8_t *text = NULL;
    size_t n = 0;
    *out = NULL;
    if (!material_read_file(path, &text, &n, err))
        return false;
    bool ok = ct_logs_parse((struct bytes){text, n}, path, out, err);
    xfree(text);
    return ok;
}

void ct_logs_free(struct ct_logs *l)
{
    if (l == NULL)
        return;
    xfree(l->logs);
    arena_fini(&l->arena);
    xfree(l);
}

const struct ct_log *ct_logs_find(const struct ct_logs *l, struct bytes id)
{
    struct ct_log key;
    if (l == NULL || id.n != sizeof key.id)
        return NULL;
    memcpy(key.id, id.p, sizeof key.id);
    return bsearch(&key, l->logs, l->n, sizeof *l->logs, by_id);
}

size_t ct_logs_count(const struct ct_logs *l)
{
    return l->n;
}

int64_t ct_logs_date(const struct ct_logs *l)
{
    return l->date_us;
}

const char *ct_logs_version(const struct ct_logs *l)
{
    return l->version;
}
