#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/options.h"
#include "rules/codes.h"

static const struct column COLUMNS[] = {{"id", "DEFECT", false, 0, 0},
        {"severity", "SEVERITY", false, 0, 0}, {"title", "WHAT", false, 0, 0},
        {NULL, NULL, false, 0, 0}};

static void put_paragraph(const char *heading, const char *text)
{
    enum { WIDTH = 76 };
    (void)printf("\n%s\n ", heading);
    int at = 0;
    while (*text != '\0') {
        int n = (int)strcspn(text, " ");
        if (at > 0 && at + 1 + n > WIDTH) {
            (void)printf("\n ");
            at = 0;
        }
        (void)printf(" %.*s", n, text);
        at += n + 1;
        text += n;
        text += strspn(text, " ");
    }
    (void)printf("\n");
}

static void explain(const struct rule *r)
{
    (void)printf("%s (%s)\n%s\n", r->id, severity_name(r->severity), r->title);
    put_paragraph("What is judged", r->what);
    put_paragraph("Standard", r->cite);
    put_paragraph("When it would be wrong", r->traps);
    if (rule_unseen(r) != NULL)
        put_paragraph("What the wire cannot show", rule_unseen(r));
    put_paragraph("What to do", r->remedy);
    (void)printf("\nKnown as\n");
    for (const struct rule_code *c = rule_codes; c->code != NULL; c++)
        if (rule_has_code(r, c->code))
            (void)printf("  %-4s %s\n", c->code, c->title);
}

static void give(const struct rule *r, struct printer *p)
{
    const struct value values[] = {{"id", VALUE_TEXT, 0, 0, r->id},
            {"severity", VALUE_TEXT, 0, 0, severity_name(r->severity)},
            {"title", VALUE_TEXT, 0, 0, r->title}, {"standard", VALUE_TEXT, 0, 0, r->cite},
            {"what", VALUE_TEXT, 0, 0, r->what}, {"traps", VALUE_TEXT, 0, 0, r->traps},
            {"remedy", VALUE_TEXT, 0, 0, r->remedy},
            {"unseen", rule_unseen(r) != NULL ? VALUE_TEXT : VALUE_NULL, 0, 0, rule_unseen(r)},
            {"codes", VALUE_TEXT, 0, 0, r->codes}};
    (void)printer_row(p, values, sizeof values / sizeof *values);
}

/* The ids of the rules under a code, with something between; none is NULL. */
static void put_ids(struct text *t, const char *code, const char *before, const char *between,
        const char *after)
{
    text_clear(t);
    for (size_t i = 0; rules_all[i] != NULL; i++)
        if (rule_has_code(rules_all[i], code))
            text_addf(t, "%s%s%s%s", t->n > 0 ? between : "", before, rules_all[i]->id, after);
}

static int list_codes(enum format format)
{
    static const struct column CODES[] = {{"code", "CODE", false, 0, 0},
            {"title", "WHAT", false, 0, 0}, {"wire", "ON THE WIRE", false, 48, 0},
            {"defects", "DEFECTS", false, 0, 0}, {NULL, NULL, false, 0, 0}};
    struct printer p;
    struct text ids = {0}, list = {0};
    printer_init(&p, stdout, format, CODES);
    for (const struct rule_code *c = rule_codes; c->code != NULL; c++) {
        put_ids(&ids, c->code, "\"", ",", "\"");
        text_clear(&list);
        text_addf(&list, "[%s]", text_str(&ids));
        const struct value values[] = {{"code", VALUE_TEXT, 0, 0, c->code},
                {"title", VALUE_TEXT, 0, 0, c->title}, {"wire", VALUE_TEXT, 0, 0, c->wire},
                {"defects", VALUE_JSON, 0, 0, text_str(&list)}};
        (void)printer_row(&p, values, sizeof values / sizeof *values);
    }
    text_fini(&ids);
    text_fini(&list);
    return printer_end(&p) ? EXIT_FINE : EXIT_USAGE;
}

