#ifndef TLSWIRE_POLICY_POLICY_H
#define TLSWIRE_POLICY_POLICY_H

#include "base/err.h"
#include "base/text.h"
#include "model/finding.h"

/*
 * What this site wants: thresholds and severities (from a profile, then from a file), exceptions,
 * maintenance windows, and whose addresses are whose. Read once, then constant: many threads may
 * ask. Every const char * that is given out lives as long as the policy.
 */
struct policy;

enum { POLICY_FILE_MOST = 1 << 20, POLICY_LIST_MOST = 10000, POLICY_TRUST_MOST = 16 };

/* The numbers that rules compare with, in order of their names. */
enum threshold {
#define THRESHOLD(id, name, preset, unit, least, most, what) THRESHOLD_##id,
#include "policy/thresholds.def"
#undef THRESHOLD
    THRESHOLD_COUNT
};

/* What a threshold counts; UNIT_DIVISOR is one part in N, UNIT_PARAMETERS the number in the name of
 * a parameter set (ML-KEM-768). */
enum unit {
    UNIT_COUNT,
    UNIT_RATIO,
    UNIT_PROBABILITY,
    UNIT_DIVISOR,
    UNIT_FLAG,
    UNIT_BITS,
    UNIT_BYTES,
    UNIT_PARAMETERS,
    UNIT_MILLISECONDS,
    UNIT_SECONDS,
    UNIT_MINUTES,
    UNIT_HOURS,
    UNIT_DAYS
};
/* unit_text names it in the plural, unit_us is its length in microseconds, 0 for what is no time.
 */
const char *unit_text(enum unit unit);
int64_t unit_us(enum unit unit);

struct threshold_row {
    const char *name, *what;
    enum unit unit;
    double preset, least, most;
};
const struct threshold_row *threshold_row(enum threshold t);

/* A finding that is known and accepted until a date. NULL: any. Texts are globs, where * stands for
 * anything; server may be a prefix; certificate is the beginning of a SHA-256. */
struct exception {
    const char *rule, *service, *server, *subject, *certificate;
    const char *reason;
    int64_t until_us; /* the first moment when it does not hold any more */
    unsigned line;    /* in the file */
    size_t position;  /* in the list, from 0 */
};

/* A time when findings are stored, but disturb nobody. */
struct maintenance {
    const char *scope; /* glob of a service, or a prefix of the server's address */
    const char *reason;
    int64_t start_us, end_us; /* end is not in it */
    unsigned line;
};

struct trust_entry {
    const char *name, *path; /* from the directory of the policy file */
    bool is_public;
    const char *option; /* "[public:]NAME=PATH", as read --trust takes it */
    unsigned line;      /* of the path */
};

enum print_kind { PRINT_JA3, PRINT_JA4, PRINT_SERVER };

/* policy_default is the policy without a file. */
struct policy *policy_default(void);
/*
 * policy_load reads a file, or gives the default when path is NULL. profile takes the place of what
 * the file says; NULL leaves it. rules are the ids that may stand under severities, ended by NULL.
 * NULL with err: one line with file, line, key, and what is allowed there.
 */
struct policy *policy_load(
        const char *path, const char *profile, const char *const *rules, struct err *err);
/* policy_parse does the same with the bytes of a file; path is what errors name. */
struct policy *policy_parse(struct bytes text, const char *path, const char *profile,
        const char *const *rules, struct err *err);
/* policy_free frees; NULL is fine. */
void policy_free(struct policy *p);

/* policy_path is the file, NULL none; policy_source are its bytes. */
const char *policy_path(const struct policy *p);
struct bytes policy_source(const struct policy *p);
const char *policy_profile(const struct policy *p);
/* policy_profile_name is the n-th profile, NULL after the last. */
const char *policy_profile_name(size_t n);
/* policy_inventory is the file of owners, NULL none. */
const char *policy_inventory(const struct policy *p);
unsigned policy_inventory_line(const struct policy *p);
size_t policy_trust(const struct policy *p, const struct trust_entry **out);

/* policy_threshold gives the number; p may be NULL: the default. */
double policy_threshold(const struct policy *p, enum threshold t);
/* policy_severity replaces *inout when the policy says so; false: the rule is off. */
bool policy_severity(const struct policy *p, const char *rule, enum severity *inout);
/* policy_says_severity says whether the file itself gives the severity of the rule. */
bool policy_says_severity(const struct policy *p, const char *rule);
/*
 * policy_exception gives the first exception that covers the sighting at the time of its packets,
 * or NULL. *past is then the first one that would have, but whose date is past, or NULL.
 */
const struct exception *policy_exception(
        const struct policy *p, const struct sighting *s, const struct exception **past);
size_t policy_exceptions(const struct policy *p, const struct exception **out);
/* policy_window_at gives the maintenance window of the service or server that us lies in, or NULL.
 * service and server may be NULL. */
const struct maintenance *policy_window_at(const struct policy *p, const struct service *service,
        const struct address *server, int64_t us);
/* policy_owned says whether the address is ours; everything is while no prefix is given. */
bool policy_owned(const struct policy *p, const struct address *a);
/* policy_has_owned says whether any prefix of ours was given. */
bool policy_has_owned(const struct policy *p);
/* policy_region and policy_group give the name with the longest prefix around the address, or
 * NULL. */
const char *policy_region(const struct policy *p, const struct address *a);
const char *policy_group(const struct policy *p, const struct address *a);
/* policy_service is the name for a server that no SNI names, or NULL. */
const char *policy_service(const struct policy *p, const struct endpoint *server);
/* policy_no_zero_rtt says whether the service must not get early data. */
bool policy_no_zero_rtt(const struct policy *p, const struct service *s);
/* policy_inspection says whether the certificate (of a CA) belongs to sanctioned inspection;
 * policy_shared_key whether the key of this one is shared on purpose. */
bool policy_inspection(const struct policy *p, const struct certificate *c);
bool policy_shared_key(const struct policy *p, const struct certificate *c);
/* policy_is_paging and policy_is_ticket say whether a finding wakes somebody up or makes a ticket;
 * NULL: never. */
bool policy_is_paging(const struct policy *p, const char *rule, enum severity s);
bool policy_is_ticket(const struct policy *p, const char *rule, enum severity s);
/* policy_fingerprints counts the fingerprints of end-of-life software. */
size_t policy_fingerprints(const struct policy *p);
/* policy_fingerprint is the note about an end-of-life fingerprint, or NULL. */
const char *policy_fingerprint(const struct policy *p, enum print_kind kind, const char *print);

enum policy_format { POLICY_TEXT, POLICY_YAML, POLICY_JSON };
/* policy_show appends all of it: for people with where each value comes from, as a file that can be
 * loaded again, or as one JSON object. */
void policy_show(const struct policy *p, enum policy_format format, struct text *out);

#endif
