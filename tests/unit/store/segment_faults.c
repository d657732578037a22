/* The n-th write to a disk fails, for each n: once it works again, the database is the same as if
 * nothing had happened. */
#include <sqlite3.h>
#include <stdlib.h>

#include "tests/unit/store/rows.h"
#include "tests/unit/test.h"

enum { N_ROWS = 120 };

/* A file system that fails: over that of SQLite. */
static struct {
    sqlite3_vfs vfs, *real;
    long at;  /* fails when 0 is reached; below 0 never */
    int left; /* and so many times after that */
    int code;
} disk;

struct file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static bool fails(void)
{
    if (disk.at > 0)
        disk.at--;
    if (disk.at != 0 || disk.left == 0)
        return false;
    disk.left--;
    return true;
}

static int f_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int f_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return real(f)->pMethods->xRead(real(f), to, n, at);
}

static int f_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    return fails() ? disk.code : real(f)->pMethods->xWrite(real(f), from, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return real(f)->pMethods->xTruncate(real(f), n);
}

static int f_sync(sqlite3_file *f, int flags)
{
    return real(f)->pMethods->xSync(real(f), flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return real(f)->pMethods->xFileSize(real(f), n);
}

static int f_lock(sqlite3_file *f, int lock)
{
    return real(f)->pMethods->xLock(real(f), lock);
}

static int f_unlock(sqlite3_file *f, int lock)
{
    return real(f)->pMethods->xUnlock(real(f), lock);
}

static int f_check(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int f_traits(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int f_shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods METHODS = {2, f_close, f_read, f_write, f_truncate, f_sync, f_size,
        f_lock, f_unlock, f_check, f_control, f_sector, f_traits, f_shm_map, f_shm_lock,
        f_shm_barrier, f_shm_unmap, NULL, NULL};

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct file *file = (struct file *)f;
    (void)v;
    file->real = (sqlite3_file *)&file[1];
    int rc = disk.real->xOpen(disk.real, name, file->real, flags, out);
    f->pMethods = file->real->pMethods != NULL ? &METHODS : NULL;
    return rc;
}

static int make_disk(void **state)
{
    (void)state;
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "failing";
    disk.vfs.pNext = NULL;
    disk.vfs.szOsFile = (int)sizeof(struct file) + disk.real->szOsFile;
    disk.vfs.xOpen = v_open;
    disk.at = -1;
    return sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    disk.at = -1;
    store_close(p->store);
    p->store = NULL;
    remove_segments(p->db);
    return place_remove(state);
}

/* Until it works; the engine would do other things between. */
static void persist(struct store *s)
{
    struct err err = {""};
    for (int i = 0; i < 100; i++) {
        if (store_flush(s, &err))
            return;
        if (!store_is_waiting(s))
            fail_msg("for good: %s", err.text);
    }
    fail_msg("never: %s", err.text);
}

static void rotate(struct store *s, int64_t us)
{
    struct err err = {""};
    for (int i = 0; i < 100; i++) {
        if (store_rotate(s, us, &err))
            return;
        if (!store_is_waiting(s))
            fail_msg("for good: %s", err.text);
    }
    fail_msg("never: %s", err.text);
}

/* What is counted and made with each batch shows whether one was written twice or not at all. */
static void write_batch(struct rows *r, int batch)
{
    struct service service = {.transport = 6, .port = (uint16_t)(1000 + batch)};
    struct metrics_row m = {.counts = {0}};
    (void)snprintf(service.name, sizeof service.name, "new%d.test", batch);
    for (int i = batch * 20; i < batch * 20 + 20; i++) {
        MUST(row_put(r, i, err));
        if (i % 3 == 0)
            row_end(r, i);
        if (i > 20 && i % 10 == 1)
            row_end(r, i - 5);
        if (i > 20 && i % 10 == 7)
            MUST(store_later_defects(r->s, row_id(i - 15), "cert-late", 2, "late b", err));
    }
    MUST(store_service(r->s, &service, err));
    r->services[batch % ROW_SERVICES] = service;
    rows_finding(r, 2, "cert-expired", 1);
    m.counts[METRIC_success] = 1;
    MUST(store_metrics(r->s, service.id, NULL, ROWS_START / 60000000 * 60000000, &m, err));
    metrics_row_fini(&m);
}

/* Whether the failure was met. */
static bool write_all(struct place *p, long at, int times, int code)
{
    struct rows r;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(&r, p->store);
    disk.at = at;
    disk.left = times;
    disk.code = code;
    for (int batch = 0; batch < N_ROWS / 20; batch++) {
        write_batch(&r, batch);
        persist(p->store);
        if (batch % 2 == 1)
            rotate(p->store, ROWS_START + batch * 20 * ROWS_STEP);
    }
    bool is_met = disk.at == 0 && disk.left < times;
    disk.at = -1;
    rows_end(&r);
    store_close(p->store);
    p->store = NULL;
    return is_met;
}

static void check_all(const char *db, struct text *t)
{
    static const char *const SQL[] = {"SELECT count(*), sum(id), sum(port) FROM service",
            "SELECT count(*), sum(id), group_concat(value) FROM label",
            "SELECT sum(success), count(*) FROM metric_minute", "PRAGMA integrity_check",
            "SELECT count(*), sum(state), sum(handshakes) FROM segment"};
    sqlite3 *c = NULL;
    assert_int_equal(sqlite3_open_v2(db, &c, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof SQL / sizeof *SQL; i++) {
        sqlite3_stmt *st = NULL;
        assert_int_equal(sqlite3_prepare_v2(c, SQL[i], -1, &st, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(st), SQLITE_ROW);
        for (int k = 0; k < sqlite3_column_count(st); k++)
            text_addf(t, "%s|", (const char *)sqlite3_column_text(st, k));
        (void)sqlite3_finalize(st);
    }
    (void)sqlite3_close(c);
    dump(db, N_ROWS, t);
}

static void run(struct place *p, const struct text *want, int times, int code, int step)
{
    bool is_met = true;
    int n = 0;
    for (long at = 1; is_met; at += step, n++) {
        struct text got = {0};
        is_met = write_all(p, at, times, code);
        check_all(p->db, &got);
        if (strcmp(text_str(want), text_str(&got)) != 0)
            fail_msg("failure %d of write %ld, %d times, shows", code, at, times);
        text_fini(&got);
        remove_segments(p->db);
        (void)unlink(p->db);
    }
    assert_true(n > 2);
}

static void test_faults(void **state)
{
    struct place *p = *state;
    struct text want = {0};
    (void)write_all(p, -1, 0, 0);
    check_all(p->db, &want);
    assert_non_null(strstr(text_str(&want), "|ok|"));
    remove_segments(p->db);
    (void)unlink(p->db);
    run(p, &want, 1, SQLITE_FULL, 67);
    run(p, &want, 9, SQLITE_FULL, 151);
    run(p, &want, 2, SQLITE_IOERR_WRITE, 151);
    text_fini(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_faults, place_make, tear_down),
    };
    return cmocka_run_group_tests(tests, make_disk, NULL);
}
