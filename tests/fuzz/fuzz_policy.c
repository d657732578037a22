/* Any bytes as a policy: refused with one line, or shown as YAML that says the same again. */
#include <stdint.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Some of the catalogue, with those that page or make tickets when nothing else is said. */
static const char *const RULES[] = {"cert-expired", "cert-expiring-1d", "cert-expiring-30d",
        "cert-expiring-7d", "cert-key-shared", "chain-incomplete", "cipher-fallback-share",
        "cipher-rc4", "entropy-random-repeat", "kex-no-pq", "kex-signature-invalid",
        "mtls-cert-rejected", "name-sni-missing", "ops-burn-rate", "ops-success-rate-low",
        "revoked-cert-in-use", NULL};

/* From the severities on: before them stands where each threshold comes from. */
static const char *rest(const struct text *yaml)
{
    const char *at = strstr(text_str(yaml), "\nseverities:");
    if (at == NULL)
        __builtin_trap();
    return at;
}

static void look(const struct policy *p)
{
    struct text first = {0}, second = {0}, json = {0};
    struct err err;
    policy_show(p, POLICY_YAML, &first);
    policy_show(p, POLICY_JSON, &json);
    /* What is shown may be longer than what was read: only then may it be refused. */
    struct policy *again = policy_parse((struct bytes){(const uint8_t *)text_str(&first), first.n},
            "again.yaml", NULL, RULES, &err);
    if (again == NULL && first.n < 50000)
        __builtin_trap();
    if (again != NULL) {
        policy_show(again, POLICY_YAML, &second);
        if (strcmp(rest(&first), rest(&second)) != 0)
            __builtin_trap();
    }
    policy_free(again);
    text_fini(&first);
    text_fini(&second);
    text_fini(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {.text = ""};
    struct policy *p = policy_parse((struct bytes){data, size}, "/p.yaml", NULL, RULES, &err);
    if (p != NULL)
        look(p);
    else if (strncmp(err.text, "/p.yaml", 7) != 0 || strchr(err.text, '\n') != NULL)
        __builtin_trap();
    policy_free(p);
    return 0;
}
