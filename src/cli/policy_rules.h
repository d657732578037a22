#ifndef TLSWIRE_CLI_POLICY_RULES_H
#define TLSWIRE_CLI_POLICY_RULES_H

#include "policy/policy.h"

/* policy_rules_load is policy_load with the ids of the catalogue. */
struct policy *policy_rules_load(const char *path, const char *profile, struct err *err);

#endif
