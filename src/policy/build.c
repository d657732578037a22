#include "policy/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool build_wrong(struct build *b, const char *key, const char *value, const char *what)
{
    struct text shown = {0};
    size_t n = value != NULL ? strlen(value) : 0;
    if (n > 0) {
        text_add_escaped(&shown, (struct bytes){(const uint8_t *)value, n < 80 ? n : 80});
        text_add(&shown, n < 80 ? " " : "... ");
    }
    err_set(b->err, "%s:%u: %s: %s%s", b->path, place_line(b->places, key), key, text_str(&shown),
            what);
    text_fini(&shown);
    return false;
}

const char *build_text(struct build *b, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return NULL;
    return arena_text(&b->policy->arena, bytes_of_text(text));
}

bool build_need(struct build *b, const char *key, const char *text)
{
    return (text != NULL && text[0] != '\0') || build_wrong(b, key, NULL, "is empty");
}

static bool is_whole(const struct threshold_row *row)
{
    return row->unit != UNIT_RATIO && row->unit != UNIT_PROBABILITY;
}

static bool take_threshold(struct build *b, enum threshold t, const char *text)
{
    char key[BUILD_KEY], what[96];
    char *end = NULL;
    const struct threshold_row *row = threshold_row(t);
    (void)snprintf(key, sizeof key, "thresholds.%s", row->name);
    errno = 0;
    double value = strtod(text, &end);
    bool is_number = end != text && *end == '\0' && errno == 0 &&
                     strspn(text, "0123456789.+-eE") == strlen(text);
    if (!is_number)
        return build_wrong(b, key, text[0] != '\0' ? text : NULL, "is not a number");
    if (value < row->least || value > row->most) {
        (void)snprintf(what, sizeof what, "is not between %.12g and %.12g", row->least, row->most);
        return build_wrong(b, key, text, what);
    }
    if (is_whole(row) && value != (double)(int64_t)value)
        return build_wrong(b, key, text, "is not a whole number");
    b->policy->thresholds[t] =
            (struct threshold_value){value, ORIGIN_FILE, place_line(b->places, key)};
    return true;
}

static bool take_thresholds(struct build *b)
{
    for (int t = 0; b->raw->thresholds != NULL && t < THRESHOLD_COUNT; t++) {
        const char *text = b->raw->thresholds->values[t];
        if (text != NULL && !take_threshold(b, (enum threshold)t, text))
            return false;
    }
    return true;
}

static bool take_severities(struct build *b)
{
    char key[BUILD_KEY];
    struct policy *p = b->policy;
    size_t n_rules = raw_count(b->rules);
    struct severity_value *all =
            arena_alloc(&p->arena, (p->n_severities + n_rules + 1) * sizeof *all);
    if (p->n_severities > 0)
        memcpy(all, p->severities, p->n_severities * sizeof *all);
    p->severities = all;
    for (size_t i = 0; b->raw->severities != NULL && i < n_rules; i++) {
        const char *text = b->raw->severities[i];
        struct severity_value *v = &all[p->n_severities];
        if (text == NULL)
            continue;
        (void)snprintf(key, sizeof key, "severities.%s", b->rules[i]);
        *v = (struct severity_value){.rule = build_text(b, b->rules[i]),
                .is_off = strcmp(text, "off") == 0,
                .origin = ORIGIN_FILE,
                .line = place_line(b->places, key)};
        if (!v->is_off && !severity_parse(text, &v->severity))
            return build_wrong(b, key, text, "is none of off, info, low, medium, high, critical");
        p->n_severities++;
    }
    severities_sort(p);
    return true;
}

static bool take_globs(struct build *b, const char *name, const struct raw_list *raw,
        struct rule_glob **out, size_t *n)
{
    char key[BUILD_KEY];
    if (place_line(b->places, name) == 0)
        return true;
    *out = arena_alloc(&b->policy->arena, (raw->n + 1) * sizeof **out);
    *n = 0;
    for (unsigned i = 0; i < raw->n; i++) {
        const char *wrong = rule_glob_parse(&b->policy->arena, raw->items[i], &(*out)[i]);
        (void)snprintf(key, sizeof key, "%s[%u]", name, i + 1);
        if (wrong != NULL)
            return build_wrong(b, key, raw->items[i], wrong);
        if (!build_rule(b, key, (*out)[i].glob))
            return false;
        ++*n;
    }
    return true;
}

static bool is_one_of(const char *text, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++)
        if (strcmp(text, list[i]) == 0)
            return true;
    return false;
}

