#include "report/format.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

#define ELLIPSIS "\xe2\x80\xa6"

enum { TABLE_COLUMNS = 24, GAP = 2 };

struct table {
    char **cells; /* rows times columns */
    size_t n_columns, n_rows, cap;
};

bool format_parse(const char *text, enum format *out)
{
    static const char *const NAMES[] = {"table", "json", "jsonl", "csv"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(text, NAMES[i]) == 0) {
            *out = (enum format)i;
            return true;
        }
    return false;
}

const char *format_s(uint64_t n)
{
    return n == 1 ? "" : "s";
}

const struct value *format_find(const struct value *values, size_t n, const char *name)
{
    static const struct value NONE = {.kind = VALUE_NULL};
    for (size_t i = 0; i < n; i++)
        if (strcmp(values[i].name, name) == 0)
            return &values[i];
    return &NONE;
}

const char *format_color(bool has_color, const char *severity)
{
    if (!has_color || severity == NULL)
        return "";
    if (strcmp(severity, "critical") == 0)
        return "\033[1;31m";
    if (strcmp(severity, "high") == 0)
        return "\033[31m";
    if (strcmp(severity, "medium") == 0)
        return "\033[33m";
    return strcmp(severity, "low") == 0 ? "\033[36m" : "\033[2m";
}

void printer_init(struct printer *p, FILE *out, enum format format, const struct column *columns)
{
    struct winsize size;
    bool is_terminal = isatty(fileno(out)) == 1;
    const char *no_color = getenv("NO_COLOR");
    *p = (struct printer){.out = out, .format = format, .columns = columns};
    p->has_color = is_terminal && (no_color == NULL || no_color[0] == '\0');
    if (is_terminal)
        p->width =
                ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
    p->table = xcalloc(1, sizeof *p->table);
    while (columns != NULL && columns[p->table->n_columns].name != NULL)
        p->table->n_columns++;
}

static void add_value(struct text *t, const struct value *v)
{
    switch (v->kind) {
    case VALUE_NULL:
        break;
    case VALUE_INTEGER:
        text_addf(t, "%lld", (long long)v->integer);
        break;
    case VALUE_REAL:
        text_addf(t, "%g", v->real);
        break;
    case VALUE_BOOL:
        text_add(t, v->integer != 0 ? "true" : "false");
        break;
    default:
        text_add(t, v->text);
    }
}

static void add_json(struct text *t, const struct value *v)
{
    if (v->kind == VALUE_NULL)
        text_add(t, "null");
    else if (v->kind == VALUE_TEXT)
        text_add_json(t, v->text);
    else
        add_value(t, v);
}

static void add_object(struct text *t, const struct value *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        text_add(t, i == 0 ? "{" : ",");
        text_add_json(t, values[i].name);
        text_add(t, ":");
        add_json(t, &values[i]);
    }
    text_add(t, "}");
}

void format_object(FILE *out, const struct value *values, size_t n)
{
    struct text t = {0};
    add_object(&t, values, n);
    (void)fputs(text_str(&t), out);
    text_fini(&t);
}

