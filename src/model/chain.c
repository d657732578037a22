#include "model/chain.h"

const char *chain_status_name(enum chain_status s)
{
    static const char *const names[CHAIN_STATUS_COUNT] = {
            [CHAIN_TRUSTED] = "trusted",
            [CHAIN_MISSING_INTERMEDIATE] = "missing-intermediate",
            [CHAIN_UNTRUSTED_ROOT] = "untrusted-root",
            [CHAIN_SELF_SIGNED] = "self-signed",
            [CHAIN_INCOMPLETE] = "incomplete",
            [CHAIN_SIGNATURE_INVALID] = "signature-invalid",
            [CHAIN_CONSTRAINT_VIOLATION] = "constraint-violation",
            [CHAIN_MALFORMED] = "malformed",
            [CHAIN_UNVERIFIED] = "unverified",
            [CHAIN_EXPIRED_LEAF] = "expired-leaf",
            [CHAIN_EXPIRED_INTERMEDIATE] = "expired-intermediate",
            [CHAIN_EXPIRED_ROOT] = "expired-root",
            [CHAIN_NOT_YET_VALID] = "not-yet-valid",
    };
    return s < CHAIN_STATUS_COUNT ? names[s] : "unknown";
}

const char *chain_time_name(enum chain_time t)
{
    static const char *const names[CHAIN_TIME_COUNT] = {
            [CHAIN_TIME_OK] = "ok",
            [CHAIN_TIME_EXPIRED_LEAF] = "expired-leaf",
            [CHAIN_TIME_EXPIRED_INTERMEDIATE] = "expired-intermediate",
            [CHAIN_TIME_EXPIRED_ROOT] = "expired-root",
            [CHAIN_TIME_NOT_YET_VALID] = "not-yet-valid",
    };
    return t < CHAIN_TIME_COUNT ? names[t] : "unknown";
}
