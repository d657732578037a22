#include "proof/prover.h"
#include "tests/unit/proof/help.h"

/* RFC 2409 6.2 */
#define GROUP_2                                                                                    \
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E34" \
    "04DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6" \
    "F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
/* RFC 5114 2.1: (p-1)/2 is composite, a subgroup of prime order is known */
#define RFC_5114_1024                                                                              \
    "B10B8F96A080E01DDE92DE5EAE5D54EC52C99FBCFB06A3C69A6A9DCA52D23B616073E28675A23D189838EF1E2EE6" \
    "52C013ECB4AEA906112324975C3CD49B83BFACCBDD7D90C4BD7098488E9C219A73724EFFD6FAE5644738FAA31A4F" \
    "F55BCCC0A151AF5F0DC8B4BD45BF37DF365C1A65E68CFDA76D4DA708DF1FB2BC2E4A4371"
/* ngx_event_openssl.c of nginx before 1.11 */
#define NGINX                                                                                      \
    "BBBC2DCAD84674907C43FCF580E9CFDBD958A3F568B42D4B08EED4EB0FB3504C6C030276E710800C5CCBBAA89226" \
    "14C5BEECA565A5FDF1D287A2BC049BE6778060E91A92A757E3048F68B076F7D36CC8F29BA5DF81DC2CA725ECE662" \
    "70CC9A5035D8CECEEF9EA0274A63AB1E58FAFD4988D0F65D146757DA071DF045CFE16B9B"
/* ssl_engine_dh.c of Apache 2.2 */
#define APACHE_512                                                                                 \
    "9FDB8B8A004544F0045F1737D0BA2E0B274CDF1A9F588218FB435316A16E374171FD19D8D8F37C39BF863FD60E3E" \
    "300680A3030C6E4C3757D08F70E6AA871033"
/* RFC 7919 A.1 */
#define FFDHE2048                                                                                  \
    "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B" \
    "3EF97D2FE363630C75D8F681B202AEC4617AD3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E" \
    "7F57C935984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797ABC0AB182B324FB61D108" \
    "A94BB2C8E3FBB96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2EC" \
    "C03404CD28342F619172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D16" \
    "83B2C6F34A26C1B2EFFA886B423861285C97FFFFFFFFFFFFFFFF"

static const struct row {
    const char *p;
    size_t bits;
    enum dh_group group;
    enum answer is_prime, is_safe;
} rows[] = {
        {GROUP_2, 1024, DH_GROUP_RFC2409, ANSWER_YES, ANSWER_YES},
        {"0000" GROUP_2, 1024, DH_GROUP_RFC2409, ANSWER_YES, ANSWER_YES},
        {FFDHE2048, 2048, DH_GROUP_RFC7919, ANSWER_YES, ANSWER_YES},
        {RFC_5114_1024, 1024, DH_GROUP_RFC5114, ANSWER_YES, ANSWER_NO},
        {NGINX, 1024, DH_GROUP_COMMON, ANSWER_YES, ANSWER_YES},
        {APACHE_512, 512, DH_GROUP_COMMON, ANSWER_YES, ANSWER_YES},
        /* 2^255 - 19, a prime; half of it less a half is even */
        {"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed", 255, DH_GROUP_UNKNOWN,
                ANSWER_YES, ANSWER_NO},
        /* 2^256 + 1, Fermat's F8, composite without a small factor */
        {"010000000000000000000000000000000000000000000000000000000000000001", 257,
                DH_GROUP_UNKNOWN, ANSWER_NO, ANSWER_UNKNOWN},
        {"17", 5, DH_GROUP_UNKNOWN, ANSWER_YES, ANSWER_YES}, /* 23 = 2*11 + 1 */
        {"1d", 5, DH_GROUP_UNKNOWN, ANSWER_YES, ANSWER_NO},  /* 29 */
        {"15", 5, DH_GROUP_UNKNOWN, ANSWER_NO, ANSWER_UNKNOWN},
        {"00", 0, DH_GROUP_UNKNOWN, ANSWER_NO, ANSWER_UNKNOWN},
        {"01", 1, DH_GROUP_UNKNOWN, ANSWER_NO, ANSWER_UNKNOWN},
        {"02", 2, DH_GROUP_UNKNOWN, ANSWER_YES, ANSWER_NO},
};

static struct dh_facts ask(struct prover *p, const char *prime, const char *g)
{
    struct own a = own_hex(prime), b = own_hex(g);
    struct dh_facts f = prove_dh(p, view(a), view(b));
    xfree(a.p);
    xfree(b.p);
    return f;
}

