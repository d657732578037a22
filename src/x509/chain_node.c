/* Parsed certificates and verified signatures, each kept so that the work is done once. */
#include "x509/chain_node.h"

#include <limits.h>
#include <openssl/dsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "model/chain.h"

enum {
    NODES_CAP = 2048,
    NODE_DER_MOST = 8192, /* longer ones are not kept: a parsed certificate takes about five times
                             its length */
    LINKS_CAP = 65536,
    LONG_KEY_BITS = 4096,
};

#define SECOND_US INT64_C(1000000)
#define NO_EXPIRY_US INT64_C(253402300799000000) /* 99991231235959Z, RFC 5280 4.1.2.5 */

static bool time_us(const ASN1_TIME *t, int64_t *us)
{
    struct tm tm;
    if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
        return false;
    *us = (int64_t)timegm(&tm) * SECOND_US;
    if (*us == NO_EXPIRY_US)
        *us = INT64_MAX;
    return true;
}

static void spki_digest(struct chain_node *n)
{
    unsigned char *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(n->x), &spki);
    if (len > 0)
        digest_sha256((struct bytes){spki, (size_t)len}, n->spki_sha256);
    OPENSSL_free(spki);
}

static bool fill(struct chain_node *n)
{
    /* This also reads the extensions that paths depend on. */
    if (X509_check_purpose(n->x, -1, 0) != 1)
        return false;
    if (!time_us(X509_get0_notBefore(n->x), &n->not_before_us) ||
            !time_us(X509_get0_notAfter(n->x), &n->not_after_us))
        return false;
    n->subject_hash = X509_NAME_hash_ex(X509_get_subject_name(n->x), NULL, NULL, NULL);
    n->issuer_hash = X509_NAME_hash_ex(X509_get_issuer_name(n->x), NULL, NULL, NULL);
    n->is_self_issued = X509_NAME_cmp(X509_get_subject_name(n->x), X509_get_issuer_name(n->x)) == 0;
    n->is_ca = X509_check_ca(n->x) != 0;
    n->is_ca_without_sign = (X509_get_extension_flags(n->x) & EXFLAG_CA) != 0 &&
                            !(X509_get_key_usage(n->x) & KU_KEY_CERT_SIGN);
    uint32_t use = X509_get_extended_key_usage(n->x); /* all bits without the extension */
    n->forbids[CHAIN_SERVER] = !(use & (XKU_SSL_SERVER | XKU_SGC | XKU_ANYEKU));
    n->forbids[CHAIN_CLIENT] = !(use & (XKU_SSL_CLIENT | XKU_ANYEKU));
    const EVP_PKEY *key = X509_get0_pubkey(n->x);
    n->key_nid = key != NULL ? EVP_PKEY_get_base_id(key) : NID_undef;
    n->key_bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
    if (X509_get_signature_info(n->x, &n->hash_nid, NULL, NULL, NULL) != 1 &&
            OBJ_find_sigid_algs(X509_get_signature_nid(n->x), &n->hash_nid, NULL) != 1)
        n->hash_nid = NID_undef;
    spki_digest(n);
    return true;
}

static struct chain_node *node_new(struct bytes der, const uint8_t sha256[SHA256_LEN])
{
    struct chain_node *n = xcalloc(1, sizeof *n);
    n->refs = 1;
    n->der_len = der.n;
    memcpy(n->sha256, sha256, sizeof n->sha256);
    const unsigned char *p = der.p;
    n->x = der.n > 0 && der.n <= LONG_MAX ? d2i_X509(NULL, &p, (long)der.n) : NULL;
    if (n->x != NULL && ((size_t)(p - der.p) != der.n || !fill(n))) {
        X509_free(n->x);
        n->x = NULL;
    }
    ERR_clear_error();
    return n;
}

struct chain_node *chain_node_new(struct bytes der)
{
    uint8_t sha256[SHA256_LEN];
    digest_sha256(der, sha256);
    return node_new(der, sha256);
}

struct chain_node *chain_node_hold(struct chain_node *n)
{
    n->refs++;
    return n;
}

void chain_node_drop(struct chain_node *n)
{
    if (n == NULL || --n->refs > 0)
        return;
    X509_free(n->x);
    xfree(n);
}

bool chain_node_names_key(const struct chain_node *child, const struct chain_node *issuer)
{
    const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(child->x);
    const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(issuer->x);
    if (wanted != NULL && has != NULL)
        return ASN1_OCTET_STRING_cmp(wanted, has) == 0;
    const ASN1_INTEGER *serial = X509_get0_authority_serial(child->x);
    return serial != NULL && ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(issuer->x)) == 0;
}

/* keyUsage is left to the verification of the path, where a violation gets a name. */
enum chain_fit chain_node_fit(const struct chain_node *child, const struct chain_node *issuer)
{
    if (child->x == NULL || issuer->x == NULL || child->issuer_hash != issuer->subject_hash)
        return FIT_NO;
    int answer = X509_check_issued(issuer->x, child->x);
    ERR_clear_error();
    switch (answer) {
    case X509_V_OK:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_NO_ISSUER_PUBLIC_KEY:            /* a kind of key that OpenSSL lacks */
    case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM: /* likewise */
        return FIT_YES;
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
        return FIT_KEY_ID_OFF;
    default:
        return FIT_NO;
    }
}

