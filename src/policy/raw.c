#include "policy/raw.h"

#include <string.h>

#include "base/alloc.h"

enum { TEXT_MOST = 1024 };
#define OPTIONAL CYAML_FLAG_OPTIONAL
/* A key with nothing behind it is as good as none. */
#define EMPTY (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR)
#define NEEDED CYAML_FLAG_DEFAULT
#define TEXT(key, flags, type, member)                                                             \
    CYAML_FIELD_STRING_PTR(key, flags, type, member, 0, TEXT_MOST)
#define LIST(key, flags, type, member)                                                             \
    CYAML_FIELD_SEQUENCE_COUNT(key, (flags) | CYAML_FLAG_POINTER, type, member.items, member.n,    \
            &STRING, 0, POLICY_LIST_MOST)
#define MAPPINGS(key, member, count, entry, most)                                                  \
    CYAML_FIELD_SEQUENCE_COUNT(key, EMPTY, struct raw, member, count, entry, 0, most)

static const cyaml_schema_value_t STRING = {
        CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, TEXT_MOST)};

static const cyaml_schema_field_t EXCEPTION[] = {TEXT("rule", NEEDED, struct raw_exception, rule),
        TEXT("service", OPTIONAL, struct raw_exception, service),
        TEXT("server", OPTIONAL, struct raw_exception, server),
        TEXT("subject", OPTIONAL, struct raw_exception, subject),
        TEXT("certificate", OPTIONAL, struct raw_exception, certificate),
        TEXT("reason", NEEDED, struct raw_exception, reason),
        TEXT("until", NEEDED, struct raw_exception, until), CYAML_FIELD_END};
static const cyaml_schema_value_t EXCEPTION_ENTRY = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_exception, EXCEPTION)};

static const cyaml_schema_field_t WINDOW[] = {TEXT("scope", NEEDED, struct raw_window, scope),
        TEXT("start", NEEDED, struct raw_window, start),
        TEXT("end", NEEDED, struct raw_window, end),
        TEXT("reason", NEEDED, struct raw_window, reason), CYAML_FIELD_END};
static const cyaml_schema_value_t WINDOW_ENTRY = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_window, WINDOW)};

static const cyaml_schema_field_t PREFIXES[] = {TEXT("name", NEEDED, struct raw_prefixes, name),
        LIST("prefixes", NEEDED, struct raw_prefixes, prefixes), CYAML_FIELD_END};
static const cyaml_schema_value_t PREFIXES_ENTRY = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_prefixes, PREFIXES)};

static const cyaml_schema_field_t SERVICE[] = {TEXT("name", NEEDED, struct raw_service, name),
        LIST("at", NEEDED, struct raw_service, at), CYAML_FIELD_END};
static const cyaml_schema_value_t SERVICE_ENTRY = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_service, SERVICE)};

static const cyaml_schema_field_t ROLES[] = {LIST("no-0rtt", EMPTY, struct raw_roles, no_zero_rtt),
        LIST("inspection-cas", EMPTY, struct raw_roles, inspection),
        LIST("shared-keys", EMPTY, struct raw_roles, shared_keys), CYAML_FIELD_END};

static const cyaml_schema_field_t TRUST[] = {TEXT("name", NEEDED, struct raw_trust, name),
        TEXT("path", NEEDED, struct raw_trust, path),
        TEXT("public", OPTIONAL, struct raw_trust, is_public), CYAML_FIELD_END};
static const cyaml_schema_value_t TRUST_ENTRY = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_trust, TRUST)};

static const cyaml_schema_field_t PRINT[] = {TEXT("kind", NEEDED, struct raw_print, kind),
        TEXT("print", NEEDED, struct raw_print, print),
        TEXT("note", NEEDED, struct raw_print, note), CYAML_FIELD_END};
static const cyaml_schema_value_t PRINT_ENTRY = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_print, PRINT)};

