#include "report/cert_judged.h"

#include <inttypes.h>
#include <string.h>

#include "report/format.h"

enum { LINES_SHOWN = 20 };

void cert_add_when(struct text *t, const char *rfc3339)
{
    if (rfc3339 == NULL || strlen(rfc3339) < 19)
        return;
    text_addf(t, "%.10s %.8s UTC", rfc3339, rfc3339 + 11);
}

static const char *cell(const struct cert_row *r, const char *name)
{
    const struct value *value = format_find(r->values, r->n, name);
    return value->kind == VALUE_TEXT ? value->text : NULL;
}

/* Starts another item of a line. */
static void next_item(struct text *t)
{
    if (t->n > 0)
        text_add(t, "\n");
}

static void add_labelled(struct text *t, const char *before, const char *text, const char *after)
{
    if (text != NULL)
        text_addf(t, "%s%s%s", before, text, after);
}

/* " from X until Y", either of which may be missing. */
static void add_period(struct text *t, const char *from, const char *until)
{
    if (from != NULL) {
        text_add(t, " from ");
        cert_add_when(t, from);
    }
    if (until != NULL) {
        text_add(t, " until ");
        cert_add_when(t, until);
    }
}

void cert_put_trust(struct text *t, const struct cert_view *v)
{
    for (size_t i = 0; i < v->verdicts.n && i < LINES_SHOWN; i++) {
        const struct cert_row *r = &v->verdicts.rows[i];
        const char *sent = cell(r, "as_sent"), *repaired = cell(r, "as_repaired");
        bool is_same = sent == NULL || repaired == NULL || strcmp(sent, repaired) == 0;
        next_item(t);
        add_labelled(t, "", cell(r, "store"), ": ");
        add_labelled(t, "", sent, is_same ? "" : " as sent, ");
        if (!is_same)
            text_addf(t, "%s with intermediates from elsewhere", repaired);
        add_labelled(t, " (", cell(r, "reason"), ")");
        add_labelled(t, ", by ", cell(r, "anchor"), "");
        const char *path = cell(r, "path");
        if (path == NULL)
            continue;
        const char *from = cell(r, "valid_from"), *until = cell(r, "valid_until");
        bool is_never = from != NULL && until != NULL && strcmp(from, until) > 0;
        text_addf(t, "\n  path %s, %s", path, is_never ? "never valid together" : "valid");
        if (!is_never)
            add_period(t, from, until);
    }
}

/* What a note says of the certificate at its position. */
static const struct {
    const char *note, *before, *after;
} NOTES[] = {
        {"out-of-order", "", " is not followed by its issuer"},
        {"duplicate", "", " was sent before"},
        {"unrelated", "", " is on no path from the leaf"},
        {"malformed", "", " does not parse"},
        {"expired-cross-sign", "", " has expired; another path does without it"},
        {"signature-invalid", "the signature of ", " does not verify"},
        {"missing-issuer", "the issuer of ", " was not sent: "},
        {"missing-issuer-url", "the issuer of ", " is offered at "},
        {"root-sent", "", " is a root, which clients have"},
        {"unknown-root-sent", "", " is a root that no trust store has"},
};

void cert_put_notes(struct text *t, const struct cert_view *v)
{
    for (size_t i = 0; i < v->notes.n && i < LINES_SHOWN; i++) {
        const struct cert_row *r = &v->notes.rows[i];
        const char *note = cell(r, "note");
        int64_t position = format_find(r->values, r->n, "position")->integer;
        for (size_t k = 0; note != NULL && k < sizeof NOTES / sizeof *NOTES; k++) {
            if (strcmp(note, NOTES[k].note) != 0)
                continue;
            next_item(t);
            text_add(t, NOTES[k].before);
            if (position >= 0)
                text_addf(t, "%" PRId64, position);
            else
                text_add(t, "one that was not sent");
            text_add(t, NOTES[k].after);
            add_labelled(t, "", cell(r, "detail"), "");
        }
    }
}

/* What absence from a CRL is worth. */
static const struct {
    const char *status, *text;
} ABSENT[] = {
        {"not-listed", "not listed"},
        {"not-listed-later", "not listed in a CRL that was issued later"},
        {"not-listed-partly", "not listed in a CRL that covers some reasons only"},
        {"no-answer", "no answer"},
        {"not-read", "not read"},
};

static void add_status(struct text *t, const struct cert_row *r)
{
    const char *status = cell(r, "status"), *until = cell(r, "next_update");
    if (status == NULL)
        return;
    if (strcmp(status, "not-listed-stale") == 0) {
        text_add(t, "not listed in a CRL that was stale since ");
        cert_add_when(t, until);
        return;
    }
    const char *text = status;
    for (size_t i = 0; i < sizeof ABSENT / sizeof *ABSENT; i++)
        if (strcmp(status, ABSENT[i].status) == 0)
            text = ABSENT[i].text;
    text_add(t, text);
}

/* Whether there is no signature to speak of. */
static bool is_unread(const struct cert_row *r)
{
    const char *status = cell(r, "status");
    return status != NULL && cell(r, "source") == NULL &&
           (strcmp(status, "no-answer") == 0 || strcmp(status, "not-read") == 0);
}

void cert_put_revocation(struct text *t, const struct cert_view *v)
{
    for (size_t i = 0; i < v->revocation.n && i < LINES_SHOWN; i++) {
        const struct cert_row *r = &v->revocation.rows[i];
        const char *when = cell(r, "revoked");
        next_item(t);
        add_labelled(t, "", cell(r, "channel"), ": ");
        add_status(t, r);
        if (when != NULL) {
            text_add(t, " since ");
            cert_add_when(t, when);
            add_labelled(t, " (", cell(r, "revoked_reason"), ")");
        }
        if (!is_unread(r))
            add_labelled(t, ", signature ", cell(r, "verdict"), "");
        add_labelled(t, " (", cell(r, "reason"), ")");
        if (cell(r, "this_update") == NULL && cell(r, "source") == NULL)
            continue;
        text_add(t, "\n ");
        add_period(t, cell(r, "this_update"), cell(r, "next_update"));
        add_labelled(t, ", file ", cell(r, "source"), "");
    }
    if (v->revocation.n > LINES_SHOWN)
        text_addf(t, "\nand %zu more", v->revocation.n - LINES_SHOWN);
}

void cert_put_scts(struct text *t, const struct cert_view *v)
{
    for (size_t i = 0; i < v->scts.n && i < LINES_SHOWN; i++) {
        const struct cert_row *r = &v->scts.rows[i];
        const char *log = cell(r, "log"), *id = cell(r, "log_id");
        next_item(t);
        if (log != NULL)
            text_add(t, log);
        else
            text_addf(t, "log %.16s", id != NULL ? id : "");
        add_labelled(t, " of ", cell(r, "operator"), "");
        text_add(t, ", ");
        cert_add_when(t, cell(r, "timestamp"));
        add_labelled(t, ", from ", cell(r, "channel"), "");
        add_labelled(t, ", signature ", cell(r, "verdict"), "");
        add_labelled(t, " (", cell(r, "reason"), ")");
    }
}

void cert_put_key_problems(struct text *t, const struct cert_view *v)
{
    for (size_t i = 0; i < v->key_problems.n; i++) {
        const struct cert_row *r = &v->key_problems.rows[i];
        next_item(t);
        add_labelled(t, "", cell(r, "problem"), "");
        add_labelled(t, ": ", cell(r, "detail"), "");
    }
}