/* RFC 4180 2: quoted when it holds a comma, a quote or a line break. */
static void add_csv(struct text *t, const struct value *v)
{
    struct text plain = {0};
    add_value(&plain, v);
    const char *s = text_str(&plain);
    if (strpbrk(s, ",\"\r\n") == NULL) {
        text_add(t, s);
    } else {
        text_add(t, "\"");
        for (; *s != '\0'; s++)
            text_add_bytes(t, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
        text_add(t, "\"");
    }
    text_fini(&plain);
}

static void add_csv_row(struct text *t, const struct value *values, size_t n, bool is_heading)
{
    for (size_t i = 0; i < n; i++) {
        const struct value name = {.kind = VALUE_TEXT, .text = values[i].name};
        text_add(t, i > 0 ? "," : "");
        add_csv(t, is_heading ? &name : &values[i]);
    }
    text_add(t, "\r\n");
}

/* A JSON array of plain values as a person writes a list. */
static void add_plain(struct text *t, const struct value *v)
{
    if (v->kind != VALUE_JSON || v->text[0] != '[' || strchr(v->text, '{') != NULL) {
        add_value(t, v);
        return;
    }
    bool is_quoted = false;
    for (const char *s = v->text + 1; *s != '\0'; s++) {
        if (*s == '"')
            is_quoted = !is_quoted;
        else if (*s == ',' && !is_quoted)
            text_add(t, ", ");
        else if (*s != ']' || is_quoted)
            text_add_bytes(t, s, 1);
    }
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static int width_of(const char *s)
{
    int n = 0;
    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

/* Cuts at a number of characters, without a mark. */
static void cut_clean(struct text *t, int most)
{
    int n = 0;
    for (size_t i = 0; i < t->n; i++) {
        n += ((unsigned char)t->s[i] & 0xc0) != 0x80;
        if (n > most) {
            t->s[i] = '\0';
            t->n = i;
        }
    }
}

static void keep_row(struct printer *p, const struct value *values, size_t n)
{
    struct table *t = p->table;
    if (t->n_rows == t->cap) {
        t->cap = t->cap > 0 ? t->cap * 2 : 64;
        t->cells = xrealloc(t->cells, t->cap * t->n_columns, sizeof *t->cells);
    }
    for (size_t i = 0; i < t->n_columns; i++) {
        struct text cell = {0};
        add_plain(&cell, format_find(values, n, p->columns[i].name));
        if (p->columns[i].most < 0)
            cut_clean(&cell, -p->columns[i].most);
        if (p->columns[i].longest > 0 && width_of(text_str(&cell)) > p->columns[i].longest) {
            cut_clean(&cell, p->columns[i].longest - 1);
            text_add(&cell, ELLIPSIS);
        }
        t->cells[t->n_rows * t->n_columns + i] = xstrdup(cell.n > 0 ? text_str(&cell) : "-");
        text_fini(&cell);
    }
    t->n_rows++;
}

bool printer_row(void *printer, const struct value *values, size_t n)
{
    struct printer *p = printer;
    struct text t = {0};
    bool is_first = p->n_rows++ == 0;
    if (p->format == FORMAT_TABLE) {
        keep_row(p, values, n);
        return true;
    }
    if (p->format == FORMAT_CSV) {
        if (is_first)
            add_csv_row(&t, values, n, true);
        add_csv_row(&t, values, n, false);
    } else {
        if (p->format == FORMAT_JSON)
            text_add(&t, is_first ? "[\n" : ",\n");
        add_object(&t, values, n);
        if (p->format == FORMAT_JSONL)
            text_add(&t, "\n");
    }
    (void)fputs(text_str(&t), p->out);
    text_fini(&t);
    return ferror(p->out) == 0;
}

/* Prints at most `most` characters of s (0: all) and gives how many. */
static int put_cut(FILE *out, const char *s, int most)
{
    int n = width_of(s);
    if (most <= 0 || n <= most) {
        (void)fputs(s, out);
        return n;
    }
    for (int i = 0; i < most - 1 || ((unsigned char)*s & 0xc0) == 0x80; s++) {
        if (((unsigned char)*s & 0xc0) != 0x80 && i++ >= most - 1)
            break;
        (void)fputc(*s, out);
    }
    (void)fputs(ELLIPSIS, out);
    return most;
}

static void widths_of(const struct printer *p, int widths[TABLE_COLUMNS])
{
    const struct table *t = p->table;
    for (size_t i = 0; i < t->n_columns; i++) {
        widths[i] = width_of(p->columns[i].heading);
        for (size_t r = 0; r < t->n_rows; r++) {
            int w = width_of(t->cells[r * t->n_columns + i]);
            widths[i] = w > widths[i] ? w : widths[i];
        }
        if (p->columns[i].most > 0 && p->width > 0 && widths[i] > p->columns[i].most)
            widths[i] = p->columns[i].most;
    }
}

/* One line; the last column takes what room the terminal has left. */
static void put_line(const struct printer *p, char *const *cells, const int *widths)
{
    const struct table *t = p->table;
    int at = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        const char *s = cells != NULL ? cells[i] : p->columns[i].heading;
        bool is_last = i + 1 == t->n_columns;
        bool is_severity = cells != NULL && strcmp(p->columns[i].name, "severity") == 0;
        int pad = widths[i] - width_of(s);
        if (p->columns[i].is_right)
            (void)fprintf(p->out, "%*s", pad > 0 ? pad : 0, "");
        (void)fputs(is_severity ? format_color(p->has_color, s) : "", p->out);
        int most = is_last && p->width > 0 ? p->width - at : p->width > 0 ? widths[i] : 0;
        (void)put_cut(p->out, s, most < 4 && most != 0 ? 4 : most);
        (void)fputs(is_severity && p->has_color ? "\033[0m" : "", p->out);
        if (!is_last)
            (void)fprintf(p->out, "%*s", GAP + (p->columns[i].is_right || pad < 0 ? 0 : pad), "");
        at += widths[i] + GAP;
    }
    (void)fputc('\n', p->out);
}

static void put_table(struct printer *p)
{
    int widths[TABLE_COLUMNS];
    struct table *t = p->table;
    if (t->n_rows == 0)
        return;
    widths_of(p, widths);
    put_line(p, NULL, widths);
    for (size_t r = 0; r < t->n_rows; r++)
        put_line(p, t->cells + r * t->n_columns, widths);
}

bool printer_end(struct printer *p)
{
    struct table *t = p->table;
    if (p->format == FORMAT_TABLE)
        put_table(p);
    else if (p->format == FORMAT_JSON)
        (void)fputs(p->n_rows > 0 ? "\n]\n" : "[]\n", p->out);
    for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
        xfree(t->cells[i]);
    xfree(t->cells);
    xfree(t);
    p->table = NULL;
    return fflush(p->out) == 0 && ferror(p->out) == 0;
}