static const cyaml_schema_field_t THRESHOLDS[] = {
#define THRESHOLD(id, name, preset, unit, least, most, what)                                       \
    TEXT(name, OPTIONAL, struct raw_thresholds, values[THRESHOLD_##id]),
#include "policy/thresholds.def"
#undef THRESHOLD
        CYAML_FIELD_END};

static const cyaml_schema_field_t TOP[] = {TEXT("profile", OPTIONAL, struct raw, profile),
        CYAML_FIELD_MAPPING_PTR("thresholds", EMPTY, struct raw, thresholds, THRESHOLDS),
        CYAML_FIELD_MAPPING_PTR("severities", EMPTY, struct raw, severities, NULL),
        MAPPINGS("exceptions", exceptions, n_exceptions, &EXCEPTION_ENTRY, POLICY_LIST_MOST),
        MAPPINGS("windows", windows, n_windows, &WINDOW_ENTRY, POLICY_LIST_MOST),
        LIST("owned", EMPTY, struct raw, owned),
        MAPPINGS("regions", regions, n_regions, &PREFIXES_ENTRY, POLICY_LIST_MOST),
        MAPPINGS("groups", groups, n_groups, &PREFIXES_ENTRY, POLICY_LIST_MOST),
        MAPPINGS("services", services, n_services, &SERVICE_ENTRY, POLICY_LIST_MOST),
        CYAML_FIELD_MAPPING_PTR("roles", EMPTY, struct raw, roles, ROLES),
        MAPPINGS("trust", trust, n_trust, &TRUST_ENTRY, POLICY_TRUST_MOST),
        TEXT("inventory", OPTIONAL, struct raw, inventory),
        LIST("paging", EMPTY, struct raw, paging), LIST("tickets", EMPTY, struct raw, tickets),
        MAPPINGS("fingerprints", fingerprints, n_fingerprints, &PRINT_ENTRY, POLICY_LIST_MOST),
        CYAML_FIELD_END};
enum { TOP_COUNT = sizeof TOP / sizeof *TOP };

size_t raw_count(const char *const *rules)
{
    size_t n = 0;
    while (rules != NULL && rules[n] != NULL)
        n++;
    return n;
}

/* The keys under severities are known only now: libcyaml has no free mappings. */
void raw_schema_init(struct raw_schema *s, const char *const *rules)
{
    static const cyaml_schema_field_t ONE = {
            .value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER | OPTIONAL, char, 0, TEXT_MOST)}};
    *s = (struct raw_schema){.n_rules = raw_count(rules)};
    s->severities = xcalloc(s->n_rules + 1, sizeof *s->severities);
    for (size_t i = 0; rules != NULL && rules[i] != NULL; i++) {
        s->severities[i] = ONE;
        s->severities[i].key = rules[i];
        s->severities[i].data_offset = (uint32_t)(i * sizeof(char *));
    }
    s->fields = xcalloc(TOP_COUNT, sizeof *s->fields);
    memcpy(s->fields, TOP, sizeof TOP);
    for (size_t i = 0; i < TOP_COUNT && s->fields[i].key != NULL; i++)
        if (strcmp(s->fields[i].key, "severities") == 0) {
            s->fields[i].value.mapping.fields = s->severities;
            s->fields[i].value.data_size = (uint32_t)((s->n_rules + 1) * sizeof(char *));
        }
    s->top = (cyaml_schema_value_t){CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw, s->fields)};
}

void raw_schema_fini(struct raw_schema *s)
{
    xfree(s->severities);
    xfree(s->fields);
}

static void *memory(void *ctx, void *p, size_t n)
{
    (void)ctx;
    if (n > 0)
        return xrealloc(p, n, 1);
    xfree(p);
    return NULL;
}

static const cyaml_config_t CONFIG = {
        .mem_fn = memory, .flags = CYAML_CFG_NO_ALIAS, .log_level = CYAML_LOG_ERROR};

struct raw *raw_load(const struct raw_schema *s, struct bytes text, struct err *err)
{
    cyaml_data_t *data = NULL;
    cyaml_err_t status = cyaml_load_data(text.p, text.n, &CONFIG, &s->top, &data, NULL);
    if (status == CYAML_OK)
        return data;
    err_set(err, "%s", cyaml_strerror(status));
    return NULL;
}

void raw_free(const struct raw_schema *s, struct raw *raw)
{
    if (raw != NULL)
        (void)cyaml_free(&CONFIG, &s->top, raw, 0);
}
