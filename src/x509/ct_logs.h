#ifndef TLSWIRE_X509_CT_LOGS_H
#define TLSWIRE_X509_CT_LOGS_H

#include "base/bytes.h"
#include "base/err.h"
#include "model/revocation.h"

/* A list of transparency logs (--ct-logs): JSON of log list v3, as Google and Apple publish it. */
struct ct_logs;

enum { CT_LOGS_CAP = 10000 };

/* ct_logs_load reads a file. An error names the place: the line for what is no JSON, else the log
 * and the key that is missing or wrong. A log whose log_id is not the hash of its key is an error.
 */
bool ct_logs_load(const char *path, struct ct_logs **out, struct err *err);
/* ct_logs_parse reads the text of such a file; path is only for errors. */
bool ct_logs_parse(struct bytes json, const char *path, struct ct_logs **out, struct err *err);
/* ct_logs_free accepts NULL. */
void ct_logs_free(struct ct_logs *l);
/* ct_logs_find gives the log with this 32-byte id, or NULL; it lives as long as l. */
const struct ct_log *ct_logs_find(const struct ct_logs *l, struct bytes id);
size_t ct_logs_count(const struct ct_logs *l);
/* ct_logs_date is log_list_timestamp in microseconds, INT64_MIN when the list has none. */
int64_t ct_logs_date(const struct ct_logs *l);
/* ct_logs_version is the version that the list gives itself, "" when none. */
const char *ct_logs_version(const struct ct_logs *l);

#endif