static void expect_row(struct prover *p, size_t i)
{
    struct dh_facts f = ask(p, rows[i].p, "02");
    if (f.bits != rows[i].bits || f.group != rows[i].group || f.is_prime != rows[i].is_prime ||
            f.is_safe != rows[i].is_safe)
        fail_msg("row %zu: %zu bits, group %d, prime %d, safe %d", i, f.bits, f.group, f.is_prime,
                f.is_safe);
    assert_true((f.group_name != NULL) == (f.group != DH_GROUP_UNKNOWN));
}

static void primes(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    for (int round = 0; round < 2; round++) /* the second time from memory */
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            expect_row(p, i);
    assert_string_equal(ask(p, GROUP_2, "02").group_name, "RFC 2409 group 2");
    assert_string_equal(ask(p, NGINX, "02").group_name, "nginx 1024-bit");
    prover_free(p);
}

/* Agreement with OpenSSL's own test, on primes that nobody knows and on products of two. */
static void generated(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    BIGNUM *safe = BN_new(), *a = prime_of(256), *b = prime_of(256), *n = product_of(a, b);
    assert_int_equal(BN_generate_prime_ex(safe, 256, 1, NULL, NULL, NULL), 1);
    struct own s = own_number(safe, 0), c = own_number(n, 0);
    static const uint8_t TWO[] = {2};
    struct bytes g = {TWO, 1};
    struct dh_facts f = prove_dh(p, view(s), g);
    assert_int_equal(f.is_prime, ANSWER_YES);
    assert_int_equal(f.is_safe, ANSWER_YES);
    f = prove_dh(p, view(c), g);
    assert_int_equal(f.is_prime, ANSWER_NO);
    xfree(s.p);
    xfree(c.p);
    BN_free(safe);
    BN_free(a);
    BN_free(b);
    BN_free(n);
    prover_free(p);
}

static const struct value_row {
    const char *g, *y;
    bool is_generator_trivial, is_public_out_of_range;
} values[] = {
        {"02", "02", false, false},
        {"00", "05", true, false},
        {"01", "05", true, false},
        {"", "05", true, false},
        {"16", "05", true, false}, /* p - 1 */
        {"15", "15", false, false},
        {"18", "05", true, false}, /* p + 1 */
        {"02", "00", false, true},
        {"02", "01", false, true},
        {"02", "0001", false, true},
        {"02", "", false, true},
        {"02", "16", false, true},
        {"02", "17", false, true},
        {"02", "ff", false, true},
};

static void generator_and_public(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct dh_facts f = ask(p, "17", values[i].g);
        struct own prime = own_hex("17"), y = own_hex(values[i].y);
        struct share_facts s = prove_dh_public(view(prime), view(y));
        bool is_out = s.answer == SHARE_INVALID && s.is_low_order && s.why != NULL;
        xfree(prime.p);
        xfree(y.p);
        if (f.is_generator_trivial != values[i].is_generator_trivial ||
                is_out != values[i].is_public_out_of_range)
            fail_msg("row %zu", i);
    }
    prover_free(p);
    static const uint8_t THREE[] = {3};
    struct share_facts none = prove_dh_public((struct bytes){THREE, 1}, (struct bytes){THREE, 1});
    assert_int_equal(none.answer, SHARE_NOT_CHECKED);
}

/* No server can make us test primes for ever. */
static void budget(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    static const uint8_t TWO[] = {2};
    struct bytes g = {TWO, 1};
    uint8_t huge[2048];
    memset(huge, 0xff, sizeof huge);
    struct dh_facts f = prove_dh(p, (struct bytes){huge, sizeof huge}, g);
    assert_int_equal(f.bits, 8 * sizeof huge);
    assert_int_equal(f.is_prime, ANSWER_UNKNOWN);
    enum answer last = ANSWER_YES;
    for (unsigned i = 0; i < 100; i++) {
        huge[1022] = (uint8_t)i;
        last = prove_dh(p, (struct bytes){huge, 1024}, g).is_prime;
    }
    assert_int_equal(last, ANSWER_UNKNOWN);
    assert_int_equal(ask(p, NGINX, "02").is_prime, ANSWER_YES); /* known ones cost nothing */
    prover_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(primes),
            cmocka_unit_test(generated),
            cmocka_unit_test(generator_and_public),
            cmocka_unit_test(budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
