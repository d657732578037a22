#ifndef TLSWIRE_REPORT_SHOW_H
#define TLSWIRE_REPORT_SHOW_H

#include <stdio.h>

#include "store/query.h"

/* show_text prints one thing as "name: value" lines; empty values are left out. */
void show_text(FILE *out, const struct value *values, size_t n);

#endif
