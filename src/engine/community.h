#ifndef TLSWIRE_ENGINE_COMMUNITY_H
#define TLSWIRE_ENGINE_COMMUNITY_H

#include "model/endpoint.h"

enum { COMMUNITY_TEXT = 32 };

/* community_id writes the community id of a flow (version 1, seed 0), by which other tools name it:
 * "1:" and the base64 of a SHA-1 over the ordered endpoints. */
void community_id(const struct endpoint *a, const struct endpoint *b, uint8_t transport,
        char out[COMMUNITY_TEXT]);

#endif
