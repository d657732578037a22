#ifndef TLSWIRE_EXPORT_OUTLET_H
#define TLSWIRE_EXPORT_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Where lines go while a capture runs: a file that is appended to and may be renamed and begun
 * anew, or a pipe whose reader may be slow, or stop reading. Writing never waits for a reader: up
 * to OUTLET_WAITING bytes are kept until it goes on, then lines are lost, and counted. Used by one
 * thread at a time, but for outlet_reopen.
 */
struct outlet;

enum {
    OUTLET_WAITING = 4 << 20,
    OUTLET_END_MS = 1000, /* at most, at the end, for a reader that lags */
};

/* outlet_open opens a file, made when it is not there, or a named pipe with a reader; "-" is
 * standard output. What names the option in err. */
bool outlet_open(const char *what, const char *path, struct outlet **out, struct err *err);
/* outlet_close gives what waits to a reader that still reads; NULL is fine. */
void outlet_close(struct outlet *o);
/* outlet_reopen lets the next line go to a file of the same name, after it was renamed. Any thread.
 */
void outlet_reopen(struct outlet *o);
/* outlet_put writes a line with its end; false when it is lost. A full disk leaves no part of it.
 */
bool outlet_put(struct outlet *o, const char *line, size_t n);
/* outlet_lost is how many lines were lost. */
uint64_t outlet_lost(const struct outlet *o);

#endif
