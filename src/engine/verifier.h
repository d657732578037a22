#ifndef TLSWIRE_ENGINE_VERIFIER_H
#define TLSWIRE_ENGINE_VERIFIER_H

#include "base/text.h"
#include "engine/verify.h"
#include "engine/verify_keys.h"
#include "model/judgement.h"
#include "store/store.h"

/*
 * What certificates are worth, whether they were revoked, and whether who showed them held the key:
 * one judgement per handshake, from trust stores and data files, with x509 and proof. Used by the
 * analyst's thread alone. Everything it remembers is bounded.
 */
struct verifier;

/* What is asked about one handshake; the certificates are parsed and in wire order. */
struct verify_question {
    const struct handshake *handshake;
    const struct service *service;
    const struct certificate *const *server;
    size_t n_server;
    const struct certificate *const *client;
    size_t n_client;
    int64_t at_us;
    bool is_name_match;   /* the leaf is for the name of the service */
    struct store *memory; /* where keys of earlier runs are looked up; NULL: they are not */
};

/* verifier_new loads the stores and files; false with a line that names the file and what to do.
 */
bool verifier_new(const struct verify_options *o, struct verifier **out, struct err *err);
/* verifier_prepare reads what else would be read when it is needed: for who may not open files
 * later. */
bool verifier_prepare(struct verifier *v, struct err *err);
/* verifier_remark appends the line number i, from 0, that whoever gave the files should read; false
 * past the last. */
bool verifier_remark(const struct verifier *v, size_t i, struct text *t);
/* verifier_free frees; NULL is fine. */
void verifier_free(struct verifier *v);
/* verifier_judge gives the judgement of one handshake; it lives until the next call. */
const struct judgement *verifier_judge(struct verifier *v, const struct verify_question *q);
/* verifier_recall reads `most` keys of memory ahead for verifier_end; *is_done: there are no more.
 */
bool verifier_recall(
        struct verifier *v, struct store *memory, int most, bool *is_done, struct err *err);
/* verifier_end finishes what is compared over the whole run and everything in memory;
 * verifier_late then gives, one by one, what was found out too late to be judged. */
bool verifier_end(struct verifier *v, struct store *memory, struct err *err);
bool verifier_late(struct verifier *v, struct late_key *out);
/* verifier_n_moduli is how many RSA keys verifier_end would compare. */
size_t verifier_n_moduli(const struct verifier *v);
/* verifier_store writes the files in use, for the record of the run. */
bool verifier_store(const struct verifier *v, struct store *s, struct err *err);
/* verifier_counters fills in what was counted; gives how many. */
enum { VERIFIER_COUNTERS = 12 };
size_t verifier_counters(const struct verifier *v, struct counter out[VERIFIER_COUNTERS]);

/* verifier_system_store is the file or directory of roots that is used when none is named. */
const char *verifier_system_store(void);

#endif
