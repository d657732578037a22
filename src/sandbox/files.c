#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/build.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

enum { GRANTS_MOST = 256, ENTRIES_MOST = 20000 };

struct grant {
    char *path; /* real, without links */
    bool can_write;
};

struct sandbox {
    struct grant grants[GRANTS_MOST];
    size_t n;
};

/* What libraries open by themselves: SQLite wants chance, libpcap the drops of an interface, whose
 * entries below /sys/class are links. */
static const struct {
    const char *path;
    bool can_write;
} always[] = {
        {"/dev/null", true},
        {"/dev/urandom", false},
        {"/sys/class/net", false},
        {"/sys/devices", false},
#if SANDBOX_HAS_SANITIZER
        {"/proc/self", false},
#endif
};

struct sandbox *sandbox_new(void)
{
    return xcalloc(1, sizeof(struct sandbox));
}

void sandbox_free(struct sandbox *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        xfree(s->grants[i].path);
    xfree(s);
}

static bool is_below(const char *path, const char *grant)
{
    size_t n = strlen(grant);
    return strncmp(path, grant, n) == 0 && (path[n] == '\0' || path[n] == '/' || n == 1);
}

static bool covers(const struct sandbox *s, const char *real, bool is_write)
{
    for (size_t i = 0; i < s->n; i++)
        if (is_below(real, s->grants[i].path) && (s->grants[i].can_write || !is_write))
            return true;
    return false;
}

static bool add(struct sandbox *s, const char *real, bool can_write, struct err *err)
{
    if (covers(s, real, can_write))
        return true;
    if (s->n == GRANTS_MOST) {
        err_set(err, "%s: more than %d directories to grant: keep files together", real,
                GRANTS_MOST);
        return false;
    }
    s->grants[s->n++] = (struct grant){xstrdup(real), can_write};
    return true;
}

/* Cuts the last part off: "a/b" to "a", "/a" to "/", "a" to ".". */
static void to_directory(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        memcpy(path, ".", 2);
    else
        slash[slash == path ? 1 : 0] = '\0';
}

/* The real directory of a path, whose last part need not be there. */
static bool real_directory(const char *path, char real[PATH_MAX])
{
    char copy[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof copy) {
        errno = n == 0 ? ENOENT : ENAMETOOLONG;
        return false;
    }
    memcpy(copy, path, n + 1);
    to_directory(copy);
    return realpath(copy, real) != NULL;
}

/* Where links in a directory lead to. A link that leads nowhere is none. */
static bool add_links(struct sandbox *s, const char *directory, struct err *err)
{
    char real[PATH_MAX];
    struct text path = {0};
    DIR *d = opendir(directory);
    bool ok = true;
    size_t n = 0;
    if (d == NULL)
        return true; /* whoever reads it will tell */
    for (struct dirent *e; ok && n < ENTRIES_MOST && (e = readdir(d)) != NULL; n++) {
        if (e->d_type != DT_LNK)
            continue;
        text_clear(&path);
        text_addf(&path, "%s/%s", directory, e->d_name);
        if (realpath(text_str(&path), real) == NULL)
            continue;
        to_directory(real);
        /* Not all of the machine because of one link to something at its top. */
        if (strcmp(real, "/") != 0)
            ok = add(s, real, false, err);
    }
    (void)closedir(d);
    text_fini(&path);
    return ok;
}

bool sandbox_grant(struct sandbox *s, const char *path, bool can_write, struct err *err)
{
    char real[PATH_MAX], directory[PATH_MAX];
    struct stat st;
    bool is_there = realpath(path, real) != NULL && stat(real, &st) == 0;
    if (is_there && S_ISDIR(st.st_mode))
        return add(s, real, can_write, err) && (can_write || add_links(s, real, err));
    if (is_there && !S_ISREG(st.st_mode))
        return add(s, real, can_write, err);
    if (!real_directory(path, directory)) {
        err_set(err, "%s: its directory cannot be found: %s", path, strerror(errno));
        return false;
    }
    if (is_there)
        to_directory(real);
    return add(s, directory, can_write, err) && (!is_there || add(s, real, can_write, err));
}

bool sandbox_allows(const struct sandbox *s, const char *path, bool is_write)
{
    char real[PATH_MAX];
    if (realpath(path, real) == NULL && (errno != ENOENT || !real_directory(path, real)))
        return false;
    return covers(s, real, is_write);
}

/* "reads /a, /b; writes /c". What is written is read as well. */
static void put_grants(const struct sandbox *s, struct text *out)
{
    for (int can_write = 0; can_write <= 1; can_write++) {
        const char *before = can_write ? "; writes " : "reads ";
        size_t n = 0;
        for (size_t i = 0; i < s->n; i++)
            if (s->grants[i].can_write == (can_write != 0)) {
                text_addf(out, "%s%s", n++ == 0 ? before : ", ", s->grants[i].path);
            }
        if (n == 0)
            text_addf(out, "%snothing", before);
    }
}

static const char *cannot(int abi)
{
    return abi < 3   ? "truncating, device calls, TCP"
           : abi < 4 ? "device calls, TCP"
           : abi < 5 ? "device calls"
                     : NULL;
}

/* The rules of all grants; false with the path that could not be granted in err. */
static bool fill(const struct sandbox *s, int rules, int abi, struct err *err)
{
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        (void)landlock_add(rules, abi, always[i].path, always[i].can_write);
    for (size_t i = 0; i < s->n; i++)
        if (!landlock_add(rules, abi, s->grants[i].path, s->grants[i].can_write)) {
            err_set(err, "%s: %s", s->grants[i].path, strerror(errno));
            return false;
        }
    return true;
}

static void put_done(const struct sandbox *s, int abi, struct err *said)
{
    struct text line = {0};
    text_addf(&line, "files: Landlock %d", abi);
    if (cannot(abi) != NULL)
        text_addf(&line, " (this kernel's cannot restrict %s)", cannot(abi));
    text_add(&line, ": ");
    put_grants(s, &line);
    if (covers(s, "/", false))
        text_add(&line, ": that is everything: put files into a directory of their own");
    err_set(said, "%s", text_str(&line));
    text_fini(&line);
}

bool sandbox_files(const struct sandbox *s, struct err *said)
{
    const char *why = NULL;
    struct err err;
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int abi = landlock_abi(&why);
    if (abi == 0) {
        err_set(said, "files: not restricted: %s", why);
        return false;
    }
    int rules = landlock_begin(abi);
    if (rules < 0) {
        err_set(said, "files: not restricted: Landlock: %s", strerror(errno));
        return false;
    }
    bool ok = fill(s, rules, abi, &err);
    if (ok && !landlock_restrict(rules)) {
        err_set(&err, "Landlock: %s", strerror(errno));
        ok = false;
    }
    (void)close(rules);
    if (ok)
        put_done(s, abi, said);
    else
        err_set(said, "files: not restricted: %s", err.text);
    return ok;
}
