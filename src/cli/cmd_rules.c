#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/options.h"
#include "rules/rule.h"

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
    put_paragraph("What to do", r->remedy);
}

static void give(const struct rule *r, struct printer *p)
{
    const struct value values[] = {{"id", VALUE_TEXT, 0, 0, r->id},
            {"severity", VALUE_TEXT, 0, 0, severity_name(r->severity)},
            {"title", VALUE_TEXT, 0, 0, r->title}, {"standard", VALUE_TEXT, 0, 0, r->cite},
            {"what", VALUE_TEXT, 0, 0, r->what}, {"traps", VALUE_TEXT, 0, 0, r->traps},
            {"remedy", VALUE_TEXT, 0, 0, r->remedy}};
    (void)printer_row(p, values, sizeof values / sizeof *values);
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
    }
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
        .synopsis = "[--format FORMAT] [ID]",
        .summary = "list the defects that are looked for, or explain one",
        .help = "  ID                 the one to explain; with * in it, those to list: 'chain-*'\n"
                "  --format FORMAT    table, json, jsonl or csv (default table)\n",
        .run = run,
};
