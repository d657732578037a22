#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "x509/parse.h"

enum self_signed x509_verify_self(struct bytes der)
{
    const unsigned char *p = der.p;
    enum self_signed result = SELF_SIGNED_UNVERIFIED;
    X509 *x = der.n <= LONG_MAX ? d2i_X509(NULL, &p, (long)der.n) : NULL;
    EVP_PKEY *key = x != NULL ? X509_get0_pubkey(x) : NULL;
    if (key != NULL) {
        int ok = X509_verify(x, key);
        result = ok == 1 ? SELF_SIGNED_YES : ok == 0 ? SELF_SIGNED_NO : SELF_SIGNED_UNVERIFIED;
    }
    X509_free(x);
    ERR_clear_error();
    return result;
}
