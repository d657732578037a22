#ifndef TLSWIRE_POLICY_RAW_H
#define TLSWIRE_POLICY_RAW_H

#include <cyaml/cyaml.h>

#include "policy/policy.h"

/* The file as it is written: every value is text, NULL or "" where nothing stands. */
struct raw_list {
    char **items;
    unsigned n;
};

struct raw_exception {
    char *rule, *service, *server, *subject, *certificate, *reason, *until;
};

struct raw_window {
    char *scope, *start, *end, *reason;
};

struct raw_prefixes {
    char *name;
    struct raw_list prefixes;
};

struct raw_service {
    char *name;
    struct raw_list at;
};

struct raw_roles {
    struct raw_list no_zero_rtt, inspection, shared_keys;
};

struct raw_trust {
    char *name, *path, *is_public;
};

struct raw_print {
    char *kind, *print, *note;
};

struct raw_thresholds {
    char *values[THRESHOLD_COUNT];
};

struct raw {
    char *profile, *inventory;
    struct raw_thresholds *thresholds;
    char **severities; /* in the order of the rules that were given */
    struct raw_exception *exceptions;
    struct raw_window *windows;
    struct raw_prefixes *regions, *groups;
    struct raw_service *services;
    struct raw_roles *roles;
    struct raw_trust *trust;
    struct raw_print *fingerprints;
    struct raw_list owned, paging, tickets;
    unsigned n_exceptions, n_windows, n_regions, n_groups, n_services, n_trust, n_fingerprints;
};

/* The schema of the file; severities may have the names of these rules, ended by NULL. */
struct raw_schema {
    cyaml_schema_value_t top;
    cyaml_schema_field_t *fields, *severities;
    size_t n_rules;
};

/* raw_count is the length of a list that NULL ends; NULL is an empty one. */
size_t raw_count(const char *const *rules);
void raw_schema_init(struct raw_schema *s, const char *const *rules);
void raw_schema_fini(struct raw_schema *s);
/* raw_load reads the text, which place_all has looked through; NULL with err. */
struct raw *raw_load(const struct raw_schema *s, struct bytes text, struct err *err);
void raw_free(const struct raw_schema *s, struct raw *raw);

#endif
