#include "store/read_only.h"

#include <stddef.h>
#include <sys/stat.h>

#include "store/store_internal.h"

static bool try_open(const char *path, const char *how, sqlite3 **out)
{
    char *uri = sqlite3_mprintf("file:%s?mode=ro%s", path, how);
    sqlite3_stmt *st = NULL;
    (void)sqlite3_close(*out);
    *out = NULL;
    /* A segment that is being finished is locked for a moment. */
    bool is_ok =
            uri != NULL &&
            sqlite3_open_v2(uri, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK &&
            sqlite3_busy_timeout(*out, STORE_BUSY_MS) == SQLITE_OK &&
            sqlite3_prepare_v2(*out, "SELECT count(*) FROM sqlite_schema", -1, &st, NULL) ==
                    SQLITE_OK &&
            sqlite3_step(st) == SQLITE_ROW;
    (void)sqlite3_finalize(st);
    sqlite3_free(uri);
    return is_ok;
}

static bool has_wal(const char *database)
{
    struct stat st;
    char *path = sqlite3_mprintf("%s-wal", database);
    bool is_there = path != NULL && stat(path, &st) == 0 && st.st_size > 0;
    sqlite3_free(path);
    return is_there;
}

static bool is_busy(sqlite3 *db)
{
    return db != NULL && (sqlite3_errcode(db) & 0xff) == SQLITE_BUSY;
}

/* Once the last writer has gone, a reader without write permission cannot make the -shm file:
 * nothing can change then, so the file is opened as immutable. */
bool read_only_open(const char *path, sqlite3 **out)
{
    *out = NULL;
    return try_open(path, "", out) ||
           (!is_busy(*out) && !has_wal(path) && try_open(path, "&immutable=1", out));
}
