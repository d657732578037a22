#ifndef TLSWIRE_FUZZ_LOOK_H
#define TLSWIRE_FUZZ_LOOK_H

#include "engine/event.h"
#include "x509/x509.h"

/* What holds for every handshake, whatever the bytes were. */
static inline bool fuzz_is_duration(int64_t us)
{
    return us == TIME_NONE || us >= 0;
}

static inline void fuzz_look(const struct handshake *h)
{
    struct durations d = durations_of(&h->times, h->outcome);
    if (!fuzz_is_duration(d.handshake_us) || !fuzz_is_duration(d.first_byte_us) ||
            !fuzz_is_duration(d.rtt_client_us) || !fuzz_is_duration(d.rtt_server_us) ||
            !fuzz_is_duration(d.client_think_us) || !fuzz_is_duration(d.server_think_us))
        __builtin_trap();
    /* Undetermined and only undetermined has a reason. */
    if ((h->outcome == OUTCOME_UNDETERMINED) != (h->undetermined != UNDETERMINED_NOT))
        __builtin_trap();
    if (!(h->confidence >= 0 && h->confidence <= 1))
        __builtin_trap();
    /* What is negotiated comes from a ServerHello or HelloRetryRequest; certificates are seen or
     * they are not. */
    if (h->server_hello == NULL && h->hello_retry_request == NULL &&
            (h->version != 0 || h->cipher_suite != 0))
        __builtin_trap();
    bool has_certs = h->server_certs != NULL && h->server_certs->n_certs > 0;
    if ((h->cert_visibility == CERT_SEEN) != has_certs)
        __builtin_trap();
    for (size_t i = 0; h->server_certs != NULL && i < h->server_certs->n_certs; i++)
        certificate_free(x509_parse(h->server_certs->certs[i].der));
}

#endif
