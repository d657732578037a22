#include "x509/chain.h"

#include "tests/unit/x509/pki.h"
#include "x509/chain_pool.h"

/* Two roots, each in a store of its own: "public:one" and "two", which the user named. */
struct world {
    struct made root, other_root, middle, leaf;
    struct trust_set trust;
    struct chain_engine *e;
};

enum { ONE, TWO };

static void trust(struct trust_set *set, const char *name, const struct made *root)
{
    const struct made *list[] = {root};
    const char *path = pki_file(list, 1);
    struct trust_store *s = NULL;
    struct err err;
    assert_true(trust_load(name, path, &s, &err));
    assert_true(trust_set_add(set, s, &err));
    (void)unlink(path);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->root = pki_authority("Root One", NULL);
    w->other_root = pki_authority("Root Two", NULL);
    w->middle = pki_authority("Middle", &w->root);
    w->leaf = pki_leaf("www.example.com", &w->middle);
    trust(&w->trust, "public:one", &w->root);
    trust(&w->trust, "two", &w->other_root);
    w->e = chain_engine_new(&w->trust);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    chain_engine_free(w->e);
    trust_set_fini(&w->trust);
    pki_free(&w->root);
    pki_free(&w->other_root);
    pki_free(&w->middle);
    pki_free(&w->leaf);
    free(w);
    return 0;
}

#define JUDGE(w, ...)                                                                              \
    judge_at(w, AT_US, (const struct certificate *[]){__VA_ARGS__},                                \
            sizeof((const struct certificate *[]){__VA_ARGS__}) / sizeof(void *))

static const struct chain_facts *judge_at(
        struct world *w, int64_t at_us, const struct certificate **list, size_t n)
{
    return chain_judge(w->e, (const struct certificate *const *)list, n, CHAIN_SERVER, at_us);
}

static void check(const struct chain_facts *f, size_t store, enum chain_status as_sent,
        enum chain_status as_repaired)
{
    const struct chain_store_facts *s = &f->stores[store];
    assert_string_equal(chain_status_name(s->as_sent.status), chain_status_name(as_sent));
    assert_string_equal(chain_status_name(s->as_repaired.status), chain_status_name(as_repaired));
}

static bool is_sha(const uint8_t a[32], const struct certificate *c)
{
    return memcmp(a, c->sha256, 32) == 0;
}

static void a_good_chain(void **state)
{
    struct world *w = *state;
    const struct chain_facts *f = JUDGE(w, w->leaf.c, w->middle.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    const struct chain_verdict *v = &f->stores[ONE].as_sent;
    assert_int_equal(v->n_path, 3);
    assert_true(is_sha(v->path[0].sha256, w->leaf.c));
    assert_true(is_sha(v->path[2].sha256, w->root.c));
    assert_int_equal(v->path[1].sent_at, 1);
    assert_int_equal(v->path[2].sent_at, -1);
    assert_true(v->has_anchor);
    assert_string_equal(f->stores[ONE].anchor_subject, "CN=Root One");
    assert_true(f->stores[ONE].is_public);
    assert_false(f->stores[TWO].is_public);
    assert_true(f->stores[TWO].is_named);
    assert_int_equal(v->eku_at, -1);
    assert_int_equal(v->not_after_us, (BASE_S + 365 * DAY_S) * 1000000);
    /* the other store's owner cannot follow it: the root is known, but not trusted */
    check(f, TWO, CHAIN_UNTRUSTED_ROOT, CHAIN_UNTRUSTED_ROOT);
    assert_null(f->stores[TWO].anchor_subject);
    assert_int_equal(f->n_order + f->n_unrelated + f->n_duplicates + f->n_weak, 0);
    assert_true(f->is_path_in_order);
    assert_int_equal(f->root_at, -1);
    assert_false(f->missing.is_wanted);
    assert_false(f->bad_link.is_seen);
    assert_false(f->is_capped);
    assert_null(chain_judge(w->e, NULL, 0, CHAIN_SERVER, AT_US));
}

static void a_missing_intermediate(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "aia.example.com",
            .issuer = &w->middle,
            .aia = "caIssuers;URI:http://ca.example/middle.crt"};
    struct made leaf = pki_make(&s);
    const struct chain_facts *f = JUDGE(w, leaf.c);
    check(f, ONE, CHAIN_INCOMPLETE, CHAIN_INCOMPLETE);
    assert_true(f->missing.is_wanted);
    assert_int_equal(f->missing.child_at, 0);
    assert_string_equal(f->missing.issuer, "CN=Middle");
    assert_string_equal(f->missing.url, "http://ca.example/middle.crt");
    assert_true(bytes_equal(
            (struct bytes){f->missing.key_id, f->missing.key_id_len}, w->middle.c->subject_key_id));
    assert_false(f->missing.is_found);
    assert_false(f->missing.is_kin); /* no organisation */
    /* shown by another server, it repairs this one: the cached verdict does not stand */
    check(JUDGE(w, w->leaf.c, w->middle.c), ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    f = JUDGE(w, leaf.c);
    check(f, ONE, CHAIN_MISSING_INTERMEDIATE, CHAIN_TRUSTED);
    assert_true(f->missing.is_found);
    assert_true(is_sha(f->missing.sha256, w->middle.c));
    assert_int_equal(f->stores[ONE].as_sent.n_path, 1);
    assert_int_equal(f->stores[ONE].as_repaired.n_path, 3);
    /* in the other store the root is missing, nothing that a server sends would help */
    check(f, TWO, CHAIN_INCOMPLETE, CHAIN_UNTRUSTED_ROOT);
    pki_free(&leaf);
}

/* What was not valid at that time would not have helped. */
static void a_repair_that_comes_too_late(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Later",
            .issuer = &w->root,
            .constraints = pki_ca,
            .usage = pki_sign,
            .from_day = 200,
            .to_day = 300};
    struct made later = pki_make(&s);
    struct made leaf = pki_leaf("later.example.com", &later);
    (void)JUDGE(w, w->leaf.c, later.c);
    const struct chain_facts *f = JUDGE(w, leaf.c);
    check(f, ONE, CHAIN_INCOMPLETE, CHAIN_NOT_YET_VALID);
    assert_false(f->missing.is_found);
    f = judge_at(w, AT_US + 150 * DAY_S * 1000000, (const struct certificate *[]){leaf.c}, 1);
    check(f, ONE, CHAIN_MISSING_INTERMEDIATE, CHAIN_TRUSTED);
    pki_free(&later);
    pki_free(&leaf);
}

