#include "capture/inputs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "capture/capture.h"

enum { INPUT_DEPTH = 32, HOUR_SECONDS = 3600 };

static struct input *append(struct inputs *in, const char *path)
{
    if (in->n == in->cap) {
        in->cap = in->cap > 0 ? in->cap * 2 : 16;
        in->items = xrealloc(in->items, in->cap, sizeof *in->items);
    }
    struct input *made = &in->items[in->n++];
    *made = (struct input){.path = xstrdup(path), .first_us = INT64_MIN};
    return made;
}

static bool is_there(const struct inputs *in, const struct stat *st)
{
    struct stat other;
    for (size_t i = 0; i < in->n; i++)
        if (!in->items[i].is_stdin && stat(in->items[i].path, &other) == 0 &&
                other.st_dev == st->st_dev && other.st_ino == st->st_ino)
            return true;
    return false;
}

/* Reads up to the first packet. */
static void peek(struct input *in)
{
    struct capture *c = NULL;
    struct frame frame;
    struct err err;
    const struct capture_options none = {0};
    if (!capture_open(in->path, &none, &c, &in->why)) {
        in->is_broken = true;
        return;
    }
    if (capture_next(c, &frame, &err) == CAPTURE_FRAME) {
        in->first_us = frame.ts_us;
        in->link_type = frame.link_type;
    }
    in->size = capture_stats(c)->input_size;
    capture_close(c);
}

/* Whether a file met in a directory is meant to be read: its name says that it is a capture, or
 * nobody can tell because it cannot be read. */
static bool is_meant(const char *path)
{
    static const char *const PACKED[] = {".gz", ".zst"};
    static const char *const ENDS[] = {".pcap", ".pcapng", ".cap"};
    size_t n = strlen(path);
    if (access(path, R_OK) != 0)
        return true;
    for (size_t i = 0; i < sizeof PACKED / sizeof *PACKED; i++)
        if (n > strlen(PACKED[i]) && strcmp(path + n - strlen(PACKED[i]), PACKED[i]) == 0) {
            n -= strlen(PACKED[i]);
            break;
        }
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
        if (n > strlen(ENDS[i]) &&
                strncmp(path + n - strlen(ENDS[i]), ENDS[i], strlen(ENDS[i])) == 0)
            return true;
    return false;
}

static void add_file(struct inputs *in, const char *path, bool is_named)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        if (!is_named)
            return;
        struct input *i = append(in, path);
        i->is_broken = true;
        err_set(&i->why, "%s: %s: check the path", path, strerror(errno));
        return;
    }
    if (is_there(in, &st))
        return;
    struct input *i = append(in, path);
    if (!S_ISREG(st.st_mode)) {
        i->is_stdin = true; /* a pipe: what is read from it is gone */
        return;
    }
    peek(i);
    if (i->is_broken && !is_named && !is_meant(path)) {
        in->n_not_captures++;
        xfree(i->path);
        in->n--;
    }
}

static void add_directory(struct inputs *in, const char *path, bool recursive, int depth);

static void add_entry(struct inputs *in, const char *path, bool recursive, int depth)
{
    struct stat st;
    struct stat link;
    if (lstat(path, &link) != 0 || stat(path, &st) != 0)
        return; /* it went away, or points nowhere */
    if (S_ISREG(st.st_mode))
        add_file(in, path, false);
    else if (S_ISDIR(link.st_mode) && recursive && depth < INPUT_DEPTH)
        add_directory(in, path, recursive, depth + 1);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The names in a directory that do not begin with a dot, sorted. */
static size_t list_names(DIR *dir, char ***names)
{
    size_t n = 0, cap = 0;
    for (const struct dirent *d; (d = readdir(dir)) != NULL;) {
        if (d->d_name[0] == '.')
            continue;
        if (n == cap) {
            cap = cap > 0 ? cap * 2 : 64;
            *names = xrealloc(*names, cap, sizeof **names);
        }
        (*names)[n++] = xstrdup(d->d_name);
    }
    if (n > 1)
        qsort(*names, n, sizeof **names, by_name);
    return n;
}

static void add_directory(struct inputs *in, const char *path, bool recursive, int depth)
{
    char **names = NULL;
    struct text full = {0};
    DIR *dir = opendir(path);
    if (dir == NULL) {
        struct input *i = append(in, path);
        i->is_broken = true;
        err_set(&i->why, "%s: %s: check the permissions of the directory", path, strerror(errno));
        return;
    }
    size_t n = list_names(dir, &names);
    (void)closedir(dir);
    for (size_t i = 0; i < n; i++) {
        text_clear(&full);
        text_addf(&full, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", names[i]);
        add_entry(in, text_str(&full), recursive, depth);
        xfree(names[i]);
    }
    xfree(names);
    text_fini(&full);
}

void inputs_add(struct inputs *in, const char *path, bool recursive)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        for (size_t i = 0; i < in->n; i++)
            if (in->items[i].is_stdin)
                return;
        append(in, path)->is_stdin = true;
    } else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        add_directory(in, path, recursive, 0);
    } else {
        add_file(in, path, true);
    }
}

