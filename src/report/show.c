#include "report/show.h"

#include <string.h>

enum { NAME_WIDTH = 24 };

static bool is_empty(const struct value *v)
{
    if (v->kind == VALUE_NULL)
        return true;
    return v->kind == VALUE_JSON && strcmp(v->text, "[]") == 0;
}

static void put_break(FILE *out, int depth)
{
    if (depth > 1)
        (void)fputc(' ', out);
    else
        (void)fprintf(out, "\n%*s", NAME_WIDTH + 3, "");
}

/* JSON on several lines: an indent per level, so that evidence can be read. */
static void put_json(FILE *out, const char *s)
{
    int depth = 0;
    bool is_text = false;
    for (; *s != '\0'; s++) {
        bool is_quote = *s == '"';
        bool opens = !is_text && (*s == '{' || *s == '[');
        bool closes = !is_text && (*s == '}' || *s == ']');
        depth -= closes;
        (void)fputc(*s, out);
        depth += opens;
        if (!is_text && *s == ',')
            put_break(out, depth);
        if (*s == '\\' && s[1] != '\0')
            (void)fputc(*++s, out);
        else if (is_quote)
            is_text = !is_text;
    }
}

static void put_value(FILE *out, const struct value *v)
{
    switch (v->kind) {
    case VALUE_INTEGER:
        (void)fprintf(out, "%lld", (long long)v->integer);
        break;
    case VALUE_REAL:
        (void)fprintf(out, "%g", v->real);
        break;
    case VALUE_BOOL:
        (void)fputs(v->integer != 0 ? "yes" : "no", out);
        break;
    case VALUE_JSON:
        put_json(out, v->text);
        break;
    case VALUE_TEXT:
        (void)fputs(v->text, out);
        break;
    default:
        break;
    }
}

void show_text(FILE *out, const struct value *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_empty(&values[i]))
            continue;
        bool is_block = values[i].kind == VALUE_TEXT && strchr(values[i].text, '\n') != NULL;
        (void)fprintf(out, "%-*s%s", NAME_WIDTH, values[i].name, is_block ? "\n" : "  ");
        put_value(out, &values[i]);
        if (!is_block)
            (void)fputc('\n', out);
    }
}
