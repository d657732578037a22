#ifndef TLSWIRE_REPORT_FORMAT_H
#define TLSWIRE_REPORT_FORMAT_H

#include <stdio.h>

#include "store/query.h"

/* Prints rows of typed values for people (table) and for machines (json, jsonl, csv). */
enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV };

/* format_parse reads a name such as "jsonl"; false when it is none. */
bool format_parse(const char *text, enum format *out);

/* One column of a table: which value, under which heading. */
struct column {
    const char *name, *heading;
    bool is_right; /* numbers */
    int most;      /* characters before it is cut on a terminal; 0 any; negative: always cut there,
                      without a mark (times, hashes) */
    int longest;   /* characters before it is cut everywhere, with an ellipsis; 0 any */
};

struct printer {
    FILE *out;
    enum format format;
    const struct column *columns; /* of the table, ended by a NULL name */
    bool has_color;
    int width; /* of the terminal; 0: no terminal, nothing is cut */
    uint64_t n_rows;
    struct table *table; /* rows kept until their widths are known */
};

/* printer_init prepares p for out: colour and cutting only on a terminal, no colour with NO_COLOR.
 */
void printer_init(struct printer *p, FILE *out, enum format format, const struct column *columns);
/* printer_row takes one row (query_row_fn); ctx is the printer. False when out failed. */
bool printer_row(void *printer, const struct value *values, size_t n);
/* printer_end prints what is left. False when writing failed. */
bool printer_end(struct printer *p);

/* format_object writes the values of one row as a JSON object. */
void format_object(FILE *out, const struct value *values, size_t n);
/* format_s is the plural ending for n things. */
const char *format_s(uint64_t n);
/* format_find gives the value with this name, or a NULL value. */
const struct value *format_find(const struct value *values, size_t n, const char *name);
/* format_color gives the escape sequence for a severity, "" without colour. */
const char *format_color(bool has_color, const char *severity);

#endif
