#include <string.h>

#include "rules/rule.h"

const struct rule *const rules_all[] = {
#define RULE(name) &rule_##name,
#include "rules/rules.def"
#undef RULE
        NULL};

size_t rule_number(const char *id)
{
    for (size_t i = 0; rules_all[i] != NULL; i++)
        if (strcmp(rules_all[i]->id, id) == 0)
            return i;
    return SIZE_MAX;
}

const struct rule *rule_find(const char *id)
{
    size_t number = rule_number(id);
    return number != SIZE_MAX ? rules_all[number] : NULL;
}
