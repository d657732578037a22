#include "cli/run_common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report/format.h"

enum { FILTER_MOST = 65536 };

int filter_load(const struct command *c, const char *path, struct text *out)
{
    char line[4096];
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return command_usage(c, "-F %s: %s: check the path", path, strerror(errno));
    while (fgets(line, sizeof line, f) != NULL && out->n < FILTER_MOST) {
        line[strcspn(line, "#\r\n")] = '\0';
        text_add(out, line);
        text_add(out, " ");
    }
    bool is_bad = ferror(f) != 0;
    (void)fclose(f);
    return is_bad ? command_usage(c, "-F %s: cannot be read", path) : EXIT_FINE;
}

int evidence_settle(const struct command *c, struct run_options *run)
{
    if (run->evidence == NULL && run->evidence_size != 0)
        return command_usage(c, "--evidence-size: of no directory: name one with --evidence");
    if (run->evidence_size == 0)
        run->evidence_size = RUN_EVIDENCE_SIZE;
    return EXIT_FINE;
}

static void put_times(FILE *out, const struct run_result *r)
{
    struct text t = {0};
    if (r->first_us == TIME_NONE)
        return;
    text_add_time(&t, r->first_us);
    (void)fprintf(out, "  from %.19s", text_str(&t));
    text_clear(&t);
    text_add_time(&t, r->last_us);
    (void)fprintf(out, " to %.19s UTC\n", text_str(&t));
    text_fini(&t);
}

static void put_outcomes(FILE *out, const struct run_result *r)
{
    uint64_t ok = 0, failed = 0, other = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (outcome_is_success((enum outcome)i))
            ok += r->outcomes[i];
        else if (outcome_is_failure((enum outcome)i))
            failed += r->outcomes[i];
        else
            other += r->outcomes[i];
    }
    (void)fprintf(out,
            "  %llu handshake%s: %llu succeeded, %llu failed, %llu undetermined or abandoned",
            (unsigned long long)(r->handshakes - r->duplicates),
            format_s(r->handshakes - r->duplicates), (unsigned long long)ok,
            (unsigned long long)failed, (unsigned long long)other);
    if (r->duplicates > 0)
        (void)fprintf(out, " (and %llu seen twice)", (unsigned long long)r->duplicates);
    (void)fprintf(out, "\n");
}

void summary_put(FILE *out, const struct run_result *r)
{
    put_times(out, r);
    put_outcomes(out, r);
    (void)fprintf(out, "  %llu certificate%s, %llu service%s\n",
            (unsigned long long)r->certificates, format_s(r->certificates),
            (unsigned long long)r->services, format_s(r->services));
    (void)fprintf(out, "  %llu finding%s", (unsigned long long)r->findings, format_s(r->findings));
    const char *before = ": ";
    for (int i = SEV_COUNT - 1; i >= 0; i--)
        if (r->severities[i] > 0) {
            (void)fprintf(out, "%s%llu %s", before, (unsigned long long)r->severities[i],
                    severity_name((enum severity)i));
            before = ", ";
        }
    if (r->muted > 0)
        (void)fprintf(out, "%s%llu muted", before, (unsigned long long)r->muted);
    (void)fprintf(out, "\n");
}

void next_put(FILE *out, const char *db)
{
    struct text t = {0};
    text_add_word(&t, db);
    (void)fprintf(out, "Next: tlswire report --db %s\n", text_str(&t));
    text_fini(&t);
}

void arguments_add(struct text *t, int argc, char **argv)
{
    text_add(t, "tlswire");
    for (int i = 0; i < argc; i++) {
        text_add(t, " ");
        text_add_escaped(t, bytes_of_text(argv[i]));
    }
}
