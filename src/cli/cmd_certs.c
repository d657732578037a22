#include "base/log.h"
#include "cli/options.h"
#include "cli/owners.h"
#include "cli/policy_rules.h"
#include "report/cert_text.h"

static const struct column COLUMNS[] = {{"not_after", "NOT AFTER", false, -10, 0},
        {"lead_days", "DAYS", true, 0, 0}, {"renewed_lead_days", "RENEWED", true, 0, 0},
        {"role", "ROLE", false, 0, 0}, {"key", "KEY", false, 10, 0},
        {"trust", "TRUST", false, 28, 0}, {"revocation", "REVOCATION", false, 20, 0},
        {"worst_severity", "WORST", false, 0, 0}, {"sha256", "SHA-256", false, -16, 0},
        {"subject", "SUBJECT", false, 32, 60}, {"issuer", "ISSUER", false, 28, 60},
        {"owner", "OWNER", false, 16, 0}, {"services", "SERVICES", false, 0, 0},
        {NULL, NULL, false, 0, 0}};

static bool on_pem(void *ctx, const struct value *values, size_t n)
{
    uint64_t *count = ctx;
    *count += 1;
    cert_text_pem(stdout, values, n);
    return ferror(stdout) == 0;
}

/* False with err when reading failed; *is_written is false when writing did. */
static bool put_list(
        struct store *s, const struct list_options *o, bool *is_written, struct err *err)
{
    struct printer p;
    uint64_t n = 0;
    bool is_ok = true;
    if (o->has_pem || o->is_pem) {
        is_ok = query_list(s, LIST_CERTS_PEM, &o->filter, on_pem, &n, err);
        *is_written = fflush(stdout) == 0;
    } else {
        printer_init(&p, stdout, o->format, COLUMNS);
        is_ok = query_list(s, LIST_CERTS, &o->filter, printer_row, &p, err);
        n = p.n_rows;
        *is_written = printer_end(&p);
    }
    if (is_ok && n == 0 && o->format == FORMAT_TABLE)
        log_line("nothing found in %s", o->db);
    return is_ok;
}

/* The inventory of --inventory, else of the policy; none is fine. False with err. */
static bool load_inventory(const struct list_options *o, struct inventory **inv, struct err *err)
{
    *inv = NULL;
    if (o->inventory != NULL)
        return (*inv = inventory_load(o->inventory, err)) != NULL;
    if (o->policy == NULL)
        return true;
    struct policy *p = policy_rules_load(o->policy, NULL, err);
    if (p == NULL)
        return false;
    bool is_ok = true;
    if (policy_inventory(p) != NULL)
        is_ok = (*inv = inventory_load(policy_inventory(p), err)) != NULL;
    policy_free(p);
    return is_ok;
}

static int list(const struct list_options *o)
{
    struct store *store = NULL;
    struct inventory *inv = NULL;
    struct err err;
    bool is_written = true;
    if (!load_inventory(o, &inv, &err))
        return options_fail(&command_certs, &err, EXIT_USAGE);
    if (o->filter.is_unowned && inv == NULL)
        return command_usage(&command_certs, "--unowned: the policy names no inventory");
    if (!store_open(o->db, STORE_READ, &store, &err)) {
        inventory_free(inv);
        return options_fail(&command_certs, &err, EXIT_STORE);
    }
    if (inv != NULL)
        query_owner(store, owners_of, inv);
    bool is_ok = put_list(store, o, &is_written, &err);
    options_close(store);
    inventory_free(inv);
    if (!is_ok)
        return options_fail(&command_certs, &err, EXIT_STORE);
    return is_written ? EXIT_FINE : EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    struct list_options o;
    int first = 0;
    int status = options_list(&command_certs, argc, argv, LIST_CERTS, &o, &first);
    if (status != EXIT_FINE)
        return status;
    if (first < argc)
        return command_usage(&command_certs, "%s: takes no such argument", argv[first]);
    if (o.has_pem && o.format != FORMAT_TABLE)
        return command_usage(&command_certs, "--pem is a format of its own: leave out --format");
    if (o.filter.is_unowned && o.inventory == NULL && o.policy == NULL)
        return command_usage(&command_certs, "--unowned: needs --inventory FILE or --policy FILE");
    return list(&o);
}

const struct command command_certs = {
        .name = "certs",
        .synopsis = "[options]",
        .summary = "list the certificates, those that expire first on top",
        .help = LIST_HELP
        "                     keys: not-after, subject, issuer, first-seen, last-seen,\n"
        "                     services, severity\n"
        "  --expires DAYS     with at most DAYS left when last seen, or expired by then\n"
        "  --role ROLE        seen as leaf, intermediate, root or client\n"
        "  --issuer TEXT      TEXT is part of the issuer's name, in any case\n"
        "  --name NAME        with a subjectAltName that covers NAME, wildcards included\n"
        "  --inventory FILE   owners: lines of pattern,owner[,comment]; a pattern is a DNS name,\n"
        "                     *. and a DNS name, sha256:HEX or spki:HEX; the longest match wins\n"
        "  --policy FILE      take the inventory that this policy names\n"
        "  --unowned          only those that the inventory does not know\n"
        "  --pem              write them as PEM\n",
        .run = run,
};
