#ifndef TLSWIRE_ENGINE_VERIFY_STATUS_H
#define TLSWIRE_ENGINE_VERIFY_STATUS_H

#include "engine/verifier.h"

/*
 * Revocation and transparency: OCSP answers that were stapled, OCSP answers and CRLs from files,
 * and SCTs of all three channels. What was verified once is remembered.
 */
struct verify_status;

struct verify_status *verify_status_new(void);
/* verify_status_free frees; NULL is fine. */
void verify_status_free(struct verify_status *v);
/* verify_status_load reads the files; false with a line that names the file. */
bool verify_status_load(struct verify_status *v, const struct verify_options *o, struct err *err);
/* verify_status_judge fills what j says about revocation and SCTs; it lives until the next call. */
void verify_status_judge(
        struct verify_status *v, const struct verify_question *q, struct judgement *j);
/* verify_status_store writes which files were read. */
bool verify_status_store(const struct verify_status *v, const struct verify_options *o,
        struct store *s, struct err *err);

#endif
