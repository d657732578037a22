#ifndef TLSWIRE_ENGINE_LATE_H
#define TLSWIRE_ENGINE_LATE_H

#include "engine/judge.h"
#include "engine/verifier.h"

/*
 * late_judge judges what is only found out about certificates at the end of a run, over all of it
 * and the runs before: as if the first handshake with each were judged again by that rule. is_again
 * tells by input what was counted before. False with err when the store failed.
 */
bool late_judge(struct verifier *v, struct judge *j, struct store *store, const bool *is_again,
        struct err *err);

#endif
