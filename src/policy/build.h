#ifndef TLSWIRE_POLICY_BUILD_H
#define TLSWIRE_POLICY_BUILD_H

#include "policy/place.h"
#include "policy/policy_internal.h"
#include "policy/raw.h"

/* What the values of a file are checked and kept with. */
struct build {
    struct policy *policy;
    const struct raw *raw;
    const char *const *rules;
    struct places *places; /* NULL: an empty file */
    const char *path;
    struct err *err;
};

/* build_all checks every value and puts it into the policy; false with err. */
bool build_all(struct build *b);

/* build_lists does so for exceptions, windows and the lists of texts and prefixes. */
bool build_lists(struct build *b);

/* build_wrong writes "path:line: key: value what"; value may be NULL. Gives false. */
bool build_wrong(struct build *b, const char *key, const char *value, const char *what);
/* build_text keeps a text: NULL when there is none, or it is empty. */
const char *build_text(struct build *b, const char *text);
/* build_need is false when the text is empty. */
bool build_need(struct build *b, const char *key, const char *text);
/* build_rule is false when the glob covers no rule, which is a slip. */
bool build_rule(struct build *b, const char *key, const char *glob);

enum { BUILD_KEY = 128 };

#endif
