#include "proof/shared_primes.h"

#include <gmp.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"
#include "base/pulse.h"
#include "crypto/digest.h"
#include "proof/bn.h"
#include "proof/product_tree.h"

enum { SCAN = 512, SCANNED_CAP = 100 * 1000 * 1000 };

struct shared_primes {
    mpz_ptr moduli;
    uint64_t *ids;
    size_t n_moduli, n_room, cap;
    size_t n_compared;            /* moduli from here on wait */
    size_t n_bytes, n_bytes_wait; /* of all moduli, of those that wait */
    mpz_t compared;               /* the product of those that were compared */
    struct map *seen;             /* SHA-256 of the modulus -> non-NULL */
    struct shared_prime hits[SHARED_PRIMES_HIT_CAP];
    size_t n_hits, n_given;
    uint64_t n_dropped, n_unnamed, n_scanned;
    mpz_t rest, factor, common, product;
};

struct shared_primes *shared_primes_new(size_t cap)
{
    struct shared_primes *s = xcalloc(1, sizeof *s);
    s->cap = cap > 0 ? cap : SHARED_PRIMES_CAP;
    s->seen = map_new(&(struct map_options){.cap = s->cap});
    mpz_init_set_ui(s->compared, 1);
    mpz_inits(s->rest, s->factor, s->common, s->product, NULL);
    return s;
}

void shared_primes_free(struct shared_primes *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n_moduli; i++)
        mpz_clear(&s->moduli[i]);
    xfree(s->moduli);
    xfree(s->ids);
    map_free(s->seen);
    mpz_clears(s->compared, s->rest, s->factor, s->common, s->product, NULL);
    xfree(s);
}

/* Whether any of the moduli [from, to) has a factor in common with factor. */
static bool range_shares(struct shared_primes *s, size_t from, size_t to)
{
    mpz_set_ui(s->product, 1);
    pulse_beat();
    for (size_t i = from; i < to; i++) {
        mpz_fdiv_r(s->rest, &s->moduli[i], s->factor);
        mpz_mul(s->product, s->product, s->rest);
        mpz_fdiv_r(s->product, s->product, s->factor);
    }
    mpz_gcd(s->common, s->product, s->factor);
    return mpz_cmp_ui(s->common, 1) != 0;
}

/* The first modulus before end that shares with factor; end when there is none. */
static size_t first_sharing(struct shared_primes *s, size_t end)
{
    size_t from = 0, to = end < SCAN ? end : SCAN;
    while (from < end && !range_shares(s, from, to)) {
        from = to;
        to = end - from < SCAN ? end : from + SCAN;
    }
    s->n_scanned += to;
    while (from < end && to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (range_shares(s, from, middle))
            to = middle;
        else
            from = middle;
    }
    return from;
}

/* factor divides modulus at and the product of all others. What shares must share much: a short
 * factor is taken out and the search goes on. */
static void name_other(struct shared_primes *s, size_t at)
{
    while (mpz_sizeinbase(s->factor, 2) >= SHARED_PRIMES_FACTOR_BITS) {
        if (s->n_hits == SHARED_PRIMES_HIT_CAP || s->n_scanned >= SCANNED_CAP) {
            s->n_unnamed++;
            return;
        }
        size_t other = first_sharing(s, at);
        if (other == at)
            return; /* only later ones share: they will say so */
        mpz_gcd(s->common, &s->moduli[other], s->factor);
        if (mpz_sizeinbase(s->common, 2) >= SHARED_PRIMES_FACTOR_BITS) {
            s->hits[s->n_hits++] = (struct shared_prime){s->ids[at], s->ids[other]};
            return;
        }
        mpz_divexact(s->factor, s->factor, s->common);
    }
}

