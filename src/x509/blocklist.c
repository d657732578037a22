#include "x509/blocklist.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "x509/material.h"
#include "x509/signed.h"

enum { FULL_LEN = SHA256_LEN, SHORT_LEN = 10, NAME_CAP = 200 };

/* RFC 8017 A.1, and RFC 4055 1.2 for RSASSA-PSS. */
static const uint8_t OID_PKCS1[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1};

struct entry {
    uint8_t hash[FULL_LEN]; /* or SHORT_LEN bytes and zeros */
    uint32_t line;
    uint32_t list;
    const char *name;
};

/* Entries of one length of hash. */
struct table {
    struct entry *entries;
    size_t n, cap;
    bool is_sorted;
};

struct blocklist {
    struct arena arena;
    struct table full, truncated;
    const char **lists;
    size_t n_lists;
};

struct blocklist *blocklist_new(void)
{
    return xcalloc(1, sizeof(struct blocklist));
}

void blocklist_free(struct blocklist *b)
{
    if (b == NULL)
        return;
    xfree(b->full.entries);
    xfree(b->truncated.entries);
    xfree(b->lists);
    arena_fini(&b->arena);
    xfree(b);
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_spaces(struct cur *c)
{
    while (cur_more(c) && is_space(cur_peek_u8(c, 0)))
        cur_skip(c, 1);
}

/* Pairs of digits; 0 when there are too many or a digit is left over. */
static size_t read_hex(struct cur *c, uint8_t out[FULL_LEN])
{
    size_t n = 0;
    while (cur_more(c) && digit(cur_peek_u8(c, 0)) >= 0) {
        int high = digit(cur_u8(c));
        int low = digit(cur_u8(c));
        if (high < 0 || low < 0 || n == FULL_LEN)
            return 0;
        out[n++] = (uint8_t)(high << 4 | low);
    }
    return n;
}

static void add_entry(struct table *t, const struct entry *e)
{
    if (t->n == t->cap) {
        t->cap = t->cap > 0 ? t->cap * 2 : 256;
        t->entries = xrealloc(t->entries, t->cap, sizeof *t->entries);
    }
    t->entries[t->n++] = *e;
    t->is_sorted = false;
}

/* The rest of the line up to a comment, without spaces around it. */
static const char *read_name(struct blocklist *b, struct cur c)
{
    size_t n = 0;
    skip_spaces(&c);
    for (size_t i = 0; i < c.n && i < NAME_CAP && cur_peek_u8(&c, i) != '#'; i++)
        if (!is_space(cur_peek_u8(&c, i)))
            n = i + 1;
    return n > 0 ? arena_text(&b->arena, cur_take(&c, n)) : "";
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct blocklist *b, struct cur c, uint32_t line)
{
    struct entry e = {.line = line, .list = (uint32_t)b->n_lists - 1};
    skip_spaces(&c);
    if (!cur_more(&c) || cur_peek_u8(&c, 0) == '#')
        return NULL;
    size_t n = read_hex(&c, e.hash);
    bool is_end = !cur_more(&c) || is_space(cur_peek_u8(&c, 0)) || cur_peek_u8(&c, 0) == '#';
    if ((n != FULL_LEN && n != SHORT_LEN) || !is_end)
        return "neither 64 nor 20 hexadecimal digits";
    if (blocklist_count(b) == BLOCKLIST_CAP)
        return "more keys than can be kept";
    e.name = read_name(b, c);
    add_entry(n == FULL_LEN ? &b->full : &b->truncated, &e);
    return NULL;
}

bool blocklist_add(struct blocklist *b, struct bytes text, const char *path, struct err *err)
{
    struct cur all = cur_of(text);
    size_t n_before = blocklist_count(b);
    if ((b->n_lists & (b->n_lists - 1)) == 0)
        b->lists = xrealloc(b->lists, b->n_lists > 0 ? b->n_lists * 2 : 1, sizeof *b->lists);
    b->lists[b->n_lists++] = arena_text(&b->arena, bytes_of_text(path));
    for (uint32_t line = 1; cur_more(&all); line++) {
        size_t n = 0;
        while (n < all.n && cur_peek_u8(&all, n) != '\n')
            n++;
        struct bytes content = cur_take(&all, n);
        if (cur_more(&all))
            cur_skip(&all, 1);
        const char *problem = read_line(b, cur_of(content), line);
        if (problem == NULL)
            continue;
        err_set(err, "%s: line %u: %s", path, line, problem);
        return false;
    }
    if (blocklist_count(b) == n_before)
        err_set(err,
                "%s: holds no key: a line needs 64 hexadecimal digits, or 20 of Debian's lists",
                path);
    return blocklist_count(b) > n_before;
}

bool blocklist_load(struct blocklist *b, const char *path, struct err *err)
{
    uint8_t *text = NULL;
    size_t n = 0;
    if (!material_read_file(path, &text, &n, err))
        return false;
    bool ok = blocklist_add(b, (struct bytes){text, n}, path, err);
    xfree(text);
    return ok;
}

size_t blocklist_count(const struct blocklist *b)
{
    return b->full.n + b->truncated.n;
}

size_t blocklist_count_truncated(const struct blocklist *b)
{
    return b->truncated.n;
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct entry *)a)->hash, ((const struct entry *)b)->hash, FULL_LEN);
}

