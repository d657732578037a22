#include <string.h>

#include "tests/unit/attempt/world.h"

/*
 * A connection as a script of letters: what each side does, 10 ms apart. Client: C hello, G key
 * exchange, I change cipher spec, F encrypted handshake, D data, A fatal alert, W warning
 * close_notify, X FIN, R RST. TLS 1.3, by the size of the record: Z Finished, Q alert, M empty
 * Certificate, P nothing that is known; O no TLS at all; B the beginning of a hello. Server: the
 * same in lower case and s (ServerHello 1.2), t (ServerHello 1.3), x FIN, n (ServerHelloDone), e
 * (encrypted alert). '.' waits 11 s, ';' 5 s, '_' is a hole in the server's direction.
 */
struct row {
    const char *name, *script;
    enum outcome outcome;
    enum undetermined why;
    enum basis basis;
    const char *history;
    bool is_one_sided;
    bool is_unacked;
};

static const struct client_hello hello;
static const struct server_hello hello12 = {.version = TLS_1_2, .cipher_suite = 0xc02f};
static const struct server_hello hello13 = {.version = TLS_1_3, .cipher_suite = 0x1301};

static void step(struct world *w, char c)
{
    int dir = c >= 'a' ? 1 : 0;
    world_packet(w, dir, 10 * MS);
    switch (c) {
    case 'C':
        world_fact(w, 0,
                (struct fact){.kind = FACT_CLIENT_HELLO, .message_type = 1, .client_hello = &hello},
                100);
        break;
    case 'B':
        attempt_begin(w->a, 0);
        world_bytes(w, 0, 1400);
        break;
    case 'b':
        world_bytes(w, 1, 1400);
        break;
    case 's':
        world_fact(w, 1,
                (struct fact){
                        .kind = FACT_SERVER_HELLO, .message_type = 2, .server_hello = &hello12},
                80);
        break;
    case 't':
        world_fact(w, 1,
                (struct fact){
                        .kind = FACT_SERVER_HELLO, .message_type = 2, .server_hello = &hello13},
                80);
        break;
    case 'n':
        world_fact(w, 1, (struct fact){.kind = FACT_SERVER_HELLO_DONE, .message_type = 14}, 4);
        break;
    case 'G':
        world_fact(w, 0, (struct fact){.kind = FACT_CLIENT_KEY_EXCHANGE, .message_type = 16}, 70);
        break;
    case 'I':
    case 'i':
        world_fact(w, dir, (struct fact){.kind = FACT_CHANGE_CIPHER_SPEC}, 1);
        break;
    case 'F':
    case 'f':
        world_fact(w, dir, (struct fact){.kind = FACT_ENCRYPTED_HANDSHAKE}, 40);
        break;
    case 'D':
    case 'd':
        world_fact(w, dir, (struct fact){.kind = FACT_APPLICATION_DATA}, 300);
        break;
    case 'y': /* the beginning of a record of 300 */
        world_fact(w, dir, (struct fact){.kind = FACT_APPLICATION_DATA}, 300);
        w->offset[1] -= 100;
        break;
    case 'Q':
    case 'q':
        world_fact(w, dir, (struct fact){.kind = FACT_APPLICATION_DATA}, 19);
        break;
    case 'M':
        world_fact(w, 0, (struct fact){.kind = FACT_APPLICATION_DATA}, 25);
        break;
    case 'P':
        world_fact(w, 0, (struct fact){.kind = FACT_APPLICATION_DATA}, 45);
        break;
    case 'Z':
        world_fact(w, 0, (struct fact){.kind = FACT_APPLICATION_DATA}, 53);
        break;
    case 'A':
    case 'a':
        world_fact(w, dir,
                (struct fact){.kind = FACT_ALERT, .alert = {.level = 2, .description = 40}}, 2);
        break;
    case 'W':
    case 'w':
        world_fact(w, dir,
                (struct fact){.kind = FACT_ALERT, .alert = {.level = 1, .description = 0}}, 2);
        break;
    case 'E':
    case 'e':
        world_fact(w, dir, (struct fact){.kind = FACT_ENCRYPTED_ALERT}, 26);
        break;
    case 'X':
    case 'x':
        world_event(w, dir, FLOW_EVENT_FIN);
        break;
    case 'U': /* by a host that begins resets with 255, as far away as ever */
        w->ttl = 255;
        world_event(w, 0, FLOW_EVENT_RST);
        break;
    case 'V': /* another way, but the next IP-ID of the client */
        w->info.sides[0].ip_id_last = 7;
        w->ttl = 50;
        w->ip_id = 9;
        world_event(w, 0, FLOW_EVENT_RST);
        break;
    case 'T': /* in the name of the client, but from a place nearer to the server */
        w->ttl = 50;
        world_event(w, 0, FLOW_EVENT_RST);
        break;
    case 'O':
    case 'o':
        world_fact(w, dir, (struct fact){.kind = FACT_FRAMING_LOST, .why = "not a TLS record"}, 60);
        break;
    case 'R':
    case 'r':
        world_event(w, dir, FLOW_EVENT_RST);
        break;
    default:
        fail_msg("no such letter: %c", c);
    }
}

