#ifndef TLSWIRE_REPORT_CERT_JUDGED_H
#define TLSWIRE_REPORT_CERT_JUDGED_H

#include "report/cert_text.h"

/* What a certificate is worth, in lines of cert_text_put: each appends its items, one a line, and
 * nothing when there are none. */

/* cert_put_trust: the verdict of each trust store, with the path. */
void cert_put_trust(struct text *t, const struct cert_view *v);
/* cert_put_notes: what is odd about the chain. */
void cert_put_notes(struct text *t, const struct cert_view *v);
/* cert_put_revocation: what each channel says. */
void cert_put_revocation(struct text *t, const struct cert_view *v);
void cert_put_scts(struct text *t, const struct cert_view *v);
void cert_put_key_problems(struct text *t, const struct cert_view *v);

/* cert_add_when appends "2026-10-25 09:50:59 UTC" of RFC 3339; nothing of NULL. */
void cert_add_when(struct text *t, const char *rfc3339);

#endif
