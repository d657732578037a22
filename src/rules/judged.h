#ifndef TLSWIRE_RULES_JUDGED_H
#define TLSWIRE_RULES_JUDGED_H

#include "rules/support.h"

/* What rules share that read the judgement (model/judgement.h). *verdict is as in support.h: what
 * to answer when the fact is not there. */

enum { WHO_TEXT = 144 };

/* rule_judgement gives what was found out about the handshake; NULL when nothing was. */
const struct judgement *rule_judgement(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_server_chain gives the facts about the server's chain; NULL without a leaf, too. */
const struct chain_facts *rule_server_chain(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_trust is rule_server_chain for what needs a trust store. */
const struct chain_facts *rule_trust(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_one_copy is false where overlapping copies of the bytes differ: which the peers saw is not
 * known. */
bool rule_one_copy(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_server_proof gives the answer about the signature of the ServerKeyExchange, once it was
 * tried; rule_client_proof that of the client's CertificateVerify. */
const struct proof_answer *rule_server_proof(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
const struct proof_answer *rule_client_proof(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_dh_exchange is the ServerKeyExchange with finite-field Diffie-Hellman, once it parses; else
 * NULL. */
const struct server_key_exchange *rule_dh_exchange(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict);
/* rule_knows_path says whether the paths of the server's chain were looked for: what is above the
 * leaf is then the matter of the rules about chains. */
bool rule_knows_path(const struct rule_facts *f);
/* rule_is_inspected says whether a certificate of the server's chain, or one that it names as its
 * issuer, is a CA of sanctioned inspection. */
bool rule_is_inspected(const struct rule_facts *f);
/* rule_doubt says why a path is not judged. */
const char *rule_doubt(const struct chain_verdict *v);

/* rule_lacks_kin says whether what the server sent ends at an issuer that nobody has, and that by
 * its organisation is an intermediate of a trusted root: no store knows a path. */
bool rule_lacks_kin(const struct chain_facts *c);

/* rule_clip copies text, cut where a character ends. rule_name does so with rule_who. */
void rule_clip(const char *text, char out[WHO_TEXT]);
void rule_name(const struct certificate *c, char out[WHO_TEXT]);
/* rule_wire escapes bytes from the wire, such as a URL. */
void rule_wire(struct bytes b, char out[WHO_TEXT]);
/* rule_element names an element of a path: by its subject when it was sent, else by what the one
 * before calls its issuer. */
void rule_element(
        const struct rule_facts *f, const struct chain_verdict *v, size_t i, char out[WHO_TEXT]);
/* rule_sent is the certificate that an element of a path was sent as, or NULL. */
const struct certificate *rule_sent(const struct rule_facts *f, const struct chain_element *e);
/* rule_last_sent is the position in the list of the last element of a path that was sent. */
size_t rule_last_sent(const struct rule_facts *f, const struct chain_verdict *v);
/* rule_path_hit is rule_certificate_hit for an element of a path: one that was not sent is named
 * by its hash, and the bytes are those of the last one that was, the name of its issuer. */
enum verdict rule_path_hit(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_verdict *v, size_t i);

/* Keys that are asked about: of both sides, or of the server's chain but for its roots. */
enum { KEYS_ALL, KEYS_WITHOUT_ROOTS };

/* The keys that both sides sent, in one row: the server's chain, then the client's. */
static inline size_t rule_n_keys(const struct rule_facts *f)
{
    return f->n_chain + f->n_client_chain;
}
const struct certificate *rule_key_owner(const struct rule_facts *f, size_t position);
/* rule_key gives what is known about a key of that row, or NULL. */
const struct key_facts *rule_key(const struct rule_facts *f, size_t position);
/* rule_key_name is rule_name for a certificate of that row, and says when it is the client's. */
void rule_key_name(const struct rule_facts *f, size_t position, char out[WHO_TEXT]);
/* rule_rsa_key is the first one of that row whose RSA key has one of the RSA_WEAK_ flags; else
 * SIZE_MAX, and *verdict also tells PASS. */
size_t rule_rsa_key(const struct rule_facts *f, struct rule_answer *a, unsigned flags, int which,
        enum verdict *verdict);
/* rule_key_hit names the key of one of that row as subject, with its modulus as evidence, and gives
 * RULE_HIT. */
enum verdict rule_key_hit(const struct rule_facts *f, struct rule_answer *a, size_t position);

#endif
