#include "policy/place.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"

enum { VALUES_MOST = 250000, KEY_MOST = 64 };

struct places {
    struct map *lines; /* by key; the value is the line */
};

struct walk {
    yaml_parser_t parser;
    yaml_event_t event;
    struct places *places;
    struct text key; /* of the value at hand */
    const char *path;
    struct err *err;
};

static size_t line_at(const yaml_mark_t *mark)
{
    return mark->line + 1;
}

static bool complain(struct walk *w, size_t line, const char *what, const char *more)
{
    bool has_key = w->key.n > 0;
    err_set(w->err, "%s:%zu: %s%s%s%s", w->path, line, text_str(&w->key), has_key ? ": " : "", what,
            more);
    return false;
}

static bool complain_here(struct walk *w, const char *what, const char *more)
{
    return complain(w, line_at(&w->event.start_mark), what, more);
}

static bool next_event(struct walk *w)
{
    yaml_event_delete(&w->event);
    if (!yaml_parser_parse(&w->parser, &w->event)) {
        memset(&w->event, 0, sizeof w->event);
        size_t line = line_at(&w->parser.problem_mark);
        text_clear(&w->key);
        return complain(w, line,
                "not YAML: ", w->parser.problem != NULL ? w->parser.problem : "it cannot be read");
    }
    return true;
}

/* Anchors and what they are for; a tag changes the meaning of a value. */
static bool is_plain(struct walk *w)
{
    const yaml_event_t *e = &w->event;
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (e->type == YAML_ALIAS_EVENT)
        return complain_here(w, "aliases are not allowed", "");
    if (e->type == YAML_SCALAR_EVENT) {
        anchor = e->data.scalar.anchor;
        tag = e->data.scalar.tag;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        anchor = e->data.sequence_start.anchor;
        tag = e->data.sequence_start.tag;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        anchor = e->data.mapping_start.anchor;
        tag = e->data.mapping_start.tag;
    }
    if (anchor != NULL)
        return complain_here(w, "anchors are not allowed", "");
    return tag == NULL || complain_here(w, "tags are not allowed", "");
}

/* Every value has one place; a second key of the same name is refused. */
static bool note(struct walk *w, size_t line)
{
    char more[32];
    struct bytes key = {(const uint8_t *)text_str(&w->key), w->key.n};
    void *there = map_get(w->places->lines, key);
    if (there != NULL) {
        (void)snprintf(more, sizeof more, "%zu", (size_t)(uintptr_t)there);
        return complain(w, line, "stands there twice, first on line ", more);
    }
    if (map_count(w->places->lines) >= VALUES_MOST)
        return complain(w, line, "too many values", "");
    map_put(w->places->lines, key, (void *)(uintptr_t)line);
    return true;
}

static size_t distance(const char *a, const char *b)
{
    size_t row[KEY_MOST + 1];
    size_t n = strnlen(b, KEY_MOST), m = strnlen(a, KEY_MOST);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = row[j - 1] + 1, longer = row[j] + 1;
            diagonal = row[j];
            row[j] = changed < shorter ? changed : shorter;
            row[j] = row[j] < longer ? row[j] : longer;
        }
    }
    return row[n];
}

const char *place_nearest(const char *key, const cyaml_schema_field_t *fields)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (const cyaml_schema_field_t *f = fields; f->key != NULL; f++) {
        size_t d = distance(key, f->key);
        if (d < least) {
            least = d;
            best = f->key;
        }
    }
    return best;
}

static const cyaml_schema_field_t *field_of(const cyaml_schema_field_t *fields, const char *key)
{
    for (const cyaml_schema_field_t *f = fields; f->key != NULL; f++)
        if (strcmp(f->key, key) == 0)
            return f;
    return NULL;
}

static bool take_value(struct walk *w, const cyaml_schema_value_t *schema);

static void cut(struct text *t, size_t n)
{
    if (t->n > n) {
        t->n = n;
        t->s[n] = '\0';
    }
}

/* One key and its value; the event is the key. */
static bool take_field(struct walk *w, const cyaml_schema_field_t *fields)
{
    size_t n = w->key.n;
    size_t line = line_at(&w->event.start_mark);
    if (!is_plain(w))
        return false;
    if (w->event.type != YAML_SCALAR_EVENT)
        return complain_here(w, "a key is expected", "");
    size_t len = w->event.data.scalar.length;
    char key[KEY_MOST + 1] = "";
    memcpy(key, w->event.data.scalar.value, len < KEY_MOST ? len : KEY_MOST);
    text_addf(&w->key, "%s%s", n > 0 ? "." : "", key);
    const cyaml_schema_field_t *field = field_of(fields, key);
    if (field == NULL || len > KEY_MOST || strlen(key) != len) {
        const char *nearest = place_nearest(key, fields);
        return complain(w, line, nearest != NULL ? "unknown; the nearest is " : "unknown",
                nearest != NULL ? nearest : "");
    }
    bool is_ok = note(w, line) && next_event(w) && take_value(w, &field->value);
    if (is_ok)
        cut(&w->key, n);
    return is_ok;
}

