#ifndef TLSWIRE_FINDINGS_RELATIONS_H
#define TLSWIRE_FINDINGS_RELATIONS_H

#include <stdbool.h>

/* How defects belong together; the table is in relations.c. */

/* relations_explains says whether `cause`, found in the same handshake, is why `symptom` (with this
 * subject) came up: an expired certificate and the alert about it. */
bool relations_explains(const char *cause, const char *symptom, const char *subject);
/* relations_hits_users says whether the defect is a failure that users meet, whoever owns the
 * server. */
bool relations_hits_users(const char *defect);
/* relations_mutes gives why `cause`, found about a whole vantage, silences `defect`; NULL it does
 * not. has_at: defects are judged by a given time. */
const char *relations_mutes(const char *cause, const char *defect, bool has_at);
/* relations_superseded gives the i-th defect that ends when `defect` begins on the same subject;
 * NULL after the last. */
const char *relations_superseded(const char *defect, int i);

#endif
