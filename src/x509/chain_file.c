/* Certificates from files that the user gives. */
#include "x509/chain_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "crypto/digest.h"
#include "x509/der.h"

enum { FILE_MOST = 64 << 20, FILES_MOST = 10000 };

struct reader {
    void (*on)(void *ctx, struct bytes der, unsigned for_roles);
    void *ctx;
    struct chain_file *facts;
};

/* What a TRUSTED CERTIFICATE may be used for (openssl-x509, "Trust Options"). */
static unsigned roles_of(X509 *x)
{
    unsigned roles = 0;
    if (X509_check_trust(x, X509_TRUST_SSL_SERVER, 0) != X509_TRUST_REJECTED)
        roles |= CHAIN_FOR_SERVER;
    if (X509_check_trust(x, X509_TRUST_SSL_CLIENT, 0) != X509_TRUST_REJECTED)
        roles |= CHAIN_FOR_CLIENT;
    return roles;
}

static void read_trusted(struct reader *r, struct bytes data)
{
    const unsigned char *p = data.p;
    X509 *x = d2i_X509_AUX(NULL, &p, (long)data.n);
    unsigned char *der = NULL;
    int len = x != NULL ? i2d_X509(x, &der) : -1;
    if (len > 0)
        r->on(r->ctx, (struct bytes){der, (size_t)len}, roles_of(x));
    else
        r->facts->n_broken++;
    OPENSSL_free(der);
    X509_free(x);
}

static void read_block(struct reader *r, const char *name, struct bytes data)
{
    if (strcmp(name, PEM_STRING_X509_TRUSTED) == 0)
        read_trusted(r, data);
    else if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
        r->on(r->ctx, data, CHAIN_FOR_SERVER | CHAIN_FOR_CLIENT);
}

/* Every call reads on, also behind a block that is no base64, so the loop ends. */
static void read_pem(struct reader *r, struct bytes content)
{
    BIO *bio = BIO_new_mem_buf(content.p, (int)content.n);
    while (bio != NULL && !BIO_eof(bio)) {
        char *name = NULL;
        char *header = NULL;
        unsigned char *data = NULL;
        long len = 0;
        if (PEM_read_bio(bio, &name, &header, &data, &len) == 1 && len >= 0)
            read_block(r, name, (struct bytes){data, (size_t)len});
        else if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
            r->facts->n_broken++;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
        ERR_clear_error();
    }
    BIO_free(bio);
}

static void read_der(struct reader *r, struct bytes content)
{
    struct cur c = cur_of(content);
    while (der_next_is(&c, DER_SEQUENCE)) {
        uint8_t tag = 0;
        struct bytes whole = {NULL, 0};
        (void)der_any(&c, &tag, &whole);
        if (c.bad)
            r->facts->n_broken++;
        else
            r->on(r->ctx, whole, CHAIN_FOR_SERVER | CHAIN_FOR_CLIENT);
    }
}

static bool load(const char *path, uint8_t **data, size_t *n, struct err *err)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        err_set(err, "%s: %s", path, strerror(errno));
        return false;
    }
    size_t cap = 65536;
    *data = xcalloc(cap, 1);
    *n = 0;
    size_t got = 0;
    while (*n <= FILE_MOST && (got = fread(*data + *n, 1, cap - *n, f)) > 0) {
        *n += got;
        if (*n == cap) {
            cap *= 2;
            *data = xrealloc(*data, cap, 1);
        }
    }
    bool ok = ferror(f) == 0 && *n <= FILE_MOST;
    if (!ok)
        err_set(err, "%s: %s", path, *n > FILE_MOST ? "more than 64 MiB" : strerror(errno));
    (void)fclose(f);
    return ok;
}

static bool read_file(struct reader *r, const char *path, uint8_t sha256[32], struct err *err)
{
    uint8_t *data = NULL;
    size_t n = 0;
    bool ok = load(path, &data, &n, err);
    if (ok) {
        struct bytes content = {data, n};
        static const char begin[] = "-----BEGIN ";
        digest_sha256(content, sha256);
        if (memmem(data, n, begin, sizeof begin - 1) != NULL)
            read_pem(r, content);
        else
            read_der(r, content);
    }
    xfree(data);
    return ok;
}

static void note_mtime(struct chain_file *facts, const struct stat *st)
{
    int64_t us = (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
    if (us > facts->mtime_us)
        facts->mtime_us = us;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted; those beyond FILES_MOST are counted in n_broken. */
static char **list(DIR *dir, size_t *n, size_t *n_broken)
{
    char **names = NULL;
    *n = 0;
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        if (d->d_name[0] == '.')
            continue;
        if (*n == FILES_MOST) {
            ++*n_broken;
            continue;
        }
        names = xrealloc(names, *n + 1, sizeof *names);
        names[(*n)++] = xstrdup(d->d_name);
    }
    if (*n > 0)
        qsort(names, *n, sizeof *names, by_name);
    return names;
}

/* Names that came to nothing are no reason to refuse the others: those that cannot be read (no
 * permission, a dangling link, too long) are counted, what is no file is not. */
static bool read_directory(struct reader *r, const char *path, struct err *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        err_set(err, "%s: %s", path, strerror(errno));
        return false;
    }
    size_t n = 0;
    char **names = list(dir, &n, &r->facts->n_broken);
    (void)closedir(dir);
    struct digest *all = digest_new();
    for (size_t i = 0; i < n; i++) {
        char file[PATH_MAX];
        struct stat st;
        uint8_t sha256[32];
        struct err ignored;
        int len = snprintf(file, sizeof file, "%s/%s", path, names[i]);
        xfree(names[i]);
        bool is_there = len > 0 && (size_t)len < sizeof file && stat(file, &st) == 0;
        if (is_there && !S_ISREG(st.st_mode))
            continue;
        if (!is_there || !read_file(r, file, sha256, &ignored)) {
            r->facts->n_broken++;
            continue;
        }
        note_mtime(r->facts, &st);
        digest_add(all, sha256, sizeof sha256);
    }
    xfree(names);
    digest_end(all, r->facts->sha256);
    return true;
}

bool chain_file_read(const char *path, void (*on)(void *ctx, struct bytes der, unsigned for_roles),
        void *ctx, struct chain_file *facts, struct err *err)
{
    *facts = (struct chain_file){.mtime_us = INT64_MIN};
    struct reader r = {on, ctx, facts};
    struct stat st;
    if (stat(path, &st) != 0) {
        err_set(err, "%s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(st.st_mode))
        return read_directory(&r, path, err);
    note_mtime(facts, &st);
    return read_file(&r, path, facts->sha256, err);
}
