#include "proof/shared_primes.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"
#include "crypto/digest.h"
#include "proof/bn.h"

enum { N_BUCKETS = 32 };

struct member {
    BIGNUM *n;
    uint64_t id;
};

/* Bucket k is empty or holds the product of 2^k members, from index first on. */
struct bucket {
    BIGNUM *product;
    size_t first, count;
};

struct shared_primes {
    struct member *members;
    size_t n_members, n_room, cap;
    uint64_t n_dropped;
    struct bucket buckets[N_BUCKETS];
    struct map *seen; /* SHA-256 of the modulus -> non-NULL */
    BN_CTX *ctx;
    BIGNUM *rest, *factor, *common, *product;
};

struct shared_primes *shared_primes_new(size_t cap)
{
    struct shared_primes *s = xcalloc(1, sizeof *s);
    s->cap = cap > 0 ? cap : SHARED_PRIMES_CAP;
    s->seen = map_new(&(struct map_options){.cap = s->cap});
    s->ctx = bn_ctx_new();
    s->rest = bn_new();
    s->factor = bn_new();
    s->common = bn_new();
    s->product = bn_new();
    return s;
}

void shared_primes_free(struct shared_primes *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < N_BUCKETS; i++)
        BN_free(s->buckets[i].product);
    for (size_t i = 0; i < s->n_members; i++)
        BN_free(s->members[i].n);
    xfree(s->members);
    map_free(s->seen);
    BN_free(s->rest);
    BN_free(s->factor);
    BN_free(s->common);
    BN_free(s->product);
    BN_CTX_free(s->ctx);
    xfree(s);
}

/* Whether any of the members [from, to) has a factor in common with factor. */
static bool range_shares(struct shared_primes *s, size_t from, size_t to)
{
    must(BN_one(s->product));
    for (size_t i = from; i < to; i++) {
        must(BN_nnmod(s->rest, s->members[i].n, s->factor, s->ctx));
        must(BN_mod_mul(s->product, s->product, s->rest, s->factor, s->ctx));
    }
    must(BN_gcd(s->common, s->product, s->factor, s->ctx));
    return !BN_is_one(s->common);
}

/* factor divides the product of a bucket: halve it until one member is left. What a member shares
 * must be long; a short factor is taken out and the search goes on. */
static bool find_member(struct shared_primes *s, const struct bucket *b, size_t *found)
{
    while (bn_bits(s->factor) >= SHARED_PRIMES_FACTOR_BITS) {
        size_t from = b->first, to = b->first + b->count;
        while (to - from > 1) {
            size_t middle = from + (to - from) / 2;
            if (range_shares(s, from, middle))
                to = middle;
            else
                from = middle;
        }
        must(BN_gcd(s->common, s->members[from].n, s->factor, s->ctx));
        *found = from;
        if (bn_bits(s->common) >= SHARED_PRIMES_FACTOR_BITS)
            return true;
        if (BN_is_one(s->common))
            return false;
        must(BN_div(s->factor, NULL, s->factor, s->common, s->ctx));
    }
    return false;
}

static bool bucket_shares(
        struct shared_primes *s, const struct bucket *b, const BIGNUM *n, uint64_t *other)
{
    must(BN_nnmod(s->rest, b->product, n, s->ctx));
    must(BN_gcd(s->factor, s->rest, n, s->ctx));
    size_t found = 0;
    if (!find_member(s, b, &found))
        return false;
    *other = s->members[found].id;
    return true;
}

static void keep(struct shared_primes *s, BIGNUM *n, uint64_t id)
{
    if (s->n_members == s->n_room) {
        s->n_room = s->n_room == 0 ? 64 : 2 * s->n_room;
        s->members = xrealloc(s->members, s->n_room, sizeof *s->members);
    }
    s->members[s->n_members] = (struct member){n, id};
    struct bucket carry = {BN_dup(n), s->n_members, 1};
    must(carry.product != NULL);
    s->n_members++;
    size_t k = 0;
    for (; s->buckets[k].product != NULL; k++) {
        struct bucket *b = &s->buckets[k];
        must(BN_mul(carry.product, carry.product, b->product, s->ctx));
        carry.first = b->first;
        carry.count += b->count;
        BN_free(b->product);
        *b = (struct bucket){0};
    }
    s->buckets[k] = carry;
}

static bool is_new(struct shared_primes *s, struct bytes modulus)
{
    uint8_t hash[SHA256_LEN];
    digest_sha256(modulus, hash);
    struct bytes key = {hash, sizeof hash};
    if (map_get(s->seen, key) != NULL)
        return false;
    if (s->n_members < s->cap)
        map_put(s->seen, key, s);
    return true;
}

static struct bytes without_zeros(struct bytes b)
{
    struct cur c = cur_of(b);
    while (cur_more(&c) && cur_peek_u8(&c, 0) == 0)
        cur_skip(&c, 1);
    return cur_rest(&c);
}

bool shared_primes_add(struct shared_primes *s, struct bytes modulus, uint64_t id, uint64_t *other)
{
    struct bytes digits = without_zeros(modulus);
    if (digits.n == 0 || digits.n > SHARED_PRIMES_BITS / 8)
        return false;
    BIGNUM *n = bn_from(digits);
    bool is_plausible =
            BN_is_odd(n) && bn_bits(n) >= SHARED_PRIMES_FACTOR_BITS && !bn_has_small_factor(n);
    bool found = false;
    if (!is_plausible || !is_new(s, digits)) {
        BN_free(n);
        return false;
    }
    for (size_t k = N_BUCKETS; k > 0 && !found; k--)
        if (s->buckets[k - 1].product != NULL)
            found = bucket_shares(s, &s->buckets[k - 1], n, other);
    if (s->n_members < s->cap) {
        keep(s, n, id);
    } else {
        s->n_dropped++;
        BN_free(n);
    }
    return found;
}

size_t shared_primes_count(const struct shared_primes *s)
{
    return s->n_members;
}

uint64_t shared_primes_dropped(const struct shared_primes *s)
{
    return s->n_dropped;
}
