#include "policy/inventory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"

enum { NAME_MOST = 253, LABEL_MOST = 63, HEX_LEN = 64 };

struct inventory {
    struct arena arena;
    struct map *lines; /* by pattern */
};

struct line {
    const char *owner; /* for display */
    size_t number;
};

/* What was read of a line. */
struct fields {
    struct text pattern, owner;
};

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* A name of labels in lower case, with or without "*." before it. */
static bool is_name(const char *name)
{
    size_t label = 0;
    if (strlen(name) > NAME_MOST)
        return false;
    if (name[0] == '*' && name[1] == '.')
        name += 2;
    for (const char *p = name; *p != '\0'; p++) {
        if (*p != '.' ? !is_label_char(*p) : label == 0)
            return false;
        label = *p == '.' ? 0 : label + 1;
        if (label > LABEL_MOST)
            return false;
    }
    return label > 0;
}

static bool is_digest(const char *pattern)
{
    const char *hex = strchr(pattern, ':');
    if (strncmp(pattern, "sha256:", 7) != 0 && strncmp(pattern, "spki:", 5) != 0)
        return false;
    return strlen(hex + 1) == HEX_LEN && strspn(hex + 1, "0123456789abcdef") == HEX_LEN;
}

/* Lower case, without the dot of the root. */
static void add_folded(struct text *t, const char *s, size_t n)
{
    if (n > 1 && s[n - 1] == '.')
        n--;
    for (size_t i = 0; i < n; i++) {
        char c = lower(s[i]);
        text_add_bytes(t, &c, 1);
    }
}

static void trim(struct text *t)
{
    while (t->n > 0 && (t->s[t->n - 1] == ' ' || t->s[t->n - 1] == '\t'))
        t->s[--t->n] = '\0';
}

/* One field of a CSV line; *at is then its comma or the end. False when a quote is not closed. */
static bool take_field(const char **at, struct text *out)
{
    const char *p = *at + strspn(*at, " \t");
    bool is_quoted = *p == '"';
    bool is_open = is_quoted;
    text_clear(out);
    for (p += is_quoted; *p != '\0' && (is_quoted || *p != ','); p++) {
        if (is_quoted && *p == '"' && *++p != '"') {
            is_open = false;
            break;
        }
        text_add_bytes(out, p, 1);
    }
    if (is_quoted)
        p += strspn(p, " \t");
    else
        trim(out);
    *at = p;
    return !is_open && (*p == ',' || *p == '\0');
}

/* NULL, or what is wrong with the line. */
static const char *read_fields(const char *s, struct fields *f)
{
    struct text raw = {0};
    bool is_closed = take_field(&s, &raw);
    text_clear(&f->pattern);
    text_clear(&f->owner);
    add_folded(&f->pattern, text_str(&raw), raw.n);
    text_fini(&raw);
    if (!is_closed)
        return "a quote is not closed, or something follows it";
    if (*s != ',')
        return "needs pattern,owner";
    s++;
    if (!take_field(&s, &f->owner))
        return "a quote is not closed, or something follows it";
    if (f->owner.n == 0)
        return "the owner is empty";
    const char *pattern = text_str(&f->pattern);
    if (strchr(pattern, ':') != NULL && !is_digest(pattern))
        return "not sha256: or spki: and 64 hexadecimal digits";
    if (strchr(pattern, ':') == NULL && !is_name(pattern))
        return "not a DNS name (in ASCII, xn--), nor *. and one";
    return NULL;
}

static bool add_line(
        struct inventory *inv, const char *path, size_t number, const char *s, struct err *err)
{
    struct fields f = {0};
    struct text shown = {0};
    const char *wrong = read_fields(s, &f);
    struct bytes key = {(const uint8_t *)text_str(&f.pattern), f.pattern.n};
    const struct line *there = wrong == NULL ? map_get(inv->lines, key) : NULL;
    if (wrong != NULL) {
        err_set(err, "%s:%zu: %s", path, number, wrong);
    } else if (there != NULL) {
        err_set(err, "%s:%zu: %s stands on line %zu too", path, number, text_str(&f.pattern),
                there->number);
    } else {
        struct line *line = arena_alloc(&inv->arena, sizeof *line);
        text_add_escaped(&shown, bytes_of_text(text_str(&f.owner)));
        line->owner = arena_text(&inv->arena, bytes_of_text(text_str(&shown)));
        line->number = number;
        map_put(inv->lines, key, line);
    }
    text_fini(&shown);
    text_fini(&f.pattern);
    text_fini(&f.owner);
    return wrong == NULL && there == NULL;
}

