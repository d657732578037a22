#include "x509/trust.h"

#include <sys/stat.h>

#include "tests/unit/x509/pki.h"

struct world {
    struct made one, two;
    char dir[64];
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct spec s = {.name = "One", .constraints = pki_ca, .from_day = 0, .to_day = 900};
    w->one = pki_make(&s);
    s.name = "Two, Ltd";
    s.from_day = 30;
    w->two = pki_make(&s);
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/tlswire-trust-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    *state = w;
    return 0;
}

static const char *in(const struct world *w, const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", w->dir, name);
    return path;
}

static int teardown(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"a.pem", "b.der", "c.txt", "d.pem"};
    for (size_t i = 0; i < 4; i++)
        (void)unlink(in(w, names[i]));
    (void)rmdir(w->dir);
    pki_free(&w->one);
    pki_free(&w->two);
    free(w);
    return 0;
}

static FILE *open_new(const struct world *w, const char *name)
{
    FILE *f = fopen(in(w, name), "wb");
    assert_non_null(f);
    return f;
}

static void put(FILE *f, const char *text)
{
    assert_true(fwrite(text, 1, strlen(text), f) == strlen(text));
}

static struct trust_store *load(const char *name, const char *path)
{
    struct trust_store *s = NULL;
    struct err err;
    assert_true(trust_load(name, path, &s, &err));
    return s;
}

/* Text around the blocks, a key, a block that is no base64, one that is no certificate, and one
 * certificate twice. */
