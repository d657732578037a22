/*
 * Makes a capture of handshakes that each have a certificate of their own: TLS 1.2, RSA 2048 and
 * P-256 in turn, leaf and intermediate, signed by one CA, every server with its own name and
 * address. Keys are exchanged by static RSA and ECDH: no server signs, so no private key is needed,
 * and most RSA moduli are random odd numbers without small factors. Pairs of them that share a
 * prime are planted from both ends to the middle; their numbers are printed.
 */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = 64, SEGMENT = 1400, STEP_US = 1000, POINT = 65 };

static const int64_t START = 1768435200; /* 2026-01-15 */

struct buffer {
    uint8_t p[16384];
    size_t n;
};

struct connection {
    uint32_t number, seq[2];
    uint64_t us;
};

static FILE *out;
static EVP_PKEY *ca_key;
static X509 *root, *intermediate;

static void must(int ok)
{
    if (ok <= 0)
        abort();
}

static void put(struct buffer *b, uint64_t v, size_t len)
{
    while (len-- > 0)
        b->p[b->n++] = (uint8_t)(v >> (8 * len));
}

static void put_bytes(struct buffer *b, const void *p, size_t n)
{
    if (n > sizeof b->p - b->n)
        abort();
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static void put_random(struct buffer *b, size_t n)
{
    while (n-- > 0)
        b->p[b->n++] = (uint8_t)(rand() >> 7);
}

/* A length of len bytes is filled in by close_length. */
static size_t open_length(struct buffer *b, size_t len)
{
    put(b, 0, len);
    return b->n;
}

static void close_length(struct buffer *b, size_t from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        b->p[from - 1 - i] = (uint8_t)((b->n - from) >> (8 * i));
}

static void add_extension(X509 *c, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, c, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    must(e != NULL && X509_add_ext(c, e, -1));
    X509_EXTENSION_free(e);
}

static X509 *new_certificate(const char *name, EVP_PKEY *key, X509 *issuer, int days)
{
    X509 *c = X509_new();
    uint8_t serial[16];
    for (size_t i = 0; i < sizeof serial; i++)
        serial[i] = (uint8_t)(rand() >> 7);
    serial[0] = 0x40 | (serial[0] & 0x3f);
    BIGNUM *n = BN_bin2bn(serial, sizeof serial, NULL);
    must(n != NULL && X509_set_version(c, 2) &&
            BN_to_ASN1_INTEGER(n, X509_get_serialNumber(c)) != NULL);
    BN_free(n);
    must(X509_NAME_add_entry_by_txt(
            X509_get_subject_name(c), "CN", MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0));
    must(X509_set_issuer_name(c, X509_get_subject_name(issuer != NULL ? issuer : c)));
    must(ASN1_TIME_set(X509_getm_notBefore(c), START - 864000) != NULL);
    must(ASN1_TIME_set(X509_getm_notAfter(c), START - 864000 + 86400LL * days) != NULL);
    must(X509_set_pubkey(c, key));
    return c;
}

static X509 *new_ca(const char *name, X509 *issuer, const char *constraints)
{
    X509 *c = new_certificate(name, ca_key, issuer, 1000);
    add_extension(c, c, NID_basic_constraints, constraints);
    add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(c, c, NID_subject_key_identifier, "hash");
    must(X509_sign(c, ca_key, EVP_sha256()));
    return c;
}

static X509 *new_leaf(const char *name, EVP_PKEY *key, int is_rsa)
{
    char san[80];
    (void)snprintf(san, sizeof san, "DNS:%s", name);
    X509 *c = new_certificate(name, key, intermediate, 90);
    add_extension(c, intermediate, NID_key_usage,
            is_rsa ? "critical,digitalSignature,keyEncipherment"
                   : "critical,digitalSignature,keyAgreement");
    add_extension(c, intermediate, NID_ext_key_usage, "serverAuth");
    add_extension(c, intermediate, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(c, intermediate, NID_subject_key_identifier, "hash");
    add_extension(c, intermediate, NID_authority_key_identifier, "keyid:always");
    add_extension(c, intermediate, NID_subject_alt_name, san);
    must(X509_sign(c, ca_key, EVP_sha256()));
    return c;
}

static BIGNUM *random_modulus(void)
{
    BIGNUM *n = BN_new();
    unsigned p = 3;
    must(n != NULL);
    while (p < 752) {
        must(BN_rand(n, 2048, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD));
        for (p = 3; p < 752 && BN_mod_word(n, p) != 0; p += 2)
            ;
    }
    return n;
}

static BIGNUM *modulus_with(const BIGNUM *prime)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *other = BN_new(), *n = BN_new();
    must(BN_generate_prime_ex(other, 1024, 0, NULL, NULL, NULL));
    must(BN_mul(n, prime, other, ctx));
    BN_free(other);
    BN_CTX_free(ctx);
    return n;
}

static EVP_PKEY *rsa_key(BIGNUM *n)
{
    RSA *rsa = RSA_new();
    BIGNUM *e = BN_new();
    EVP_PKEY *key = EVP_PKEY_new();
    must(BN_set_word(e, 65537));
    must(RSA_set0_key(rsa, n, e, NULL));
    must(EVP_PKEY_assign_RSA(key, rsa));
    return key;
}

static void write_packet(
        struct connection *c, int is_server, uint8_t flags, const uint8_t *data, size_t n)
{
    struct buffer b = {.n = 0};
    put_bytes(&b, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0", 14);
    put(&b, 0x4500, 2);
    put(&b, 40 + n, 2);
    put(&b, 0, 4);
    put(&b, 0x4006, 2);
    put(&b, 0, 2);
    uint32_t client = 0xac100000 | c->number % 5000, server = 0x0a000000 | (c->number + 1);
    put(&b, is_server ? server : client, 4);
    put(&b, is_server ? client : server, 4);
    uint16_t port = (uint16_t)(20000 + c->number % 40000);
    put(&b, is_server ? 443 : port, 2);
    put(&b, is_server ? port : 443, 2);
    put(&b, c->seq[is_server], 4);
    put(&b, flags & 0x10 ? c->seq[!is_server] : 0, 4);
    put(&b, 0x5000U | flags, 2);
    put(&b, 65535, 2);
    put(&b, 0, 4);
    put_bytes(&b, data, n);
    c->seq[is_server] += (uint32_t)n + ((flags & 3) != 0);
    c->us += 20;
    uint32_t head[4] = {(uint32_t)(START + (int64_t)(c->us / 1000000)), (uint32_t)(c->us % 1000000),
            (uint32_t)b.n, (uint32_t)b.n};
    must(fwrite(head, sizeof head, 1, out) == 1 && fwrite(b.p, b.n, 1, out) == 1);
}

static void send_bytes(struct connection *c, int is_server, const struct buffer *b)
{
    for (size_t at = 0; at < b->n; at += SEGMENT)
        write_packet(c, is_server, 0x18, b->p + at, b->n - at < SEGMENT ? b->n - at : SEGMENT);
}

static void client_hello(struct buffer *b, const char *name)
{
    put(b, 0x160301, 3);
    size_t record = open_length(b, 2);
    put(b, 1, 1);
    size_t message = open_length(b, 3);
    put(b, 0x0303, 2);
    put_random(b, 32);
    put(b, 0, 1);
    put_bytes(b, "\0\6\x00\x9c\xc0\x2d\x00\xff\1\0", 10);
    size_t extensions = open_length(b, 2);
    put(b, 0, 2);
    put(b, strlen(name) + 5, 2);
    put(b, strlen(name) + 3, 2);
    put(b, 0, 1);
    put(b, strlen(name), 2);
    put_bytes(b, name, strlen(name));
    put_bytes(b, "\0\x0a\0\4\0\2\0\x17\0\x0b\0\2\1\0\0\x0d\0\6\0\4\4\1\4\3\0\x17\0\0", 28);
    close_length(b, extensions, 2);
    close_length(b, message, 3);
    close_length(b, record, 2);
}

static void put_certificate(struct buffer *b, X509 *c)
{
    uint8_t *der = NULL;
    int n = i2d_X509(c, &der);
    must(n);
    put(b, (uint64_t)n, 3);
    put_bytes(b, der, (size_t)n);
    OPENSSL_free(der);
}

static void server_flight(struct buffer *b, X509 *leaf, int is_rsa)
{
    put(b, 0x160303, 3);
    size_t record = open_length(b, 2);
    put(b, 2, 1);
    size_t message = open_length(b, 3);
    put(b, 0x0303, 2);
    put_random(b, 32);
    put(b, 0, 1);
    put(b, is_rsa ? 0x009c : 0xc02d, 2);
    put_bytes(b, "\0\0\x09\xff\x01\0\1\0\0\x17\0\0", 12);
    close_length(b, message, 3);
    put(b, 11, 1);
    message = open_length(b, 3);
    size_t list = open_length(b, 3);
    put_certificate(b, leaf);
    put_certificate(b, intermediate);
    close_length(b, list, 3);
    close_length(b, message, 3);
    put(b, 0x0e000000, 4);
    close_length(b, record, 2);
}

static void finished(struct buffer *b)
{
    put_bytes(b, "\x14\3\3\0\1\1\x16\3\3\0\x28\0\0\0\0\0\0\0\0", 19);
    put_random(b, 32);
}

static void key_exchange(struct buffer *b, int is_rsa, const uint8_t *point)
{
    put(b, 0x160303, 3);
    size_t record = open_length(b, 2);
    put(b, 16, 1);
    size_t message = open_length(b, 3);
    put(b, is_rsa ? 256 : POINT, is_rsa ? 2 : 1);
    if (is_rsa)
        put_random(b, 256);
    else
        put_bytes(b, point, POINT);
    close_length(b, message, 3);
    close_length(b, record, 2);
    finished(b);
}

static void connection(
        uint32_t number, const char *name, X509 *leaf, int is_rsa, const uint8_t *point)
{
    struct connection c = {number, {number * 7919U, number * 104729U}, (uint64_t)number * STEP_US};
    static struct buffer b;
    write_packet(&c, 0, 0x02, NULL, 0);
    write_packet(&c, 1, 0x12, NULL, 0);
    write_packet(&c, 0, 0x10, NULL, 0);
    b.n = 0;
    client_hello(&b, name);
    send_bytes(&c, 0, &b);
    b.n = 0;
    server_flight(&b, leaf, is_rsa);
    send_bytes(&c, 1, &b);
    b.n = 0;
    key_exchange(&b, is_rsa, point);
    send_bytes(&c, 0, &b);
    b.n = 0;
    finished(&b);
    send_bytes(&c, 1, &b);
    b.n = 0;
    put_bytes(&b, "\x17\3\3\0\x20\0\0\0\0\0\0\0\1", 13);
    put_random(&b, 24);
    send_bytes(&c, 0, &b);
    b.n = 0;
    put_bytes(&b, "\x17\3\3\0\x40\0\0\0\0\0\0\0\1", 13);
    put_random(&b, 56);
    send_bytes(&c, 1, &b);
    b.n = 0;
    put_bytes(&b, "\x15\3\3\0\x1a\0\0\0\0\0\0\0\2", 13);
    put_random(&b, 18);
    send_bytes(&c, 0, &b);
    send_bytes(&c, 1, &b);
    write_packet(&c, 0, 0x11, NULL, 0);
    write_packet(&c, 1, 0x11, NULL, 0);
    write_packet(&c, 0, 0x10, NULL, 0);
}

/* Numbers are even for RSA. */
static EVP_PKEY *key_of(uint32_t i, uint32_t n, uint32_t n_pairs, BIGNUM **primes)
{
    if (i % 2 == 1)
        return EVP_EC_gen("P-256");
    if (i / 2 < n_pairs)
        return rsa_key(modulus_with(primes[i / 2]));
    if ((n - 2 - i) / 2 < n_pairs)
        return rsa_key(modulus_with(primes[(n - 2 - i) / 2]));
    return rsa_key(random_modulus());
}

int main(int argc, char **argv)
{
    static const uint32_t HEAD[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    uint32_t n = argc == 5 ? (uint32_t)strtoul(argv[3], NULL, 10) & ~1U : 0;
    uint32_t n_pairs = argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
    BIGNUM *primes[MOST_PAIRS];
    uint8_t point[POINT + 1];
    size_t point_n = 0;
    if (n == 0 || n_pairs > MOST_PAIRS || n_pairs * 4 > n) {
        (void)fprintf(stderr, "usage: certificates OUT.pcap ROOT.pem HANDSHAKES PAIRS\n");
        return 1;
    }
    FILE *pem = fopen(argv[2], "w");
    out = fopen(argv[1], "wb");
    must(pem != NULL && out != NULL && fwrite(HEAD, sizeof HEAD, 1, out) == 1);
    ca_key = EVP_EC_gen("P-256");
    root = new_ca("Bench Root", NULL, "critical,CA:TRUE");
    intermediate = new_ca("Bench CA", root, "critical,CA:TRUE,pathlen:0");
    must(PEM_write_X509(pem, root) && fclose(pem) == 0);
    must(EVP_PKEY_get_octet_string_param(ca_key, "encoded-pub-key", point, sizeof point, &point_n));
    for (uint32_t i = 0; i < n_pairs; i++) {
        primes[i] = BN_new();
        must(BN_generate_prime_ex(primes[i], 1024, 0, NULL, NULL, NULL));
        (void)printf("www.s%06u.test www.s%06u.test\n", 2 * i, n - 2 - 2 * i);
    }
    for (uint32_t i = 0; i < n; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "www.s%06u.test", i);
        EVP_PKEY *key = key_of(i, n, n_pairs, primes);
        X509 *leaf = new_leaf(name, key, i % 2 == 0);
        connection(i, name, leaf, i % 2 == 0, point);
        X509_free(leaf);
        EVP_PKEY_free(key);
    }
    must(fclose(out) == 0);
    return 0;
}
