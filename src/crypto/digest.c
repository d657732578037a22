#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <threads.h>

#include "base/alloc.h"

enum algorithm { MD5, SHA1, SHA256, N_ALGORITHMS };

/* Fetching an algorithm costs more than hashing a certificate, so it is done once per program; a
 * context is reused within its thread and freed when that ends. */
static EVP_MD *algorithms[N_ALGORITHMS];
static once_flag fetched = ONCE_FLAG_INIT;
static tss_t thread_context;
static _Thread_local EVP_MD_CTX *context; /* also in thread_context, which frees it */

struct digest {
    EVP_MD_CTX *ctx;
};

static void must(int ok)
{
    if (ok != 1)
        abort(); /* only memory or a broken OpenSSL installation can fail here */
}

static void free_context(void *ctx)
{
    EVP_MD_CTX_free(ctx);
}

static void fetch(void)
{
    static const char *const names[N_ALGORITHMS] = {"MD5", "SHA1", "SHA256"};
    for (size_t i = 0; i < N_ALGORITHMS; i++) {
        algorithms[i] = EVP_MD_fetch(NULL, names[i], NULL);
        must(algorithms[i] != NULL);
    }
    must(tss_create(&thread_context, free_context) == thrd_success);
}

static EVP_MD_CTX *begin(EVP_MD_CTX *ctx, enum algorithm algorithm)
{
    must(EVP_DigestInit_ex2(ctx, algorithms[algorithm], NULL));
    return ctx;
}

static void one_shot(enum algorithm algorithm, struct bytes b, uint8_t *out)
{
    if (context == NULL) {
        call_once(&fetched, fetch);
        context = EVP_MD_CTX_new();
        must(context != NULL && tss_set(thread_context, context) == thrd_success);
    }
    EVP_MD_CTX *ctx = begin(context, algorithm);
    must(EVP_DigestUpdate(ctx, b.p, b.n));
    must(EVP_DigestFinal_ex(ctx, out, NULL));
}

void digest_sha256(struct bytes b, uint8_t out[SHA256_LEN])
{
    one_shot(SHA256, b, out);
}

void digest_sha1(struct bytes b, uint8_t out[SHA1_LEN])
{
    one_shot(SHA1, b, out);
}

void digest_md5(struct bytes b, uint8_t out[MD5_LEN])
{
    one_shot(MD5, b, out);
}

struct digest *digest_new(void)
{
    call_once(&fetched, fetch);
    struct digest *d = xcalloc(1, sizeof *d);
    d->ctx = EVP_MD_CTX_new();
    must(d->ctx != NULL);
    (void)begin(d->ctx, SHA256);
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

const char *crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
