/* SQL functions that lead back to packets: display filters, command lines, community ids. */
#include <inttypes.h>
#include <string.h>

#include "store/query_sql.h"
#include "store/store_internal.h"

static void give(sqlite3_context *c, struct text *t)
{
    sqlite3_result_text(c, text_str(t), -1, SQLITE_TRANSIENT);
    text_fini(t);
}

/* One end is the other's: "either side is" would match more than these two. */
static void add_addresses(struct text *t, const char *client, const char *server)
{
    const char *ip = strchr(client, ':') != NULL ? "ipv6" : "ip";
    if (strcmp(client, server) == 0)
        text_addf(t, "%s.src == %s && %s.dst == %s", ip, client, ip, server);
    else
        text_addf(t, "%s.addr == %s && %s.addr == %s", ip, client, ip, server);
}

static void add_ports(struct text *t, int client, int server)
{
    if (client == server)
        text_addf(t, " && tcp.srcport == %d && tcp.dstport == %d", client, server);
    else
        text_addf(t, " && tcp.port == %d && tcp.port == %d", client, server);
}

static void add_bound(struct text *t, const char *how, sqlite3_value *v)
{
    if (sqlite3_value_type(v) != SQLITE_NULL)
        text_addf(t, " && frame.number %s %" PRId64, how, (int64_t)sqlite3_value_int64(v));
}

/*
 * wireshark(client, its port, server, its port, first packet, last packet): a display filter that
 * shows exactly this connection's packets. The last two may be NULL. An ICMP error quotes the
 * packet that it is about, and would match too.
 */
static void wireshark(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *client = (const char *)sqlite3_value_text(v[0]);
    const char *server = (const char *)sqlite3_value_text(v[2]);
    struct text t = {0};
    (void)n;
    if (client == NULL || server == NULL)
        return;
    add_addresses(&t, client, server);
    add_ports(&t, sqlite3_value_int(v[1]), sqlite3_value_int(v[3]));
    add_bound(&t, ">=", v[4]);
    add_bound(&t, "<=", v[5]);
    text_add(&t, strchr(client, ':') != NULL ? " && !icmpv6" : " && !icmp");
    give(c, &t);
}

/* tshark(path, display filter): the command line that prints these packets; NULL for what was read
 * from standard input. */
static void tshark(sqlite3_context *c, int n, sqlite3_value **v)
{
    const char *path = (const char *)sqlite3_value_text(v[0]);
    const char *filter = (const char *)sqlite3_value_text(v[1]);
    struct text t = {0};
    (void)n;
    if (path == NULL || filter == NULL || strcmp(path, "-") == 0)
        return;
    text_add(&t, "tshark -r ");
    text_add_word(&t, path);
    text_add(&t, " -Y ");
    text_add_word(&t, filter);
    give(c, &t);
}

static bool endpoint_of(sqlite3_value *address, sqlite3_value *port, struct endpoint *out)
{
    const void *value = sqlite3_value_blob(address);
    if (value == NULL || sqlite3_value_bytes(address) != (int)sizeof out->address.ip)
        return false;
    memcpy(out->address.ip, value, sizeof out->address.ip);
    out->port = (uint16_t)sqlite3_value_int(port);
    return true;
}

/* community(address, port, address, port, transport): NULL unless query_community was called. */
static void community(sqlite3_context *c, int n, sqlite3_value **v)
{
    const struct store *s = sqlite3_user_data(c);
    struct endpoint a, b;
    char id[QUERY_COMMUNITY_TEXT];
    (void)n;
    if (s == NULL || !endpoint_of(v[0], v[1], &a) || !endpoint_of(v[2], v[3], &b))
        return;
    s->community(&a, &b, (uint8_t)sqlite3_value_int(v[4]), id);
    sqlite3_result_text(c, id, -1, SQLITE_TRANSIENT);
}

static bool put(sqlite3 *db, const char *name, int n, void *user,
        void (*fn)(sqlite3_context *, int, sqlite3_value **))
{
    return sqlite3_create_function_v2(db, name, n, SQLITE_UTF8 | SQLITE_DETERMINISTIC, user, fn,
                   NULL, NULL, NULL) == SQLITE_OK;
}

bool locate_register(sqlite3 *db)
{
    return put(db, "wireshark", 6, NULL, wireshark) && put(db, "tshark", 2, NULL, tshark) &&
           put(db, "community", 5, NULL, community);
}

void query_community(struct store *s, query_community_fn *fn)
{
    s->community = fn;
    (void)put(s->db, "community", 5, s, community);
}
