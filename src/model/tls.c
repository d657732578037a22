#include "model/tls.h"

#include "base/cursor.h"

size_t u16_count(struct bytes list)
{
    return list.n / 2;
}

uint16_t u16_at(struct bytes list, size_t i)
{
    if (i >= list.n / 2)
        return 0;
    return (uint16_t)((uint16_t)(list.p[2 * i] << 8) | list.p[2 * i + 1]);
}

bool u16_has(struct bytes list, uint16_t value)
{
    for (size_t i = 0; i < u16_count(list); i++)
        if (u16_at(list, i) == value)
            return true;
    return false;
}

bool tls_is_13(uint16_t version)
{
    unsigned high = version >> 8;
    return version == TLS_1_3 || high == 0x7f || high == 0x7e || high == 0xfb;
}

struct bytes hello_extension(struct bytes block, uint16_t type, bool *found)
{
    struct cur c = cur_of(block);
    while (cur_more(&c)) {
        uint16_t t = cur_u16(&c);
        struct bytes body = cur_vec(&c, 2);
        if (cur_ok(&c) && t == type) {
            *found = true;
            return body;
        }
    }
    *found = false;
    return (struct bytes){NULL, 0};
}

struct bytes client_key_share(const struct client_hello *ch, uint16_t group)
{
    struct cur list = cur_of(ch->key_shares);
    while (cur_more(&list)) {
        uint16_t g = cur_u16(&list);
        struct bytes share = cur_vec(&list, 2);
        if (cur_ok(&list) && g == group)
            return share;
    }
    return (struct bytes){NULL, 0};
}

bool psk_ticket_age(struct bytes identities, size_t i, uint32_t *age)
{
    struct cur c = cur_of(identities);
    for (size_t k = 0; cur_more(&c); k++) {
        cur_skip(&c, cur_u16(&c));
        *age = cur_u32(&c);
        if (k == i)
            return cur_ok(&c);
    }
    return false;
}

enum { KEY_NAME = 16, IV = 16, MAC = 32, AES_BLOCK = 16 };

enum ticket_layout ticket_layout_of(struct bytes ticket, struct bytes *key_name)
{
    *key_name = (struct bytes){NULL, 0};
    if (ticket.n < KEY_NAME + IV + AES_BLOCK + MAC)
        return TICKET_LAYOUT_UNKNOWN;
    struct cur c = cur_of(ticket);
    struct bytes name = cur_take(&c, KEY_NAME);
    cur_skip(&c, IV);
    size_t state = cur_peek_u8(&c, 0) * 256U + cur_peek_u8(&c, 1);
    bool is_rfc = state + KEY_NAME + IV + 2 + MAC == ticket.n;
    bool is_openssl = (ticket.n - KEY_NAME - IV - MAC) % AES_BLOCK == 0;
    if (is_rfc || is_openssl)
        *key_name = name;
    return is_rfc       ? TICKET_LAYOUT_RFC5077
           : is_openssl ? TICKET_LAYOUT_OPENSSL
                        : TICKET_LAYOUT_UNKNOWN;
}

/* Neither the time in front (RFC 5246 7.4.1.2) nor the sentinel at the end (RFC 8446 4.1.3) is
 * looked at. Twenty bytes of chance have three values or fewer once in 2^106. */
bool random_is_poor(struct bytes random)
{
    enum { FROM = 4, TO = 24, MOST_VALUES = 3 };
    uint8_t values[MOST_VALUES];
    size_t n = 0;
    struct cur c = cur_of(random);
    if (random.n >= 32)
        cur_skip(&c, FROM);
    struct cur middle = cur_of(cur_take(&c, c.n < TO - FROM ? c.n : TO - FROM));
    while (cur_more(&middle)) {
        uint8_t value = cur_u8(&middle);
        size_t i = 0;
        while (i < n && values[i] != value)
            i++;
        if (i == n && n == MOST_VALUES)
            return false;
        if (i == n)
            values[n++] = value;
    }
    return random.n > 0;
}
