#ifndef TLSWIRE_TESTS_UNIT_STORE_DISK_H
#define TLSWIRE_TESTS_UNIT_STORE_DISK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

/* A file system over that of SQLite, of which a test sees writes and syncs: of a segment, or of the
 * inventory and its log. What on_write gives is what fails; SQLITE_OK: it is written. */
struct disk {
    sqlite3_vfs vfs, *real;
    int (*on_write)(bool is_segment);
    void (*on_sync)(bool is_segment);
};

static struct disk disk;

struct file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
    bool is_segment;
};

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct file *)f)->real;
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
    int rc = disk.on_write(((struct file *)f)->is_segment);
    return rc == SQLITE_OK ? real(f)->pMethods->xWrite(real(f), from, n, at) : rc;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return real(f)->pMethods->xTruncate(real(f), n);
}

static int f_sync(sqlite3_file *f, int flags)
{
    if (disk.on_sync != NULL)
        disk.on_sync(((struct file *)f)->is_segment);
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
    file->is_segment = name == NULL || strstr(name, ".db.d/") != NULL;
    int rc = disk.real->xOpen(disk.real, name, file->real, flags, out);
    f->pMethods = file->real->pMethods != NULL ? &METHODS : NULL;
    return rc;
}

/* disk_make has all files opened from now on go through it; 0, or -1. */
static int disk_make(const char *name)
{
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = name;
    disk.vfs.pNext = NULL;
    disk.vfs.szOsFile = (int)sizeof(struct file) + disk.real->szOsFile;
    disk.vfs.xOpen = v_open;
    return sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK ? 0 : -1;
}

#endif
