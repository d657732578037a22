/* A name against a certificate's name: half of the input each. */
#include <stdint.h>

#include "x509/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct san san = {SAN_DNS, {data, size / 2}};
    struct certificate c = {.is_parsed = true, .has_san = true, .n_sans = 1, .sans = &san};
    struct bytes host = {data + size / 2, size - size / 2};
    enum name_match m = x509_match_name(&c, host);
    /* Whatever matches holds no NUL, and a name always matches itself when it is one. */
    for (size_t i = 0; m == NAME_MATCH && i < host.n; i++)
        if (host.p[i] == 0)
            __builtin_trap();
    san.value = host;
    if (m == NAME_MATCH && x509_match_name(&c, host) != NAME_MATCH)
        __builtin_trap();
    return 0;
}
