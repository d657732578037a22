#ifndef TLSWIRE_STORE_READ_ONLY_H
#define TLSWIRE_STORE_READ_ONLY_H

#include <sqlite3.h>
#include <stdbool.h>

/* read_only_open opens a database for reading, with no permission but to read it, whether its
 * writer is there or gone. False: *out, which may be NULL, has the error; the caller closes it. */
bool read_only_open(const char *path, sqlite3 **out);

#endif