void shared_primes_flush(struct shared_primes *s)
{
    size_t first = s->n_compared, n = s->n_moduli - first;
    if (n == 0)
        return;
    mpz_t product;
    mpz_ptr values = xcalloc(n, sizeof *values);
    mpz_init(product);
    for (size_t i = 0; i < n; i++)
        mpz_init(&values[i]);
    product_tree_others(&s->moduli[first], n, s->compared, values, product);
    mpz_mul(s->compared, s->compared, product);
    mpz_clear(product);
    for (size_t i = 0; i < n; i++) {
        mpz_gcd(s->factor, &values[i], &s->moduli[first + i]);
        mpz_clear(&values[i]);
        name_other(s, first + i);
    }
    xfree(values);
    s->n_compared = s->n_moduli;
    s->n_bytes_wait = 0;
}

bool shared_primes_next(struct shared_primes *s, struct shared_prime *out)
{
    if (s->n_given == s->n_hits)
        return false;
    *out = s->hits[s->n_given++];
    return true;
}

static struct bytes without_zeros(struct bytes b)
{
    struct cur c = cur_of(b);
    while (cur_more(&c) && cur_peek_u8(&c, 0) == 0)
        cur_skip(&c, 1);
    return cur_rest(&c);
}

static bool has_small_factor(const BIGNUM *n, const struct rsa_key_facts *facts)
{
    if (facts != NULL && (facts->tested & RSA_WEAK_N_SMALL_FACTOR) != 0)
        return (facts->weak & RSA_WEAK_N_SMALL_FACTOR) != 0;
    return bn_has_small_factor(n);
}

static bool is_plausible(struct bytes digits, const struct rsa_key_facts *facts)
{
    BIGNUM *n = bn_from(digits);
    bool is =
            BN_is_odd(n) && bn_bits(n) >= SHARED_PRIMES_FACTOR_BITS && !has_small_factor(n, facts);
    BN_free(n);
    return is;
}

/* Large blocks against many are cheap, but a tree takes many times the memory of its moduli. */
static bool is_block_full(const struct shared_primes *s)
{
    size_t compared = s->n_bytes - s->n_bytes_wait;
    return s->n_bytes_wait >= SHARED_PRIMES_BLOCK_MAX ||
           (s->n_bytes_wait >= SHARED_PRIMES_BLOCK_MIN && s->n_bytes_wait >= compared / 2);
}

static void keep(struct shared_primes *s, struct bytes digits, uint64_t id)
{
    if (s->n_moduli == s->n_room) {
        s->n_room = 2 * s->n_room + 64;
        s->moduli = xrealloc(s->moduli, s->n_room, sizeof *s->moduli);
        s->ids = xrealloc(s->ids, s->n_room, sizeof *s->ids);
    }
    mpz_ptr n = &s->moduli[s->n_moduli];
    mpz_init2(n, 8 * digits.n);
    mpz_import(n, digits.n, 1, 1, 0, 0, digits.p);
    s->ids[s->n_moduli++] = id;
    s->n_bytes += digits.n;
    s->n_bytes_wait += digits.n;
    if (is_block_full(s))
        shared_primes_flush(s);
}

bool shared_primes_add(struct shared_primes *s, struct bytes modulus, uint64_t id,
        const struct rsa_key_facts *facts)
{
    struct bytes digits = without_zeros(modulus);
    if (digits.n == 0 || digits.n > SHARED_PRIMES_BITS / 8)
        return false;
    uint8_t hash[SHA256_LEN];
    digest_sha256(digits, hash);
    struct bytes key = {hash, sizeof hash};
    if (map_get(s->seen, key) != NULL || !is_plausible(digits, facts))
        return false;
    if (s->n_moduli == s->cap || s->n_bytes + digits.n > SHARED_PRIMES_BYTES_CAP) {
        s->n_dropped++;
        return false;
    }
    map_put(s->seen, key, s);
    keep(s, digits, id);
    return true;
}

size_t shared_primes_count(const struct shared_primes *s)
{
    return s->n_moduli;
}

uint64_t shared_primes_dropped(const struct shared_primes *s)
{
    return s->n_dropped;
}

uint64_t shared_primes_unnamed(const struct shared_primes *s)
{
    return s->n_unnamed;
}
