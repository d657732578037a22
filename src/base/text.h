#ifndef TLSWIRE_BASE_TEXT_H
#define TLSWIRE_BASE_TEXT_H

#include <stdarg.h>

#include "base/bytes.h"

/* A growing text buffer, always NUL-terminated once something was added. */
struct text {
    char *s;
    size_t n;
    size_t cap;
};

/* text_fini frees the buffer; the text may be used again and is then empty. */
void text_fini(struct text *t);
/* text_clear empties the text and keeps its memory. */
void text_clear(struct text *t);
/* text_add appends NUL-terminated text as it is. */
void text_add(struct text *t, const char *s);
/* text_add_bytes appends n characters as they are. */
void text_add_bytes(struct text *t, const char *s, size_t n);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* text_str gives the content, "" when empty; valid until the next change. */
const char *text_str(const struct text *t);
/* text_add_base64 appends b in base64 with padding (RFC 4648 4). */
void text_add_base64(struct text *t, struct bytes b);
/* text_add_hex appends lower-case hexadecimal digits of b. */
void text_add_hex(struct text *t, struct bytes b);
/*
 * text_add_escaped appends b for display and for a JSON string: valid UTF-8 stays, except that a
 * backslash becomes \x5c and that control characters, DEL, C1 controls, bidirectional and
 * zero-width format characters, line separators and every byte that is not part of valid UTF-8
 * become \xHH, one per byte. The result is lossless: text_unescape gives the bytes back.
 */
void text_add_escaped(struct text *t, struct bytes b);
/* text_unescape appends to out the bytes that text_add_escaped was given. */
void text_unescape(struct text *out, const char *escaped);
/* text_add_json appends s (NUL-terminated UTF-8) as a JSON string with its quotes. */
void text_add_json(struct text *t, const char *s);
/* text_add_word appends s as one word for a shell, quoted when it has to be; control characters,
 * which would end the line or confuse a terminal, as $'\xHH' (POSIX 2024, bash, zsh). A name that
 * begins with '-' gets "./" before it. */
void text_add_word(struct text *t, const char *s);
/* text_add_time appends microseconds since 1970 as RFC 3339 UTC with six digits. */
void text_add_time(struct text *t, int64_t us);
/* text_day writes the day of it alone, "2026-01-31"; of years that have not four digits the year.
 */
enum { TEXT_DAY = 16 };
void text_day(int64_t us, char out[TEXT_DAY]);
/* text_parse_time reads RFC 3339, "YYYY-MM-DD", or seconds since 1970, into microseconds. */
bool text_parse_time(const char *s, int64_t *us);

#endif
