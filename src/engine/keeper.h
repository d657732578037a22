#ifndef TLSWIRE_ENGINE_KEEPER_H
#define TLSWIRE_ENGINE_KEEPER_H

#include "engine/run.h"
#include "store/store.h"

/*
 * The packets of connections whose handshake led to a finding, for `read --evidence`. While the run
 * goes on, the analyst only notes which connections these are; afterwards the inputs are read a
 * second time and their packets are kept.
 */
struct keeper;

enum { KEEP_CONNECTIONS = 65536 }; /* noted in one run */

struct keeper *keeper_new(void);
/* keeper_free frees; NULL is fine. */
void keeper_free(struct keeper *k);
/* keeper_want notes a judged handshake in which these defects were found. */
void keeper_want(struct keeper *k, const struct handshake *h, const char *defects);
/* keeper_end notes how far the connection of a handshake went. */
void keeper_end(struct keeper *k, const struct connection_end *end);
/* keeper_name notes that a finding names the handshake: it comes before others. */
void keeper_name(struct keeper *k, int64_t handshake_id);
/* keeper_input notes the vantage of an input that was read. */
void keeper_input(struct keeper *k, uint32_t input, uint32_t vantage);
/* keeper_run reads the inputs again, writes the files, and tells the store and the result. False
 * with err when the store failed; trouble with the directory is noticed and marked in result. */
bool keeper_run(struct keeper *k, const struct run_options *o, struct store *store,
        struct run_result *result, struct err *err);

#endif
