#ifndef TLSWIRE_X509_SCT_H
#define TLSWIRE_X509_SCT_H

#include "model/revocation.h"
#include "x509/ct_logs.h"

/* sct_list_add parses a SignedCertificateTimestampList (RFC 6962 3.3) of one channel and adds its
 * SCTs to out, which starts zeroed; nothing is verified yet. False, with problem, when the list
 * does not parse; what was read before stays. */
bool sct_list_add(struct sct_list *out, enum sct_channel channel, struct bytes list);

/* sct_embedded gives the list in a certificate's extension 1.3.6.1.4.1.11129.2.4.2; n 0 when there
 * is none or the certificate (DER) does not parse. */
struct bytes sct_embedded(struct bytes leaf);

/*
 * sct_list_verify fills verdict, reason, is_future and log of every SCT. leaf and issuer are DER;
 * issuer may be empty, logs NULL. An embedded SCT signs the precertificate (RFC 6962 3.2), which is
 * built again from leaf and needs the key of the issuer: an issuer that did not sign leaf counts as
 * missing. SCTs of other channels sign leaf as it is. Only what RFC 6962 2.1.4 allows, SHA-256 with
 * RSA or ECDSA, is judged.
 */
void sct_list_verify(struct sct_list *l, struct bytes leaf, struct bytes issuer,
        const struct ct_logs *logs, int64_t at_us);

/*
 * sct_policy_judge counts the valid SCTs of verified l against the rule of Chrome and Apple.
 * SCTs of logs that are rejected do not count, of retired ones only those from before.
 * Undetermined: no log list, or what could not be verified (unknown or pending logs, no issuer)
 * might suffice.
 */
void sct_policy_judge(const struct sct_list *l, const struct ct_logs *logs, int64_t not_before_us,
        int64_t not_after_us, struct sct_policy *out);

#endif
