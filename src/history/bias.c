#include "history/bias.h"

#include "base/cursor.h"
#include "history/host_key.h"
#include "history/randoms.h"

/*
 * Two-sided p < 1e-9: 6.11 standard deviations, squared 37.3; chi-square with 255 degrees of
 * freedom 414. Some more, because a chi-square of few expected counts has a longer tail.
 */
enum { RANDOM = 32, TIME = 4, MOST_Z_SQUARED = 38, MOST_CHI_SQUARE = 440, MOST_RANDOMS = 65536 };

struct host {
    uint64_t last; /* hash of the latest random: the same hello again says nothing new */
    uint32_t n, n_ones;
    uint16_t bytes[256];
};

static void halve(struct host *o)
{
    o->n /= 2;
    o->n_ones /= 2;
    for (int i = 0; i < 256; i++)
        o->bytes[i] /= 2;
}

static void take(struct host *o, struct bytes random)
{
    uint64_t hash = hash_fixed(random.p, random.n);
    if (o->n > 0 && o->last == hash)
        return;
    if (o->n == MOST_RANDOMS)
        halve(o);
    o->last = hash;
    o->n++;
    struct cur c = cur_of(random);
    cur_skip(&c, TIME);
    for (int i = 0; i < HISTORY_BIAS_BYTES; i++) {
        uint8_t b = cur_u8(&c);
        if (o->bytes[b] < UINT16_MAX)
            o->bytes[b]++;
        o->n_ones += (uint32_t)__builtin_popcount(b);
    }
}

static bool is_due(uint64_t n, uint64_t least)
{
    return n >= least && (n & (n - 1)) == 0;
}

static struct random_bias weigh(const struct host *o)
{
    struct random_bias b = {.n = o->n, .n_ones = o->n_ones, .is_due = true};
    uint64_t n_bytes = 0, squares = 0;
    for (int i = 0; i < 256; i++) {
        n_bytes += o->bytes[i];
        squares += (uint64_t)o->bytes[i] * o->bytes[i];
    }
    b.n_bits = (uint64_t)o->n * HISTORY_BIAS_BYTES * 8;
    if (n_bytes == 0)
        return b;
    b.chi_square = 256 * squares / n_bytes - n_bytes;
    int64_t off = 2 * (int64_t)b.n_ones - (int64_t)b.n_bits;
    b.is_bits_biased = (uint64_t)(off * off) > MOST_Z_SQUARED * b.n_bits;
    b.is_bytes_biased = b.chi_square > MOST_CHI_SQUARE;
    return b;
}

struct random_bias history_bias(struct history *history, int64_t vantage, const struct handshake *h,
        enum side side, uint64_t least)
{
    struct random_bias none = {0};
    struct memory *m = history_topic(history, TOPIC_bias);
    struct bytes random;
    if (m == NULL || !history_random(h, side, &random))
        return none;
    struct host_key key = host_key_of(vantage, NULL, h, side);
    const struct host *known = memory_get(m, host_key_bytes(&key));
    if (known == NULL || !is_due((uint64_t)known->n + 1, least))
        return none;
    struct host with = *known;
    take(&with, random);
    return with.n == known->n + 1 ? weigh(&with) : none;
}

static void learn(struct memory *m, const struct lesson *l)
{
    for (int side = 0; side < 2; side++) {
        struct bytes random;
        if (!history_random(l->handshake, (enum side)side, &random))
            continue;
        struct host_key key = host_key_of(l->vantage, NULL, l->handshake, (enum side)side);
        take(memory_make(m, host_key_bytes(&key), l->at_us), random);
    }
}

const struct topic topic_bias = {
        .kind = {.name = "bias",
                .version = 1,
                .value_size = sizeof(struct host),
                .cap = HISTORY_BIAS_HOSTS},
        .learn = learn,
};
