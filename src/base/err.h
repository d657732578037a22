#ifndef TLSWIRE_BASE_ERR_H
#define TLSWIRE_BASE_ERR_H

/* What went wrong with the host (a file, a database): one line that names the input and says what
 * to do. */
struct err {
    char text[512];
};

/* err_set writes the line, cut at the size of the buffer; control characters become '?'. */
void err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
