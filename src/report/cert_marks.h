#ifndef TLSWIRE_REPORT_CERT_MARKS_H
#define TLSWIRE_REPORT_CERT_MARKS_H

#include "report/cert_text.h"

#define CERT_NO_MARK SIZE_MAX

/*
 * cert_mark_of says beside which line of a field a finding stands, counted from 0; CERT_NO_MARK:
 * beside none. field is a label of cert_text_put or the name of an extension, items its lines. What
 * concerns another certificate of the chain stands only where the chain lists that one.
 */
size_t cert_mark_of(const struct cert_view *v, const struct cert_finding *f, const char *field,
        const char *items);

#endif