static bool find(struct blocklist *b, struct table *t, const struct entry *key,
        enum blocklist_kind kind, struct blocklist_hit *out)
{
    if (t->n == 0)
        return false;
    if (!t->is_sorted)
        qsort(t->entries, t->n, sizeof *t->entries, by_hash);
    t->is_sorted = true;
    const struct entry *e = bsearch(key, t->entries, t->n, sizeof *t->entries, by_hash);
    if (e == NULL)
        return false;
    *out = (struct blocklist_hit){.list = b->lists[e->list],
            .line = e->line,
            .name = e->name,
            .kind = kind,
            .is_truncated = kind == BLOCKLIST_MODULUS_DEBIAN};
    return true;
}

/* The modulus without leading zeros; n 0 when the key is not RSA. */
static struct bytes modulus_of(struct cur spki)
{
    struct cur all = der_get(&spki, DER_SEQUENCE);
    struct cur algorithm = der_get(&all, DER_SEQUENCE);
    struct cur oid = der_get(&algorithm, DER_OID);
    struct cur bits = der_get(&all, DER_BIT_STRING);
    (void)cur_u8(&bits);
    bool is_rsa = oid.n == 9 && memcmp(oid.p, OID_PKCS1, sizeof OID_PKCS1) == 0;
    struct cur key = der_get(&bits, DER_SEQUENCE);
    struct cur modulus = der_get(&key, DER_INTEGER);
    while (cur_more(&modulus) && cur_peek_u8(&modulus, 0) == 0)
        cur_skip(&modulus, 1);
    return is_rsa && !modulus.bad ? cur_rest(&modulus) : (struct bytes){NULL, 0};
}

/* The last 80 bits of SHA-1 over "Modulus=HEX\n" with digits in upper case. */
static void debian_hash(struct bytes modulus, struct entry *key)
{
    uint8_t sum[SHA1_LEN];
    struct text t = {0};
    text_add_hex(&t, modulus);
    for (size_t i = 0; i < t.n; i++)
        t.s[i] = (char)(toupper)((unsigned char)t.s[i]);
    struct text line = {0};
    text_addf(&line, "Modulus=%s\n", text_str(&t));
    digest_sha1(bytes_of_text(text_str(&line)), sum);
    text_fini(&line);
    memcpy(key->hash, &sum[SHA1_LEN - SHORT_LEN], SHORT_LEN);
    text_fini(&t);
}

bool blocklist_find(struct blocklist *b, struct bytes spki, struct blocklist_hit *out)
{
    struct entry key = {0}, debian = {0};
    digest_sha256(spki, key.hash);
    if (find(b, &b->full, &key, BLOCKLIST_SPKI, out))
        return true;
    struct bytes modulus = modulus_of(cur_of(spki));
    if (modulus.n == 0)
        return false;
    digest_sha256(modulus, key.hash);
    if (find(b, &b->full, &key, BLOCKLIST_MODULUS, out))
        return true;
    if (b->truncated.n == 0)
        return false;
    debian_hash(modulus, &debian);
    return find(b, &b->truncated, &debian, BLOCKLIST_MODULUS_DEBIAN, out);
}

bool blocklist_find_cert(struct blocklist *b, struct bytes der, struct blocklist_hit *out)
{
    struct cert_view c;
    return cert_view_read(der, &c) && blocklist_find(b, c.spki, out);
}
