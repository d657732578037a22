#ifndef TLSWIRE_X509_OCSP_H
#define TLSWIRE_X509_OCSP_H

#include "base/cursor.h"
#include "base/err.h"
#include "model/revocation.h"

/*
 * ocsp_read reads an OCSPResponse (RFC 6960 4.2.1) as facts about leaf at a time, and verifies it
 * with the key of issuer. leaf and issuer are DER; each may be empty. An issuer that did not sign
 * the leaf counts as missing: then the verdict is UNVERIFIED and the match at best WITHOUT_KEY. It
 * never fails: what does not parse is named in problem. out->scts borrows from response.
 */
void ocsp_read(struct bytes response, struct bytes leaf, struct bytes issuer, int64_t at_us,
        struct ocsp_answer *out);

/* ocsp_multi_next takes the next response of an OCSPResponseList (RFC 6961 2.2), one for each
 * certificate of the chain in its order; an empty one stands for "none". False at the end, and then
 * list is bad when it did not parse. */
bool ocsp_multi_next(struct cur *list, struct bytes *response);

/* ocsp_must_staple gives the TLS_FEATURE_ flags that a certificate (DER) asks for in its TLS
 * feature extension (RFC 7633); 0 when it has none or does not parse. */
unsigned ocsp_must_staple(struct bytes der);

/* ocsp_serials gives each the serial number of every certificate that a response answers about
 * (minimal content octets, borrowed); false when the response does not parse or is an error. */
bool ocsp_serials(struct bytes response, void (*each)(void *ctx, struct bytes serial), void *ctx);

/* OCSP answers from files (--ocsp), found by serial number. */
struct ocsp_set;

/* Responses, serial numbers in them, bytes. */
enum { OCSP_SET_CAP = 100000, OCSP_SET_SERIALS_CAP = 1000000, OCSP_SET_BYTES_CAP = 64 << 20 };

struct ocsp_set *ocsp_set_new(void);
/* ocsp_set_free accepts NULL. */
void ocsp_set_free(struct ocsp_set *s);
/* ocsp_set_add copies one DER response; false with a reason when it is none or answers nothing. */
bool ocsp_set_add(struct ocsp_set *s, struct bytes der, const char *source, const char **reason);
/* ocsp_set_load reads a file (DER or PEM), or every file of a folder; in a folder, what is no OCSP
 * answer is counted and left out. */
bool ocsp_set_load(struct ocsp_set *s, const char *path, struct err *err);
size_t ocsp_set_count(const struct ocsp_set *s);
size_t ocsp_set_left_out(const struct ocsp_set *s);
/*
 * ocsp_set_find gives the best answer about leaf: an authentic "revoked", else the newest authentic
 * one, else one that is not authentic (see its verdict). The responder's certificate is judged at
 * producedAt, since a file may be older or newer than at_us; period is that of at_us. False when no
 * file speaks about this serial number. *source lives as long as s.
 */
bool ocsp_set_find(struct ocsp_set *s, struct bytes leaf, struct bytes issuer, int64_t at_us,
        struct ocsp_answer *out, const char **source);

#endif
