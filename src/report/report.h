#ifndef TLSWIRE_REPORT_REPORT_H
#define TLSWIRE_REPORT_REPORT_H

#include <stdio.h>

#include "store/store.h"

/* report_text prints what stands in the database for a person, on about one screen or two. False
 * with err when reading failed. */
bool report_text(struct store *s, const char *db, FILE *out, bool has_color, struct err *err);

/* report_unanalysed prints which servers were seen to speak TLS over UDP, which is not analysed;
 * nothing without any. */
bool report_unanalysed(struct store *s, FILE *out, struct err *err);

#endif
