#ifndef TLSWIRE_RULES_SUPPORT_H
#define TLSWIRE_RULES_SUPPORT_H

#include "history/services.h"
#include "iana/iana.h"
#include "rules/rule.h"

/* What rules share: gates that say when a fact is there, and the filling of answers. */

/* rule_undetermined gives RULE_UNDETERMINED with its reason. */
enum verdict rule_undetermined(struct rule_answer *a, const char *why);

/* rule_threshold is a number of the policy, in its unit. */
double rule_threshold(const struct rule_facts *f, enum threshold t);
/* rule_threshold_us is a threshold of time in microseconds. */
int64_t rule_threshold_us(const struct rule_facts *f, enum threshold t);
/* rule_share compares count of total with a ratio: -1 below, 0 equal, 1 above. Nothing of nothing
 * is equal to any. */
int rule_share(uint64_t count, uint64_t total, double ratio);

/*
 * rule_leaf gives the server's leaf when it was seen and parsed. Else NULL, with *verdict NA, or
 * UNDETERMINED when the capture missed it.
 */
const struct certificate *rule_leaf(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_client_leaf gives the client's leaf when it sent one and it was parsed; else as above. */
const struct certificate *rule_client_leaf(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_extensions gives a leaf whose extensions were all read; else NULL with *verdict as above. */
const struct certificate *rule_extensions(
        const struct certificate *leaf, struct rule_answer *a, enum verdict *verdict);
/* rule_publicity says whether the server's leaf chains to a root that is declared public; unknown
 * without such a trust store, and when the path could not be followed to its end. */
enum known rule_publicity(const struct rule_facts *f);
/* rule_public is true when it does; else *verdict is NA, also for a self-signed leaf, or
 * UNDETERMINED with why it is not known. Ask it last, when everything else says HIT. */
bool rule_public(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_hello says whether a ServerHello was seen; else *verdict tells as above. */
bool rule_hello(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_ending says whether the outcome is determined; else *verdict is UNDETERMINED with why. */
bool rule_ending(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);

/* rule_hellos says whether both hellos were seen and understood, so that the answer can be held
 * against the offer; else *verdict tells as above. SSL 2.0 is not applicable. */
bool rule_hellos(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_lossless says whether every byte of the handshake is there, once, and before the hello
 * nothing is missing; else *verdict is UNDETERMINED with why. */
bool rule_lossless(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_best_version is the highest version that a client offers, GREASE left out; a draft of TLS
 * 1.3 counts as TLS 1.3. */
uint16_t rule_best_version(const struct client_hello *ch);
/* rule_alert gives the first alert in clear of a side with this description, or NULL. */
const struct alert *rule_alert(const struct side_facts *side, uint8_t description);

/* rule_subject and rule_summary write the texts of a hit (escaped text only). */
void rule_subject(struct rule_answer *a, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
void rule_summary(struct rule_answer *a, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/* rule_fit writes text as far as it fits, cut where a character ends. */
void rule_fit(char *out, size_t size, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* rule_bytes adds evidence: bytes (cut at 64) that stand within `at`. */
void rule_bytes(struct rule_answer *a, enum side side, const struct span *at, struct bytes b,
        const char *note);
/* rule_series adds evidence: count of total within a window. */
void rule_series(struct rule_answer *a, const struct attempt_counts *c, const char *note);
/* rule_connection adds evidence: the connection itself. */
void rule_connection(struct rule_answer *a, const char *note);

/* rule_certificate_hit names entry `position` of the server's chain as subject, with the bytes that
 * show the defect, and gives RULE_HIT. */
enum verdict rule_certificate_hit(const struct rule_facts *f, struct rule_answer *a,
        size_t position, struct bytes shown, const char *note);

/* rule_client_entry_hit does so for a certificate that the client sent; the finding is about it. */
enum verdict rule_client_entry_hit(const struct rule_facts *f, struct rule_answer *a,
        size_t position, struct bytes shown, const char *note);

/* rule_client_certificate_hit does so for the client's leaf, in a finding of the rule's subject. */
enum verdict rule_client_certificate_hit(
        const struct rule_facts *f, struct rule_answer *a, struct bytes shown, const char *note);

/* rule_suite is the cipher suite that was chosen; NULL when it is not known, and in SSL 2.0. */
const struct iana_suite *rule_suite(const struct rule_facts *f);
/* rule_lost_exchange is the suite whose ServerKeyExchange, which it needs, the capture misses; NULL
 * when it is there, none is due, or the server did not get to it. */
const struct iana_suite *rule_lost_exchange(const struct rule_facts *f);
/* rule_server_hello adds evidence: a two-byte field of the ServerHello. */
void rule_server_hello(
        const struct rule_facts *f, struct rule_answer *a, uint16_t value, const char *note);
/* rule_suite_hit names the chosen cipher suite as subject and evidence, and gives RULE_HIT. */
enum verdict rule_suite_hit(const struct rule_facts *f, struct rule_answer *a);

/* rule_lesson is what the handshake would teach, for questions that count it already. */
struct lesson rule_lesson(const struct rule_facts *f);

/* rule_day writes the date of us as YYYY-MM-DD. */
void rule_day(int64_t us, char out[16]);
/* rule_when writes the date of us, and where at_us is less than two days away also the time of day.
 */
void rule_when(int64_t us, int64_t at_us, char out[24]);
/* rule_span writes how long us is: "40 minutes", "5 hours", "12 days". */
void rule_span(int64_t us, char out[24]);
/* rule_who is what to call a certificate: its subject, or that it has none. */
const char *rule_who(const struct certificate *c);
/* rule_message is the name of the last handshake message that a side sent in clear. */
const char *rule_message(const struct side_facts *side);
/* rule_client is how findings about a client name it: its JA4, else its JA3, else its address. */
void rule_client(const struct handshake *h, char out[64]);
/* rule_client_subject makes the finding one about that kind of client, named so behind `before`:
 * it is over when that kind is clean, whatever others do. */
void rule_client_subject(const struct rule_facts *f, struct rule_answer *a, const char *before);
/* rule_is_smtp says whether the port is one where mail servers use opportunistic TLS. */
bool rule_is_smtp(const struct handshake *h);

#define DAY_US (86400 * (int64_t)1000000)

#endif
