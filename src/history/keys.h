#ifndef TLSWIRE_HISTORY_KEYS_H
#define TLSWIRE_HISTORY_KEYS_H

#include "model/judgement.h"

/*
 * Who was seen with which key, and which certificates carry which serial number, over all vantages
 * of a run; bounded, the least recently used goes.
 */
struct keys;

enum { KEYS_CAP = 100000, KEYS_DOMAINS = 16 };

struct keys *keys_new(void);
/* keys_free frees; NULL is fine. */
void keys_free(struct keys *k);
/* keys_use tells what was learned about the key before; domain is that of the handshake in work,
 * NULL none. out->other lives until the next keys_learn. */
void keys_use(
        struct keys *k, const uint8_t spki_sha256[32], const char *domain, struct key_use *out);
/* keys_learn notes that the key was shown for a registrable domain (escaped, NULL none). */
void keys_learn(struct keys *k, const uint8_t spki_sha256[32], const char *domain, bool is_tls);
/* keys_recall says whether to learn from earlier runs what other leaves than c were shown for with
 * its key, and takes it as done. Two leaves cover everything, so there is no third time. */
bool keys_recall(struct keys *k, const struct certificate *c);
/*
 * keys_serial notes issuer (by name and key identifier) and serial number of c, and gives a
 * certificate with other bytes that has the same (RFC 5280 4.1.2.2). The text lives as long as k
 * keeps it.
 */
struct cert_ref keys_serial(struct keys *k, const struct certificate *c);

#endif
