#ifndef TLSWIRE_X509_CHAIN_ENGINE_H
#define TLSWIRE_X509_CHAIN_ENGINE_H

/* What the files of the chain engine share. */
#include "x509/chain.h"
#include "x509/chain_node.h"
#include "x509/chain_pool.h"

/* A distinct anchor of all stores together; sorted by subject_hash, then sha256. */
struct anchor {
    struct chain_node *node; /* borrowed from the store */
    const char *subject;
    uint16_t stores[2]; /* by role: bit i says that store i has it for that role */
};

struct chain_engine {
    const struct trust_set *trust;
    size_t n_anchors;
    struct anchor *anchors;
    uint16_t partial; /* stores where an anchor need not be self-signed */
    struct chain_nodes *nodes;
    struct chain_links *links;
    struct chain_pool *pool;
    struct map *verdicts;
    struct chain_counts counts;
};

enum {
    GRAPH_CAP = 128,  /* certificates looked at for one verdict */
    EDGES_CAP = 16,   /* issuers tried for one certificate */
    SENT_BUDGET = 64, /* signatures for the list as sent and the stores */
    POOL_BUDGET = 32, /* further ones with the pool */
    PATH_MOST = 12,   /* ten intermediates */
};

struct graph_edge {
    uint8_t to;
    bool is_good;       /* else the signature could not be verified */
    bool is_key_id_off; /* the key verifies, but the key identifiers name another */
};

struct graph_node {
    struct chain_node *node; /* held */
    int sent_at;
    uint16_t stores;     /* for the role asked for */
    const char *subject; /* when it is an anchor */
    bool is_reached;
    bool is_end;            /* self-signed */
    bool is_end_unverified; /* self-issued, and its signature could not be verified */
    bool has_bad_link;      /* a sent certificate or an anchor that it names by key fails */
    size_t n_tried, n_edges;
    struct graph_edge edges[EDGES_CAP];
};

/* The certificates that lie on paths from the leaf, and what certifies what. */
struct graph {
    enum chain_role role;
    size_t n_sent;
    int of_sent[CHAIN_SENT_CAP]; /* node of each entry; duplicates share one, the leaf is 0 */
    size_t n;
    struct graph_node nodes[GRAPH_CAP];
    size_t n_reached, n_expanded, n_pooled;
    uint8_t reached[GRAPH_CAP]; /* in order of discovery */
    unsigned budget;
    bool is_pool_stage;
    bool is_capped;      /* with the list and the stores */
    bool is_pool_capped; /* with the pool */
    struct chain_bad_link bad_link;
};

/* graph_build takes the list and looks for issuers in it and in the stores. */
void graph_build(struct chain_engine *e, struct graph *g, const struct certificate *const *chain,
        size_t n, enum chain_role role);
/* graph_add_pool looks for further issuers among what was seen elsewhere. */
void graph_add_pool(struct chain_engine *e, struct graph *g);
/* graph_find gives the index of a certificate, -1 when it is not there. */
int graph_find(const struct graph *g, const uint8_t sha256[SHA256_LEN]);
void graph_fini(struct graph *g);
/* graph_certifies says whether entry i+1 of the list certifies entry i, as far as the work allows:
 * false only when it surely does not. */
bool graph_certifies(struct chain_engine *e, struct graph *g, size_t i);

/* Paths that OpenSSL judged during one call, so that stores share the answers. */
struct path_memo;
struct path_memo *path_memo_new(struct chain_engine *e, const struct graph *g, int64_t at_us);
void path_memo_free(struct path_memo *m);
/* path_judge fills the verdict of one store: with is_repaired over everything in the graph, else
 * over what was sent. */
void path_judge(struct path_memo *m, size_t store, bool is_repaired, struct chain_verdict *out);

/* chain_list_facts fills what does not depend on one store; the stores' verdicts are there. */
void chain_list_facts(struct chain_engine *e, struct graph *g,
        const struct certificate *const *chain, int64_t at_us, struct chain_facts *facts);

#endif
