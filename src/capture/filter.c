#include "capture/filter.h"

#include <pcap/pcap.h>

#include "base/alloc.h"
#include "capture/capture.h"

enum { FILTER_LINK_TYPES = 16 };

struct program {
    uint16_t link_type;
    struct bpf_program code;
};

struct filter {
    char *expression;
    size_t n_programs;
    struct program programs[FILTER_LINK_TYPES];
};

struct filter *filter_new(const char *expression)
{
    struct filter *f = xcalloc(1, sizeof *f);
    f->expression = xstrdup(expression);
    return f;
}

void filter_free(struct filter *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->n_programs; i++)
        pcap_freecode(&f->programs[i].code);
    xfree(f->expression);
    xfree(f);
}

static bool compile(
        const char *expression, int link_type, struct bpf_program *code, struct err *err)
{
    pcap_t *p = pcap_open_dead(link_type, 262144);
    bool ok = p != NULL && pcap_compile(p, code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!ok)
        err_set(err, "filter '%s': %s; see pcap-filter(7)", expression,
                p != NULL ? pcap_geterr(p) : "libpcap gave no handle");
    if (p != NULL)
        pcap_close(p);
    return ok;
}

static struct program *program_for(struct filter *f, uint16_t link_type, struct err *err)
{
    for (size_t i = 0; i < f->n_programs; i++)
        if (f->programs[i].link_type == link_type)
            return &f->programs[i];
    if (f->n_programs == FILTER_LINK_TYPES) {
        err_set(err, "filter '%s': more than %d link types in one input", f->expression,
                FILTER_LINK_TYPES);
        return NULL;
    }
    /* LINKTYPE_RAW (101) is DLT_RAW (12) on Linux; the others in use are equal. */
    struct program *p = &f->programs[f->n_programs];
    if (!compile(f->expression, link_type == 101 ? DLT_RAW : link_type, &p->code, err))
        return NULL;
    p->link_type = link_type;
    f->n_programs++;
    return p;
}

enum filter_result filter_match(struct filter *f, const struct frame *frame, struct err *err)
{
    if (f == NULL)
        return FILTER_PASS;
    const struct program *p = program_for(f, frame->link_type, err);
    if (p == NULL)
        return FILTER_ERROR;
    struct pcap_pkthdr header = {.caplen = (bpf_u_int32)frame->data.n, .len = frame->wire_len};
    return pcap_offline_filter(&p->code, &header, frame->data.p) != 0 ? FILTER_PASS : FILTER_OUT;
}

bool capture_filter_check(const char *filter, struct err *err)
{
    struct bpf_program code;
    if (!compile(filter, DLT_EN10MB, &code, err))
        return false;
    pcap_freecode(&code);
    return true;
}

const char *capture_version(void)
{
    return pcap_lib_version();
}