static bool has_needed(struct walk *w, const cyaml_schema_field_t *fields, size_t line)
{
    size_t n = w->key.n;
    for (const cyaml_schema_field_t *f = fields; f->key != NULL; f++) {
        if (f->value.flags & CYAML_FLAG_OPTIONAL)
            continue;
        text_addf(&w->key, "%s%s", n > 0 ? "." : "", f->key);
        if (place_line(w->places, text_str(&w->key)) == 0)
            return complain(w, line, "is missing", "");
        cut(&w->key, n);
    }
    return true;
}

static bool take_mapping(struct walk *w, const cyaml_schema_field_t *fields)
{
    size_t line = line_at(&w->event.start_mark);
    if (w->event.type != YAML_MAPPING_START_EVENT)
        return complain_here(w, "keys with values are expected (key: value)", "");
    for (;;) {
        if (!next_event(w))
            return false;
        if (w->event.type == YAML_MAPPING_END_EVENT)
            return has_needed(w, fields, line);
        if (!take_field(w, fields))
            return false;
    }
}

static bool take_sequence(struct walk *w, const cyaml_schema_value_t *schema)
{
    size_t n = w->key.n;
    char most[48] = "";
    if (w->event.type != YAML_SEQUENCE_START_EVENT)
        return complain_here(w, "a list is expected (- entry, or [entry, entry])", "");
    for (size_t i = 1;; i++) {
        if (!next_event(w))
            return false;
        if (w->event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        if (i > schema->sequence.max) {
            (void)snprintf(most, sizeof most, "%u entries", schema->sequence.max);
            return complain_here(w, "more than ", most);
        }
        text_addf(&w->key, "[%zu]", i);
        if (!note(w, line_at(&w->event.start_mark)) || !take_value(w, schema->sequence.entry))
            return false;
        cut(&w->key, n);
    }
}

static bool is_nothing(const yaml_event_t *e)
{
    if (e->type != YAML_SCALAR_EVENT || e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    const char *s = (const char *)e->data.scalar.value;
    return s[0] == '\0' || strcmp(s, "~") == 0 || strcmp(s, "null") == 0;
}

/* The event is the first of the value. */
static bool take_value(struct walk *w, const cyaml_schema_value_t *schema)
{
    if (!is_plain(w))
        return false;
    bool may_be_empty =
            (schema->flags & CYAML_FLAG_POINTER_NULL_STR) == CYAML_FLAG_POINTER_NULL_STR;
    if (may_be_empty && is_nothing(&w->event))
        return true;
    if (schema->type == CYAML_MAPPING)
        return take_mapping(w, schema->mapping.fields);
    if (schema->type == CYAML_SEQUENCE)
        return take_sequence(w, schema);
    if (w->event.type != YAML_SCALAR_EVENT)
        return complain_here(w, "one value is expected", "");
    const char *s = (const char *)w->event.data.scalar.value;
    if (strlen(s) != w->event.data.scalar.length)
        return complain_here(w, "holds a NUL", "");
    if (w->event.data.scalar.length > schema->string.max)
        return complain_here(w, "longer than 1024 bytes", "");
    return true;
}

static bool next_events(struct walk *w, int n)
{
    while (n > 0 && next_event(w))
        n--;
    return n == 0;
}

/* One document at most, and nothing behind it. */
static bool take_stream(struct walk *w, const cyaml_schema_value_t *top)
{
    if (!next_events(w, 2)) /* the start of the stream, and what follows */
        return false;
    if (w->event.type == YAML_STREAM_END_EVENT)
        return true;
    if (!next_event(w))
        return false;
    if (!is_nothing(&w->event) && !take_value(w, top))
        return false;
    if (!next_events(w, 2))
        return false;
    return w->event.type == YAML_STREAM_END_EVENT ||
           complain_here(w, "a second document: one is read", "");
}

struct places *place_all(
        struct bytes text, const char *path, const cyaml_schema_value_t *top, struct err *err)
{
    struct walk w = {.path = path, .err = err};
    if (!yaml_parser_initialize(&w.parser)) {
        err_set(err, "%s: no memory", path);
        return NULL;
    }
    yaml_parser_set_input_string(&w.parser, text.p != NULL ? text.p : (const uint8_t *)"", text.n);
    w.places = xcalloc(1, sizeof *w.places);
    w.places->lines = map_new(&(struct map_options){.cap = VALUES_MOST + 1});
    bool is_ok = take_stream(&w, top);
    yaml_event_delete(&w.event);
    yaml_parser_delete(&w.parser);
    text_fini(&w.key);
    if (is_ok)
        return w.places;
    places_free(w.places);
    return NULL;
}

void places_free(struct places *p)
{
    if (p == NULL)
        return;
    map_free(p->lines);
    xfree(p);
}

size_t places_count(const struct places *p)
{
    return map_count(p->lines);
}

unsigned place_line(struct places *p, const char *key)
{
    return (unsigned)(uintptr_t)map_get(p->lines, bytes_of_text(key));
}