static void a_bundle_with_broken_entries(void **state)
{
    struct world *w = *state;
    FILE *f = open_new(w, "a.pem");
    put(f, "# my roots\n");
    PEM_write_X509(f, w->one.x);
    put(f, "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    put(f, "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n");
    PEM_write_PrivateKey(f, w->one.key, NULL, NULL, 0, NULL, NULL);
    PEM_write_X509(f, w->two.x);
    PEM_write_X509(f, w->one.x);
    put(f, "-----BEGIN CERTIFICATE-----\nMAMC"); /* cut */
    (void)fclose(f);
    struct stat st;
    assert_int_equal(stat(in(w, "a.pem"), &st), 0);
    struct trust_store *s = load(NULL, in(w, "a.pem"));
    assert_string_equal(s->name, "a.pem");
    assert_int_equal(s->n_anchors, 2);
    assert_int_equal(s->n_broken, 3);
    assert_string_equal(s->anchors[1].subject, "CN=Two\\, Ltd");
    assert_int_equal(s->newest_not_before_us, (BASE_S + 30 * DAY_S) * 1000000);
    assert_int_equal(s->mtime_us / 1000000, st.st_mtim.tv_sec);
    assert_false(s->is_public);
    assert_false(s->is_named);
    trust_free(s);
}

static void der_and_names(void **state)
{
    struct world *w = *state;
    FILE *f = open_new(w, "b.der");
    assert_int_equal(i2d_X509_fp(f, w->one.x), 1);
    assert_int_equal(i2d_X509_fp(f, w->two.x), 1);
    (void)fclose(f);
    struct trust_store *s = load("public:mine", in(w, "b.der"));
    assert_int_equal(s->n_anchors, 2);
    assert_int_equal(s->n_broken, 0);
    assert_true(s->is_public);
    assert_true(s->is_named);
    /* sha256sum of the file: both DERs behind each other */
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t want[32];
    EVP_DigestInit(ctx, EVP_sha256());
    EVP_DigestUpdate(ctx, w->one.c->der.p, w->one.c->der.n);
    EVP_DigestUpdate(ctx, w->two.c->der.p, w->two.c->der.n);
    EVP_DigestFinal(ctx, want, NULL);
    EVP_MD_CTX_free(ctx);
    assert_memory_equal(s->sha256, want, 32);
    trust_free(s);
}

static void trusted_certificates(void **state)
{
    struct world *w = *state;
    X509 *mail = X509_dup(w->one.x);
    X509 *web = X509_dup(w->two.x);
    ASN1_OBJECT *use = OBJ_nid2obj(NID_email_protect);
    assert_int_equal(X509_add1_trust_object(mail, use), 1);
    assert_int_equal(X509_add1_trust_object(web, OBJ_nid2obj(NID_server_auth)), 1);
    FILE *f = open_new(w, "a.pem");
    PEM_write_X509_AUX(f, mail);
    PEM_write_X509_AUX(f, web);
    (void)fclose(f);
    struct trust_store *s = load("aux", in(w, "a.pem"));
    assert_int_equal(s->n_anchors, 2);
    assert_int_equal(s->anchors[0].roles, 0);
    assert_int_equal(s->anchors[1].roles, 1);
    trust_free(s);
    X509_free(mail);
    X509_free(web);
}

static void a_directory(void **state)
{
    struct world *w = *state;
    FILE *f = open_new(w, "d.pem");
    PEM_write_X509(f, w->one.x);
    (void)fclose(f);
    f = open_new(w, "b.der");
    assert_int_equal(i2d_X509_fp(f, w->two.x), 1);
    (void)fclose(f);
    f = open_new(w, "c.txt");
    put(f, "read me\n");
    (void)fclose(f);
    struct trust_store *s = load("dir", w->dir);
    assert_int_equal(s->n_anchors, 2);
    assert_string_equal(s->anchors[1].subject, "CN=One"); /* by name of the file */
    assert_int_equal(s->n_broken, 0);
    assert_true(s->mtime_us > 0);
    trust_free(s);
    /* What cannot be read is counted: a link to nothing, a file of more than 64 MiB. */
    assert_int_equal(symlink("nowhere", in(w, "e.pem")), 0);
    f = open_new(w, "f.pem");
    assert_int_equal(ftruncate(fileno(f), (64 << 20) + 1), 0);
    (void)fclose(f);
    assert_int_equal(mkdir(in(w, "g"), 0700), 0);
    s = load("dir", w->dir);
    assert_int_equal(s->n_anchors, 2);
    assert_int_equal(s->n_broken, 2);
    trust_free(s);
    (void)unlink(in(w, "e.pem"));
    (void)unlink(in(w, "f.pem"));
    (void)rmdir(in(w, "g"));
}

static void what_cannot_be_used(void **state)
{
    struct world *w = *state;
    struct trust_store *s = NULL;
    struct err err;
    FILE *f = open_new(w, "c.txt");
    put(f, "nothing here\n");
    (void)fclose(f);
    assert_false(trust_load("x", in(w, "c.txt"), &s, &err));
    assert_non_null(strstr(err.text, "c.txt: no certificate"));
    assert_false(trust_load("x", in(w, "missing"), &s, &err));
    assert_non_null(strstr(err.text, "No such file"));
    (void)unlink(in(w, "c.txt"));
    assert_false(trust_load("x", w->dir, &s, &err));
}

static void a_set(void **state)
{
    struct world *w = *state;
    FILE *f = open_new(w, "a.pem");
    PEM_write_X509(f, w->one.x);
    (void)fclose(f);
    struct trust_set set = {0};
    struct err err;
    for (int i = 0; i < CHAIN_STORE_CAP; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "s%d", i);
        assert_true(trust_set_add(&set, load(name, in(w, "a.pem")), &err));
        if (i == 0)
            assert_false(trust_set_add(&set, load(name, in(w, "a.pem")), &err));
    }
    assert_non_null(strstr(err.text, "s0"));
    assert_false(trust_set_add(&set, load("one more", in(w, "a.pem")), &err));
    assert_int_equal(set.n, CHAIN_STORE_CAP);
    trust_set_fini(&set);
    assert_int_equal(set.n, 0);
}

/* "grep -c BEGIN" counts the same in the bundle of the system. */
static void the_systems_bundle(void **state)
{
    (void)state;
    FILE *f = fopen("/etc/ssl/certs/ca-certificates.crt", "r");
    if (f == NULL)
        skip();
    size_t n = 0;
    char line[256];
    while (fgets(line, sizeof line, f) != NULL)
        n += strncmp(line, "-----BEGIN CERTIFICATE", 22) == 0;
    (void)fclose(f);
    struct trust_store *s = load(NULL, NULL);
    assert_string_equal(s->name, "system");
    assert_true(s->is_public);
    assert_false(s->is_named);
    assert_int_equal(s->n_anchors + s->n_broken, n);
    assert_int_equal(s->n_broken, 0);
    trust_free(s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            T(a_bundle_with_broken_entries),
            T(der_and_names),
            T(trusted_certificates),
            T(a_directory),
            T(what_cannot_be_used),
            T(a_set),
            cmocka_unit_test(the_systems_bundle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
