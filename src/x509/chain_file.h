#ifndef TLSWIRE_X509_CHAIN_FILE_H
#define TLSWIRE_X509_CHAIN_FILE_H

#include "base/bytes.h"
#include "base/err.h"

enum { CHAIN_FOR_SERVER = 1, CHAIN_FOR_CLIENT = 2 };

struct chain_file {
    size_t n_broken;    /* certificates that could not be read, and files of a directory; filled by
                           the reader and by whoever gets the certificates */
    int64_t mtime_us;   /* of a directory: of its newest file that was read */
    uint8_t sha256[32]; /* of the content; of a directory: of its files' digests by name */
};

/*
 * chain_file_read hands every certificate of a file to on, in order: PEM (RFC 7468, also OpenSSL's
 * TRUSTED CERTIFICATE), or DER, one or many; or of every file of a directory, by name, where files
 * without certificates are passed over. for_roles are the CHAIN_FOR_ uses that a TRUSTED
 * CERTIFICATE allows, else all. False when it cannot be read.
 */
bool chain_file_read(const char *path, void (*on)(void *ctx, struct bytes der, unsigned for_roles),
        void *ctx, struct chain_file *facts, struct err *err);

#endif