static void put_markdown_codes(void)
{
    struct text ids = {0};
    (void)printf(
            "\n## By other names\n\nFailure modes (F), terms (T), metrics (M), common mistakes "
            "(P), use cases (U), scenarios (S); `tlswire rules --codes`.\n\n"
            "| Code | What | On the wire | Defects |\n| --- | --- | --- | --- |\n");
    for (const struct rule_code *c = rule_codes; c->code != NULL; c++) {
        put_ids(&ids, c->code, "`", ", ", "`");
        (void)printf("| %s | %s | %s | %s |\n", c->code, c->title, c->wire,
                ids.n > 0 ? text_str(&ids) : "none");
    }
    text_fini(&ids);
}

/* docs/defects.md, made from the rules themselves. */
static void put_markdown(void)
{
    (void)printf(
            "# Defects\n\nWhat tlswire looks for. Made by `tlswire rules --format markdown`.\n");
    for (size_t i = 0; rules_all[i] != NULL; i++) {
        const struct rule *r = rules_all[i];
        (void)printf(
                "\n## %s\n\n%s. Severity: %s.\n\n", r->id, r->title, severity_name(r->severity));
        (void)printf("- **What is judged**: %s\n- **Standard**: %s\n", r->what, r->cite);
        (void)printf(
                "- **When it would be wrong**: %s\n- **What to do**: %s\n", r->traps, r->remedy);
        if (rule_unseen(r) != NULL)
            (void)printf("- **What the wire cannot show**: %s\n", rule_unseen(r));
        (void)printf("- **Known as**: %s\n", r->codes);
    }
    put_markdown_codes();
}

/* Whether text is as the pattern says, in which * stands for anything. */
static bool is_like(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

/* Whether rule r is among those that were asked for. */
static bool is_wanted(const struct rule *r, const char *pattern)
{
    return pattern == NULL || is_like(pattern, r->id);
}

static size_t count_wanted(const char *pattern)
{
    size_t n = 0;
    for (size_t i = 0; rules_all[i] != NULL; i++)
        n += is_wanted(rules_all[i], pattern);
    return n;
}

static bool wants_markdown(int argc, char **argv)
{
    return argc == 3 && strcmp(argv[1], "--format") == 0 && strcmp(argv[2], "markdown") == 0;
}

static int run(int argc, char **argv)
{
    struct list_options o;
    struct printer p;
    const struct rule *one = NULL;
    const char *pattern = NULL;
    int first = 0;
    if (wants_markdown(argc, argv)) {
        put_markdown();
        return EXIT_FINE;
    }
    int status = options_list(&command_rules, argc, argv, LIST_FINDINGS, &o, &first);
    if (status != EXIT_FINE)
        return status;
    if (argc - first > 1)
        return command_usage(&command_rules, "%s: one id at most", argv[first + 1]);
    if (first < argc)
        pattern = argv[first];
    if (o.has_codes)
        return pattern == NULL ? list_codes(o.format)
                               : command_usage(&command_rules, "--codes takes no id");
    if (count_wanted(pattern) == 0)
        return command_usage(
                &command_rules, "%s: no such defect: list them with `tlswire rules`", pattern);
    if (pattern != NULL)
        one = rule_find(pattern);
    if (one != NULL && o.format == FORMAT_TABLE) {
        explain(one);
        return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
    }
    printer_init(&p, stdout, o.format, COLUMNS);
    for (size_t i = 0; rules_all[i] != NULL; i++)
        if (is_wanted(rules_all[i], pattern))
            give(rules_all[i], &p);
    return printer_end(&p) ? EXIT_FINE : EXIT_USAGE;
}

const struct command command_rules = {
        .name = "rules",
        .synopsis = "[--format FORMAT] [--codes] [ID]",
        .summary = "list the defects that are looked for, or explain one",
        .help = "  ID                 the one to explain; with * in it, those to list: 'chain-*'\n"
                "  --format FORMAT    table, json, jsonl or csv (default table)\n"
                "  --codes            list failure modes, terms, metrics, common mistakes, use "
                "cases and\n"
                "                     scenarios (F1 to S4) with the defects that belong to each\n",
        .run = run,
};
