#ifndef TLSWIRE_FINGERPRINT_FINGERPRINT_H
#define TLSWIRE_FINGERPRINT_FINGERPRINT_H

#include "model/handshake.h"

/* Fingerprints computed before, found by what they are made of; bounded, one per thread. */
struct fingerprint_cache;
struct fingerprint_cache *fingerprint_cache_new(void);
/* fingerprint_cache_free frees; NULL is fine. */
void fingerprint_cache_free(struct fingerprint_cache *c);

/*
 * fingerprint_handshake fills h->prints from the hellos: JA3 and JA4 of the first ClientHello that
 * was answered (the one before a HelloRetryRequest when there was one), JA3S of the ServerHello.
 * GREASE is left out. A SSLv2-format hello has none. cache may be NULL.
 */
void fingerprint_handshake(struct fingerprint_cache *cache, struct handshake *h);

/* The single functions, for tests: text output, "" when it cannot be formed. */
void fingerprint_ja3(const struct client_hello *ch, char out[33]);
void fingerprint_ja3s(const struct server_hello *sh, char out[33]);
void fingerprint_ja4(const struct client_hello *ch, char transport, char out[40]);

#endif
