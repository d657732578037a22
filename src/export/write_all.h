#ifndef TLSWIRE_EXPORT_WRITE_ALL_H
#define TLSWIRE_EXPORT_WRITE_ALL_H

#include <stddef.h>

/* write_all writes n bytes and gives how many it could; with fewer, errno says why. */
size_t write_all(int fd, const char *s, size_t n);

#endif
