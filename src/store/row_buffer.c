#include "store/row_buffer.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

enum { IN_MEMORY = 16 << 20 };

/* What stands for a value in the buffer; n characters of text follow. */
struct packed {
    int64_t integer;
    double real;
    uint32_t kind, n; /* n with the NUL, 0 none */
};

static bool fail(struct err *err, const char *doing)
{
    err_set(err, "temporary file: %s while %s: set TMPDIR to a directory with room",
            strerror(errno), doing);
    return false;
}

static bool spill(struct row_buffer *b, struct err *err)
{
    if (b->file == NULL)
        b->file = tmpfile();
    if (b->file == NULL || fwrite(b->head.s, 1, b->head.n, b->file) != b->head.n)
        return fail(err, "writing");
    text_clear(&b->head);
    return true;
}

bool row_buffer_put(struct row_buffer *b, const struct value *values, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct value *v = &values[i];
        bool has_text = v->kind == VALUE_TEXT || v->kind == VALUE_JSON;
        struct packed p = {v->integer, v->real, (uint32_t)v->kind,
                has_text ? (uint32_t)strlen(v->text) + 1 : 0};
        text_add_bytes(&b->head, (const char *)&p, sizeof p);
        if (has_text)
            text_add_bytes(&b->head, v->text, p.n);
    }
    return b->head.n < IN_MEMORY || spill(b, err);
}

/* Where it is read: the file, or the memory. */
struct place {
    FILE *file;
    const char *p;
    size_t n;
};

static bool take(struct place *from, void *to, size_t n)
{
    if (from->file != NULL)
        return fread(to, 1, n, from->file) == n;
    if (from->n < n)
        return false;
    memcpy(to, from->p, n);
    *from = (struct place){NULL, &from->p[n], from->n - n};
    return true;
}

static bool take_value(struct place *from, struct value *v, struct text *text)
{
    struct packed p;
    if (!take(from, &p, sizeof p))
        return false;
    v->kind = (enum value_kind)p.kind;
    v->integer = p.integer;
    v->real = p.real;
    v->text = NULL;
    if (p.n == 0)
        return true;
    if (text->cap < p.n) {
        text->s = xrealloc(text->s, p.n, 1);
        text->cap = p.n;
    }
    v->text = text->s;
    return take(from, text->s, p.n);
}

bool row_buffer_give(struct row_buffer *b, struct value *values, size_t n, query_row_fn *row,
        void *ctx, struct err *err)
{
    if (b->file != NULL && (!spill(b, err) || fseek(b->file, 0, SEEK_SET) != 0))
        return fail(err, "reading");
    struct place from = {b->file, b->head.s, b->head.n};
    struct text *texts = xcalloc(n + 1, sizeof *texts);
    bool is_more = n > 0;
    while (is_more) {
        for (size_t i = 0; i < n && is_more; i++)
            is_more = take_value(&from, &values[i], &texts[i]);
        is_more = is_more && row(ctx, values, n);
    }
    for (size_t i = 0; i < n; i++)
        text_fini(&texts[i]);
    xfree(texts);
    return b->file == NULL || ferror(b->file) == 0 || fail(err, "reading");
}

void row_buffer_fini(struct row_buffer *b)
{
    if (b->file != NULL)
        (void)fclose(b->file);
    text_fini(&b->head);
}
