#ifndef TLSWIRE_REPORT_CERT_TEXT_H
#define TLSWIRE_REPORT_CERT_TEXT_H

#include <stdio.h>

#include "base/text.h"
#include "model/certificate.h"
#include "model/extension.h"
#include "store/query.h"

/* A certificate for people. */
struct cert_finding {
    int64_t id;
    const char *severity, *defect, *summary;
    const char *concerns; /* SHA-256 of another certificate that was sent with it, or NULL */
    const char *concerns_subject;
    bool is_elsewhere; /* the chain that is listed did not show it */
};

struct cert_service {
    const char *service, *first_seen, *last_seen; /* RFC 3339 */
    int64_t count;
};

/* An entry of the chain that was sent most often behind a leaf. */
struct cert_link {
    int64_t position;
    const char *subject, *not_after, *sha256;
};

/* Rows of query_cert_part, copied. */
struct cert_row {
    const struct value *values;
    size_t n;
};

struct cert_rows {
    struct cert_row *rows;
    size_t n;
};

/* Everything that is shown of one; the first six are borrowed from whoever fills them in. */
struct cert_view {
    const struct certificate *facts;
    const struct extension *extensions;
    size_t n_extensions;
    const struct value *row; /* of query_show */
    size_t n_row;
    bool has_color;
    struct cert_finding *findings; /* most severe first */
    size_t n_findings;
    struct cert_service *served;
    size_t n_served;
    struct cert_link *chain;
    size_t n_chain;
    int64_t chain_count, chain_count_of; /* handshakes with this chain, with any behind the leaf */
    struct cert_rows verdicts, notes;    /* of that chain */
    struct cert_rows revocation, scts, key_problems;
    struct arena arena;
};

/* cert_view_load reads findings, services, chain and what is known about them; false
 * with err. cert_view_fini frees them. */
bool cert_view_load(struct cert_view *v, struct store *s, const char *sha256, struct err *err);
void cert_view_fini(struct cert_view *v);

/*
 * cert_text_put prints it: first what people ask first, then the findings, all extensions, numbers
 * and fingerprints. A defect stands beside the line that it is about: "... << cert-expired". Those
 * of other certificates in its chain are among its findings.
 */
void cert_text_put(FILE *out, const struct cert_view *v);
/*
 * cert_text_pem prints a row of CERT_PEM as PEM (RFC 7468) behind lines that say what it is. These
 * are short enough, and free of runs of hyphens, so that no reader takes one for the encapsulation
 * boundary: their text is the certificate's.
 */
void cert_text_pem(FILE *out, const struct value *values, size_t n);
/* cert_text_extensions appends them as a JSON array. */
void cert_text_extensions(struct text *t, const struct extension *list, size_t n);

#endif
