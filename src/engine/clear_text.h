#ifndef TLSWIRE_ENGINE_CLEAR_TEXT_H
#define TLSWIRE_ENGINE_CLEAR_TEXT_H

#include "engine/judge.h"

/* clear_text_is_met says whether the server of a flow is expected to speak TLS: by its port, or
 * because it did before. */
bool clear_text_is_met(struct history *history, int64_t vantage, const struct not_tls *n);
/* clear_text_judge judges a flow that spoke something else there, once its client did so
 * often enough to be no accident, and notes it in the history. A service is only made then. False
 * with err when the store failed. */
bool clear_text_judge(struct judge *j, struct history *history, int64_t vantage,
        const struct not_tls *n, struct err *err);

#endif
