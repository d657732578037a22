#include "crypto/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Fetching an algorithm costs more than hashing a certificate, so it is done once per thread. */
struct digest {
    EVP_MD_CTX *ctx;
};

static void must(int ok)
{
    if (ok != 1)
        abort(); /* only memory or a broken OpenSSL installation can fail here */
}

static void one_shot(const char *name, EVP_MD **md, EVP_MD_CTX **ctx, struct bytes b, uint8_t *out)
{
    if (*md == NULL) {
        *md = EVP_MD_fetch(NULL, name, NULL);
        *ctx = EVP_MD_CTX_new();
        must(*md != NULL && *ctx != NULL);
    }
    must(EVP_DigestInit_ex2(*ctx, *md, NULL));
    must(EVP_DigestUpdate(*ctx, b.p, b.n));
    must(EVP_DigestFinal_ex(*ctx, out, NULL));
}

void digest_sha256(struct bytes b, uint8_t out[SHA256_LEN])
{
    static _Thread_local EVP_MD *md;
    static _Thread_local EVP_MD_CTX *ctx;
    one_shot("SHA256", &md, &ctx, b, out);
}

void digest_sha1(struct bytes b, uint8_t out[SHA1_LEN])
{
    static _Thread_local EVP_MD *md;
    static _Thread_local EVP_MD_CTX *ctx;
    one_shot("SHA1", &md, &ctx, b, out);
}

void digest_md5(struct bytes b, uint8_t out[MD5_LEN])
{
    static _Thread_local EVP_MD *md;
    static _Thread_local EVP_MD_CTX *ctx;
    one_shot("MD5", &md, &ctx, b, out);
}

struct digest *digest_new(void)
{
    struct digest *d = xcalloc(1, sizeof *d);
    d->ctx = EVP_MD_CTX_new();
    must(d->ctx != NULL);
    must(EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL));
    return d;
}

void digest_add(struct digest *d, const void *p, size_t n)
{
    must(EVP_DigestUpdate(d->ctx, p, n));
}

void digest_end(struct digest *d, uint8_t out[SHA256_LEN])
{
    must(EVP_DigestFinal_ex(d->ctx, out, NULL));
    EVP_MD_CTX_free(d->ctx);
    xfree(d);
}