struct chain_nodes {
    struct map *by_sha256;
    uint64_t n_parsed;
};

static void drop(void *ctx, void *value)
{
    (void)ctx;
    chain_node_drop(value);
}

struct chain_nodes *chain_nodes_new(void)
{
    struct chain_nodes *all = xcalloc(1, sizeof *all);
    struct map_options o = {.cap = NODES_CAP, .on_evict = drop};
    all->by_sha256 = map_new(&o);
    return all;
}

void chain_nodes_free(struct chain_nodes *all)
{
    if (all == NULL)
        return;
    map_free(all->by_sha256);
    xfree(all);
}

struct chain_node *chain_nodes_get(
        struct chain_nodes *all, struct bytes der, const uint8_t sha256[SHA256_LEN])
{
    struct bytes key = {sha256, SHA256_LEN};
    struct chain_node *n = map_get(all->by_sha256, key);
    if (n != NULL)
        return chain_node_hold(n);
    n = node_new(der, sha256);
    all->n_parsed++;
    if (der.n <= NODE_DER_MOST)
        map_put(all->by_sha256, key, chain_node_hold(n));
    return n;
}

uint64_t chain_nodes_parsed(const struct chain_nodes *all)
{
    return all->n_parsed;
}

struct chain_links {
    struct map *by_pair; /* values are enum chain_link */
    uint64_t n_verified;
};

struct chain_links *chain_links_new(void)
{
    struct chain_links *links = xcalloc(1, sizeof *links);
    struct map_options o = {.cap = LINKS_CAP};
    links->by_pair = map_new(&o);
    return links;
}

void chain_links_free(struct chain_links *links)
{
    if (links == NULL)
        return;
    map_free(links->by_pair);
    xfree(links);
}

/* OpenSSL refuses RSA keys beyond these limits (rsa.h) with the same answer as a wrong signature.
 */
static bool is_rsa_in_limits(const EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);
    BIGNUM *e = NULL;
    if (EVP_PKEY_get_bn_param(key, "e", &e) != 1)
        return false;
    int e_bits = BN_num_bits(e);
    BN_free(e);
    return bits >= 512 && bits <= OPENSSL_RSA_MAX_MODULUS_BITS &&
           (bits <= OPENSSL_RSA_SMALL_MODULUS_BITS || e_bits <= OPENSSL_RSA_MAX_PUBEXP_BITS);
}

/* X509_verify does not look at a signature when the certificate names another algorithm inside. */
static bool is_algorithm_repeated(X509 *child)
{
    const X509_ALGOR *outer = NULL;
    X509_get0_signature(NULL, &outer, child);
    return outer != NULL && X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(child)) == 0;
}

/* Whether this library, as it is configured here, verifies signatures of this kind at all. */
static bool can_verify(X509 *child, EVP_PKEY *key)
{
    if (!is_algorithm_repeated(child))
        return false;
    int hash = NID_undef;
    int kind = NID_undef;
    if (X509_get_signature_info(child, &hash, &kind, NULL, NULL) != 1)
        return false;
    int base = EVP_PKEY_get_base_id(key);
    if ((base == EVP_PKEY_RSA || base == EVP_PKEY_RSA_PSS) && !is_rsa_in_limits(key))
        return false;
    if (base == EVP_PKEY_DSA && EVP_PKEY_get_bits(key) > OPENSSL_DSA_MAX_MODULUS_BITS)
        return false;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const char *name = hash != NID_undef ? OBJ_nid2sn(hash) : NULL;
    bool ok = ctx != NULL && EVP_DigestVerifyInit_ex(ctx, NULL, name, NULL, NULL, key, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static enum chain_link verify(X509 *child, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    enum chain_link result = LINK_UNVERIFIED;
    if (key != NULL && X509_verify(child, key) == 1)
        result = LINK_GOOD;
    else if (key != NULL && can_verify(child, key))
        result = LINK_BAD;
    ERR_clear_error();
    return result;
}

enum chain_link chain_links_verify(
        struct chain_links *links, const struct chain_node *child, const struct chain_node *issuer)
{
    if (child->x == NULL || issuer->x == NULL)
        return LINK_UNVERIFIED;
    uint8_t pair[2 * SHA256_LEN];
    memcpy(pair, child->sha256, SHA256_LEN);
    memcpy(pair + SHA256_LEN, issuer->spki_sha256, SHA256_LEN);
    struct bytes key = {pair, sizeof pair};
    enum chain_link known = (enum chain_link)(uintptr_t)map_get(links->by_pair, key);
    if (known != LINK_UNKNOWN)
        return known;
    known = verify(child->x, issuer->x);
    links->n_verified++;
    map_put(links->by_pair, key, (void *)(uintptr_t)known);
    return known;
}

uint64_t chain_links_verified(const struct chain_links *links)
{
    return links->n_verified;
}

unsigned chain_link_cost(const struct chain_node *issuer)
{
    return issuer->key_bits > LONG_KEY_BITS ? 8 : 1;
}
