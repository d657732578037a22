#include "cli/policy_rules.h"

#include "base/alloc.h"
#include "rules/rule.h"

struct policy *policy_rules_load(const char *path, const char *profile, struct err *err)
{
    size_t n = 0;
    while (rules_all[n] != NULL)
        n++;
    const char **ids = xcalloc(n + 1, sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = rules_all[i]->id;
    struct policy *p = policy_load(path, profile, ids, err);
    xfree(ids);
    return p;
}
