#ifndef TLSWIRE_CAPTURE_FILTER_H
#define TLSWIRE_CAPTURE_FILTER_H

#include "base/err.h"
#include "base/frame.h"

/* A pcap-filter expression, compiled once per link type that occurs. */
struct filter;
enum filter_result { FILTER_PASS, FILTER_OUT, FILTER_ERROR };

/* filter_new keeps the expression; it is compiled when the first frame of a link type comes. */
struct filter *filter_new(const char *expression);
void filter_free(struct filter *f);
/* filter_match says whether the frame passes; a NULL filter passes all. ERROR with err: not for
 * this link type. */
enum filter_result filter_match(struct filter *f, const struct frame *frame, struct err *err);

#endif
