/* The whole policy as text: for people, as a file, or as JSON. */
#include <stdio.h>
#include <string.h>

#include "policy/policy_internal.h"

static const char *const KINDS[] = {"ja3", "ja4", "server"};

/* Lists of things with fields, in YAML or JSON. */
struct out {
    struct text *t;
    bool is_json;
    bool has_item, has_field; /* before, on this level */
};

static void list_begin(struct out *o, const char *name)
{
    if (o->is_json)
        text_addf(o->t, ",\n\"%s\":[", name);
    else
        text_addf(o->t, "%s:\n", name);
    o->has_item = false;
}

static void list_end(struct out *o)
{
    if (o->is_json)
        text_add(o->t, "]");
}

static void item_begin(struct out *o)
{
    if (o->is_json)
        text_add(o->t, o->has_item ? ",\n{" : "\n{");
    o->has_item = true;
    o->has_field = false;
}

static void item_end(struct out *o)
{
    if (o->is_json)
        text_add(o->t, "}");
}

static void field_begin(struct out *o, const char *key)
{
    if (o->is_json)
        text_addf(o->t, "%s\"%s\":", o->has_field ? "," : "", key);
    else
        text_addf(o->t, "  %s %s: ", o->has_field ? " " : "-", key);
    o->has_field = true;
}

static void field_end(struct out *o)
{
    if (!o->is_json)
        text_add(o->t, "\n");
}

static void field(struct out *o, const char *key, const char *value)
{
    if (value == NULL)
        return;
    field_begin(o, key);
    text_add_json(o->t, value);
    field_end(o);
}

static void field_time(struct out *o, const char *key, int64_t us)
{
    struct text t = {0};
    text_add_time(&t, us);
    field(o, key, text_str(&t));
    text_fini(&t);
}

static void add_prefixes(struct out *o, const struct prefix *list, size_t n)
{
    char text[PREFIX_TEXT];
    text_add(o->t, "[");
    for (size_t i = 0; i < n; i++) {
        prefix_text(&list[i], text);
        text_addf(o->t, "%s\"%s\"", i > 0 ? ", " : "", text);
    }
    text_add(o->t, "]");
}

static void add_texts(struct out *o, const char *const *list, size_t n)
{
    text_add(o->t, "[");
    for (size_t i = 0; i < n; i++) {
        text_add(o->t, i > 0 ? ", " : "");
        text_add_json(o->t, list[i]);
    }
    text_add(o->t, "]");
}

static void add_globs(struct out *o, const char *name, const struct rule_glob *list, size_t n)
{
    text_addf(o->t, o->is_json ? ",\n\"%s\":[" : "%s: [", name);
    for (size_t i = 0; i < n; i++) {
        text_add(o->t, i > 0 ? ", " : "");
        text_add_json(o->t, list[i].text);
    }
    text_add(o->t, o->is_json ? "]" : "]\n");
}

static void add_exceptions(struct out *o, const struct policy *p)
{
    list_begin(o, "exceptions");
    for (size_t i = 0; i < p->n_exceptions; i++) {
        const struct exception *e = &p->exceptions[i];
        item_begin(o);
        field(o, "rule", e->rule);
        field(o, "service", e->service);
        field(o, "server", e->server);
        field(o, "subject", e->subject);
        field(o, "certificate", e->certificate);
        field(o, "reason", e->reason);
        field_time(o, "until", e->until_us);
        item_end(o);
    }
    list_end(o);
}

static void add_windows(struct out *o, const struct policy *p)
{
    list_begin(o, "windows");
    for (size_t i = 0; i < p->n_windows; i++) {
        const struct maintenance *w = &p->windows[i];
        item_begin(o);
        field(o, "scope", w->scope);
        field_time(o, "start", w->start_us);
        field_time(o, "end", w->end_us);
        field(o, "reason", w->reason);
        item_end(o);
    }
    list_end(o);
}

static void add_named(struct out *o, const char *name, const struct named_prefixes *list, size_t n)
{
    list_begin(o, name);
    for (size_t i = 0; i < n; i++) {
        item_begin(o);
        field(o, "name", list[i].name);
        field_begin(o, "prefixes");
        add_prefixes(o, list[i].prefixes, list[i].n);
        field_end(o);
        item_end(o);
    }
    list_end(o);
}

