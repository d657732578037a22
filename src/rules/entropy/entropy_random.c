/* Randoms of hellos that are none. */
#include "history/bias.h"
#include "history/randoms.h"
#include "rules/judged.h"

static const struct span *hello_at(const struct handshake *h, enum side side)
{
    return side == SIDE_SERVER ? &h->server_hello->at : &h->client_hello->at;
}

static void repeat_hit(const struct rule_facts *f, struct rule_answer *a, enum side side,
        const struct random_repeat *r)
{
    char note[96];
    struct bytes random;
    (void)history_random(f->handshake, side, &random);
    if (side == SIDE_SERVER)
        rule_subject(a, "server");
    else
        rule_client_subject(f, a, "client ");
    rule_summary(a,
            "the %s sent the same random as in handshake %lld, where the other side's was "
            "another: its random number generator repeats itself",
            side == SIDE_SERVER ? "server" : "client", (long long)r->first_handshake);
    rule_fit(note, sizeof note, "random, first seen in handshake %lld",
            (long long)r->first_handshake);
    rule_bytes(a, side, hello_at(f->handshake, side), random, note);
}

static enum verdict check_repeat(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    struct bytes random;
    if (!rule_hello(f, a, &v))
        return v;
    if (h->version == TLS_SSLV2)
        return RULE_NA;
    if (h->client_hello == NULL)
        return rule_undetermined(a, "the ClientHello is missing in the capture");
    if (!rule_one_copy(f, a, &v))
        return v;
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--) {
        const struct random_repeat r = history_random_repeat(f->history, h, (enum side)side);
        if (r.is_repeated) {
            repeat_hit(f, a, (enum side)side, &r);
            return RULE_HIT;
        }
    }
    return history_random(h, SIDE_SERVER, &random) ? RULE_PASS : RULE_NA;
}

static void bias_hit(const struct rule_facts *f, struct rule_answer *a, enum side side,
        const struct random_bias *b)
{
    char address[ENDPOINT_TEXT];
    struct bytes random;
    (void)history_random(f->handshake, side, &random);
    address_text(&f->handshake->sides[side].endpoint.address, address);
    rule_subject(a, "%s %s", side == SIDE_SERVER ? "server" : "client", address);
    rule_summary(a,
            "%llu randoms of the %s %s are not random: %llu of %llu bits are 1, the chi-square of "
            "their bytes is %llu (255 is expected, 415 comes once in 10^9)",
            (unsigned long long)b->n, side == SIDE_SERVER ? "server" : "client", address,
            (unsigned long long)b->n_ones, (unsigned long long)b->n_bits,
            (unsigned long long)b->chi_square);
    rule_bytes(a, side, hello_at(f->handshake, side), random, "the latest of these randoms");
}

static enum verdict check_bias(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v = RULE_NA;
    for (int side = SIDE_SERVER; side >= SIDE_CLIENT; side--) {
        const struct random_bias b = history_bias(f->history, f->vantage, f->handshake,
                (enum side)side, (uint64_t)rule_threshold(f, THRESHOLD_RANDOM_MIN));
        if (!b.is_due)
            continue;
        v = RULE_PASS;
        if (b.is_bits_biased || b.is_bytes_biased) {
            bias_hit(f, a, (enum side)side, &b);
            return RULE_HIT;
        }
    }
    return v;
}

const struct rule rule_entropy_random_biased = {
        .id = "entropy-random-biased",
        .codes = "P23",
        .title = "The randoms of a host are not random",
        .cite = "RFC 8446 C.1; NIST SP 800-22 2.1",
        .what = "Of at least 64 randoms of one address, as server or as client, the share of bits "
                "that are 1 or the chi-square of the bytes is one that chance gives with p < 1e-9.",
        .traps = "Only the 20 bytes between the place of the time and that of the downgrade "
                 "sentinel count. A hello that is sent again counts once. It is looked at when the "
                 "number of randoms is a power of two, so that chance has few tries.",
        .unseen = "The generator: only what it gave. A weak one whose output looks even stays "
                  "hidden.",
        .remedy = "Look into the random number generator of that host.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_bias,
};

const struct rule rule_entropy_random_repeat = {
        .id = "entropy-random-repeat",
        .codes = "T3 P13 P23",
        .title = "A random comes a second time",
        .cite = "RFC 5246 7.4.1.2; RFC 8446 C.1",
        .what = "The same 28 bytes behind the place of the time in the random of a server in two "
                "handshakes, or of a client in two handshakes that were completed with different "
                "randoms of servers; "
                "over all that the database remembers.",
        .traps = "When both randoms are the same it is one handshake that was captured or replayed "
                 "twice. The random that says HelloRetryRequest, the second ClientHello, and the "
                 "same ClientHello to a server that did not answer do not count; nor do scanners "
                 "that send one fixed ClientHello and never finish. A random of one byte repeated "
                 "is another defect.",
        .unseen = "The generator: only that it gave the same value twice. Too little entropy that "
                  "never repeats a value stays hidden.",
        .remedy = "Repair the random number generator: look for cloned virtual machines, snapshots "
                  "and containers that start without entropy. Replace keys made there.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_repeat,
};
