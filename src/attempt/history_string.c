/* The order of messages as one letter each, in the alphabet of Zeek's ssl_history. */

#include <string.h>

#include "attempt/attempt_internal.h"

static char letter_of_message(uint8_t type)
{
    switch (type) {
    case 0:
        return 'H';
    case 1:
        return 'C';
    case 2:
        return 'S';
    case 3:
        return 'V';
    case 4:
        return 'T';
    case 5:
        return 'E';
    case 6:
        return 'J';
    case 8:
        return 'O';
    case 11:
        return 'X';
    case 12:
        return 'K';
    case 13:
        return 'R';
    case 14:
        return 'N';
    case 15:
        return 'Y';
    case 16:
        return 'G';
    case 20:
        return 'F';
    case 21:
        return 'W';
    case 22:
        return 'U';
    case 23:
        return 'A';
    case 24:
        return 'P';
    case 254:
        return 'M';
    default:
        return 'Z';
    }
}

static char letter_of(const struct fact *f)
{
    switch (f->kind) {
    case FACT_SERVER_HELLO:
        return f->server_hello->is_hrr ? 'J' : 'S';
    case FACT_CLIENT_HELLO:
        return 'C';
    case FACT_CHANGE_CIPHER_SPEC:
        return 'I';
    case FACT_ALERT:
    case FACT_ENCRYPTED_ALERT:
        return 'L';
    case FACT_ENCRYPTED_HANDSHAKE:
        return 'F';
    case FACT_APPLICATION_DATA:
        return 'D';
    case FACT_HEARTBEAT:
        return 'B';
    case FACT_MALFORMED:
    case FACT_FRAMING_LOST:
        return '\0';
    case FACT_CERTIFICATE:
    case FACT_SERVER_KEY_EXCHANGE:
    case FACT_CERTIFICATE_REQUEST:
    case FACT_SERVER_HELLO_DONE:
    case FACT_CLIENT_KEY_EXCHANGE:
    case FACT_CERTIFICATE_VERIFY:
    case FACT_CERTIFICATE_STATUS:
    case FACT_NEW_SESSION_TICKET:
    case FACT_HELLO_REQUEST:
    case FACT_COMPRESSED_CERTIFICATE:
    case FACT_HANDSHAKE_OTHER:
        break;
    }
    return letter_of_message(f->message_type);
}

/* How the server packs its first flight tells what software it is. */
static void shape_add(struct attempt *a, const struct fact *f, char c)
{
    char *shape = a->hs->shape;
    if (f->kind == FACT_SERVER_HELLO && shape[0] == 'j') { /* behind a HelloRetryRequest */
        a->shape_len = 0;
        a->is_shape_done = false;
        memset(shape, 0, sizeof a->hs->shape);
    }
    if (f->side == SIDE_CLIENT)
        a->is_shape_done = a->is_shape_done || a->shape_len > 0;
    if (f->side == SIDE_CLIENT || a->is_shape_done || a->shape_len + 2 > TLS_SHAPE_CAP)
        return;
    if (a->shape_len > 0 && f->record_at != a->shape_record)
        shape[a->shape_len++] = '.';
    shape[a->shape_len++] = (char)(c + ('a' - 'A'));
    a->shape_record = f->record_at;
}

void history_add(struct attempt *a, const struct fact *f)
{
    char c = letter_of(f);
    if (c != '\0' && a->hs != NULL)
        shape_add(a, f, c);
    if (c == '\0' || a->hs == NULL || a->history_len >= TLS_HISTORY_CAP)
        return;
    if (f->side == SIDE_SERVER && c >= 'A' && c <= 'Z')
        c = (char)(c + ('a' - 'A'));
    if ((c == 'd' || c == 'D') && a->history_last == c)
        return; /* bulk data is one letter */
    a->hs->history[a->history_len++] = c;
    a->history_last = c;
}
