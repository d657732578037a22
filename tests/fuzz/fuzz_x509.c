/* One DER certificate of any bytes. */
#include <stdint.h>
#include <string.h>

#include "engine/cert_facts.h"
#include "x509/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certificate *c = x509_parse((struct bytes){data, size});
    static const uint8_t HOST[] = "www.example.test";
    if (c->n_sans > CERT_SAN_CAP || c->n_ocsp_urls > CERT_URL_CAP || c->n_ca_issuers > CERT_URL_CAP)
        __builtin_trap();
    if (c->n_lints > CERT_LINT_CAP || c->n_crl_urls > CERT_URL_CAP ||
            c->n_tls_features > CERT_FEATURE_CAP)
        __builtin_trap();
    for (int i = 0; i < NAME_PROBLEM_COUNT; i++)
        if (c->name_problems[i] > (c->n_sans > 0 ? c->n_sans : 1))
            __builtin_trap();
    if (c->is_parsed && (c->subject == NULL || c->issuer == NULL))
        __builtin_trap();
    (void)x509_match_name(c, (struct bytes){HOST, sizeof HOST - 1});
    const struct certificate *chain[1] = {c};
    (void)x509_match_authorities(chain, 1, (struct bytes){data, size});
    struct extension *list = NULL;
    size_t n_listed = engine_extensions(c, &list);
    for (size_t i = 0; i < n_listed; i++)
        for (const char *s = list[i].text; s != NULL && *s != '\0'; s++)
            if ((unsigned char)*s < 0x20 && *s != '\n')
                __builtin_trap();
    certificate_free(c);
    return 0;
}
