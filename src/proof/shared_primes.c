#include "proof/shared_primes.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"
#include "crypto/digest.h"
#include "proof/bn.h"
#include "proof/reduce.h"

enum { N_LEVELS = 16, SCAN = 512 };

struct member {
    BIGNUM *n;
    uint64_t id;
};

/* level[0] are the moduli of a block, level[k] products of 2^k neighbours, the last one of all. */
struct tree {
    BIGNUM **level[N_LEVELS];
    size_t count[N_LEVELS];
    size_t n_levels;
};

struct shared_primes {
    struct member *members;
    size_t n_members, n_room, cap;
    size_t n_compared; /* members from here on wait */
    BIGNUM **products; /* of compared blocks */
    size_t n_products, n_product_room;
    struct map *seen; /* SHA-256 of the modulus -> non-NULL */
    struct shared_prime hits[SHARED_PRIMES_HIT_CAP];
    size_t n_hits, n_given;
    uint64_t n_dropped, n_unnamed;
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
    for (size_t i = 0; i < s->n_members; i++)
        BN_free(s->members[i].n);
    for (size_t i = 0; i < s->n_products; i++)
        BN_free(s->products[i]);
    xfree(s->members);
    xfree(s->products);
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

/* The first member before end that shares with factor; end when there is none. */
static size_t first_sharing(struct shared_primes *s, size_t end)
{
    size_t from = 0, to = end < SCAN ? end : SCAN;
    while (from < end && !range_shares(s, from, to)) {
        from = to;
        to = end - from < SCAN ? end : from + SCAN;
    }
    while (from < end && to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (range_shares(s, from, middle))
            to = middle;
        else
            from = middle;
    }
    return from;
}

/* factor divides member at and the product of all others. What shares must share much: a short
 * factor is taken out and the search goes on. */
static void name_other(struct shared_primes *s, size_t at)
{
    while (bn_bits(s->factor) >= SHARED_PRIMES_FACTOR_BITS) {
        if (s->n_hits == SHARED_PRIMES_HIT_CAP) {
            s->n_unnamed++;
            return;
        }
        size_t other = first_sharing(s, at);
        if (other == at)
            return; /* only later ones share: they will say so */
        must(BN_gcd(s->common, s->members[other].n, s->factor, s->ctx));
        if (bn_bits(s->common) >= SHARED_PRIMES_FACTOR_BITS) {
            s->hits[s->n_hits++] = (struct shared_prime){s->members[at].id, s->members[other].id};
            return;
        }
        must(BN_div(s->factor, NULL, s->factor, s->common, s->ctx));
    }
}

static void tree_init(struct tree *t, const struct member *members, size_t n, BN_CTX *ctx)
{
    *t = (struct tree){.n_levels = 1, .count = {n}};
    t->level[0] = xcalloc(n, sizeof *t->level[0]);
    for (size_t i = 0; i < n; i++)
        t->level[0][i] = members[i].n;
    for (size_t k = 0; t->count[k] > 1; k++) {
        size_t above = (t->count[k] + 1) / 2;
        BIGNUM **from = t->level[k], **to = xcalloc(above, sizeof *to);
        for (size_t i = 0; i < above; i++) {
            to[i] = bn_new();
            if (2 * i + 1 < t->count[k])
                multiply_long(to[i], from[2 * i], from[2 * i + 1], ctx);
            else
                must(BN_copy(to[i], from[2 * i]) != NULL);
        }
        t->level[k + 1] = to;
        t->count[k + 1] = above;
        t->n_levels++;
    }
}

static void free_level(BIGNUM **level, size_t n)
{
    for (size_t i = 0; i < n; i++)
        BN_free(level[i]);
    xfree(level);
}

/* The moduli themselves belong to the members. */
static void tree_fini(struct tree *t)
{
    for (size_t k = 1; k < t->n_levels; k++)
        free_level(t->level[k], t->count[k]);
    xfree(t->level[0]);
}

static void multiply(
        BIGNUM *value, const BIGNUM *by, const struct reducer *r, struct shared_primes *s)
{
    reduce(r, s->rest, by, s->ctx);
    multiply_long(s->product, value, s->rest, s->ctx);
    reduce(r, value, s->product, s->ctx);
}

/* The product of everything outside the block, modulo the product of the block. */
static BIGNUM *outside_block(struct shared_primes *s, const BIGNUM *all)
{
    BIGNUM *value = bn_new();
    must(BN_one(value));
    struct reducer r = {0};
    if (s->n_products > 0)
        reducer_init(&r, all, s->ctx);
    for (size_t i = 0; i < s->n_products; i++)
        multiply(value, s->products[i], &r, s);
    reducer_fini(&r);
    return value;
}

/* What stands outside a node is what stands outside its parent times its sibling. */
static BIGNUM **descend(
        struct shared_primes *s, const struct tree *t, size_t k, BIGNUM *const *above)
{
    BIGNUM **values = xcalloc(t->count[k], sizeof *values);
    for (size_t i = 0; i < t->count[k]; i++) {
        struct reducer r;
        reducer_init(&r, t->level[k][i], s->ctx);
        values[i] = bn_new();
        reduce(&r, values[i], above[i / 2], s->ctx);
        size_t sibling = i ^ 1;
        if (sibling < t->count[k])
            multiply(values[i], t->level[k][sibling], &r, s);
        reducer_fini(&r);
    }
    return values;
}

static void keep_product(struct shared_primes *s, const BIGNUM *all)
{
    if (s->n_products == s->n_product_room) {
        s->n_product_room = 2 * s->n_product_room + 16;
        s->products = xrealloc(s->products, s->n_product_room, sizeof *s->products);
    }
    s->products[s->n_products] = BN_dup(all);
    must(s->products[s->n_products] != NULL);
    s->n_products++;
}

void shared_primes_flush(struct shared_primes *s)
{
    size_t first = s->n_compared, n = s->n_members - first;
    if (n == 0)
        return;
    struct tree t;
    tree_init(&t, &s->members[first], n, s->ctx);
    size_t top = t.n_levels - 1;
    BIGNUM **values = xcalloc(1, sizeof *values);
    values[0] = outside_block(s, t.level[top][0]);
    for (size_t k = top; k > 0; k--) {
        BIGNUM **below = descend(s, &t, k - 1, values);
        free_level(values, t.count[k]);
        values = below;
    }
    for (size_t i = 0; i < n; i++)
        if (!bn_is_coprime(values[i], s->members[first + i].n, s->ctx)) {
            must(BN_gcd(s->factor, values[i], s->members[first + i].n, s->ctx));
            name_other(s, first + i);
        }
    free_level(values, n);
    keep_product(s, t.level[top][0]);
    tree_fini(&t);
    s->n_compared = s->n_members;
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

static bool is_plausible(const BIGNUM *n)
{
    return BN_is_odd(n) && bn_bits(n) >= SHARED_PRIMES_FACTOR_BITS && !bn_has_small_factor(n);
}

static void keep(struct shared_primes *s, BIGNUM *n, uint64_t id)
{
    if (s->n_members == s->n_room) {
        s->n_room = 2 * s->n_room + 64;
        s->members = xrealloc(s->members, s->n_room, sizeof *s->members);
    }
    s->members[s->n_members++] = (struct member){n, id};
    if (s->n_members - s->n_compared == SHARED_PRIMES_BLOCK)
        shared_primes_flush(s);
}

bool shared_primes_add(struct shared_primes *s, struct bytes modulus, uint64_t id)
{
    struct bytes digits = without_zeros(modulus);
    if (digits.n == 0 || digits.n > SHARED_PRIMES_BITS / 8)
        return false;
    uint8_t hash[SHA256_LEN];
    digest_sha256(digits, hash);
    struct bytes key = {hash, sizeof hash};
    if (map_get(s->seen, key) != NULL)
        return false;
    BIGNUM *n = bn_from(digits);
    bool is_taken = is_plausible(n);
    if (is_taken && s->n_members == s->cap) {
        s->n_dropped++;
        is_taken = false;
    }
    if (!is_taken) {
        BN_free(n);
        return false;
    }
    map_put(s->seen, key, s);
    keep(s, n, id);
    return true;
}

size_t shared_primes_count(const struct shared_primes *s)
{
    return s->n_members;
}

uint64_t shared_primes_dropped(const struct shared_primes *s)
{
    return s->n_dropped;
}

uint64_t shared_primes_unnamed(const struct shared_primes *s)
{
    return s->n_unnamed;
}