enum got { GOT_LINE, GOT_END, GOT_LONG, GOT_NUL };

/* A line without its end, which may be CRLF. */
static enum got take_line(FILE *in, struct text *line)
{
    int c;
    text_clear(line);
    while ((c = fgetc(in)) != EOF && c != '\n') {
        if (c == '\0')
            return GOT_NUL;
        if (line->n == INVENTORY_LINE_MOST)
            return GOT_LONG;
        const char one = (char)c;
        text_add_bytes(line, &one, 1);
    }
    if (line->n > 0 && line->s[line->n - 1] == '\r')
        line->s[--line->n] = '\0';
    return c == EOF && line->n == 0 ? GOT_END : GOT_LINE;
}

static bool read_all(struct inventory *inv, FILE *in, const char *path, struct err *err)
{
    struct text line = {0};
    bool is_ok = true;
    enum got got = GOT_LINE;
    for (size_t number = 1; is_ok; number++) {
        got = take_line(in, &line);
        if (got == GOT_END)
            break;
        const char *s = text_str(&line);
        if (number == 1 && strncmp(s, "\xef\xbb\xbf", 3) == 0)
            s += 3; /* the mark that some editors put before UTF-8 */
        s += strspn(s, " \t");
        is_ok = false;
        if (got == GOT_LONG)
            err_set(err, "%s:%zu: longer than %d bytes", path, number, INVENTORY_LINE_MOST);
        else if (got == GOT_NUL)
            err_set(err, "%s:%zu: holds a NUL: not a text file", path, number);
        else if (number > INVENTORY_LINES)
            err_set(err, "%s:%zu: more than %d lines", path, number, INVENTORY_LINES);
        else
            is_ok = *s == '\0' || *s == '#' || add_line(inv, path, number, s, err);
    }
    if (is_ok && ferror(in)) {
        err_set(err, "%s: %s", path, strerror(errno));
        is_ok = false;
    }
    text_fini(&line);
    return is_ok;
}

struct inventory *inventory_load(const char *path, struct err *err)
{
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        err_set(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct inventory *inv = xcalloc(1, sizeof *inv);
    struct map_options o = {.cap = INVENTORY_LINES};
    arena_init(&inv->arena);
    inv->lines = map_new(&o);
    bool is_ok = read_all(inv, in, path, err);
    (void)fclose(in);
    if (is_ok)
        return inv;
    inventory_free(inv);
    return NULL;
}

void inventory_free(struct inventory *inv)
{
    if (inv == NULL)
        return;
    map_free(inv->lines);
    arena_fini(&inv->arena);
    xfree(inv);
}

/* The longest pattern found so far. */
struct best {
    const struct line *line;
    size_t len;
};

static void try_pattern(const struct inventory *inv, const char *pattern, struct best *best)
{
    struct bytes key = bytes_of_text(pattern);
    const struct line *line = key.n >= best->len ? map_get(inv->lines, key) : NULL;
    if (line == NULL)
        return;
    bool is_first = best->line == NULL || line->number < best->line->number;
    if (key.n > best->len || is_first)
        *best = (struct best){line, key.n};
}

static void try_name(const struct inventory *inv, const char *name, struct best *best)
{
    struct text wildcard = {0};
    if (!is_name(name))
        return;
    try_pattern(inv, name, best);
    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        text_clear(&wildcard);
        text_addf(&wildcard, "*%s", dot);
        try_pattern(inv, text_str(&wildcard), best);
    }
    text_fini(&wildcard);
}

static const char *by_digest(const struct inventory *inv, const char *kind, const char *hex)
{
    struct text key = {0};
    if (hex == NULL)
        return NULL;
    text_addf(&key, "%s:%s", kind, hex);
    const struct line *line = map_get(inv->lines, bytes_of_text(text_str(&key)));
    text_fini(&key);
    return line != NULL ? line->owner : NULL;
}

const char *inventory_owner(const struct inventory *inv, const struct owned *owned)
{
    struct best best = {NULL, 0};
    struct text name = {0};
    const char *owner = by_digest(inv, "sha256", owned->sha256);
    if (owner == NULL)
        owner = by_digest(inv, "spki", owned->spki_sha256);
    if (owner != NULL)
        return owner;
    for (const char *s = owned->names; s != NULL && *s != '\0';) {
        size_t n = strcspn(s, "\n");
        text_clear(&name);
        add_folded(&name, s, n);
        try_name(inv, text_str(&name), &best);
        s += n + (s[n] == '\n');
    }
    text_fini(&name);
    return best.line != NULL ? best.line->owner : NULL;
}
