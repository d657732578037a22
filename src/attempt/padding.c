/*
 * Whether a server pads its records of TLS 1.3 (RFC 8446 5.4): then every length of its flight is a
 * multiple of one block, but for the tag and perhaps the content type, and none is that of a
 * Finished without padding. An alert of such a server is as long as its shortest records are.
 */
#include "attempt/attempt_internal.h"

enum { BLOCK_LEAST = 8, BLOCK_OF_TWO = 16 }; /* chance does not make so many lengths agree */

static unsigned common(unsigned a, unsigned b)
{
    while (b != 0) {
        unsigned rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void padding_add(struct padding *p, unsigned content, bool is_finished)
{
    p->n++;
    p->is_plain |= is_finished;
    p->common = common(p->common, content);
    p->common_behind_type = common(p->common_behind_type, content > 0 ? content - 1 : 0);
}

unsigned padding_shortest(const struct padding *p)
{
    unsigned least = p->n == 2 ? BLOCK_OF_TWO : BLOCK_LEAST;
    if (p->n < 2 || p->is_plain)
        return 0;
    if (p->common >= least)
        return p->common;
    return p->common_behind_type >= least ? p->common_behind_type + 1 : 0;
}
