#ifndef TLSWIRE_ENGINE_SILENCE_H
#define TLSWIRE_ENGINE_SILENCE_H

#include "model/handshake.h"
#include "model/losses.h"

/* silence_doubt makes an attempt that ended by silence undetermined, and its bytes incomplete, when
 * packets were lost after the last one that was seen of its connection: of what was lost before,
 * its packets would tell by their numbers. Gives whether it did. */
bool silence_doubt(struct handshake *h, const struct losses *l);

#endif
