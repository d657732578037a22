#ifndef TLSWIRE_RULES_REVOCATION_STAPLE_H
#define TLSWIRE_RULES_REVOCATION_STAPLE_H

#include "rules/judged.h"

/* staple_is_asked says whether the client asked for an OCSP answer (RFC 6066 8, RFC 6961 2.2). */
bool staple_is_asked(const struct handshake *h);
/* staple_is_sent says whether the server sent one about its certificate: that is the first of a
 * list, where an empty one stands for none (RFC 6961 2.2). */
bool staple_is_sent(const struct handshake *h);
/* staple_is_absence_known says whether the flight of the server was seen without loss past the
 * place of the CertificateStatus; else *verdict is UNDETERMINED. */
bool staple_is_absence_known(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);

#endif
