#ifndef TLSWIRE_REPORT_LOSS_H
#define TLSWIRE_REPORT_LOSS_H

#include <stdio.h>

#include "store/store.h"

/* report_loss prints what a live capture lost, by cause, and its worst minute, of the database that
 * is named db in a hint; nothing when it lost nothing, or only files were read. */
bool report_loss(struct store *s, const char *db, FILE *out, struct err *err);

#endif
