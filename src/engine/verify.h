#ifndef TLSWIRE_ENGINE_VERIFY_H
#define TLSWIRE_ENGINE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

/* How many signatures of handshakes are verified. */
enum verify_level {
    VERIFY_FIRST, /* the first of each (endpoint, key, scheme), samples, and those that fail */
    VERIFY_ALL,
    VERIFY_OFF
};

enum { VERIFY_FILES = 16, VERIFY_FIRST_N = 3, VERIFY_SAMPLE = 1000 };

/* Paths as they were given; borrowed. */
struct file_list {
    const char *paths[VERIFY_FILES];
    size_t n;
};

/* What certificates, revocation and signatures are judged with. */
struct verify_options {
    enum verify_level level;
    struct file_list trust; /* [NAME=]FILE|DIR; none: the system's store */
    struct file_list intermediates, crls, ocsp, ct_logs, blocklists;
};

/* file_list_add appends a path; false when there are VERIFY_FILES already. */
bool file_list_add(struct file_list *list, const char *path);

#endif