static int by_time(const void *left, const void *right)
{
    const struct input *a = left;
    const struct input *b = right;
    bool a_none = a->first_us == INT64_MIN;
    bool b_none = b->first_us == INT64_MIN;
    if (a_none != b_none)
        return a_none ? 1 : -1;
    if (a->first_us != b->first_us)
        return a->first_us < b->first_us ? -1 : 1;
    return strcmp(a->path, b->path);
}

void inputs_sort(struct inputs *in)
{
    if (in->n > 1)
        qsort(in->items, in->n, sizeof *in->items, by_time);
}

void inputs_fini(struct inputs *in)
{
    for (size_t i = 0; i < in->n; i++)
        xfree(in->items[i].path);
    xfree(in->items);
    *in = (struct inputs){0};
}

enum { DIGITS_SAME, DIGITS_LATER, DIGITS_EARLIER };

/* Compares two runs of digits as numbers of any length. */
static int compare_digits(const char *a, size_t n, const char *b, size_t m)
{
    for (; n > 1 && *a == '0'; n--)
        a++;
    for (; m > 1 && *b == '0'; m--)
        b++;
    int order = n != m ? (n < m ? -1 : 1) : memcmp(a, b, n);
    return order == 0 ? DIGITS_SAME : order < 0 ? DIGITS_LATER : DIGITS_EARLIER;
}

/* Behind the number that tells the files of a series apart there are only more digits, signs, the T
 * and Z of a time, and the extension: a number inside a name is part of the name. */
static bool is_tail(const char *s)
{
    const char *stop = strchr(s, '.');
    size_t n = stop != NULL ? (size_t)(stop - s) : strlen(s);
    for (size_t i = 0; i < n; i++)
        if (isalpha((unsigned char)s[i]) && s[i] != 'T' && s[i] != 'Z')
            return false;
    return true;
}

/* Equal but for digits, the first that differ being larger in b. */
static bool is_next_name(const char *a, const char *b)
{
    int order = DIGITS_SAME;
    while (*a != '\0' && *b != '\0') {
        bool is_number = isdigit((unsigned char)*a) && isdigit((unsigned char)*b);
        size_t n = is_number ? strspn(a, "0123456789") : 1;
        size_t m = is_number ? strspn(b, "0123456789") : 1;
        int here = is_number ? compare_digits(a, n, b, m) : DIGITS_SAME;
        if (!is_number && *a != *b)
            return false;
        if (here != DIGITS_SAME && order == DIGITS_SAME && !is_tail(a + n))
            return false;
        order = order == DIGITS_SAME ? here : order;
        a += n;
        b += m;
    }
    if (*a == '\0' && *b != '\0') /* tcpdump -C: the first file of a series has no number */
        return order == DIGITS_SAME && strspn(b, "0123456789") == strlen(b);
    return *a == '\0' && order == DIGITS_LATER;
}

bool inputs_follows(const struct input *a, int64_t a_last_us, const struct input *b)
{
    if (a->is_stdin || b->is_stdin || a->link_type != b->link_type || a_last_us == INT64_MIN ||
            b->first_us < a_last_us || b->first_us - a_last_us > HOUR_SECONDS * (int64_t)1000000)
        return false;
    return is_next_name(a->path, b->path);
}