static void add_services(struct out *o, const struct policy *p)
{
    list_begin(o, "services");
    for (size_t i = 0; i < p->n_services; i++) {
        item_begin(o);
        field(o, "name", p->services[i].name);
        field_begin(o, "at");
        add_texts(o, &p->services[i].at, 1);
        field_end(o);
        item_end(o);
    }
    list_end(o);
}

static void add_role(
        struct out *o, const char *key, const char *const *list, size_t n, bool is_first)
{
    if (o->is_json)
        text_addf(o->t, "%s\"%s\":", is_first ? "" : ",", key);
    else
        text_addf(o->t, "  %s: ", key);
    add_texts(o, list, n);
    field_end(o);
}

static void add_roles(struct out *o, const struct policy *p)
{
    text_add(o->t, o->is_json ? ",\n\"roles\":{" : "roles:\n");
    add_role(o, "no-0rtt", p->no_zero_rtt, p->n_no_zero_rtt, true);
    add_role(o, "inspection-cas", p->inspection, p->n_inspection, false);
    add_role(o, "shared-keys", p->shared_keys, p->n_shared_keys, false);
    if (o->is_json)
        text_add(o->t, "}");
}

static void add_trust(struct out *o, const struct policy *p)
{
    list_begin(o, "trust");
    for (size_t i = 0; i < p->n_trust; i++) {
        item_begin(o);
        field(o, "name", p->trust[i].name);
        field(o, "path", p->trust[i].path);
        field_begin(o, "public");
        text_add(o->t, p->trust[i].is_public ? "true" : "false");
        field_end(o);
        item_end(o);
    }
    list_end(o);
}

static void add_prints(struct out *o, const struct policy *p)
{
    list_begin(o, "fingerprints");
    for (size_t i = 0; i < p->n_prints; i++) {
        item_begin(o);
        field(o, "kind", KINDS[p->prints[i].kind]);
        field(o, "print", p->prints[i].print);
        field(o, "note", p->prints[i].note);
        item_end(o);
    }
    list_end(o);
}

static void add_owned(struct out *o, const struct policy *p)
{
    text_add(o->t, o->is_json ? ",\n\"owned\":" : "owned: ");
    add_prefixes(o, p->owned, p->n_owned);
    field_end(o);
}

static void add_inventory(struct out *o, const struct policy *p)
{
    if (p->inventory == NULL)
        return;
    text_add(o->t, o->is_json ? ",\n\"inventory\":" : "inventory: ");
    text_add_json(o->t, p->inventory);
    field_end(o);
}

static void add_lists(struct out *o, const struct policy *p)
{
    add_exceptions(o, p);
    add_windows(o, p);
    add_owned(o, p);
    add_named(o, "regions", p->regions, p->n_regions);
    add_named(o, "groups", p->groups, p->n_groups);
    add_services(o, p);
    add_roles(o, p);
    add_trust(o, p);
    add_inventory(o, p);
    add_globs(o, "paging", p->paging, p->n_paging);
    add_globs(o, "tickets", p->tickets, p->n_tickets);
    add_prints(o, p);
}

/* "default", "profile bsi", "line 12" */
static void origin_text(
        const struct policy *p, enum value_origin origin, unsigned line, char *out, size_t size)
{
    if (origin == ORIGIN_FILE)
        (void)snprintf(out, size, "line %u", line);
    else if (origin == ORIGIN_PROFILE)
        (void)snprintf(out, size, "profile %s", p->profile);
    else
        (void)snprintf(out, size, "default");
}

static const char *level(const struct severity_value *v)
{
    return v->is_off ? "off" : severity_name(v->severity);
}

