#ifndef TLSWIRE_TESTS_UNIT_STORE_PLACE_H
#define TLSWIRE_TESTS_UNIT_STORE_PLACE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"
#include "tests/unit/test.h"

/* A directory of its own for one database, and the store when a test opens it. */
struct place {
    char directory[64];
    char db[96];
    struct store *store; /* closed by place_remove; may be NULL */
};

/* place_make and place_remove set a test up and tear it down. */
static inline int place_make(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    (void)snprintf(p->directory, sizeof p->directory, "/tmp/tlswire-test.XXXXXX");
    assert_non_null(mkdtemp(p->directory));
    (void)snprintf(p->db, sizeof p->db, "%s/t.db", p->directory);
    *state = p;
    return 0;
}

static inline int place_remove(void **state)
{
    struct place *p = *state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    store_close(p->store);
    (void)chmod(p->directory, 0700);
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s%s", p->db, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(p->directory);
    free(p);
    return 0;
}

#endif
