#ifndef TLSWIRE_X509_CHAIN_NODE_H
#define TLSWIRE_X509_CHAIN_NODE_H

#include <openssl/x509.h>

#include "base/bytes.h"
#include "base/map.h"
#include "crypto/digest.h"

/* A certificate as path building needs it. Counted references; one thread. */
struct chain_node {
    unsigned refs;
    X509 *x; /* NULL when OpenSSL reads no certificate or an extension not */
    uint8_t sha256[SHA256_LEN], spki_sha256[SHA256_LEN];
    size_t der_len;
    unsigned long subject_hash, issuer_hash; /* of the canonical names; a filter, no proof */
    int64_t not_before_us, not_after_us;     /* INT64_MAX for 99991231235959Z */
    bool is_ca;              /* may certify at all: basicConstraints, or a v1 root */
    bool is_ca_without_sign; /* a CA whose keyUsage lacks keyCertSign */
    bool is_self_issued;
    int key_nid, key_bits;
    int hash_nid;    /* of its signature, NID_undef when unknown or intrinsic */
    bool forbids[2]; /* by chain_role: has extendedKeyUsage without the use of that role */
};

/* What the key of an issuer says about a signature. */
enum chain_link { LINK_UNKNOWN, LINK_GOOD, LINK_BAD, LINK_UNVERIFIED };

/* chain_node_new parses der; what does not parse gives a node without x. One reference. */
struct chain_node *chain_node_new(struct bytes der);
struct chain_node *chain_node_hold(struct chain_node *n);
void chain_node_drop(struct chain_node *n);

/* Whether issuer may have issued child by what both say: names, key identifiers, kind of key. */
enum chain_fit { FIT_NO, FIT_YES, FIT_KEY_ID_OFF };
enum chain_fit chain_node_fit(const struct chain_node *child, const struct chain_node *issuer);
/* chain_node_names_key says whether child names the key or serial number of issuer. */
bool chain_node_names_key(const struct chain_node *child, const struct chain_node *issuer);

/* Nodes by their SHA-256, least recently used goes. */
struct chain_nodes;
struct chain_nodes *chain_nodes_new(void);
void chain_nodes_free(struct chain_nodes *all);
/* chain_nodes_get gives the node of der with a reference for the caller, parsing it when new. */
struct chain_node *chain_nodes_get(
        struct chain_nodes *all, struct bytes der, const uint8_t sha256[SHA256_LEN]);
/* chain_nodes_parsed counts the certificates that were parsed. */
uint64_t chain_nodes_parsed(const struct chain_nodes *all);

/* Verified signatures by (certificate, key). */
struct chain_links;
struct chain_links *chain_links_new(void);
void chain_links_free(struct chain_links *links);
/* chain_links_verify says whether the key of issuer verifies child, asking OpenSSL once. BAD means
 * that everything needed was there and the signature is wrong. */
enum chain_link chain_links_verify(
        struct chain_links *links, const struct chain_node *child, const struct chain_node *issuer);
uint64_t chain_links_verified(const struct chain_links *links);

/* chain_link_cost is what one verification by this key counts: 1, or 8 for a very long one. */
unsigned chain_link_cost(const struct chain_node *issuer);

#endif
