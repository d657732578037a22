#ifndef TLSWIRE_POLICY_POLICY_INTERNAL_H
#define TLSWIRE_POLICY_POLICY_INTERNAL_H

#include "base/arena.h"
#include "policy/policy.h"

/* Where a value comes from. */
enum value_origin { ORIGIN_DEFAULT, ORIGIN_PROFILE, ORIGIN_FILE };

/* The first bits of an address; IPv4 stands as mapped, so 10.0.0.0/8 has 104 bits. */
struct prefix {
    struct address address;
    unsigned bits;
};

struct threshold_value {
    double value;
    enum value_origin origin;
    unsigned line; /* ORIGIN_FILE */
};

struct severity_value {
    const char *rule;
    bool is_off;
    enum severity severity;
    enum value_origin origin;
    unsigned line;
};

/* "rule" or "rule@severity": of at least this severity. */
struct rule_glob {
    const char *text; /* as written */
    const char *glob;
    enum severity least;
};

struct named_prefixes {
    const char *name;
    const struct prefix *prefixes;
    size_t n;
};

struct service_name {
    const char *name, *at; /* at: as written */
    struct prefix server;
    uint16_t port; /* 0: any */
};

struct print_entry {
    enum print_kind kind;
    const char *print, *note;
};

struct policy {
    struct arena arena;
    struct bytes source;
    const char *path, *profile, *inventory;
    unsigned inventory_line;
    struct threshold_value thresholds[THRESHOLD_COUNT];
    /* Lists; severities are in order of rule. */
    struct severity_value *severities;
    struct exception *exceptions;
    struct maintenance *windows;
    struct prefix *owned;
    struct named_prefixes *regions, *groups;
    struct service_name *services;
    struct trust_entry *trust;
    struct rule_glob *paging, *tickets;
    struct print_entry *prints;
    const char **no_zero_rtt, **inspection, **shared_keys;
    size_t n_severities, n_exceptions, n_windows, n_owned, n_regions, n_groups, n_services, n_trust,
            n_paging, n_tickets, n_prints, n_no_zero_rtt, n_inspection, n_shared_keys;
};

/* A profile: what differs from the default, and the document that says so. */
struct profile_severity {
    const char *rule, *severity; /* "off" or a name */
};
struct profile_threshold {
    enum threshold threshold;
    double value;
};
struct profile {
    const char *name, *source;
    const struct profile_severity *severities;
    const struct profile_threshold *thresholds;
    size_t n_severities, n_thresholds;
};
/* profile_at gives the n-th profile, NULL after the last; profile_find the one with this name. */
const struct profile *profile_at(size_t n);
const struct profile *profile_find(const char *name);

/* glob_match says whether text is what the pattern describes; * stands for any number of
 * characters.
 */
bool glob_match(const char *pattern, const char *text);
/* prefix_contains says whether the address begins with the prefix. */
bool prefix_contains(const struct prefix *p, const struct address *a);
/* prefix_parse reads "10.0.0.0/8", "2001:db8::/32", or an address; NULL, or what is wrong. */
const char *prefix_parse(const char *text, struct prefix *out);
/* prefix_text writes it as prefix_parse reads it. */
enum { PREFIX_TEXT = 64 };
void prefix_text(const struct prefix *p, char out[PREFIX_TEXT]);
/* rule_glob_parse reads "rule" or "rule@severity", which is cut at the @; NULL, or what is wrong.
 */
const char *rule_glob_parse(struct arena *a, const char *text, struct rule_glob *out);
/* severities_sort brings them into order of rule; of two with one rule the later stays. */
void severities_sort(struct policy *p);
/* policy_new gives the default under a profile. */
struct policy *policy_new(const struct profile *profile);

#endif
