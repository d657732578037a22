#ifndef TLSWIRE_REPORT_DIFF_LINES_H
#define TLSWIRE_REPORT_DIFF_LINES_H

#include "base/arena.h"
#include "model/finding.h"
#include "report/compare.h"

/* What is compared, in the order in which it is told. */
enum diff_topic {
    TOPIC_SERVICE, /* that it is there at all */
    TOPIC_SUCCESS,
    TOPIC_SUCCESS_SEEN,
    TOPIC_FINDING,
    TOPIC_FAILURE,
    TOPIC_FULL_TIME_P50,
    TOPIC_FULL_TIME_P95,
    TOPIC_RESUMED_TIME_P50,
    TOPIC_RESUMED_TIME_P95,
    TOPIC_CERTIFICATE,
    TOPIC_VERSION,
    TOPIC_CIPHER,
    TOPIC_GROUP,
    TOPIC_ALPN,
    TOPIC_RESUMED,
    TOPIC_SERVER,
    TOPIC_CLIENT,
    TOPIC_UNDETERMINED,
    TOPIC_ATTEMPTS,
    TOPIC_COUNT
};

enum diff_change {
    CHANGE_NONE,
    CHANGE_FEW,
    CHANGE_LOWER,
    CHANGE_HIGHER,
    CHANGE_NEW,  /* in B only */
    CHANGE_GONE, /* in A only */
    CHANGE_ONLY_A /* of a service */,
    CHANGE_ONLY_B
};

struct diff_amount {
    bool is_there;
    bool has_share; /* hits are of `of`; else a number alone, or nothing */
    struct share share;
    struct histogram *times; /* of times */
    double us;               /* quantile; below 0 none */
};

/* One line: the same of the same service in A and in B. */
struct diff_line {
    const char *service; /* NULL: all services, or a finding about the capture */
    uint16_t port;
    bool is_in_all;
    enum diff_topic topic;
    const char *item;       /* "" none */
    const char *text;       /* what to call the item, NULL as it is */
    enum severity severity; /* of findings */
    struct diff_amount side[2];
    enum diff_change change;
    double p; /* 1 when nothing was tested */
};

/* diff_judge fills change and p. is_served: the service was tried on that side. */
void diff_judge(struct diff_line *l, const bool is_served[2]);
/* diff_is_worse says whether the line counts for --exit-code. */
bool diff_is_worse(const struct diff_line *l);
/* diff_rank is where the line stands: 0 is told first. */
unsigned diff_rank(const struct diff_line *l);
const char *diff_topic_name(enum diff_topic t);
/* diff_topic_title is what a table calls it. */
const char *diff_topic_title(enum diff_topic t);
const char *diff_change_name(const struct diff_line *l);

#endif
