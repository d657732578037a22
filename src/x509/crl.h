#ifndef TLSWIRE_X509_CRL_H
#define TLSWIRE_X509_CRL_H

#include "base/bytes.h"
#include "base/err.h"
#include "model/revocation.h"

/*
 * CRLs from files (--crl). They are kept as they are, with 8 bytes of index for each entry, and
 * verified only when a certificate of their issuer comes up. What is not a plain complete CRL
 * (indirect, delta, critical extensions that are not understood: RFC 5280 5.2 and 5.3) is listed
 * with the reason and never used.
 */
struct crl_set;

/* CRLs, their entries, their bytes, and the keys that each is tried with. */
enum {
    CRL_SET_CAP = 10000,
    CRL_ENTRIES_CAP = 2000000,
    CRL_BYTES_CAP = 256 << 20,
    CRL_KEYS_CAP = 64
};

struct crl_set *crl_set_new(void);
/* crl_set_free accepts NULL. */
void crl_set_free(struct crl_set *s);
/* crl_set_add copies one DER CRL; false with a reason when it is none or a cap is reached. */
bool crl_set_add(struct crl_set *s, struct bytes der, const char *source, const char **reason);
/* crl_set_load reads a file (DER, or PEM with any number of CRLs), or every file of a folder; in a
 * folder, what is no CRL is counted and left out. */
bool crl_set_load(struct crl_set *s, const char *path, struct err *err);
size_t crl_set_count(const struct crl_set *s);
/* crl_set_left_out counts files of folders that held no CRL. */
size_t crl_set_left_out(const struct crl_set *s);
/* crl_set_at gives what is known about CRL number i; it lives as long as s. */
const struct crl_facts *crl_set_at(const struct crl_set *s, size_t i);
/*
 * crl_set_find looks leaf up (both DER) in the CRLs of its issuer's name whose signature the key of
 * issuer verifies and that leaf is in the scope of (RFC 5280 6.3.3), as they were at at_us: CRLs
 * that are later speak only where there is no other, or where they date a revocation before at_us
 * that the others do not list. Listed in one of them is revoked; certificateHold and absence are
 * told by the newest CRL of the same scope. "Revoked" also needs
 * that issuer signed leaf. What was met shows in crl_set_at from then on.
 */
void crl_set_find(struct crl_set *s, struct bytes leaf, struct bytes issuer, int64_t at_us,
        struct crl_answer *out);

#endif
