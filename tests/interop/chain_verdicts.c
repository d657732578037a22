/*
 * chain_verdicts [--give FILE] [--rate] [NAME=]FILE... < LIST
 *
 * Judges lists of certificates against trust stores, for verify.py. A line of LIST is a time in
 * microseconds and the names of DER files, the leaf first. One line comes out per list and store:
 * the number of the list, the store, as sent (status, path, time), as repaired (the same), reason,
 * and the path as repaired as SHA-256 digests.
 * --give adds CA certificates that may repair paths. --rate measures instead of printing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "x509/chain.h"
#include "x509/x509.h"

enum { LISTS_MOST = 4096, LINE_MOST = 16384 };

struct list {
    int64_t at_us;
    size_t n;
    const struct certificate *certs[CHAIN_SENT_CAP];
    struct certificate *owned[CHAIN_SENT_CAP];
};

static struct certificate *read_der(const char *path)
{
    static uint8_t data[1 << 20];
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return NULL;
    size_t n = fread(data, 1, sizeof data, f);
    (void)fclose(f);
    return x509_parse((struct bytes){data, n});
}

static bool read_list(char *line, struct list *l)
{
    char *save = NULL;
    char *word = strtok_r(line, " \n", &save);
    if (word == NULL)
        return false;
    l->at_us = strtoll(word, NULL, 10);
    for (word = strtok_r(NULL, " \n", &save); word != NULL && l->n < CHAIN_SENT_CAP;
            word = strtok_r(NULL, " \n", &save)) {
        l->owned[l->n] = read_der(word);
        if (l->owned[l->n] == NULL)
            return false;
        l->certs[l->n] = l->owned[l->n];
        l->n++;
    }
    return l->n > 0;
}

static void print_path(const struct chain_verdict *v)
{
    for (size_t i = 0; i < v->n_path; i++) {
        for (size_t k = 0; k < sizeof v->path[i].sha256; k++)
            printf("%02x", v->path[i].sha256[k]);
        printf("%s", i + 1 < v->n_path ? "," : "");
    }
    printf("\n");
}

static void print(size_t number, const struct trust_set *set, const struct chain_facts *f)
{
    for (size_t i = 0; i < f->n_stores; i++) {
        const struct chain_verdict *sent = &f->stores[i].as_sent;
        const struct chain_verdict *repaired = &f->stores[i].as_repaired;
        printf("%zu\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t", number, set->stores[i]->name,
                chain_status_name(sent->status), chain_status_name(sent->path_status),
                chain_time_name(sent->time), chain_status_name(repaired->status),
                chain_status_name(repaired->path_status), chain_time_name(repaired->time),
                sent->reason != NULL ? sent->reason : "-");
        print_path(repaired);
    }
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void judge_all(struct chain_engine *e, const struct list *lists, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)chain_judge(e, lists[i].certs, lists[i].n, CHAIN_SERVER, lists[i].at_us);
}

/* The second pass sees every list again at another time, so that only parsing and signatures are
 * kept from the first. */
static void measure(const struct trust_set *set, struct list *lists, size_t n)
{
    double start = now();
    struct chain_engine *e = chain_engine_new(set);
    double made = now();
    judge_all(e, lists, n);
    double first = now();
    struct chain_counts c = chain_engine_counts(e);
    for (size_t i = 0; i < n; i++)
        lists[i].at_us = INT64_C(4000000000000000);
    judge_all(e, lists, n);
    double again = now();
    uint64_t before = chain_engine_counts(e).cached;
    for (int k = 0; k < 1000; k++)
        judge_all(e, lists, n);
    double cached = now();
    printf("engine %.3f ms; %zu lists: first sight %.0f/s (%llu parsed, %llu signatures, %llu "
           "paths); other time %.0f/s; cached %.0f/s (%llu)\n",
            (made - start) * 1e3, n, (double)n / (first - made), (unsigned long long)c.parsed,
            (unsigned long long)c.signatures, (unsigned long long)c.paths,
            (double)n / (again - first), (double)n * 1000 / (cached - again),
            (unsigned long long)(chain_engine_counts(e).cached - before));
    chain_engine_free(e);
}

static bool add_store(struct trust_set *set, char *argument, struct err *err)
{
    char *equals = strchr(argument, '=');
    if (equals != NULL)
        *equals = '\0';
    struct trust_store *s = NULL;
    return trust_load(equals != NULL ? argument : NULL, equals != NULL ? equals + 1 : argument, &s,
                   err) &&
           trust_set_add(set, s, err);
}

static size_t read_lists(struct list *lists)
{
    static char line[LINE_MOST];
    size_t n = 0;
    while (n < LISTS_MOST && fgets(line, sizeof line, stdin) != NULL)
        n += read_list(line, &lists[n]);
    return n;
}

int main(int argc, char **argv)
{
    struct trust_set set = {0};
    struct err err = {""};
    const char *given = NULL;
    bool is_rate = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--give") == 0 && i + 1 < argc)
            given = argv[++i];
        else if (strcmp(argv[i], "--rate") == 0)
            is_rate = true;
        else if (!add_store(&set, argv[i], &err))
            goto fail;
    }
    struct list *lists = xcalloc(LISTS_MOST, sizeof *lists);
    size_t n = read_lists(lists);
    struct chain_engine *e = chain_engine_new(&set);
    size_t n_given = 0;
    if (given != NULL && !chain_engine_give(e, given, &n_given, &err))
        goto fail;
    for (size_t i = 0; i < n && !is_rate; i++)
        print(i, &set, chain_judge(e, lists[i].certs, lists[i].n, CHAIN_SERVER, lists[i].at_us));
    chain_engine_free(e);
    if (is_rate)
        measure(&set, lists, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i].n; k++)
            certificate_free(lists[i].owned[k]);
    xfree(lists);
    trust_set_fini(&set);
    return 0;
fail:
    (void)fprintf(stderr, "chain_verdicts: %s\n", err.text);
    return 1;
}
