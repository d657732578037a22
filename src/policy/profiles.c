/* What each profile changes, and the document that says so (docs/policy.md tells it in words). */
#include <string.h>

#include "policy/policy_internal.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* TLS 1.3 alone. */
static const struct profile_severity MODERN[] = {
        {"cipher-cbc-mac-then-encrypt", "medium"},
        {"cipher-weak-misc", "medium"},
        {"kex-ffdhe-tls12", "high"},
        {"kex-no-pq", "low"},
        {"proto-server-no-tls13", "medium"},
};
static const struct profile_threshold MODERN_NUMBERS[] = {
        {THRESHOLD_NO_TLS13_CLIENTS, 1},
        {THRESHOLD_NO_TLS13_MIN, 1},
};

/* TLS 1.2 with ECDHE or DHE and AEAD, or TLS 1.3. */
static const struct profile_severity INTERMEDIATE[] = {
        {"cipher-cbc-mac-then-encrypt", "medium"},
        {"cipher-weak-misc", "medium"},
        {"kex-ffdhe-tls12", "low"},
        {"proto-server-no-tls13", "info"},
};

static const struct profile_severity NIST[] = {
        {"cipher-cbc-mac-then-encrypt", "medium"},
        {"cipher-des-3des", "high"},
        {"proto-no-ems", "high"},
        {"proto-no-secure-renegotiation", "high"},
        {"proto-server-no-tls13", "medium"},
};

static const struct profile_threshold NIST_NUMBERS[] = {
        {THRESHOLD_AES_ONLY, 1},
};

static const struct profile_severity BSI[] = {
        {"cipher-cbc-mac-then-encrypt", "medium"},
        {"cipher-weak-misc", "medium"},
        {"kex-ffdhe-tls12", "low"},
        {"kex-no-pq", "medium"},
        {"kex-pq-not-selected", "medium"},
};
static const struct profile_threshold BSI_NUMBERS[] = {
        {THRESHOLD_BRAINPOOL_ALLOWED, 1},
        {THRESHOLD_DH_SHORT_BITS, 3000},
        {THRESHOLD_EC_SHORT_BITS, 250},
        {THRESHOLD_RSA_SHORT_BITS, 3000},
};

static const struct profile_severity PCI[] = {
        {"cert-expired", "critical"},
        {"cipher-des-3des", "high"},
        {"proto-tls10", "critical"},
        {"proto-tls11", "critical"},
        {"revoked-cert-in-use", "critical"},
};

static const struct profile_severity CNSA2[] = {
        {"cipher-weak-misc", "medium"},
        {"kex-ffdhe-tls12", "high"},
        {"kex-no-pq", "medium"},
        {"kex-pq-not-selected", "medium"},
        {"proto-server-no-tls13", "medium"},
};
static const struct profile_threshold CNSA2_NUMBERS[] = {
        {THRESHOLD_AES_ONLY, 1},
        {THRESHOLD_CIPHER_KEY_BITS, 256},
        {THRESHOLD_DH_SHORT_BITS, 3072},
        {THRESHOLD_EC_SHORT_BITS, 384},
        {THRESHOLD_MLKEM_LEAST, 1024},
        {THRESHOLD_NO_TLS13_CLIENTS, 1},
        {THRESHOLD_NO_TLS13_MIN, 1},
        {THRESHOLD_RSA_SHORT_BITS, 3072},
};

static const struct profile PROFILES[] = {
        {"default", "the catalogue (docs/defects.md)", NULL, NULL, 0, 0},
        {"modern", "Mozilla Server Side TLS, Modern", MODERN, MODERN_NUMBERS, COUNT(MODERN),
                COUNT(MODERN_NUMBERS)},
        {"intermediate", "Mozilla Server Side TLS, Intermediate", INTERMEDIATE, NULL,
                COUNT(INTERMEDIATE), 0},
        {"nist", "NIST SP 800-52 Rev. 2", NIST, NIST_NUMBERS, COUNT(NIST), COUNT(NIST_NUMBERS)},
        {"bsi", "BSI TR-02102-2 2026-01", BSI, BSI_NUMBERS, COUNT(BSI), COUNT(BSI_NUMBERS)},
        {"pci", "PCI DSS 4.0.1", PCI, NULL, COUNT(PCI), 0},
        {"cnsa2", "CNSA 2.0", CNSA2, CNSA2_NUMBERS, COUNT(CNSA2), COUNT(CNSA2_NUMBERS)},
};

const struct profile *profile_at(size_t n)
{
    return n < COUNT(PROFILES) ? &PROFILES[n] : NULL;
}

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < COUNT(PROFILES); i++)
        if (strcmp(PROFILES[i].name, name) == 0)
            return &PROFILES[i];
    return NULL;
}

const char *policy_profile_name(size_t n)
{
    const struct profile *p = profile_at(n);
    return p != NULL ? p->name : NULL;
}
