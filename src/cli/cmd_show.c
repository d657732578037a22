#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/options.h"
#include "cli/owners.h"
#include "engine/cert_facts.h"
#include "engine/community.h"
#include "report/cert_text.h"
#include "report/show.h"

enum { CHAIN_MOST = 64, SHA256_TEXT = 65, VALUES_MOST = 96 };

struct shown {
    const struct list_options *o;
    struct store *store;
    enum show what;
    struct err *err;
    bool has_failed; /* err says why */
    int n;           /* shown so far */
};

static bool has_color(void)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0');
}

static bool on_pem(void *ctx, const struct value *values, size_t n)
{
    (void)ctx;
    cert_text_pem(stdout, values, n);
    return true;
}

static bool put_pem(const struct shown *s, const char *sha256)
{
    return query_cert_part(s->store, CERT_PEM, sha256, on_pem, NULL, s->err);
}

/* The row of a certificate and, behind it, its extensions. */
static void put_cert_object(const struct cert_view *v)
{
    struct value values[VALUES_MOST + 1];
    struct text extensions = {0};
    size_t n = v->n_row < VALUES_MOST ? v->n_row : VALUES_MOST;
    memcpy(values, v->row, n * sizeof *values);
    cert_text_extensions(&extensions, v->extensions, v->n_extensions);
    values[n] =
            (struct value){.name = "extensions", .kind = VALUE_JSON, .text = text_str(&extensions)};
    format_object(stdout, values, n + 1);
    text_fini(&extensions);
}

static bool put_cert_text(const struct shown *s, struct cert_view *v, const char *sha256)
{
    bool is_ok = cert_view_load(v, s->store, sha256, s->err);
    if (is_ok)
        cert_text_put(stdout, v);
    cert_view_fini(v);
    if (!is_ok || !s->o->has_pem)
        return is_ok;
    (void)fputc('\n', stdout);
    return put_pem(s, sha256);
}

static bool put_cert(const struct shown *s, const struct value *values, size_t n)
{
    const char *sha256 = format_find(values, n, "sha256")->text;
    struct cert_view v = {.row = values, .n_row = n, .has_color = has_color()};
    struct extension *extensions = NULL;
    struct arena arena;
    struct bytes der = {NULL, 0};
    if (s->o->is_pem)
        return put_pem(s, sha256);
    arena_init(&arena);
    bool is_ok = query_cert_der(s->store, sha256, &arena, &der, s->err);
    if (is_ok) {
        struct certificate *facts = engine_certificate(der);
        v.facts = facts;
        v.n_extensions = engine_extensions(facts, &extensions);
        v.extensions = extensions;
        if (s->o->format == FORMAT_TABLE)
            is_ok = put_cert_text(s, &v, sha256);
        else
            put_cert_object(&v);
        certificate_free(facts);
    }
    arena_fini(&arena);
    return is_ok;
}

static bool on_row(void *ctx, const struct value *values, size_t n)
{
    struct shown *s = ctx;
    bool is_table = s->o->format == FORMAT_TABLE;
    if (s->n++ > 0)
        (void)fputs(s->o->is_pem ? "" : is_table ? "\n\n" : ",\n", stdout);
    if (s->what == SHOW_CERT)
        s->has_failed = !put_cert(s, values, n);
    else if (is_table)
        show_text(stdout, values, n);
    else
        format_object(stdout, values, n);
    return !s->has_failed;
}

/* The digests of a chain, each a whole one. */
struct chain {
    char sha256[CHAIN_MOST][SHA256_TEXT];
    size_t n;
};

static bool on_link(void *ctx, const struct value *values, size_t n)
{
    struct chain *c = ctx;
    const struct value *sha256 = format_find(values, n, "sha256");
    if (sha256->kind == VALUE_TEXT)
        (void)snprintf(c->sha256[c->n++], SHA256_TEXT, "%s", sha256->text);
    return c->n < CHAIN_MOST;
}

