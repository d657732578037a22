/* All names of a certificate are one statement: a JSON array with a text for each, taken apart by
 * functions. The first character is the type; of an address hexadecimal digits follow, of others
 * the escaped name. */
#include <string.h>

#include "model/certificate.h"
#include "store/query_sql.h"
#include "store/store_internal.h"

enum { ADDRESS = 'a' };

static const struct {
    char letter;
    const char *name;
} TYPES[] = {[SAN_DNS] = {'d', "dns"},
        [SAN_IP] = {'i', "ip"},
        [SAN_EMAIL] = {'e', "email"},
        [SAN_URI] = {'u', "uri"},
        [SAN_OTHER] = {'o', "other"}};

static void add_name(struct text *t, struct text *one, const struct san *san)
{
    bool is_address = san->type == SAN_IP && (san->value.n == 4 || san->value.n == 16);
    const char letter = is_address ? ADDRESS : TYPES[san->type].letter;
    text_clear(one);
    text_add_bytes(one, &letter, 1);
    if (is_address)
        text_add_hex(one, san->value);
    else
        text_add_escaped(one, san->value);
    text_add_json(t, text_str(one));
}

bool certificate_names_insert(
        struct store *s, const struct certificate *c, int64_t id, struct err *err)
{
    struct text one = {0};
    struct text all = {0};
    sqlite3_stmt *st = statement_of(s, ST_CERT_NAMES, err);
    if (c->n_sans == 0)
        return true;
    if (st == NULL || !store_writing(s, err))
        return false;
    text_add(&all, "[");
    for (size_t i = 0; i < c->n_sans; i++) {
        text_add(&all, i > 0 ? "," : "");
        add_name(&all, &one, &c->sans[i]);
    }
    text_add(&all, "]");
    (void)sqlite3_bind_int64(st, 1, id);
    (void)sqlite3_bind_text(st, 2, all.s, (int)all.n, SQLITE_STATIC);
    bool is_ok = statement_run(s, st, err);
    (void)sqlite3_bind_null(st, 2);
    text_fini(&one);
    text_fini(&all);
    return is_ok;
}

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Whole bytes of lower-case digits, at most `most`; gives how many. */
static size_t read_digits(const char *hex, size_t n, uint8_t *out, size_t most)
{
    size_t i = 0;
    for (; i < most && 2 * i + 1 < n; i++)
        out[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return i;
}

/* hex_bytes(digits): a BLOB stays as it is. */
static void hex_bytes(sqlite3_context *c, int n, sqlite3_value **v)
{
    (void)n;
    if (sqlite3_value_type(v[0]) != SQLITE_TEXT) {
        sqlite3_result_value(c, v[0]);
        return;
    }
    const char *hex = (const char *)sqlite3_value_text(v[0]);
    size_t len = (size_t)sqlite3_value_bytes(v[0]);
    uint8_t *out = hex != NULL ? sqlite3_malloc64(len / 2 + 1) : NULL;
    if (out == NULL)
        sqlite3_result_error_nomem(c);
    else
        sqlite3_result_blob64(c, out, read_digits(hex, len, out, len / 2), sqlite3_free);
}

/* Of what add_name made; NULL for anything else. */
static const char *given(sqlite3_value *v)
{
    const char *text = (const char *)sqlite3_value_text(v);
    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* name_type(given) */
static void name_type(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *text = given(v[0]);
    (void)n;
    for (size_t i = 0; text != NULL && i < sizeof TYPES / sizeof *TYPES; i++)
        if (TYPES[i].letter == text[0] || (i == SAN_IP && text[0] == ADDRESS))
            sqlite3_result_text(c, TYPES[i].name, -1, SQLITE_STATIC);
}

/* name_value(given): the bytes of the certificate. */
static void name_value(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *text = given(v[0]);
    uint8_t ip[16];
    struct text t = {0};
    (void)n;
    if (text == NULL)
        return;
    if (text[0] == ADDRESS) {
        size_t len = read_digits(text + 1, strlen(text + 1), ip, sizeof ip);
        sqlite3_result_blob(c, ip, (int)len, SQLITE_TRANSIENT);
    } else if (strchr(text, '\\') == NULL) {
        sqlite3_result_blob(c, text + 1, sqlite3_value_bytes(v[0]) - 1, SQLITE_TRANSIENT);
    } else {
        text_unescape(&t, text + 1);
        sqlite3_result_blob(c, text_str(&t), (int)t.n, SQLITE_TRANSIENT);
    }
    text_fini(&t);
}

/* name_display(given): escaped, and addresses as they are written. */
static void name_display(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *text = given(v[0]);
    struct address a = {"\0\0\0\0\0\0\0\0\0\0\xff\xff"};
    uint8_t ip[16];
    char shown[ENDPOINT_TEXT];
    (void)n;
    if (text == NULL)
        return;
    if (text[0] != ADDRESS) {
        sqlite3_result_text(c, text + 1, sqlite3_value_bytes(v[0]) - 1, SQLITE_TRANSIENT);
        return;
    }
    size_t len = read_digits(text + 1, strlen(text + 1), ip, sizeof ip);
    memcpy(a.ip + sizeof a.ip - len, ip, len);
    address_text(&a, shown);
    sqlite3_result_text(c, shown, -1, SQLITE_TRANSIENT);
}

bool certificate_names_register(sqlite3 *db)
{
    static const struct {
        const char *name;
        void (*fn)(sqlite3_context *, int, sqlite3_value **);
    } ALL[] = {{"name_type", name_type}, {"name_value", name_value}, {"name_display", name_display},
            {"hex_bytes", hex_bytes}};
    bool is_ok = true;
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL && is_ok; i++)
        is_ok = sqlite3_create_function_v2(db, ALL[i].name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                        NULL, ALL[i].fn, NULL, NULL, NULL) == SQLITE_OK;
    return is_ok;
}
