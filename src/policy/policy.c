#include "policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/build.h"

static const struct threshold_row ROWS[] = {
#define THRESHOLD(id, name, preset, unit, least, most, what)                                       \
    [THRESHOLD_##id] = {name, what, UNIT_##unit, preset, least, most},
#include "policy/thresholds.def"
#undef THRESHOLD
};

static const struct {
    const char *text;
    int64_t us;
} UNITS[] = {
        [UNIT_COUNT] = {"count", 0},
        [UNIT_RATIO] = {"ratio", 0},
        [UNIT_PROBABILITY] = {"probability", 0},
        [UNIT_DIVISOR] = {"divisor", 0},
        [UNIT_FLAG] = {"0 or 1", 0},
        [UNIT_BITS] = {"bits", 0},
        [UNIT_BYTES] = {"bytes", 0},
        [UNIT_PARAMETERS] = {"parameters", 0},
        [UNIT_MILLISECONDS] = {"milliseconds", 1000},
        [UNIT_SECONDS] = {"seconds", 1000000},
        [UNIT_MINUTES] = {"minutes", 60 * INT64_C(1000000)},
        [UNIT_HOURS] = {"hours", 3600 * INT64_C(1000000)},
        [UNIT_DAYS] = {"days", 86400 * INT64_C(1000000)},
};

const char *unit_text(enum unit unit)
{
    return UNITS[unit].text;
}

int64_t unit_us(enum unit unit)
{
    return UNITS[unit].us;
}

const struct threshold_row *threshold_row(enum threshold t)
{
    return &ROWS[t];
}

/* Section 9 of the catalogue: what wakes somebody up, and what makes a ticket. */
static const char *const PAGING[] = {"ops-success-rate-low", "ops-burn-rate", "cert-expired",
        "cert-expiring-1d", "mtls-cert-rejected@high", "kex-signature-invalid",
        "revoked-cert-in-use", "entropy-*@critical"};
static const char *const TICKETS[] = {
        "cert-expiring-7d", "cert-expiring-30d", "cipher-fallback-share", "chain-*"};

static struct rule_glob *preset_globs(struct arena *a, const char *const *texts, size_t n)
{
    struct rule_glob *all = arena_alloc(a, n * sizeof *all);
    for (size_t i = 0; i < n; i++)
        (void)rule_glob_parse(a, texts[i], &all[i]);
    return all;
}

static void apply_profile(struct policy *p, const struct profile *profile)
{
    p->profile = profile->name;
    for (size_t i = 0; i < profile->n_thresholds; i++)
        p->thresholds[profile->thresholds[i].threshold] =
                (struct threshold_value){profile->thresholds[i].value, ORIGIN_PROFILE, 0};
    p->severities = arena_alloc(&p->arena, (profile->n_severities + 1) * sizeof *p->severities);
    for (size_t i = 0; i < profile->n_severities; i++) {
        const struct profile_severity *s = &profile->severities[i];
        struct severity_value *v = &p->severities[p->n_severities++];
        *v = (struct severity_value){.rule = s->rule, .origin = ORIGIN_PROFILE};
        v->is_off = !severity_parse(s->severity, &v->severity);
    }
    severities_sort(p);
}

struct policy *policy_new(const struct profile *profile)
{
    struct policy *p = xcalloc(1, sizeof *p);
    arena_init(&p->arena);
    for (int i = 0; i < THRESHOLD_COUNT; i++)
        p->thresholds[i] = (struct threshold_value){ROWS[i].preset, ORIGIN_DEFAULT, 0};
    p->n_paging = sizeof PAGING / sizeof *PAGING;
    p->paging = preset_globs(&p->arena, PAGING, p->n_paging);
    p->n_tickets = sizeof TICKETS / sizeof *TICKETS;
    p->tickets = preset_globs(&p->arena, TICKETS, p->n_tickets);
    apply_profile(p, profile);
    return p;
}

struct policy *policy_default(void)
{
    return policy_new(profile_at(0));
}

void policy_free(struct policy *p)
{
    if (p == NULL)
        return;
    arena_fini(&p->arena);
    xfree(p);
}

static void add_profiles(struct text *t)
{
    for (size_t i = 0; policy_profile_name(i) != NULL; i++)
        text_addf(t, "%s%s", i > 0 ? ", " : "", policy_profile_name(i));
}

/* What is asked for at the command line, then what the file says, then the default. */
static const struct profile *choose_profile(
        const char *asked, const char *in_file, struct build *b, struct err *err)
{
    const char *name = asked != NULL ? asked : in_file != NULL ? in_file : "default";
    const struct profile *profile = profile_find(in_file != NULL ? in_file : name);
    struct text t = {0};
    if (profile == NULL && in_file != NULL) {
        text_add(&t, "is none of ");
        add_profiles(&t);
        (void)build_wrong(b, "profile", in_file, text_str(&t));
    } else if (asked != NULL && (profile = profile_find(asked)) == NULL) {
        add_profiles(&t);
        err_set(err, "profile %.64s: none of %s", asked, text_str(&t));
    }
    text_fini(&t);
    return profile;
}

static struct policy *build_raw(struct build *b, const char *profile, struct bytes text)
{
    const struct profile *chosen = choose_profile(profile, b->raw->profile, b, b->err);
    if (chosen == NULL)
        return NULL;
    b->policy = policy_new(chosen);
    b->policy->path = arena_text(&b->policy->arena, bytes_of_text(b->path));
    b->policy->source = arena_dup(&b->policy->arena, text);
    if (build_all(b))
        return b->policy;
    policy_free(b->policy);
    return NULL;
}

/* libcyaml fills what the walk over the text found fit. */
static struct policy *load_raw(
        const struct raw_schema *schema, struct build *b, const char *profile, struct bytes text)
{
    static const struct raw NOTHING;
    struct err why;
    struct raw *raw = NULL;
    if (places_count(b->places) > 0) {
        raw = raw_load(schema, text, &why);
        if (raw == NULL) {
            err_set(b->err, "%s:1: not a policy: %s", b->path, why.text);
            return NULL;
        }
    }
    b->raw = raw != NULL ? raw : &NOTHING;
    struct policy *p = build_raw(b, profile, text);
    raw_free(schema, raw);
    return p;
}

struct policy *policy_parse(struct bytes text, const char *path, const char *profile,
        const char *const *rules, struct err *err)
{
    struct raw_schema schema;
    struct policy *p = NULL;
    if (text.n > POLICY_FILE_MOST) {
        err_set(err, "%s: longer than 1 MiB: not a policy", path);
        return NULL;
    }
    raw_schema_init(&schema, rules);
    struct build b = {.rules = rules, .path = path, .err = err};
    b.places = place_all(text, path, &schema.top, err);
    if (b.places != NULL)
        p = load_raw(&schema, &b, profile, text);
    places_free(b.places);
    raw_schema_fini(&schema);
    return p;
}

/* One byte more than is allowed, so that it is noticed. */
static bool read_file(const char *path, uint8_t *room, size_t *n, struct err *err)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        err_set(err, "%s: %s", path, strerror(errno));
        return false;
    }
    errno = 0;
    *n = fread(room, 1, POLICY_FILE_MOST + 1, in);
    bool is_ok = !ferror(in);
    if (!is_ok)
        err_set(err, "%s: %s", path, strerror(errno));
    (void)fclose(in);
    return is_ok;
}

struct policy *policy_load(
        const char *path, const char *profile, const char *const *rules, struct err *err)
{
    struct policy *p = NULL;
    size_t n = 0;
    if (path == NULL) {
        const struct profile *chosen = choose_profile(profile, NULL, NULL, err);
        return chosen != NULL ? policy_new(chosen) : NULL;
    }
    uint8_t *room = xcalloc(POLICY_FILE_MOST + 1, 1);
    if (read_file(path, room, &n, err))
        p = policy_parse((struct bytes){room, n}, path, profile, rules, err);
    xfree(room);
    return p;
}

const char *policy_path(const struct policy *p)
{
    return p->path;
}

struct bytes policy_source(const struct policy *p)
{
    return p->source;
}

const char *policy_profile(const struct policy *p)
{
    return p->profile;
}

const char *policy_inventory(const struct policy *p)
{
    return p->inventory;
}

unsigned policy_inventory_line(const struct policy *p)
{
    return p->inventory_line;
}

size_t policy_trust(const struct policy *p, const struct trust_entry **out)
{
    *out = p->trust;
    return p->n_trust;
}

size_t policy_exceptions(const struct policy *p, const struct exception **out)
{
    *out = p->exceptions;
    return p->n_exceptions;
}
