/* SCTs of any bytes in any channel, verified with a log and a certificate from the input: a byte
 * for the channel, then leaf, issuer and the log's key, each behind a length of 16 bits, then the
 * list.
 */
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "x509/sct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ct_logs *one_log(struct bytes key)
{
    struct text t = {0};
    struct err err;
    struct ct_logs *logs = NULL;
    uint8_t id[SHA256_LEN];
    digest_sha256(key, id);
    text_add(&t, "{\"operators\":[{\"name\":\"o\",\"logs\":[{\"key\":\"");
    text_add_base64(&t, key);
    text_add(&t, "\",\"log_id\":\"");
    text_add_base64(&t, (struct bytes){id, sizeof id});
    text_add(&t, "\",\"state\":{\"usable\":{\"timestamp\":\"2026-01-01T00:00:00Z\"}}}]}]}");
    bool ok = ct_logs_parse(bytes_of_text(text_str(&t)), "l", &logs, &err);
    if (!ok && key.n > 0 && key.n < 6000)
        __builtin_trap();
    text_fini(&t);
    return logs;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cur c = cur_make(data, size);
    enum sct_channel channel = (enum sct_channel)(cur_u8(&c) % 3);
    struct bytes leaf = cur_vec(&c, 2);
    struct bytes issuer = cur_vec(&c, 2);
    struct bytes key = cur_vec(&c, 2);
    struct sct_list l = {0};
    struct sct_policy p;
    struct err err;
    struct ct_logs *logs = NULL;
    const int64_t now = INT64_C(1795688027000000);
    if (ct_logs_parse(cur_rest(&c), "l", &logs, &err))
        ct_logs_free(logs);
    logs = one_log(key);
    (void)sct_list_add(&l, channel, cur_rest(&c));
    (void)sct_list_add(&l, SCT_IN_CERTIFICATE, sct_embedded(leaf));
    sct_list_verify(&l, leaf, issuer, logs, now);
    if (l.n > SCT_CAP)
        __builtin_trap();
    for (size_t i = 0; i < l.n; i++)
        if ((l.scts[i].verdict == SIGNED_VALID) != (l.scts[i].reason == NULL) ||
                (l.scts[i].verdict != SIGNED_UNVERIFIED && l.scts[i].log == NULL))
            __builtin_trap();
    sct_policy_judge(&l, logs, now, now + 1, &p);
    if (p.verdict == SCT_POLICY_SATISFIED) /* one log never suffices */
        __builtin_trap();
    ct_logs_free(logs);
    return 0;
}