static void an_intermediate_given_by_a_file(void **state)
{
    struct world *w = *state;
    const struct made *list[] = {&w->middle, &w->leaf};
    const char *path = pki_file(list, 2);
    size_t n = 0;
    struct err err;
    assert_true(chain_engine_give(w->e, path, &n, &err));
    assert_int_equal(n, 1); /* the leaf is no CA */
    (void)unlink(path);
    check(JUDGE(w, w->leaf.c), ONE, CHAIN_MISSING_INTERMEDIATE, CHAIN_TRUSTED);
    assert_false(chain_engine_give(w->e, path, &n, &err));
}

static void the_list_as_it_was_sent(void **state)
{
    struct world *w = *state;
    struct made low = pki_authority("Low", &w->middle);
    struct made leaf = pki_leaf("deep.example.com", &low);
    struct made stranger = pki_leaf("stranger.example.com", &w->other_root);
    const struct chain_facts *f = JUDGE(w, leaf.c, w->middle.c, low.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_int_equal(f->n_order, 2);
    assert_int_equal(f->order[0], 0);
    assert_int_equal(f->order[1], 1);
    assert_false(f->is_path_in_order);
    assert_int_equal(f->n_unrelated, 0);
    /* root, stranger and a duplicate behind the path */
    f = JUDGE(w, leaf.c, low.c, w->middle.c, stranger.c, low.c, w->root.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_true(f->is_path_in_order);
    assert_int_equal(f->n_unrelated, 1);
    assert_int_equal(f->unrelated[0], 3);
    assert_int_equal(f->n_duplicates, 1);
    assert_int_equal(f->duplicates[0], 4);
    assert_int_equal(f->root_at, 5);
    assert_true(f->is_root_known);
    assert_int_equal(f->n_order, 3); /* 2-3, 3-4, 4-5 */
    assert_int_equal(f->order[0], 2);
    pki_free(&low);
    pki_free(&leaf);
    pki_free(&stranger);
}

static void a_root_that_nobody_trusts(void **state)
{
    struct world *w = *state;
    struct made root = pki_authority("Root Three", NULL);
    struct made leaf = pki_leaf("three.example.com", &root);
    const struct chain_facts *f = JUDGE(w, leaf.c, root.c);
    check(f, ONE, CHAIN_UNTRUSTED_ROOT, CHAIN_UNTRUSTED_ROOT);
    assert_int_equal(f->stores[ONE].as_sent.n_path, 2);
    assert_false(f->stores[ONE].as_sent.has_anchor);
    assert_int_equal(f->root_at, 1);
    assert_false(f->is_root_known);
    assert_false(f->missing.is_wanted);
    /* given by a store, it is trusted there and nowhere else */
    trust(&w->trust, "three", &root);
    chain_engine_free(w->e);
    w->e = chain_engine_new(&w->trust);
    f = JUDGE(w, leaf.c, root.c);
    check(f, ONE, CHAIN_UNTRUSTED_ROOT, CHAIN_UNTRUSTED_ROOT);
    check(f, 2, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_string_equal(f->stores[2].anchor_subject, "CN=Root Three");
    assert_true(f->is_root_known);
    pki_free(&root);
    pki_free(&leaf);
}

static void self_signed_leaves(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "self.example.com", .names = "DNS:self.example.com"};
    struct made leaf = pki_make(&s);
    const struct chain_facts *f = JUDGE(w, leaf.c);
    check(f, ONE, CHAIN_SELF_SIGNED, CHAIN_SELF_SIGNED);
    assert_int_equal(f->root_at, -1);
    assert_false(f->missing.is_wanted);
    trust(&w->trust, "mine", &leaf);
    chain_engine_free(w->e);
    w->e = chain_engine_new(&w->trust);
    check(JUDGE(w, leaf.c), 2, CHAIN_TRUSTED, CHAIN_TRUSTED);
    pki_free(&leaf);
}

/* Names itself as issuer, but another key signed it: OpenSSL calls that self-signed. */
static void a_leaf_that_only_names_itself(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Internet Widgits Pty Ltd", .has_no_ids = true};
    struct made authority = pki_make(&s);
    s.issuer = &authority;
    struct made leaf = pki_make(&s);
    check(JUDGE(w, leaf.c), ONE, CHAIN_INCOMPLETE, CHAIN_INCOMPLETE);
    check(JUDGE(w, leaf.c, authority.c), ONE, CHAIN_UNTRUSTED_ROOT, CHAIN_UNTRUSTED_ROOT);
    pki_free(&authority);
    pki_free(&leaf);
}

/* An intermediate is an anchor where the user says so, not in a public store. */
static void an_intermediate_as_an_anchor(void **state)
{
    struct world *w = *state;
    trust(&w->trust, "pinned", &w->middle);
    trust(&w->trust, "public:wrong", &w->middle);
    chain_engine_free(w->e);
    w->e = chain_engine_new(&w->trust);
    const struct chain_facts *f = JUDGE(w, w->leaf.c);
    check(f, ONE, CHAIN_MISSING_INTERMEDIATE, CHAIN_TRUSTED);
    check(f, 2, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_int_equal(f->stores[2].as_sent.n_path, 2);
    check(f, 3, CHAIN_UNTRUSTED_ROOT, CHAIN_UNTRUSTED_ROOT);
}

static void cross_signs(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Middle",
            .issuer = &w->other_root,
            .key_of = &w->middle,
            .constraints = pki_ca,
            .usage = pki_sign};
    struct made cross = pki_make(&s);
    s.from_day = 10;
    s.to_day = 50;
    struct made old = pki_make(&s);
    /* whoever trusts either root finds a path, in either order */
    const struct chain_facts *f = JUDGE(w, w->leaf.c, w->middle.c, cross.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    check(f, TWO, CHAIN_TRUSTED, CHAIN_TRUSTED);
    f = JUDGE(w, w->leaf.c, cross.c, w->middle.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    check(f, TWO, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_int_equal(f->n_unrelated, 0);
    /* expired, and first in the list: the other path works */
    f = JUDGE(w, w->leaf.c, old.c, w->middle.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_int_equal(f->n_expired_cross, 1);
    assert_int_equal(f->expired_cross[0], 1);
    /* expired and alone: as sent that is the only path to the second root */
    chain_engine_free(w->e);
    w->e = chain_engine_new(&w->trust);
    f = JUDGE(w, w->leaf.c, old.c);
    check(f, TWO, CHAIN_EXPIRED_INTERMEDIATE, CHAIN_EXPIRED_INTERMEDIATE);
    const struct chain_verdict *v = &f->stores[TWO].as_sent;
    assert_int_equal(v->path_status, CHAIN_TRUSTED);
    assert_int_equal(v->time, CHAIN_TIME_EXPIRED_INTERMEDIATE);
    assert_int_equal(v->time_at, 1);
    assert_int_equal(v->ca_not_after_at, 1);
    assert_int_equal(v->not_after_at, 1);
    assert_int_equal(f->n_expired_cross, 0);
    pki_free(&cross);
    pki_free(&old);
}

/* A wrong certificate of the same name and key identifier before the right one: OpenSSL alone takes
 * it and calls the signature wrong. */
static void a_wrong_namesake(void **state)
{
    struct world *w = *state;
    struct spec s = {
            .name = "Middle", .issuer = &w->other_root, .constraints = pki_ca, .has_no_ids = true};
    struct made impostor = pki_make(&s);
    pki_key_id(&impostor, &w->middle, w->other_root.key);
    struct certificate *fake = pki_facts(impostor.x);
    const struct chain_facts *f = JUDGE(w, w->leaf.c, fake, w->middle.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_true(f->bad_link.is_seen);
    assert_true(f->bad_link.is_by_key_id);
    assert_int_equal(f->bad_link.issuer_at, 1);
    /* with a key identifier of its own nobody can mean it */
    f = JUDGE(w, w->leaf.c, impostor.c, w->middle.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    certificate_free(fake);
    pki_free(&impostor);
    impostor = pki_authority("Middle", &w->other_root);
    f = JUDGE(w, w->leaf.c, impostor.c, w->middle.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_false(f->bad_link.is_seen);
    assert_int_equal(f->n_unrelated, 1);
    pki_free(&impostor);
}

static void wrong_signatures(void **state)
{
    struct world *w = *state;
    struct certificate *spoilt = pki_spoil(&w->leaf);
    const struct chain_facts *f = JUDGE(w, spoilt, w->middle.c);
    check(f, ONE, CHAIN_SIGNATURE_INVALID, CHAIN_SIGNATURE_INVALID);
    assert_true(f->bad_link.is_seen);
    assert_true(f->bad_link.is_by_key_id);
    assert_int_equal(f->bad_link.child_at, 0);
    assert_int_equal(f->bad_link.issuer_at, 1);
    assert_true(is_sha(f->bad_link.issuer, w->middle.c));
    assert_int_equal(f->n_unrelated, 0);
    assert_int_equal(f->n_order, 1); /* it does not certify */
    certificate_free(spoilt);
    spoilt = pki_spoil(&w->middle);
    f = JUDGE(w, w->leaf.c, spoilt);
    check(f, ONE, CHAIN_SIGNATURE_INVALID, CHAIN_TRUSTED); /* the right one was seen above */
    assert_int_equal(f->bad_link.child_at, 1);
    assert_int_equal(f->bad_link.issuer_at, -1); /* the anchor */
    /* seen elsewhere it accuses nobody: anybody can send a certificate with another's names */
    certificate_free(spoilt);
    struct made root = pki_authority("Root Four", NULL);
    struct made leaf = pki_leaf("four.example.com", &root);
    struct certificate *bad = pki_spoil(&leaf);
    (void)JUDGE(w, w->leaf.c, root.c);
    check(JUDGE(w, bad), ONE, CHAIN_INCOMPLETE, CHAIN_INCOMPLETE);
    certificate_free(bad);
    pki_free(&root);
    pki_free(&leaf);
}

/* Without key identifiers a namesake with another key is no evidence of tampering: a CA that
 * changed its key looks the same. */
static void a_namesake_by_name_only(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Old CA", .constraints = pki_ca, .has_no_ids = true};
    struct made before = pki_make(&s);
    struct made after = pki_make(&s);
    struct spec l = {.name = "old.example.com", .issuer = &before, .has_no_ids = true};
    struct made leaf = pki_make(&l);
    const struct chain_facts *f = JUDGE(w, leaf.c, after.c);
    check(f, ONE, CHAIN_INCOMPLETE, CHAIN_INCOMPLETE);
    assert_true(f->bad_link.is_seen);
    assert_false(f->bad_link.is_by_key_id);
    pki_free(&before);
    pki_free(&after);
    pki_free(&leaf);
}

/* Expected reasons: what "openssl verify" prints for these. */
static void constraints(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *what;
        struct spec authority;
        bool has_low; /* another CA below it */
        const char *reason;
        int at;
    } rows[] = {
            {"path length", {.constraints = "critical,CA:TRUE,pathlen:0", .usage = pki_sign}, true,
                    "path length constraint exceeded", 2},
            {"no CA", {.constraints = "critical,CA:FALSE", .usage = pki_sign}, false,
                    "invalid CA certificate", 1},
            {"no basicConstraints", {.extended = "serverAuth"}, false, "invalid CA certificate", 1},
            {"version 1", {.is_v1 = true}, false, "invalid CA certificate", 1},
            {"keyUsage", {.constraints = pki_ca, .usage = "critical,digitalSignature"}, false,
                    "key usage does not include certificate signing", 1},
            {"permitted names",
                    {.constraints = pki_ca,
                            .usage = pki_sign,
                            .name_constraints = "critical,permitted;DNS:example.org"},
                    false, "permitted subtree violation", 0},
            {"excluded names",
                    {.constraints = pki_ca,
                            .usage = pki_sign,
                            .name_constraints = "critical,excluded;DNS:example.com"},
                    false, "excluded subtree violation", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spec s = rows[i].authority;
        s.name = rows[i].what;
        s.issuer = &w->root;
        struct made top = pki_make(&s);
        struct made low = pki_authority("Low", &top);
        struct made leaf = pki_leaf("c.example.com", rows[i].has_low ? &low : &top);
        const struct chain_facts *f =
                rows[i].has_low ? JUDGE(w, leaf.c, low.c, top.c) : JUDGE(w, leaf.c, top.c);
        const struct chain_verdict *v = &f->stores[ONE].as_sent;
        if (v->status != CHAIN_CONSTRAINT_VIOLATION || v->reason == NULL)
            fail_msg("%s: %s, %s", rows[i].what, chain_status_name(v->status), v->reason);
        assert_string_equal(v->reason, rows[i].reason);
        assert_int_equal(v->reason_at, rows[i].at);
        assert_true(v->has_anchor);
        pki_free(&leaf);
        pki_free(&low);
        pki_free(&top);
    }
}

/* A version 1 root is a root like any other (RFC 5280 6.1 begins below the anchor). */
static void a_version_1_root(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Root V1", .is_v1 = true};
    struct made root = pki_make(&s);
    struct made leaf = pki_leaf("v1.example.com", &root);
    trust(&w->trust, "v1", &root);
    chain_engine_free(w->e);
    w->e = chain_engine_new(&w->trust);
    check(JUDGE(w, leaf.c), 2, CHAIN_TRUSTED, CHAIN_TRUSTED);
    pki_free(&root);
    pki_free(&leaf);
}

static void what_openssl_does_not_know(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "critical.example.com", .issuer = &w->middle};
    struct made leaf = pki_make(&s);
    ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5.6", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_int_equal(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2), 1);
    X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
    assert_int_equal(X509_add_ext(leaf.x, e, -1), 1);
    assert_true(X509_sign(leaf.x, w->middle.key, EVP_sha256()) > 0);
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
    struct certificate *c = pki_facts(leaf.x);
    const struct chain_facts *f = JUDGE(w, c, w->middle.c);
    check(f, ONE, CHAIN_UNVERIFIED, CHAIN_UNVERIFIED);
    assert_string_equal(f->stores[ONE].as_sent.reason, "unhandled critical extension");
    certificate_free(c);
    pki_free(&leaf);
}

/* CVE-2015-3194 crashed here: MGF1 without its hash. Whether such a signature holds is not known.
 */
static void a_signature_without_its_parameters(void **state)
{
    static const uint8_t MGF1[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8, 0x30};
    struct world *w = *state;
    struct spec root_spec = {
            .name = "RSA", .constraints = pki_ca, .usage = pki_sign, .is_rsa1024 = true};
    struct made root = pki_make(&root_spec), leaf = pki_leaf("www.example.com", &root);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    assert_int_equal(EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, root.key), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
    assert_true(X509_sign_ctx(leaf.x, ctx) > 0);
    EVP_MD_CTX_free(ctx);
    trust(&w->trust, "three", &root);
    chain_engine_free(w->e);
    w->e = chain_engine_new(&w->trust);
    struct certificate *c = pki_facts(leaf.x);
    check(JUDGE(w, c, root.c), 2, CHAIN_TRUSTED, CHAIN_TRUSTED);
    certificate_free(c);
    unsigned char *der = NULL;
    size_t n = (size_t)i2d_X509(leaf.x, &der);
    int n_found = 0;
    for (size_t i = 0; i + sizeof MGF1 <= n; i++)
        if (memcmp(der + i, MGF1, sizeof MGF1) == 0) {
            der[i + sizeof MGF1 - 1] = 0x31; /* a SET, where a SEQUENCE must be */
            n_found++;
        }
    assert_int_equal(n_found, 2);
    c = x509_parse((struct bytes){der, n});
    check(JUDGE(w, c, root.c), 2, CHAIN_UNVERIFIED, CHAIN_UNVERIFIED);
    OPENSSL_free(der);
    certificate_free(c);
    pki_free(&root);
    pki_free(&leaf);
}

/* Key identifiers are hints (RFC 5280 4.2.1.1): OpenSSL refuses, others do not. */
static void a_key_identifier_that_misleads(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Middle",
            .issuer = &w->root,
            .key_of = &w->middle,
            .constraints = pki_ca,
            .has_no_ids = true};
    struct made middle = pki_make(&s);
    pki_key_id(&middle, &w->other_root, w->root.key);
    struct certificate *c = pki_facts(middle.x);
    const struct chain_facts *f = JUDGE(w, w->leaf.c, c);
    check(f, ONE, CHAIN_UNVERIFIED, CHAIN_UNVERIFIED);
    assert_int_equal(f->stores[ONE].as_sent.n_path, 3);
    assert_non_null(f->stores[ONE].as_sent.reason);
    certificate_free(c);
    pki_free(&middle);
}

static void extended_usage_above_the_leaf(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Mail CA",
            .issuer = &w->root,
            .constraints = pki_ca,
            .usage = pki_sign,
            .extended = "emailProtection,clientAuth"};
    struct made top = pki_make(&s);
    struct made leaf = pki_leaf("mail.example.com", &top);
    const struct certificate *list[] = {leaf.c, top.c};
    const struct chain_facts *f = chain_judge(w->e, list, 2, CHAIN_SERVER, AT_US);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED); /* a convention, judged apart */
    assert_int_equal(f->stores[ONE].as_sent.eku_at, 1);
    f = chain_judge(w->e, list, 2, CHAIN_CLIENT, AT_US);
    assert_int_equal(f->role, CHAIN_CLIENT);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED); /* the leaf's serverAuth is not the path's */
    assert_int_equal(f->stores[ONE].as_sent.eku_at, -1);
    pki_free(&top);
    pki_free(&leaf);
}

static void weak_elements(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Weak CA",
            .issuer = &w->root,
            .constraints = pki_ca,
            .usage = pki_sign,
            .is_rsa1024 = true,
            .is_sha1 = true};
    struct made top = pki_make(&s);
    struct made leaf = pki_leaf("weak.example.com", &top);
    const struct chain_facts *f = JUDGE(w, leaf.c, top.c);
    check(f, ONE, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_int_equal(f->n_weak, 1);
    assert_int_equal(f->weak[0].element.sent_at, 1);
    assert_int_equal(f->weak[0].why, CHAIN_WEAK_RSA | CHAIN_WEAK_SHA1);
    assert_false(f->weak[0].is_root);
    pki_free(&top);
    pki_free(&leaf);
}

static void expired_and_incomplete_at_once(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "late.example.com", .issuer = &w->middle, .from_day = 1, .to_day = 20};
    struct made leaf = pki_make(&s);
    const struct chain_facts *f = JUDGE(w, leaf.c);
    check(f, ONE, CHAIN_INCOMPLETE, CHAIN_INCOMPLETE);
    assert_int_equal(f->stores[ONE].as_sent.time, CHAIN_TIME_EXPIRED_LEAF);
    (void)JUDGE(w, w->leaf.c, w->middle.c);
    f = JUDGE(w, leaf.c);
    check(f, ONE, CHAIN_MISSING_INTERMEDIATE, CHAIN_EXPIRED_LEAF);
    assert_int_equal(f->stores[ONE].as_sent.time, CHAIN_TIME_EXPIRED_LEAF);
    assert_int_equal(f->stores[ONE].as_repaired.path_status, CHAIN_TRUSTED);
    assert_int_equal(f->stores[ONE].as_repaired.time_at, 0);
    pki_free(&leaf);
}

/* RFC 5280 4.1.2.5: both ends belong to the validity. */
static void times_at_the_bounds(void **state)
{
    struct world *w = *state;
    struct spec s = {
            .name = "short.example.com", .issuer = &w->middle, .from_day = 30, .to_day = 60};
    struct made leaf = pki_make(&s);
    const struct certificate *list[] = {leaf.c, w->middle.c};
    int64_t from = (BASE_S + 30 * DAY_S) * 1000000;
    int64_t to = (BASE_S + 60 * DAY_S) * 1000000;
    int64_t root_to = (BASE_S + 365 * DAY_S) * 1000000;
    const struct {
        int64_t at;
        enum chain_status want;
        int64_t valid_from, valid_until;
        bool is_cached;
    } rows[] = {
            {from - 1, CHAIN_NOT_YET_VALID, BASE_S * 1000000, from - 1, false},
            {from - 5, CHAIN_NOT_YET_VALID, BASE_S * 1000000, from - 1, true},
            {from, CHAIN_TRUSTED, from, to, false},
            {to, CHAIN_TRUSTED, from, to, true},
            {to + 1, CHAIN_EXPIRED_LEAF, to + 1, root_to, false},
            {root_to, CHAIN_EXPIRED_LEAF, to + 1, root_to, true},
            {root_to + 1, CHAIN_EXPIRED_LEAF, root_to + 1, INT64_MAX, false},
            {BASE_S * 1000000 - 1, CHAIN_NOT_YET_VALID, INT64_MIN, BASE_S * 1000000 - 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t before = chain_engine_counts(w->e).cached;
        const struct chain_facts *f = judge_at(w, rows[i].at, list, 2);
        if (f->stores[ONE].as_sent.status != rows[i].want ||
                f->valid_from_us != rows[i].valid_from || f->valid_until_us != rows[i].valid_until)
            fail_msg("row %zu: %s, %lld to %lld", i,
                    chain_status_name(f->stores[ONE].as_sent.status), (long long)f->valid_from_us,
                    (long long)f->valid_until_us);
        assert_int_equal(chain_engine_counts(w->e).cached - before, rows[i].is_cached);
    }
    pki_free(&leaf);
}

static void an_expired_root(void **state)
{
    struct world *w = *state;
    struct spec s = {.name = "Root Old",
            .constraints = pki_ca,
            .usage = pki_sign,
            .from_day = 1,
            .to_day = 20};
    struct made root = pki_make(&s);
    struct made leaf = pki_leaf("oldroot.example.com", &root);
    trust(&w->trust, "old", &root);
    chain_engine_free(w->e);
    w->e = chain_engine_new(&w->trust);
    const struct chain_facts *f = JUDGE(w, leaf.c);
    check(f, 2, CHAIN_EXPIRED_ROOT, CHAIN_EXPIRED_ROOT);
    assert_int_equal(f->stores[2].as_sent.time_at, 1);
    pki_free(&root);
    pki_free(&leaf);
}

static void what_does_not_parse(void **state)
{
    struct world *w = *state;
    static const uint8_t junk[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    struct certificate *bad = x509_parse((struct bytes){junk, sizeof junk});
    const struct chain_facts *f = JUDGE(w, bad, w->middle.c);
    check(f, ONE, CHAIN_MALFORMED, CHAIN_MALFORMED);
    assert_int_equal(f->stores[ONE].as_sent.n_path, 0);
    assert_int_equal(f->n_malformed, 1);
    assert_int_equal(f->malformed[0], 0);
    assert_int_equal(f->n_unrelated, 0);
    /* it may be the one that is missing */
    struct made leaf = pki_leaf("m.example.com", &w->other_root);
    struct made low = pki_authority("Lost", &w->root);
    struct made lost = pki_leaf("l.example.com", &low);
    f = JUDGE(w, lost.c, bad);
    check(f, ONE, CHAIN_MALFORMED, CHAIN_MALFORMED);
    /* a path that works does not care */
    f = JUDGE(w, leaf.c, bad);
    check(f, TWO, CHAIN_TRUSTED, CHAIN_TRUSTED);
    assert_int_equal(f->n_malformed, 1);
    certificate_free(bad);
    pki_free(&leaf);
    pki_free(&low);
    pki_free(&lost);
}

/* 64 entries of one name and key identifier, none of which helps, each with a key of its own. */
static void sixty_four_namesakes(void **state)
{
    struct world *w = *state;
    struct made fakes[63];
    const struct certificate *list[64];
    for (size_t i = 0; i < 63; i++) {
        struct spec s = {.name = "Middle", .constraints = pki_ca, .has_no_ids = true};
        fakes[i] = pki_make(&s);
        pki_key_id(&fakes[i], &w->middle, fakes[i].key);
        list[i + 1] = pki_facts(fakes[i].x);
    }
    list[0] = w->leaf.c;
    const struct chain_facts *f = judge_at(w, AT_US, list, 64);
    assert_true(f->is_capped);
    check(f, ONE, CHAIN_UNVERIFIED, CHAIN_UNVERIFIED);
    assert_int_equal(chain_engine_counts(w->e).capped, 1);
    assert_true(chain_engine_counts(w->e).signatures <= 100);
    for (size_t i = 0; i < 63; i++) {
        union {
            const struct certificate *borrowed;
            struct certificate *owned;
        } c = {.borrowed = list[i + 1]};
        certificate_free(c.owned);
        pki_free(&fakes[i]);
    }
}

static void a_long_chain_of_garbage(void **state)
{
    struct world *w = *state;
    struct made all[63];
    const struct certificate *list[64];
    for (size_t i = 0; i < 63; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "Stranger %zu", i);
        all[i] = pki_authority(name, i > 0 ? &all[i - 1] : NULL);
        list[62 - i] = all[i].c;
    }
    list[63] = all[0].c;
    /* 63 CAs in a row: longer than any path that is followed */
    const struct chain_facts *f = judge_at(w, AT_US, list, 64);
    check(f, ONE, CHAIN_UNVERIFIED, CHAIN_UNVERIFIED);
    assert_int_equal(f->n_sent, 64);
    assert_int_equal(f->n_duplicates, 1);
    assert_int_equal(f->n_order, 0); /* a root behind itself is a duplicate, not out of order */
    for (size_t i = 0; i < 63; i++)
        pki_free(&all[i]);
}

static void other_names_of_the_pool(void **state)
{
    struct world *w = *state;
    struct made low = pki_authority("Low", &w->middle);
    struct made leaf = pki_leaf("deep.example.com", &low);
    struct made unrelated = pki_authority("Unrelated", &w->other_root);
    check(JUDGE(w, leaf.c), ONE, CHAIN_INCOMPLETE, CHAIN_INCOMPLETE);
    /* a certificate of a name that nobody looked for leaves the cached verdict alone */
    (void)JUDGE(w, w->leaf.c, unrelated.c);
    uint64_t before = chain_engine_counts(w->e).cached;
    (void)JUDGE(w, leaf.c);
    assert_int_equal(chain_engine_counts(w->e).cached, before + 1);
    (void)JUDGE(w, w->leaf.c, low.c);
    check(JUDGE(w, leaf.c), ONE, CHAIN_INCOMPLETE, CHAIN_INCOMPLETE);
    (void)JUDGE(w, w->leaf.c, w->middle.c);
    check(JUDGE(w, leaf.c), ONE, CHAIN_MISSING_INTERMEDIATE, CHAIN_TRUSTED);
    assert_int_equal(chain_engine_counts(w->e).pool, 3);
    pki_free(&low);
    pki_free(&leaf);
    pki_free(&unrelated);
}

/* Whatever byte changes, nothing that is not what the CA signed is trusted. */
static void every_change_is_noticed(void **state)
{
    struct world *w = *state;
    const struct made *const from[] = {&w->leaf, &w->middle};
    for (size_t which = 0; which < 2; which++) {
        struct bytes der = from[which]->c->der;
        uint8_t copy[2048];
        assert_true(der.n <= sizeof copy);
        for (size_t i = 0; i < 2 * der.n; i++) {
            memcpy(copy, der.p, der.n);
            copy[i / 2] ^= (uint8_t)(i % 2 == 0 ? 1 : 0x80);
            struct certificate *c = x509_parse((struct bytes){copy, der.n});
            const struct chain_facts *f =
                    which == 0 ? JUDGE(w, c, w->middle.c) : JUDGE(w, w->leaf.c, c);
            if (f->stores[ONE].as_sent.path_status == CHAIN_TRUSTED)
                fail_msg("certificate %zu, byte %zu", which, i / 2);
            certificate_free(c);
        }
        for (size_t n = 0; n < der.n; n += 5) {
            struct certificate *c = x509_parse((struct bytes){der.p, n});
            check(JUDGE(w, c, w->middle.c), ONE, CHAIN_MALFORMED, CHAIN_MALFORMED);
            certificate_free(c);
        }
    }
}

/* A TRUSTED CERTIFICATE for servers is no anchor for clients. */
static void an_anchor_for_servers_only(void **state)
{
    struct world *w = *state;
    struct made root = pki_authority("Root Web", NULL);
    struct made leaf = pki_leaf("web.example.com", &root);
    char path[] = "/tmp/tlswire-aux-XXXXXX";
    FILE *f = fdopen(mkstemp(path), "wb");
    assert_non_null(f);
    X509 *aux = X509_dup(root.x);
    assert_int_equal(X509_add1_trust_object(aux, OBJ_nid2obj(NID_server_auth)), 1);
    assert_int_equal(PEM_write_X509_AUX(f, aux), 1);
    assert_int_equal(fclose(f), 0);
    X509_free(aux);
    struct trust_store *s = NULL;
    struct err err;
    assert_true(trust_load("web", path, &s, &err));
    assert_true(trust_set_add(&w->trust, s, &err));
    (void)unlink(path);
    chain_engine_free(w->e);
    w->e = chain_engine_new(&w->trust);
    const struct certificate *list[] = {leaf.c, root.c};
    check(chain_judge(w->e, list, 2, CHAIN_SERVER, AT_US), 2, CHAIN_TRUSTED, CHAIN_TRUSTED);
    check(chain_judge(w->e, list, 2, CHAIN_CLIENT, AT_US), 2, CHAIN_UNTRUSTED_ROOT,
            CHAIN_UNTRUSTED_ROOT);
    pki_free(&root);
    pki_free(&leaf);
}

static void pool_add(struct chain_pool *pool, X509 *x, uint32_t number, uint32_t name, size_t len)
{
    static uint8_t der[POOL_DER_MOST + 1];
    struct chain_node n = {.x = x, .is_ca = true, .subject_hash = name};
    memcpy(n.sha256, &number, sizeof number);
    chain_pool_add(pool, &n, (struct bytes){der, len}, false);
}

static void the_pool_is_bounded(void **state)
{
    struct world *w = *state;
    struct chain_pool *pool = chain_pool_new();
    for (uint32_t i = 0; i < POOL_CAP; i++)
        pool_add(pool, w->root.x, i, i, 10);
    uint64_t generation = chain_pool_generation(pool);
    pool_add(pool, w->root.x, 0, 0, 10); /* known: recently used now */
    assert_int_equal(chain_pool_generation(pool), generation);
    for (uint32_t i = POOL_CAP; i < POOL_CAP + 5; i++)
        pool_add(pool, w->root.x, i, i, 10);
    assert_int_equal(chain_pool_count(pool), POOL_CAP);
    assert_int_equal(chain_pool_dropped(pool), 5);
    assert_non_null(chain_pool_find(pool, 0));
    assert_null(chain_pool_find(pool, 1));
    assert_null(chain_pool_find(pool, 5));
    assert_non_null(chain_pool_find(pool, 6));
    assert_int_equal(chain_pool_changed(pool, 5), 0);
    assert_int_equal(chain_pool_changed(pool, POOL_CAP), generation + 1);
    pool_add(pool, w->root.x, 1U << 30, 1U << 30, POOL_DER_MOST + 1); /* too long */
    assert_null(chain_pool_find(pool, 1U << 30));
    /* bytes */
    for (uint32_t i = 0; i < 3000; i++)
        pool_add(pool, w->root.x, (1U << 20) + i, (1U << 20) + i, POOL_DER_MOST);
    assert_true(chain_pool_count(pool) <= POOL_BYTES / POOL_DER_MOST);
    assert_true(chain_pool_count(pool) > POOL_BYTES / POOL_DER_MOST - 2);
    /* one name */
    for (uint32_t i = 0; i < POOL_SAME_NAME + 8; i++)
        pool_add(pool, w->root.x, (1U << 21) + i, 7777, 10);
    size_t n = 0;
    for (const struct pool_entry *e = chain_pool_find(pool, 7777); e != NULL; e = e->next)
        n++;
    assert_int_equal(n, POOL_SAME_NAME);
    chain_pool_free(pool);
}

static void names_of_values(void **state)
{
    (void)state;
    for (int i = 0; i < CHAIN_STATUS_COUNT; i++)
        assert_non_null(chain_status_name((enum chain_status)i));
    for (int i = 0; i < CHAIN_TIME_COUNT; i++)
        assert_non_null(chain_time_name((enum chain_time)i));
    assert_string_equal(chain_status_name(CHAIN_STATUS_COUNT), "unknown");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            T(a_good_chain),
            T(a_missing_intermediate),
            T(a_repair_that_comes_too_late),
            T(an_intermediate_given_by_a_file),
            T(the_list_as_it_was_sent),
            T(a_root_that_nobody_trusts),
            T(self_signed_leaves),
            T(a_leaf_that_only_names_itself),
            T(an_intermediate_as_an_anchor),
            T(cross_signs),
            T(a_wrong_namesake),
            T(wrong_signatures),
            T(a_namesake_by_name_only),
            T(constraints),
            T(a_version_1_root),
            T(what_openssl_does_not_know),
            T(a_signature_without_its_parameters),
            T(a_key_identifier_that_misleads),
            T(extended_usage_above_the_leaf),
            T(weak_elements),
            T(expired_and_incomplete_at_once),
            T(times_at_the_bounds),
            T(an_expired_root),
            T(what_does_not_parse),
            T(sixty_four_namesakes),
            T(a_long_chain_of_garbage),
            T(other_names_of_the_pool),
            T(every_change_is_noticed),
            T(an_anchor_for_servers_only),
            T(the_pool_is_bounded),
            cmocka_unit_test(names_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