/* From the directory of the policy, unless it begins with a slash. */
static const char *path_of(struct build *b, const char *path)
{
    const char *slash = strrchr(b->path, '/');
    struct text t = {0};
    if (path[0] != '/' && slash != NULL)
        text_add_bytes(&t, b->path, (size_t)(slash - b->path) + 1);
    text_add(&t, path);
    const char *kept = arena_text(&b->policy->arena, bytes_of_text(text_str(&t)));
    text_fini(&t);
    return kept;
}

static bool take_store(struct build *b, const struct raw_trust *raw, unsigned i)
{
    static const char *const YES_NO[] = {"true", "false", NULL};
    char key[BUILD_KEY];
    struct text option = {0};
    struct trust_entry *t = &b->policy->trust[i];
    (void)snprintf(key, sizeof key, "trust[%u].name", i + 1);
    if (!build_need(b, key, raw->name))
        return false;
    if (strpbrk(raw->name, "=:") != NULL)
        return build_wrong(b, key, raw->name, "has = or : in it");
    for (unsigned k = 0; k < i; k++)
        if (strcmp(b->policy->trust[k].name, raw->name) == 0)
            return build_wrong(b, key, raw->name, "is the name of another store");
    (void)snprintf(key, sizeof key, "trust[%u].path", i + 1);
    if (!build_need(b, key, raw->path))
        return false;
    t->line = place_line(b->places, key);
    (void)snprintf(key, sizeof key, "trust[%u].public", i + 1);
    if (raw->is_public != NULL && !is_one_of(raw->is_public, YES_NO))
        return build_wrong(b, key, raw->is_public, "is neither true nor false");
    t->is_public = raw->is_public != NULL && strcmp(raw->is_public, "true") == 0;
    t->name = build_text(b, raw->name);
    t->path = path_of(b, raw->path);
    text_addf(&option, "%s%s=%s", t->is_public ? "public:" : "", t->name, t->path);
    t->option = build_text(b, text_str(&option));
    text_fini(&option);
    b->policy->n_trust++;
    return true;
}

static bool take_trust(struct build *b)
{
    b->policy->trust =
            arena_alloc(&b->policy->arena, (b->raw->n_trust + 1) * sizeof *b->policy->trust);
    for (unsigned i = 0; i < b->raw->n_trust; i++)
        if (!take_store(b, &b->raw->trust[i], i))
            return false;
    return true;
}

static bool take_print(struct build *b, const struct raw_print *raw, unsigned i)
{
    static const char *const KINDS[] = {"ja3", "ja4", "server", NULL};
    char key[BUILD_KEY];
    struct print_entry *e = &b->policy->prints[i];
    (void)snprintf(key, sizeof key, "fingerprints[%u].kind", i + 1);
    if (!is_one_of(raw->kind, KINDS))
        return build_wrong(b, key, raw->kind, "is none of ja3, ja4, server");
    while (strcmp(raw->kind, KINDS[e->kind]) != 0)
        e->kind++;
    (void)snprintf(key, sizeof key, "fingerprints[%u].print", i + 1);
    if (!build_need(b, key, raw->print))
        return false;
    (void)snprintf(key, sizeof key, "fingerprints[%u].note", i + 1);
    if (!build_need(b, key, raw->note))
        return false;
    e->print = build_text(b, raw->print);
    e->note = build_text(b, raw->note);
    b->policy->n_prints++;
    return true;
}

static bool take_prints(struct build *b)
{
    b->policy->prints = arena_alloc(
            &b->policy->arena, (b->raw->n_fingerprints + 1) * sizeof *b->policy->prints);
    for (unsigned i = 0; i < b->raw->n_fingerprints; i++)
        if (!take_print(b, &b->raw->fingerprints[i], i))
            return false;
    return true;
}

static bool take_inventory(struct build *b)
{
    if (b->raw->inventory == NULL)
        return true;
    if (!build_need(b, "inventory", b->raw->inventory))
        return false;
    b->policy->inventory = path_of(b, b->raw->inventory);
    b->policy->inventory_line = place_line(b->places, "inventory");
    return true;
}

bool build_all(struct build *b)
{
    struct policy *p = b->policy;
    return take_thresholds(b) && take_severities(b) && build_lists(b) && take_trust(b) &&
           take_inventory(b) &&
           take_globs(b, "paging", &b->raw->paging, &p->paging, &p->n_paging) &&
           take_globs(b, "tickets", &b->raw->tickets, &p->tickets, &p->n_tickets) && take_prints(b);
}
