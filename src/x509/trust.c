#include "x509/trust.h"

#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "x509/chain_file.h"
#include "x509/chain_node.h"
#include "x509/parse.h"

static const char debian_bundle[] = "/etc/ssl/certs/ca-certificates.crt";

struct loader {
    struct trust_store *store;
    struct map *seen; /* SHA-256 -> index + 1 */
    size_t cap, n_broken;
};

static char *subject_text(X509 *x)
{
    unsigned char *der = NULL;
    int len = i2d_X509_NAME(X509_get_subject_name(x), &der);
    struct arena a;
    arena_init(&a);
    struct bytes common_name = {NULL, 0};
    const char *text = NULL;
    if (len > 0)
        text = x509_name_text(&a, cur_make(der, (size_t)len), &common_name);
    char *copy = xstrdup(text != NULL ? text : "");
    arena_fini(&a);
    OPENSSL_free(der);
    return copy;
}

/* One certificate twice allows what either of them allows. */
static void add(void *ctx, struct bytes der, unsigned for_roles)
{
    struct loader *l = ctx;
    struct trust_store *s = l->store;
    struct chain_node *node = chain_node_new(der);
    struct bytes key = {node->sha256, sizeof node->sha256};
    uintptr_t before = (uintptr_t)map_get(l->seen, key);
    if (node->x == NULL) {
        l->n_broken++;
    } else if (before > 0) {
        s->anchors[before - 1].roles |= for_roles;
    } else if (s->n_anchors == TRUST_ANCHORS_CAP) {
        s->n_dropped++;
    } else {
        if (s->n_anchors == l->cap) {
            l->cap = l->cap > 0 ? l->cap * 2 : 64;
            s->anchors = xrealloc(s->anchors, l->cap, sizeof *s->anchors);
        }
        if (s->n_anchors == 0 || node->not_before_us > s->newest_not_before_us)
            s->newest_not_before_us = node->not_before_us;
        s->anchors[s->n_anchors++] =
                (struct trust_anchor){chain_node_hold(node), subject_text(node->x), for_roles};
        map_put(l->seen, key, (void *)(uintptr_t)s->n_anchors);
    }
    chain_node_drop(node);
}

const char *trust_system_path(void)
{
    struct stat st;
    if (stat(debian_bundle, &st) == 0)
        return debian_bundle;
    const char *file = X509_get_default_cert_file();
    return stat(file, &st) == 0 ? file : X509_get_default_cert_dir();
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static struct trust_store *store_new(const char *name, const char *path)
{
    struct trust_store *s = xcalloc(1, sizeof *s);
    const char *where = path != NULL ? path : trust_system_path();
    s->path = xstrdup(where);
    s->name = xstrdup(name != NULL ? name : path != NULL ? last_part(path) : "system");
    s->is_named = name != NULL;
    s->is_public = path == NULL || strncmp(s->name, "public:", 7) == 0;
    return s;
}

bool trust_load(const char *name, const char *path, struct trust_store **out, struct err *err)
{
    struct map_options o = {.cap = TRUST_ANCHORS_CAP};
    struct loader l = {store_new(name, path), map_new(&o), 0, 0};
    struct chain_file facts;
    bool ok = chain_file_read(l.store->path, add, &l, &facts, err);
    map_free(l.seen);
    if (ok && l.store->n_anchors == 0) {
        err_set(err, "%s: no certificate that can be read; give certificates in PEM or DER form",
                l.store->path);
        ok = false;
    }
    if (!ok) {
        trust_free(l.store);
        return false;
    }
    l.store->n_broken = l.n_broken + facts.n_broken;
    l.store->mtime_us = facts.mtime_us;
    memcpy(l.store->sha256, facts.sha256, sizeof l.store->sha256);
    *out = l.store;
    return true;
}

void trust_free(struct trust_store *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n_anchors; i++) {
        chain_node_drop(s->anchors[i].node);
        xfree(s->anchors[i].subject);
    }
    xfree(s->anchors);
    xfree(s->name);
    xfree(s->path);
    xfree(s);
}

bool trust_set_add(struct trust_set *set, struct trust_store *s, struct err *err)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->stores[i]->name, s->name) != 0)
            continue;
        err_set(err, "two trust stores have the name %s: name them apart, as in NAME=%s", s->name,
                s->path);
        trust_free(s);
        return false;
    }
    if (set->n == CHAIN_STORE_CAP) {
        err_set(err, "more than %d trust stores", CHAIN_STORE_CAP);
        trust_free(s);
        return false;
    }
    set->stores[set->n++] = s;
    return true;
}

void trust_set_fini(struct trust_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        trust_free(set->stores[i]);
    set->n = 0;
}
