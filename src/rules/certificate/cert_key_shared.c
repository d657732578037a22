#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "rules/judged.h"

/* Whether a dNSName of the certificate lies in the domain: then one certificate is for both. */
static bool names_domain(const struct certificate *c, const char *domain)
{
    size_t n = strlen(domain);
    bool is_found = false;
    for (size_t i = 0; i < c->n_sans && !is_found && n > 0; i++) {
        struct text name = {0};
        if (c->sans[i].type == SAN_DNS && c->sans[i].value.n >= n) {
            text_add_escaped(&name, c->sans[i].value);
            size_t skip = name.n >= n ? name.n - n : 0;
            const char *tail = text_str(&name) + skip;
            is_found = strcasecmp(tail, domain) == 0 &&
                       (skip == 0 || text_str(&name)[skip - 1] == '.');
        }
        text_fini(&name);
    }
    return is_found;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], other[WHO_TEXT];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    const struct key_use *u = j->key_use;
    rule_name(leaf, who);
    /* A default certificate is shown for names that are not its own. */
    if (f->service == NULL || f->service->is_address || f->name_match != NAME_FACT_MATCH)
        return RULE_NA;
    if (policy_shared_key(f->policy, leaf))
        return RULE_PASS;
    if (u == NULL || u->other == NULL || names_domain(leaf, u->other))
        return RULE_PASS;
    if (leaf->n_sans_dropped > 0)
        return rule_undetermined(a, "the certificate has more names than are kept");
    rule_clip(u->other, other);
    rule_summary(a, "the key of %s, served for %.100s, is also used for %s (%u domain%s so far)",
            who, f->service->name, other, u->n_domains, u->n_domains == 1 ? "" : "s");
    return rule_key_hit(f, a, 0);
}

const struct rule rule_cert_key_shared = {
        .id = "cert-key-shared",
        .codes = "T4 P22 U6",
        .title = "One key serves several domains",
        .cite = "NIST SP 800-57 part 1 5.2",
        .what = "The key of the server's certificate was served for another registrable domain as "
                "well, in another certificate.",
        .traps = "One certificate that names both domains shares its key on purpose: left out. A "
                 "certificate that is shown for names it does not have counts for none. Clusters "
                 "of appliances and CDNs share keys knowingly: a policy names those (roles). A key "
                 "that "
                 "SSL 2.0 shows as well is vuln-drown.",
        .unseen = "In TLS 1.3 certificates are encrypted; who may hold the key lawfully is not in "
                  "it.",
        .remedy = "Use one key per service.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check,
};