/* The certificate itself, then what was sent behind it. */
static bool show_chain(struct shown *s, const char *id, bool *found)
{
    struct chain leaf = {.n = 0}, chain = {.n = 0};
    bool is_json = s->o->format != FORMAT_TABLE && !s->o->is_pem;
    if (!query_show(s->store, SHOW_CERT, id, found, on_link, &leaf, s->err))
        return false;
    if (!*found)
        return true;
    if (!query_cert_part(s->store, CERT_CHAIN, leaf.sha256[0], on_link, &chain, s->err))
        return false;
    *found = chain.n > 0;
    if (chain.n == 0)
        err_set(s->err, "%s: no chain was sent with it as the leaf", id);
    for (size_t i = 0; i < chain.n; i++) {
        bool is_there = false;
        if (is_json)
            (void)fputs(i == 0 ? "[\n" : "", stdout);
        if (!query_show(s->store, SHOW_CERT, chain.sha256[i], &is_there, on_row, s, s->err))
            return false;
    }
    if (is_json && chain.n > 0)
        (void)fputs("\n]", stdout);
    return true;
}

static bool parse_what(const char *text, enum show *what)
{
    static const char *const NAMES[] = {"finding", "handshake", "cert"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(text, NAMES[i]) == 0) {
            *what = (enum show)i;
            return true;
        }
    return false;
}

/* A number for findings and handshakes, hexadecimal digits for certificates. */
static bool is_id(enum show what, const char *id)
{
    const char *digits = what == SHOW_CERT ? "0123456789abcdefABCDEF" : "0123456789";
    size_t n = strlen(id);
    return n > 0 && n <= (what == SHOW_CERT ? 64 : 18) && strspn(id, digits) == n;
}

static int not_found(const struct shown *s, const char *id)
{
    static const char *const LISTS[] = {"findings", "handshakes", "certs"};
    if (s->err->text[0] != '\0')
        log_line("%s", s->err->text);
    else
        log_line("%s: not in %s: list them with `tlswire %s`", id, s->o->db, LISTS[s->what]);
    return EXIT_USAGE;
}

static int show(const struct list_options *o, enum show what, const char *id)
{
    struct inventory *inv = NULL;
    struct err err;
    struct shown s = {.o = o, .what = what, .err = &err};
    bool found = false;
    if (o->inventory != NULL && (inv = inventory_load(o->inventory, &err)) == NULL)
        return options_fail(&command_show, &err, EXIT_USAGE);
    if (!store_open(o->db, STORE_READ, &s.store, &err)) {
        inventory_free(inv);
        return options_fail(&command_show, &err, EXIT_STORE);
    }
    query_community(s.store, community_id);
    if (inv != NULL)
        query_owner(s.store, owners_of, inv);
    bool is_ok = o->has_chain ? show_chain(&s, id, &found)
                              : query_show(s.store, what, id, &found, on_row, &s, &err);
    options_close(s.store);
    inventory_free(inv);
    if (!is_ok || s.has_failed)
        return options_fail(&command_show, &err, EXIT_STORE);
    if (!found)
        return not_found(&s, id);
    if (o->format != FORMAT_TABLE && !o->is_pem)
        (void)fputc('\n', stdout);
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    struct list_options o;
    enum show what;
    int first = 0;
    int status = options_list(&command_show, argc, argv, LIST_FINDINGS, &o, &first);
    if (status != EXIT_FINE)
        return status;
    if (argc - first != 2)
        return command_usage(&command_show, "needs a kind and an id, as in `show finding 1`");
    if (!parse_what(argv[first], &what))
        return command_usage(&command_show, "%s: use finding, handshake or cert", argv[first]);
    if (!is_id(what, argv[first + 1]))
        return command_usage(&command_show, "%s: not the id of a %s", argv[first + 1], argv[first]);
    bool is_of_cert = o.has_pem || o.is_pem || o.has_chain || o.inventory != NULL;
    if (is_of_cert && what != SHOW_CERT)
        return command_usage(&command_show, "--pem, --chain and --inventory are for certificates");
    return show(&o, what, argv[first + 1]);
}

const struct command command_show = {
        .name = "show",
        .synopsis = "[options] finding|handshake|cert ID",
        .summary = "show all about one finding, handshake or certificate",
        .help = "  --db FILE          database to read (default tlswire.db)\n"
                "  --format FORMAT    table or json, of a certificate also pem\n"
                "  --pem              of a certificate: its PEM below the text\n"
                "  --chain            of a certificate: the chain that was sent most often with "
                "it\n"
                "  --inventory FILE   of a certificate: its owner, see tlswire help certs\n"
                "  Findings and handshakes come with a Wireshark filter, a tshark command and the\n"
                "  file of their packets (--evidence).\n"
                "  A certificate is named by its SHA-256 or the beginning of it.\n",
        .run = run,
};
