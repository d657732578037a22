#include "model/finding.h"

#include <string.h>

#include "base/alloc.h"

static const char *const severities[SEV_COUNT] = {"info", "low", "medium", "high", "critical"};

static const char *const life_events[LIFE_EVENT_KINDS] = {
        "opened", "reopened", "closed", "superseded"};

const char *life_event_name(enum life_event_kind k)
{
    return life_events[k];
}

const char *muted_by_name(enum muted_by m)
{
    static const char *const names[MUTED_COUNT] = {"none", "exception", "window", "clock"};
    return names[m];
}

const char *notify_name(enum notify n)
{
    static const char *const names[NOTIFY_COUNT] = {"none", "ticket", "paging"};
    return names[n];
}

const char *severity_name(enum severity s)
{
    return severities[s];
}

bool severity_parse(const char *text, enum severity *out)
{
    for (int i = 0; i < SEV_COUNT; i++) {
        if (strcmp(text, severities[i]) == 0) {
            *out = (enum severity)i;
            return true;
        }
    }
    return false;
}

const char *key_type_name(enum key_type t)
{
    static const char *const names[KEY_TYPE_COUNT] = {
            [KEY_UNKNOWN] = "unknown",
            [KEY_RSA] = "RSA",
            [KEY_RSA_PSS] = "RSA-PSS",
            [KEY_DSA] = "DSA",
            [KEY_EC] = "EC",
            [KEY_ED25519] = "Ed25519",
            [KEY_ED448] = "Ed448",
            [KEY_ML_DSA] = "ML-DSA",
            [KEY_GOST] = "GOST",
    };
    return names[t];
}

bool certificate_requires_staple(const struct certificate *c)
{
    for (size_t i = 0; i < c->n_tls_features; i++)
        if (c->tls_features[i] == 5) /* status_request */
            return true;
    return false;
}

void certificate_free(struct certificate *c)
{
    if (c == NULL)
        return;
    arena_fini(&c->arena);
    xfree(c);
}
