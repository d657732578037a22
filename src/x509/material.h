#ifndef TLSWIRE_X509_MATERIAL_H
#define TLSWIRE_X509_MATERIAL_H

#include "base/bytes.h"
#include "base/err.h"

/*
 * material_each reads a file, or every file of a folder in order of their names (not below it), and
 * gives every DER object to each: a file that starts like PEM gives its blocks of kind label, one
 * after the other, any other file is one object. each answers false to say that the object was of
 * no use, with a static reason. For a file that is named itself, that is an error; in a folder it
 * is counted in n_left_out. Files above 256 MiB are refused. False with err when nothing could be
 * used.
 */
struct material {
    const char *label; /* "X509 CRL" */
    bool (*each)(void *ctx, struct bytes der, const char *source, const char **reason);
    void *ctx;
    size_t n_used, n_left_out; /* objects, files */
};
bool material_each(struct material *m, const char *path, struct err *err);

/* material_read_file reads a regular file up to 256 MiB; the caller frees *data with xfree. */
bool material_read_file(const char *path, uint8_t **data, size_t *n, struct err *err);

#endif