static void pause_or_hole(struct world *w, char c)
{
    if (c == '.' || c == ',') {
        w->info.sides[0].n_retransmits += w->is_unacked && c == '.';
        for (int dir = 0; dir < 2 && !w->is_unacked; dir++)
            w->info.sides[dir].acked = w->offset[dir];
        world_wait(w, 11 * (int64_t)SECOND);
        return;
    }
    if (c == ';') {
        world_wait(w, 5 * (int64_t)SECOND);
        return;
    }
    if (c == '^') { /* the server acknowledges a FIN that is captured later */
        w->info.sides[0].acked = w->offset[0] + 1;
        return;
    }
    if (c == '!') { /* packets of the server that nobody saw and nobody acknowledged */
        w->offset[1] += 300;
        return;
    }
    if (c == '~') { /* a packet of the server that had been acknowledged before it was captured */
        w->info.sides[1].n_late++;
        return;
    }
    if (c > '0' && c <= '9') { /* the client acknowledges so many bytes more than were captured */
        w->info.sides[1].acked = w->offset[1] + (uint64_t)(c - '0');
        return;
    }
    w->info.sides[1].n_gaps++;
    w->info.sides[1].gap_bytes += 500;
    attempt_gap(w->a, &w->info, 1);
}

static const struct row rows[] = {
        {"full handshake", "CsnGIFifDdX", OUTCOME_SUCCESS, UNDETERMINED_NOT, BASIS_SEEN, "CsnGIFif",
                false, false},
        {"resumed handshake", "CsifIFD", OUTCOME_SUCCESS, UNDETERMINED_NOT, BASIS_SEEN, "CsifIF",
                false, false},
        {"server alert", "Cax", OUTCOME_FAIL_ALERT_SERVER, UNDETERMINED_NOT, BASIS_SEEN, "Cl",
                false, false},
        {"client alert", "CsnAX", OUTCOME_FAIL_ALERT_CLIENT, UNDETERMINED_NOT, BASIS_SEEN, "CsnL",
                false, false},
        {"clear client alert in TLS 1.3", "CtdAX", OUTCOME_FAIL_ALERT_CLIENT, UNDETERMINED_NOT,
                BASIS_SEEN, "CtdL", false, false},
        {"alert behind a hole stands", "C_a", OUTCOME_FAIL_ALERT_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "Cl", false, false},
        {"server resets", "Csr", OUTCOME_FAIL_RESET_SERVER, UNDETERMINED_NOT, BASIS_SEEN, "Cs",
                false, false},
        {"client resets", "CsnR", OUTCOME_FAIL_RESET_CLIENT, UNDETERMINED_NOT, BASIS_SEEN, "Csn",
                false, false},
        {"bytes are missing before the FIN", "CsnGIF!x", OUTCOME_UNDETERMINED, UNDETERMINED_GAP,
                BASIS_NONE, "CsnGIF", false, false},
        {"somebody on the way resets", "CsT", OUTCOME_FAIL_RESET_THIRD_PARTY, UNDETERMINED_NOT,
                BASIS_INFERRED, "Cs", false, false},
        {"reset with another TTL from as far away", "CsU", OUTCOME_FAIL_RESET_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "Cs", false, false},
        {"reset by another way, IP-ID goes on", "CsV", OUTCOME_FAIL_RESET_CLIENT, UNDETERMINED_NOT,
                BASIS_SEEN, "Cs", false, false},
        {"server closes", "Cx", OUTCOME_FAIL_CLOSED_SERVER, UNDETERMINED_NOT, BASIS_SEEN, "C",
                false, false},
        {"client closes after close_notify", "CsnWX", OUTCOME_FAIL_CLOSED_CLIENT, UNDETERMINED_NOT,
                BASIS_SEEN, "CsnL", false, false},
        {"server alert after its Finished phase began", "CsnGIFiexX", OUTCOME_FAIL_INFERRED_SERVER,
                UNDETERMINED_NOT, BASIS_INFERRED, "CsnGIFil", false, false},
        {"hole, then a reset: who knows", "Cs_r", OUTCOME_UNDETERMINED, UNDETERMINED_GAP,
                BASIS_NONE, "Cs", false, false},
        {"hole, yet data both ways", "Cs_Dd", OUTCOME_SUCCESS, UNDETERMINED_NOT, BASIS_INFERRED,
                "CsDd", false, false},
        {"one direction", "CGIFR", OUTCOME_UNDETERMINED, UNDETERMINED_ONE_DIRECTION, BASIS_NONE,
                "CGIF", true, false},
        {"no hello", "snGR", OUTCOME_UNDETERMINED, UNDETERMINED_START_NOT_SEEN, BASIS_NONE, "snG",
                false, false},
        {"open at the end", "Csn", OUTCOME_UNDETERMINED, UNDETERMINED_OPEN_AT_END, BASIS_NONE,
                "Csn", false, false},
        {"server silent", "C.X", OUTCOME_FAIL_TIMEOUT_SERVER, UNDETERMINED_NOT, BASIS_SEEN, "C",
                false, false},
        {"client silent", "Csn.x", OUTCOME_FAIL_TIMEOUT_CLIENT, UNDETERMINED_NOT, BASIS_SEEN, "Csn",
                false, false},
        {"the client takes its time", "Csn....GIFif", OUTCOME_SUCCESS, UNDETERMINED_NOT, BASIS_SEEN,
                "CsnGIFif", false, false},
        {"the server takes its time", "C....snGIFif", OUTCOME_SUCCESS, UNDETERMINED_NOT, BASIS_SEEN,
                "CsnGIFif", false, false},
        {"the client takes its time, TLS 1.3", "Ctd....ZDd", OUTCOME_SUCCESS, UNDETERMINED_NOT,
                BASIS_INFERRED, "CtdD", false, false},
        {"the server takes its time, and refuses", "C....ax", OUTCOME_FAIL_ALERT_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "Cl", false, false},
        {"server silent for long", "C....X", OUTCOME_FAIL_TIMEOUT_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "C", false, false},
        {"server silent for long, close_notify", "C....WX", OUTCOME_FAIL_TIMEOUT_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "CL", false, false},
        {"client silent for long, close_notify of the server", "Csn....wx",
                OUTCOME_FAIL_TIMEOUT_CLIENT, UNDETERMINED_NOT, BASIS_SEEN, "Csnl", false, false},
        {"client thinks for long, close_notify", "Csn....WX", OUTCOME_FAIL_CLOSED_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "CsnL", false, false},
        {"close_notify at once, FIN late", "Csnw..x", OUTCOME_FAIL_CLOSED_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "Csnl", false, false},
        {"server silent, end of the capture", "C.", OUTCOME_FAIL_TIMEOUT_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "C", false, false},
        {"silence without end", "Csn...........GIFif", OUTCOME_FAIL_TIMEOUT_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "Csn", false, false},
        {"nobody acknowledges", "C.R", OUTCOME_FAIL_TIMEOUT_PATH, UNDETERMINED_NOT, BASIS_SEEN, "C",
                false, true},
        {"closed before the alert, captured after it", "C1Ax", OUTCOME_FAIL_CLOSED_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "CL", false, false},
        {"close that answers an alert captured after it", "C2Xa", OUTCOME_FAIL_ALERT_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "Cl", false, false},
        {"closed before the alert, captured after it and its FIN", "Cs^ax~X", OUTCOME_UNDETERMINED,
                UNDETERMINED_DISORDER, BASIS_NONE, "Csl", false, false},
        {"reset, but directions out of order", "Cs~r", OUTCOME_UNDETERMINED, UNDETERMINED_DISORDER,
                BASIS_NONE, "Cs", false, false},
        {"a second late does not make silence short", "Cs~.x", OUTCOME_FAIL_TIMEOUT_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "Cs", false, false},
        {"unacknowledged, yet not sent again", "C,R", OUTCOME_UNDETERMINED, UNDETERMINED_GAP,
                BASIS_NONE, "C", false, true},
        {"beginning of a hello, reset by the server", "Br", OUTCOME_FAIL_RESET_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, false},
        {"beginning of a hello, the server gives up", "B.x", OUTCOME_FAIL_TIMEOUT_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, false},
        {"beginning of a hello, the server complains", "Bax", OUTCOME_FAIL_ALERT_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "l", false, false},
        {"beginning of a hello, closed by the server", "Bx", OUTCOME_FAIL_CLOSED_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, false},
        {"beginning of a hello, quick leave", "BX", OUTCOME_ABANDONED, UNDETERMINED_NOT, BASIS_SEEN,
                "", false, false},
        {"beginning of a hello, end of the capture", "B", OUTCOME_UNDETERMINED,
                UNDETERMINED_OPEN_AT_END, BASIS_NONE, "", false, false},
        {"beginning of a hello, nobody acknowledges", "B.R", OUTCOME_FAIL_TIMEOUT_PATH,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, true},
        {"a hello that comes slowly", "B;B;B;Cs.x", OUTCOME_FAIL_TIMEOUT_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "Cs", false, false},
        {"slow half of a hello, reset by the server", "B;B;B;r", OUTCOME_FAIL_RESET_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, false},
        {"slow half of a flight, reset by the server", "Csb;b;b;r", OUTCOME_FAIL_RESET_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "Cs", false, false},
        {"silence within a record", "Cty.x", OUTCOME_UNDETERMINED, UNDETERMINED_GAP, BASIS_NONE,
                "Ct", false, false},
        {"HTTP instead of a ServerHello", "Cox", OUTCOME_FAIL_CLOSED_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "C", false, false},
        {"beginning of a hello, reset by the server", "Br", OUTCOME_FAIL_RESET_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, false},
        {"beginning of a hello, the server gives up", "B.x", OUTCOME_FAIL_TIMEOUT_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, false},
        {"beginning of a hello, the server complains", "Bax", OUTCOME_FAIL_ALERT_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "l", false, false},
        {"beginning of a hello, closed by the server", "Bx", OUTCOME_FAIL_CLOSED_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, false},
        {"beginning of a hello, quick leave", "BX", OUTCOME_ABANDONED, UNDETERMINED_NOT, BASIS_SEEN,
                "", false, false},
        {"beginning of a hello, end of the capture", "B", OUTCOME_UNDETERMINED,
                UNDETERMINED_OPEN_AT_END, BASIS_NONE, "", false, false},
        {"beginning of a hello, nobody acknowledges", "B.R", OUTCOME_FAIL_TIMEOUT_PATH,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, true},
        {"a hello that comes slowly", "B;B;B;Cs.x", OUTCOME_FAIL_TIMEOUT_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "Cs", false, false},
        {"slow half of a hello, reset by the server", "B;B;B;r", OUTCOME_FAIL_RESET_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "", false, false},
        {"slow half of a flight, reset by the server", "Csb;b;b;r", OUTCOME_FAIL_RESET_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "Cs", false, false},
        {"HTTP instead of a ServerHello, quick leave", "CoX", OUTCOME_FAIL_CLOSED_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "C", false, false},
        {"no TLS behind the ServerHello", "Csox", OUTCOME_UNDETERMINED, UNDETERMINED_MALFORMED,
                BASIS_NONE, "Cs", false, false},
        {"no TLS, and a hole", "C_ox", OUTCOME_UNDETERMINED, UNDETERMINED_GAP, BASIS_NONE, "C",
                false, false},
        {"quick leave before the answer", "CX", OUTCOME_ABANDONED, UNDETERMINED_NOT, BASIS_SEEN,
                "C", false, false},
        {"quick leave, the answer is on its way", "CXsnR", OUTCOME_ABANDONED, UNDETERMINED_NOT,
                BASIS_SEEN, "Csn", false, false},
        {"quick leave, the answer of TLS 1.3 is on its way", "CXtdR", OUTCOME_ABANDONED,
                UNDETERMINED_NOT, BASIS_SEEN, "Ctd", false, false},
        {"leave without patience, the answer is on its way", "C;XsnR", OUTCOME_FAIL_CLOSED_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "Csn", false, false},
        {"leave without patience, the answer of TLS 1.3 is on its way", "C;XtdR",
                OUTCOME_FAIL_CLOSED_CLIENT, UNDETERMINED_NOT, BASIS_SEEN, "Ctd", false, false},
        {"quick leave with the answer", "CsX", OUTCOME_FAIL_CLOSED_CLIENT, UNDETERMINED_NOT,
                BASIS_SEEN, "Cs", false, false},
        {"TLS 1.3", "CtdIZDd", OUTCOME_SUCCESS, UNDETERMINED_NOT, BASIS_INFERRED, "CtdID", false,
                false},
        {"TLS 1.3, data of the server alone", "CtdIZd", OUTCOME_SUCCESS, UNDETERMINED_NOT,
                BASIS_INFERRED, "CtdIDd", false, false},
        {"TLS 1.3, nothing behind Finished", "CtdIZX", OUTCOME_SUCCESS_INFERRED, UNDETERMINED_NOT,
                BASIS_INFERRED, "CtdID", false, false},
        {"TLS 1.3, Finished, close_notify, FIN", "CtdIZQX", OUTCOME_SUCCESS_INFERRED,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdID", false, false},
        {"TLS 1.3, Finished, reset by the client", "CtdIZR", OUTCOME_SUCCESS_INFERRED,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdID", false, false},
        {"TLS 1.3, idle after Finished", "CtdIZ.X", OUTCOME_SUCCESS_INFERRED, UNDETERMINED_NOT,
                BASIS_INFERRED, "CtdID", false, false},
        {"TLS 1.3, alert of the client for Finished", "CtdIQX", OUTCOME_FAIL_INFERRED_CLIENT,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdID", false, false},
        {"TLS 1.3, alert of the client, reset by the server", "CtdIQr",
                OUTCOME_FAIL_INFERRED_CLIENT, UNDETERMINED_NOT, BASIS_INFERRED, "CtdID", false,
                false},
        {"TLS 1.3, server closed before the alert came", "CtdxIQX", OUTCOME_FAIL_CLOSED_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "Ctd", false, false},
        {"TLS 1.3, reset of the client for Finished", "CtdR", OUTCOME_FAIL_RESET_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "Ctd", false, false},
        {"TLS 1.3, closed by the server", "Ctdx", OUTCOME_FAIL_CLOSED_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "Ctd", false, false},
        {"TLS 1.3, reset by the server", "Ctdr", OUTCOME_FAIL_RESET_SERVER, UNDETERMINED_NOT,
                BASIS_SEEN, "Ctd", false, false},
        {"TLS 1.3, alert of the server, then FIN", "Ctdqx", OUTCOME_FAIL_INFERRED_SERVER,
                UNDETERMINED_NOT, BASIS_INFERRED, "Ctd", false, false},
        {"TLS 1.3, no certificate, refused", "CtdIMZqx", OUTCOME_FAIL_INFERRED_SERVER,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdIDd", false, false},
        {"TLS 1.3, no certificate, refused behind a request", "CtdIMZDqx",
                OUTCOME_FAIL_INFERRED_SERVER, UNDETERMINED_NOT, BASIS_INFERRED, "CtdIDd", false,
                false},
        {"TLS 1.3, no certificate, closed by the server", "CtdIMZx", OUTCOME_FAIL_CLOSED_SERVER,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdID", false, false},
        {"TLS 1.3, no certificate, reset by the server", "CtdIMZr", OUTCOME_FAIL_RESET_SERVER,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdID", false, false},
        {"TLS 1.3, certificate accepted", "CtdIDZdX", OUTCOME_SUCCESS, UNDETERMINED_NOT,
                BASIS_INFERRED, "CtdIDd", false, false},
        {"TLS 1.3, certificate in one record with Finished", "CtdIDdX", OUTCOME_SUCCESS,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdIDd", false, false},
        {"TLS 1.3, certificate refused", "CtdIDZqx", OUTCOME_FAIL_INFERRED_SERVER, UNDETERMINED_NOT,
                BASIS_INFERRED, "CtdIDd", false, false},
        {"TLS 1.3, certificate, request, refused", "CtdIDZDqr", OUTCOME_FAIL_INFERRED_SERVER,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdIDd", false, false},
        {"TLS 1.3, certificate, closed by the client", "CtdIDZX", OUTCOME_SUCCESS_INFERRED,
                UNDETERMINED_NOT, BASIS_INFERRED, "CtdID", false, false},
        {"TLS 1.3, padded flight, answered", "CtdIPdX", OUTCOME_SUCCESS_INFERRED, UNDETERMINED_NOT,
                BASIS_INFERRED, "CtdIDd", false, false},
        {"TLS 1.3, padded flight, no answer", "CtdIPX", OUTCOME_UNDETERMINED, UNDETERMINED_TLS13,
                BASIS_NONE, "CtdID", false, false},
        {"TLS 1.3, silent server before its flight", "Ct.X", OUTCOME_FAIL_TIMEOUT_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "Ct", false, false},
        {"TLS 1.3, silent client, alert behind its FIN", "Ctd.Xq", OUTCOME_FAIL_TIMEOUT_CLIENT,
                UNDETERMINED_NOT, BASIS_INFERRED, "Ctd", false, false},
        {"server closes, then the client complains", "CsnGIFxE", OUTCOME_FAIL_CLOSED_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "CsnGIF", false, false},
        {"TLS 1.3, silent client", "Ctd.x", OUTCOME_FAIL_TIMEOUT_CLIENT, UNDETERMINED_NOT,
                BASIS_INFERRED, "Ctd", false, false},
        {"TLS 1.3, end of the capture behind Finished", "CtdIZ", OUTCOME_UNDETERMINED,
                UNDETERMINED_OPEN_AT_END, BASIS_NONE, "CtdID", false, false},
        {"TLS 1.3, certificate and Finished in one record, refused, both close", "CtdIDqQX",
                OUTCOME_FAIL_INFERRED_SERVER, UNDETERMINED_NOT, BASIS_INFERRED, "CtdIDd", false,
                false},
        {"server says close_notify, client closes", "CsnGIFwEX", OUTCOME_FAIL_CLOSED_SERVER,
                UNDETERMINED_NOT, BASIS_SEEN, "CsnGIFlL", false, false},
        {"server's flight crosses the client's alert", "CAsnx", OUTCOME_FAIL_ALERT_CLIENT,
                UNDETERMINED_NOT, BASIS_SEEN, "CLsn", false, false},
        {"both complain, the client first", "CsAax", OUTCOME_FAIL_ALERT_CLIENT, UNDETERMINED_NOT,
                BASIS_SEEN, "CsLl", false, false},
        {"ServerHello captured before the ClientHello", "sCnGIFif", OUTCOME_SUCCESS,
                UNDETERMINED_NOT, BASIS_SEEN, "sCnGIFif", false, false},
        {"TLS 1.3, bare FIN of the client", "CtdX", OUTCOME_FAIL_CLOSED_CLIENT, UNDETERMINED_NOT,
                BASIS_SEEN, "Ctd", false, false},
};

/* Zeek writes 's' for either ServerHello. */
static void check_history(const struct row *row, const char *have)
{
    char want[32] = {0};
    for (size_t i = 0; row->history[i] != '\0'; i++)
        want[i] = row->history[i] == 't' ? 's' : row->history[i];
    if (strncmp(have, want, strlen(want)) != 0)
        fail_msg("%s: history %s, not %s", row->name, have, want);
}

static void run(const struct row *row)
{
    struct world w;
    world_open(&w);
    w.is_unacked = row->is_unacked;
    w.info.sides[1].is_seen = !row->is_one_sided; /* its SYN-ACK */
    for (const char *p = row->script; *p != '\0'; p++) {
        if (strchr(".,;_~!^123456789", *p) != NULL)
            pause_or_hole(&w, *p);
        else
            step(&w, *p);
        world_take(&w);
    }
    const struct handshake *h = world_close(&w);
    assert_non_null(h);
    if (h->outcome != row->outcome || h->undetermined != row->why || h->basis != row->basis)
        fail_msg("%s: %s/%s/%s", row->name, outcome_name(h->outcome),
                undetermined_name(h->undetermined), basis_name(h->basis));
    check_history(row, h->history);
    assert_null(attempt_take(w.a, &w.info));
    world_free(&w);
}

static void outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        run(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(outcomes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