static void show_text(const struct policy *p, struct text *t)
{
    char from[64], range[64];
    struct out o = {.t = t};
    text_addf(t, "profile %s: %s\n", p->profile, profile_find(p->profile)->source);
    text_addf(t, "file %s\n", p->path != NULL ? p->path : "none");
    text_addf(t, "\n%-32s %-12s %-12s %-20s %-20s %s\n", "THRESHOLD", "VALUE", "UNIT", "RANGE",
            "FROM", "WHAT");
    for (int i = 0; i < THRESHOLD_COUNT; i++) {
        const struct threshold_value *v = &p->thresholds[i];
        const struct threshold_row *row = threshold_row((enum threshold)i);
        origin_text(p, v->origin, v->line, from, sizeof from);
        (void)snprintf(range, sizeof range, "%.12g-%.12g", row->least, row->most);
        text_addf(t, "%-32s %-12.12g %-12s %-20s %-20s %s\n", row->name, v->value,
                unit_text(row->unit), range, from, row->what);
    }
    text_addf(t, "\n%-32s %-12s %s\n", "SEVERITY OF", "IS", "FROM");
    for (size_t i = 0; i < p->n_severities; i++) {
        const struct severity_value *v = &p->severities[i];
        origin_text(p, v->origin, v->line, from, sizeof from);
        text_addf(t, "%-32s %-12s %s\n", v->rule, level(v), from);
    }
    text_add(t, p->n_severities == 0 ? "(every rule as `tlswire rules` says)\n\n" : "\n");
    add_lists(&o, p);
}

static void show_yaml(const struct policy *p, struct text *t)
{
    char from[64];
    struct out o = {.t = t};
    text_addf(t, "profile: %s\nthresholds:\n", p->profile);
    for (int i = 0; i < THRESHOLD_COUNT; i++) {
        const struct threshold_value *v = &p->thresholds[i];
        origin_text(p, v->origin, v->line, from, sizeof from);
        text_addf(t, "  %s: %.12g # %s, %s\n", threshold_row((enum threshold)i)->name, v->value,
                unit_text(threshold_row((enum threshold)i)->unit), from);
    }
    text_add(t, "severities:\n"); /* the profile's come with it */
    for (size_t i = 0; i < p->n_severities; i++)
        if (p->severities[i].origin == ORIGIN_FILE)
            text_addf(t, "  %s: %s\n", p->severities[i].rule, level(&p->severities[i]));
    add_lists(&o, p);
}

static void add_origin(
        struct text *t, const struct policy *p, enum value_origin origin, unsigned line)
{
    char from[64];
    origin_text(p, origin, line, from, sizeof from);
    text_add(t, ",\"from\":");
    text_add_json(t, from);
    text_add(t, "}");
}

static void show_json(const struct policy *p, struct text *t)
{
    struct out o = {.t = t, .is_json = true};
    text_add(t, "{\"profile\":");
    text_add_json(t, p->profile);
    text_add(t, ",\n\"path\":");
    if (p->path != NULL)
        text_add_json(t, p->path);
    else
        text_add(t, "null");
    text_add(t, ",\n\"thresholds\":[");
    for (int i = 0; i < THRESHOLD_COUNT; i++) {
        const struct threshold_value *v = &p->thresholds[i];
        const struct threshold_row *row = threshold_row((enum threshold)i);
        text_addf(t,
                "%s\n{\"name\":\"%s\",\"value\":%.12g,\"default\":%.12g,\"least\":%.12g,"
                "\"most\":%.12g,\"unit\":\"%s\",\"what\":",
                i > 0 ? "," : "", row->name, v->value, row->preset, row->least, row->most,
                unit_text(row->unit));
        text_add_json(t, row->what);
        add_origin(t, p, v->origin, v->line);
    }
    text_add(t, "],\n\"severities\":[");
    for (size_t i = 0; i < p->n_severities; i++) {
        const struct severity_value *v = &p->severities[i];
        text_addf(
                t, "%s\n{\"rule\":\"%s\",\"severity\":\"%s\"", i > 0 ? "," : "", v->rule, level(v));
        add_origin(t, p, v->origin, v->line);
    }
    text_add(t, "]");
    add_lists(&o, p);
    text_add(t, "}\n");
}

void policy_show(const struct policy *p, enum policy_format format, struct text *out)
{
    switch (format) {
    case POLICY_TEXT:
        show_text(p, out);
        break;
    case POLICY_YAML:
        show_yaml(p, out);
        break;
    case POLICY_JSON:
        show_json(p, out);
        break;
    }
}
