#include "x509/material.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/text.h"

enum { FILE_CAP = 256 << 20 };

bool material_read_file(const char *path, uint8_t **data, size_t *n, struct err *err)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    *data = NULL;
    if (f == NULL || fstat(fileno(f), &st) != 0) {
        err_set(err, "%s: %s", path, strerror(errno));
        goto fail;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > FILE_CAP) {
        err_set(err, "%s: %s", path,
                S_ISREG(st.st_mode) ? "is larger than 256 MiB" : "is no regular file");
        goto fail;
    }
    *data = xcalloc((size_t)st.st_size + 1, 1);
    *n = fread(*data, 1, (size_t)st.st_size, f);
    if (ferror(f)) {
        err_set(err, "%s: %s", path, strerror(errno));
        goto fail;
    }
    (void)fclose(f);
    return true;
fail:
    if (f != NULL)
        (void)fclose(f);
    xfree(*data);
    *data = NULL;
    return false;
}

static bool use(struct material *m, struct bytes der, const char *path, const char **reason)
{
    bool ok = m->each(m->ctx, der, path, reason);
    m->n_used += ok;
    return ok;
}

/* Every block of the kind; the rest of the file may hold others. */
static bool read_pem(struct material *m, struct bytes text, const char *path, const char **reason)
{
    BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long n = 0;
    bool ok = true;
    size_t n_found = 0;
    while (bio != NULL && ok && PEM_read_bio(bio, &name, &header, &der, &n) == 1) {
        if (strcmp(name, m->label) == 0) {
            n_found++;
            ok = use(m, (struct bytes){der, (size_t)n}, path, reason);
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    BIO_free(bio);
    ERR_clear_error();
    if (n_found == 0)
        *reason = "has no PEM block of this kind";
    return ok && n_found > 0;
}

static bool read_one(struct material *m, const char *path, struct err *err)
{
    uint8_t *data = NULL;
    size_t n = 0;
    const char *reason = "could not be used";
    if (!material_read_file(path, &data, &n, err))
        return false;
    struct bytes all = {data, n};
    bool is_pem = n > 0 && memmem(data, n, "-----BEGIN ", 11) != NULL && data[0] != 0x30;
    bool ok = is_pem ? read_pem(m, all, path, &reason) : use(m, all, path, &reason);
    if (!ok)
        err_set(err, "%s: %s", path, reason);
    xfree(data);
    return ok;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool read_folder(struct material *m, DIR *dir, const char *path, struct err *err)
{
    size_t n_before = m->n_used;
    char **names = NULL;
    size_t n = 0;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] == '.')
            continue;
        if ((n & (n - 1)) == 0)
            names = xrealloc(names, n > 0 ? n * 2 : 1, sizeof *names);
        names[n++] = xstrdup(e->d_name);
    }
    if (n > 0)
        qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        struct text inner = {0};
        struct err ignored;
        struct stat st;
        text_addf(&inner, "%s/%s", path, names[i]);
        bool is_file = stat(text_str(&inner), &st) == 0 && S_ISREG(st.st_mode);
        if (is_file && !read_one(m, text_str(&inner), &ignored))
            m->n_left_out++;
        text_fini(&inner);
        xfree(names[i]);
    }
    xfree(names);
    if (m->n_used == n_before)
        err_set(err, "%s: holds no %s", path, m->label);
    return m->n_used > n_before;
}

bool material_each(struct material *m, const char *path, struct err *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL && errno != ENOTDIR) {
        err_set(err, "%s: %s", path, strerror(errno));
        return false;
    }
    if (dir == NULL)
        return read_one(m, path, err);
    bool ok = read_folder(m, dir, path, err);
    (void)closedir(dir);
    return ok;
}
