#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    const struct {
        enum print_kind kind;
        const char *print, *what;
    } prints[] = {{PRINT_JA4, h->prints.ja4, "client with JA4"},
            {PRINT_JA3, h->prints.ja3, "client with JA3"},
            {PRINT_SERVER, h->prints.server, "server with fingerprint"}};
    bool has_any = false;
    if (policy_fingerprints(f->policy) == 0 || h->outcome == OUTCOME_SCAN)
        return RULE_NA;
    for (size_t i = 0; i < sizeof prints / sizeof *prints; i++) {
        if (prints[i].print[0] == '\0')
            continue;
        has_any = true;
        const char *note = policy_fingerprint(f->policy, prints[i].kind, prints[i].print);
        if (note == NULL)
            continue;
        rule_subject(a, "%s", prints[i].print);
        rule_summary(
                a, "a %s %s, which the policy lists: %s", prints[i].what, prints[i].print, note);
        rule_connection(a, "the connection with this fingerprint");
        return RULE_HIT;
    }
    return has_any ? RULE_PASS : RULE_NA;
}

const struct rule rule_vuln_eol_stack_hint = {
        .id = "vuln-eol-stack-hint",
        .codes = "T3 F8",
        .title = "A client or server looks like software that should be gone",
        .cite = "docs/fingerprints.md; docs/policy.md",
        .what = "The JA3 or JA4 of the ClientHello, or the server's fingerprint, is one that the "
                "policy lists under fingerprints.",
        .traps = "A fingerprint is not a version: other software may have the same, and an update "
                 "may keep it. So it is a hint, and info. Without a list nothing is judged; scans "
                 "are not.",
        .remedy = "Ask who runs that host which version it has; update it.",
        .severity = SEV_INFO,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check,
};
