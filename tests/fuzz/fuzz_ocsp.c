/* An OCSP answer or a CRL of any bytes, with the leaf and the issuer in front of it, each behind a
 * length of 16 bits. */
#include <stdint.h>

#include "x509/crl.h"
#include "x509/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct ocsp_answer *a)
{
    if (a->is_parsed != (a->problem == NULL))
        __builtin_trap();
    if ((a->verdict == SIGNED_VALID) != (a->reason == NULL) && a->n_responses > 0 && a->is_parsed)
        __builtin_trap();
    if (a->verdict == SIGNED_VALID &&
            (!a->is_parsed || a->n_responses == 0 || a->cert_status == OCSP_CERT_NONE))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cur c = cur_make(data, size);
    struct bytes leaf = cur_vec(&c, 2);
    struct bytes issuer = cur_vec(&c, 2);
    struct bytes rest = cur_rest(&c);
    struct ocsp_answer a;
    struct crl_answer said;
    const char *text = NULL;
    const int64_t at = INT64_C(1795688027000000);
    ocsp_read(rest, leaf, issuer, at, &a);
    look(&a);
    (void)ocsp_must_staple(leaf);
    struct bytes one;
    for (struct cur list = c; ocsp_multi_next(&list, &one);)
        if (one.n > rest.n)
            __builtin_trap();
    struct ocsp_set *answers = ocsp_set_new();
    if (ocsp_set_add(answers, rest, "a", &text) &&
            ocsp_set_find(answers, leaf, issuer, at, &a, &text))
        look(&a);
    ocsp_set_free(answers);
    struct crl_set *crls = crl_set_new();
    if (crl_set_add(crls, rest, "a", &text)) {
        crl_set_find(crls, leaf, issuer, at, &said);
        if ((said.status == CRL_SILENT) != (said.reason != NULL))
            __builtin_trap();
    }
    crl_set_free(crls);
    return 0;
}
