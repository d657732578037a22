#ifndef TLSWIRE_STORE_PENDING_H
#define TLSWIRE_STORE_PENDING_H

#include "store/store_internal.h"

/*
 * Rows of handshakes whose connection goes on. Most connections end soon after their handshake:
 * a row that waits a little is written once instead of being written and updated. Bounded; the
 * oldest is written when room is needed.
 */

/* The columns of the table handshake, in its order. */
enum column {
    COL_ID,
    COL_FIRST_US,
    COL_LAST_US,
    COL_LAST_PACKET,
    COL_LAST_INPUT_POSITION,
    COL_SERVICE_ID,
    COL_CLIENT_ADDRESS_ID,
    COL_CLIENT_PORT,
    COL_SERVER_ADDRESS_ID,
    COL_SERVER_PORT,
    COL_TRANSPORT,
    COL_VLAN,
    COL_TUNNEL,
    COL_TUNNEL_ID,
    COL_VERSION,
    COL_CIPHER,
    COL_KEY_GROUP,
    COL_SNI_ID,
    COL_ALPN_ID,
    COL_CLIENT_ALPN_ID,
    COL_JA3_ID,
    COL_JA3S_ID,
    COL_JA4_ID,
    COL_HISTORY_ID,
    COL_APP_LABEL_ID,
    COL_APP_SOURCE,
    COL_APP_RISKS,
    COL_SERVER_CHAIN_ID,
    COL_CLIENT_CHAIN_ID,
    COL_OUTCOME,
    COL_UNDETERMINED,
    COL_BASIS,
    COL_CONFIDENCE,
    COL_RESUMPTION,
    COL_CERT_VISIBILITY,
    COL_ENDING,
    COL_FLAGS,
    COL_MALFORMED_ID,
    COL_MALFORMED_COUNT,
    COL_RENEGOTIATIONS,
    COL_CLIENT_LAST_MESSAGE,
    COL_SERVER_LAST_MESSAGE,
    COL_SYN_AFTER_US,
    COL_SYN_ACK_AFTER_US,
    COL_ACK_AFTER_US,
    COL_CLIENT_HELLO_FIRST_AFTER_US,
    COL_CLIENT_HELLO_LAST_AFTER_US,
    COL_SERVER_HELLO_AFTER_US,
    COL_SERVER_FLIGHT_END_AFTER_US,
    COL_CLIENT_FINISHED_AFTER_US,
    COL_SERVER_FINISHED_AFTER_US,
    COL_COMPLETE_AFTER_US,
    COL_CLIENT_DATA_AFTER_US,
    COL_SERVER_DATA_AFTER_US,
    COL_END_AFTER_US,
    COL_CLIENT_PACKETS,
    COL_SERVER_PACKETS,
    COL_CLIENT_BYTES,
    COL_SERVER_BYTES,
    COL_CLIENT_GAP_BYTES,
    COL_SERVER_GAP_BYTES,
    COL_CLIENT_RETRANSMITS,
    COL_SERVER_RETRANSMITS,
    COL_CLIENT_ENCRYPTED_ALERTS,
    COL_SERVER_ENCRYPTED_ALERTS,
    COL_DEFECTS_ID,
    COL_WORST_SEVERITY,
    COL_FINDING_KEYS_ID,
    COL_CLIENT_OFFER_ID,
    COL_SERVER_CHOICE_ID,
    COL_SERVER_FINGERPRINT_ID,
    COL_OWED_BY,
    COL_SESSION_ID_LENGTH,
    COL_TICKET_LENGTH,
    COL_PSK_IDENTITIES,
    COL_PSK_IDENTITY_LENGTH,
    COL_ECH_CONFIG_ID,
    COL_ECH_ENC_LENGTH,
    COL_ECH_PAYLOAD_LENGTH,
    COL_CLIENT_RECORDS,
    COL_SERVER_RECORDS,
    COL_CLIENT_RECORD_BYTES,
    COL_SERVER_RECORD_BYTES,
    COL_CLIENT_ALERT_SIZED,
    COL_SERVER_ALERT_SIZED,
    COL_CLIENT_NONCES,
    COL_SERVER_NONCES,
    COL_SERVER_PROOF,
    COL_CLIENT_PROOF,
    COL_STAPLE_STATUS,
    COL_IS_PUBLIC,
    COL_SERVER_PROOF_WHY_ID,
    COL_CLIENT_PROOF_WHY_ID,
    COL_CLIENT_GROUP_ID,
    COL_COUNT
};

struct row {
    int64_t id;                /* 0: free */
    size_t n;                  /* values put in so far */
    int64_t values[COL_COUNT]; /* TIME_NONE: NULL */
    double confidence;
};

/* pending_add gives an empty row for the handshake; false with err when an older one could not be
 * written. */
bool pending_add(struct store *s, int64_t id, struct row **out, struct err *err);
/* pending_find gives the row while it waits, or NULL. */
struct row *pending_find(const struct store *s, int64_t id);
/* pending_write writes the row and frees its place. */
bool pending_write(struct store *s, struct row *r, struct err *err);
/* pending_flush writes all rows that wait. */
bool pending_flush(struct store *s, struct err *err);
/* pending_free frees without writing; NULL is fine. */
void pending_free(struct pending *p);

#endif
