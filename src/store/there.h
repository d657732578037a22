#ifndef TLSWIRE_STORE_THERE_H
#define TLSWIRE_STORE_THERE_H

#include "store/store_internal.h"

/* there_note notes which files the paths of a live store lead to. */
void there_note(struct store *s);

#endif
