#ifndef TLSWIRE_RULES_CODES_H
#define TLSWIRE_RULES_CODES_H

#include "rules/rule.h"

/*
 * By what name people know a defect: failure modes (F), terms (T), metrics (M), mistakes that are
 * made often (P), use cases (U) and scenarios (S).
 */
struct rule_code {
    const char *code;
    const char *title;
    const char *wire; /* how far it can be seen on the wire; where not at all, why */
};

/* rule_codes are all of them in order, ended by a NULL code. */
extern const struct rule_code rule_codes[];
/* rule_has_code says whether the rule stands under the code. */
bool rule_has_code(const struct rule *r, const char *code);
/* rule_unseen is what of the defect cannot be seen on the wire; NULL when there is nothing to say.
 */
const char *rule_unseen(const struct rule *r);

#endif
