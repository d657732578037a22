/* Outcomes of TLS 1.3 from the sizes of records, their order and what their packets acknowledged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/attempt/world.h"

/*
 * A connection in words, one packet each, 1 ms apart: H ClientHello, S ServerHello, R
 * HelloRetryRequest; c or s and the lengths of protected records of one packet, as in c53+19; cF
 * FIN, cR RST, cA fatal alert in clear; ~200 waits 200 ms. c!53 was sent before its sender had
 * heard of what stands before it.
 */
struct row {
    const char *name, *script;
    bool offers_early_data, chooses_psk;
    enum outcome outcome;
    enum undetermined why;
    double confidence;
};

static const struct client_hello hellos[2] = {{.has_early_data = false}, {.has_early_data = true}};
static const struct server_hello answers[2] = {{.version = TLS_1_3, .cipher_suite = 0x1301},
        {.version = TLS_1_3, .cipher_suite = 0x1301, .has_psk = true}};
static const struct server_hello retry = {
        .version = TLS_1_3, .cipher_suite = 0x1301, .is_hrr = true};

/* An unpadded flight of the server with a certificate request; a resumed one. */
#define FLIGHT "s23+62+854+281+53 "
#define RESUMED "s23+53 "
/* What the client answers with a certificate. */
#define CERT "c805+281+53 "

static void records(struct world *w, int dir, const char *p)
{
    w->is_crossing = *p == '!';
    p += w->is_crossing;
    world_packet(w, dir, MS);
    for (; *p >= '0' && *p <= '9'; p += *p == '+') {
        char *end;
        uint16_t len = (uint16_t)strtoul(p, &end, 10);
        world_fact(w, dir, (struct fact){.kind = FACT_APPLICATION_DATA}, len);
        world_take(w);
        p = end;
    }
    if (*p == 'A')
        world_fact(w, dir,
                (struct fact){.kind = FACT_ALERT, .alert = {.level = 2, .description = 48}}, 2);
    if (*p == 'F' || *p == 'R')
        world_event(w, dir, *p == 'F' ? FLOW_EVENT_FIN : FLOW_EVENT_RST);
    w->is_crossing = false;
}

static void hello(struct world *w, const struct row *row, char c, bool is_again)
{
    struct fact f = {.kind = FACT_SERVER_HELLO, .message_type = 2};
    f.server_hello = c == 'R' ? &retry : &answers[row->chooses_psk];
    if (c == 'H') /* no early data behind a HelloRetryRequest (RFC 8446 4.2.10) */
        f = (struct fact){.kind = FACT_CLIENT_HELLO,
                .message_type = 1,
                .client_hello = &hellos[row->offers_early_data && !is_again]};
    w->is_crossing = c == 'H' && !is_again; /* nothing comes before the first, however captured */
    world_packet(w, c != 'H', MS);
    world_fact(w, c != 'H', f, 100);
    w->is_crossing = false;
}

/* Plays the script, of which the words from cut on stand in another file; the time at which the
 * connection began. */
static int64_t play_cut(struct world *w, const struct row *row, int cut)
{
    char word[64];
    int n = 0;
    bool is_again = false;
    world_open(w);
    w->acks_fins = true;
    int64_t start = w->now;
    for (const char *p = row->script; sscanf(p, "%63s%n", word, &n) == 1; p += n) {
        if (cut-- == 0)
            world_next_file(w);
        if (*word == '~')
            world_wait(w, strtol(word + 1, NULL, 10) * (int64_t)MS);
        else if (*word == 'c' || *word == 's')
            records(w, *word == 's', word + 1);
        else
            hello(w, row, *word, is_again);
        is_again |= *word == 'R';
    }
    return start;
}

static int64_t play(struct world *w, const struct row *row)
{
    return play_cut(w, row, -1);
}

/* In one file, and in two, wherever it is cut. */
static void run(const struct row *row)
{
    for (int cut = -1; cut < 16; cut++) {
        struct world w;
        (void)play_cut(&w, row, cut);
        const struct handshake *h = world_close(&w);
        assert_non_null(h);
        if (h->outcome != row->outcome || h->undetermined != row->why ||
                h->confidence != row->confidence)
            fail_msg("%s, cut %d: %s %s %g", row->name, cut, outcome_name(h->outcome),
                    undetermined_name(h->undetermined), h->confidence);
        world_free(&w);
    }
}

#define UNDECIDED OUTCOME_UNDETERMINED, UNDETERMINED_TLS13, 0
#define IS(outcome, confidence) OUTCOME_##outcome, UNDETERMINED_NOT, confidence

/* RFC 8446 4.2.10. Records of 52 bytes of early data are as long as Finished. */
static const struct row early[] = {
        {"accepted", "H c53 S " RESUMED "c21+53 s82 cF", true, true, IS(SUCCESS, 0.95)},
        {"accepted, closed unused", "H c53 S " RESUMED "c21+53 c19 cF", true, true,
                IS(SUCCESS_INFERRED, 0.6)},
        {"accepted, more early data behind the flight", "H S " RESUMED "c53 c53 c21+53 s82 cF",
                true, true, IS(SUCCESS, 0.95)},
        {"early data behind the flight, then nothing", "H S " RESUMED "c53+100 cF", true, true,
                UNDECIDED},
        {"early data behind the flight, refused", "H S " RESUMED "c53+100 s19 sF", true, true,
                UNDECIDED},
        {"early data behind the ServerHello, sent before it", "H S " RESUMED "c!53+100 cF", true,
                true, IS(FAIL_CLOSED_CLIENT, 1)},
        {"early data that acknowledge the ServerHello alone", "H S c53 " RESUMED "c!100 cF", true,
                true, IS(FAIL_CLOSED_CLIENT, 1)},
        {"early data like an alert, captured before the flight", "H S c19 " RESUMED "c21+53 s82 cF",
                true, true, IS(SUCCESS, 0.95)},
        {"early data that end like EndOfEarlyData", "H S " RESUMED "c21 c53+21+53 s82 cF", true,
                true, IS(SUCCESS, 0.95)},
        {"session goes on, early data rejected", "H c53 S " RESUMED "c53+100 s82 cF", true, true,
                IS(SUCCESS_INFERRED, 0.7)},
        {"alert behind early data", "H c53 S " RESUMED "c19 cF", true, true,
                IS(FAIL_INFERRED_CLIENT, 0.7)},
        {"rejected", "H c53 S " FLIGHT "c53+100 s250 cF", true, false, IS(SUCCESS, 0.95)},
        {"rejected, client refuses", "H c53 S " FLIGHT "c19 cF", true, false,
                IS(FAIL_INFERRED_CLIENT, 0.9)},
        {"rejected, client leaves", "H c53 S " FLIGHT "cF", true, false, IS(FAIL_CLOSED_CLIENT, 1)},
        {"rejected, captured late", "H S " FLIGHT "c!53 c!100 cF", true, false,
                IS(FAIL_CLOSED_CLIENT, 1)},
        {"rejected, certificate refused", "H c53 S " FLIGHT CERT "c35 s19 sF", true, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"rejected, no certificate, refused", "H c53 S " FLIGHT "c25+53 s19 cF", true, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"rejected, certificate accepted", "H c53 S " FLIGHT CERT "s250 cF", true, false,
                IS(SUCCESS, 0.95)},
        {"rejected, early data behind the flight, certificate refused",
                "H S " FLIGHT "c53 " CERT "s19 sF", true, false, IS(FAIL_INFERRED_SERVER, 0.7)},
        {"rejected, early data behind the flight, certificate accepted",
                "H S " FLIGHT "c53 " CERT "s250 cF", true, false, IS(SUCCESS, 0.95)},
        {"rejected, early data behind the flight, refused", "H S " FLIGHT "c53+100 s19 sF", true,
                false, UNDECIDED},
        {"rejected, ServerHello captured before the ClientHello", "S " FLIGHT "H c!53+100 cF", true,
                false, IS(FAIL_CLOSED_CLIENT, 1)},
        {"rejected, early data and a pause before the certificate, refused",
                "H S " FLIGHT "c53 ~30 " CERT "s19 sF", true, false, IS(FAIL_INFERRED_SERVER, 0.7)},
        {"rejected by HelloRetryRequest", "H c53 R H S " FLIGHT "c53+100 cF", true, false,
                IS(SUCCESS, 0.95)},
        {"rejected by HelloRetryRequest, client refuses", "H c53 R H S " FLIGHT "c19 cF", true,
                false, IS(FAIL_INFERRED_CLIENT, 0.9)},
        {"rejected by HelloRetryRequest, captured late", "H R H S " FLIGHT "c!53+100 cF", true,
                false, IS(FAIL_CLOSED_CLIENT, 1)},
};

static void early_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        run(&early[i]);
}

/* Alert or data: a stack pads its Finished and its alerts alike. Behind Finished, 35 and 19. */
static const struct row short_records[] = {
        {"an alert where Finished was due, the server leaves first", "H S " FLIGHT "c19 sF cF",
                false, false, IS(FAIL_INFERRED_CLIENT, 0.9)},
        {"18 bytes of data behind an unpadded Finished", "H S " FLIGHT "c53 c35 cF", false, false,
                IS(SUCCESS, 0.95)},
        {"padded close_notify behind a padded Finished", "H S " FLIGHT "c69 c35 cF", false, false,
                IS(SUCCESS_INFERRED, 0.6)},
        {"two padded alerts (JSSE)", "H S " FLIGHT "c69 c35+35 cF", false, false,
                IS(SUCCESS_INFERRED, 0.6)},
        {"close_notify behind an unpadded Finished", "H S " FLIGHT "c53 c19 cF", false, false,
                IS(SUCCESS_INFERRED, 0.6)},
        {"2 bytes of data, then more", "H S " FLIGHT "c53 c19 c19 c40 cF", false, false,
                IS(SUCCESS, 0.95)},
        {"2 bytes of data, answered with 2, then close_notify",
                "H S " FLIGHT "c53 c19 s19 c19 s19 sF", false, false, IS(SUCCESS, 0.95)},
        {"close_notify of both", "H S " FLIGHT "c53 c19 s19 sF", false, false,
                IS(SUCCESS_INFERRED, 0.5)},
        {"18 bytes or a padded alert of a server whose Finished was not padded",
                "H S " FLIGHT CERT "s35 sF", false, false, UNDECIDED},
        {"padded refusal of a server whose Finished was padded",
                "H S s39+78+870+297+69 " CERT "s35 sF", false, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"padded refusal of a server whose flight is one record", "H S s1900 " CERT "s35 sF", false,
                false, IS(FAIL_INFERRED_SERVER, 0.7)},
};

/* Behind a client's certificate: a refusal, or an answer. */
static const struct row after_certificate[] = {
        {"refused", "H S " FLIGHT CERT "s19 sF", false, false, IS(FAIL_INFERRED_SERVER, 0.7)},
        {"request at once, refused", "H S " FLIGHT CERT "c40 s19 sF", false, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"refused, client answers", "H S " FLIGHT CERT "s19 c19 cF", false, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"refused while a request is on its way", "H S " FLIGHT CERT "~200 c40 s!19 sR", false,
                false, IS(FAIL_INFERRED_SERVER, 0.7)},
        {"request on its way, which acknowledges the refusal", "H S " FLIGHT CERT "s19 c20 sR",
                false, false, IS(FAIL_INFERRED_SERVER, 0.7)},
        {"two alerts, a request between them (GnuTLS)", "H S " FLIGHT CERT "s19 c35 s19 sF", false,
                false, IS(FAIL_INFERRED_SERVER, 0.7)},
        {"two alerts at once (GnuTLS)", "H S " FLIGHT CERT "s19+19 c19 sF", false, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"a flight that takes its time, refused", "H S " FLIGHT "c805 ~30 c281 ~30 c53 s19 sF",
                false, false, IS(FAIL_INFERRED_SERVER, 0.7)},
        {"a flight in odd records that takes its time, refused",
                "H S " FLIGHT "c700 ~30 c700 ~30 c700 s19 sF", false, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"client closes later, server answers", "H S " FLIGHT CERT "~200 c19 s19 cF sF", false,
                false, IS(SUCCESS_INFERRED, 0.5)},
        {"client closes later with FIN, server answers", "H S " FLIGHT CERT "~200 cF s19 sF", false,
                false, IS(SUCCESS_INFERRED, 0.5)},
        {"client closes later, server closes", "H S " FLIGHT CERT "~200 c19 sF", false, false,
                IS(SUCCESS_INFERRED, 0.5)},
        {"empty certificate, client closes later, server answers",
                "H S " FLIGHT "c25+53 ~23 c19 s19 sF", false, false, IS(SUCCESS_INFERRED, 0.5)},
        {"client closes at once: refusal or answer", "H S " FLIGHT CERT "c19 s19 sF", false, false,
                UNDECIDED},
        {"client leaves at once: refusal or answer", "H S " FLIGHT CERT "cF s19 sF", false, false,
                UNDECIDED},
        {"client closes at once, server closes", "H S " FLIGHT CERT "c19 sF", false, false,
                UNDECIDED},
        {"client closes, the server takes as long again", "H S " FLIGHT CERT "~30 c19 ~30 s19 sF",
                false, false, UNDECIDED},
        {"both close, neither had heard", "H S " FLIGHT CERT "~200 c19 s!19 sF", false, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"2 bytes for an answer, closing of both", "H S " FLIGHT CERT "~200 c20 s19 c19 s19 sF cF",
                false, false, IS(SUCCESS_INFERRED, 0.7)},
        {"2 bytes for an answer, more data", "H S " FLIGHT CERT "~200 c20 s19 c20 s60 sF", false,
                false, IS(SUCCESS, 0.95)},
        {"2 bytes for an answer, then FIN", "H S " FLIGHT CERT "~200 c20 s19 sF", false, false,
                IS(SUCCESS_INFERRED, 0.5)},
        {"closed by the server after a long time", "H S " FLIGHT CERT "~20000 s19 sF", false, false,
                UNDECIDED},
        {"the server's first record is as long as an alert",
                "H S s35+62+854+281+53 " CERT "~200 c19 cF", false, false,
                IS(SUCCESS_INFERRED, 0.5)},
        {"certificate and Finished in one record, refused", "H S s1900 c2010 s19 sF", false, false,
                IS(FAIL_INFERRED_SERVER, 0.7)},
        {"certificate or a padded alert in one record", "H S s1900 c528 s19 sF", false, false,
                UNDECIDED},
};

/* Servers that pad (RFC 8446 5.4): their alerts are as long as their shortest records. */
#define PADDED "s528+528+1040+528+528 "
#define PADDED_64 "s80+144+912+336+80 "
static const struct row padded[] = {
        {"certificate refused", "H S " PADDED CERT "s528 sF", false, false, UNDECIDED},
        {"certificate refused, blocks of 64", "H S " PADDED_64 CERT "s80 sF", false, false,
                UNDECIDED},
        {"certificate refused, blocks of 64 behind the content type",
                "H S s81+145+913+337+81 " CERT "s81 sR", false, false, UNDECIDED},
        {"no certificate, refused", "H S " PADDED "c25+53 s528 sF", false, false, UNDECIDED},
        {"a ticket, or refused; client leaves", "H S " PADDED CERT "s528 c19 cF", false, false,
                UNDECIDED},
        {"two tickets", "H S " PADDED CERT "s528+528 sF", false, false, IS(SUCCESS, 0.95)},
        {"a ticket and an answer", "H S " PADDED CERT "s528 c40 s528 sF", false, false,
                IS(SUCCESS, 0.95)},
        {"a long answer", "H S " PADDED CERT "c40 s1040 sF", false, false, IS(SUCCESS, 0.95)},
        {"a request after a pause, an answer", "H S " PADDED CERT "~200 c40 s528 sF", false, false,
                IS(SUCCESS_INFERRED, 0.5)},
        {"no certificate asked for, closed by the server", "H S " PADDED "c53 s528 sF", false,
                false, IS(SUCCESS_INFERRED, 0.5)},
        {"no certificate asked for, closed by the client", "H S " PADDED "c53 s528 cF", false,
                false, IS(SUCCESS_INFERRED, 0.6)},
        {"session goes on", "H S s80+80 c53 s80 sF", false, true, IS(SUCCESS_INFERRED, 0.5)},
        {"client pads as well, refused", "H S " PADDED "c1040+528+528 s528 sF", false, false,
                UNDECIDED},
        {"client pads as well, tickets", "H S " PADDED "c528 s528+528 cF", false, false,
                IS(SUCCESS, 0.9)},
        {"like padding, but for Finished", "H S s80+144+912+336+53 " CERT "s80 sF", false, false,
                IS(SUCCESS, 0.95)},
        {"one record alone is no evidence", "H S s2064 " CERT "s80 sF", false, false,
                IS(SUCCESS, 0.95)},
};

static void padding(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof padded / sizeof *padded; i++)
        run(&padded[i]);
}

static void certificates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof after_certificate / sizeof *after_certificate; i++)
        run(&after_certificate[i]);
}

static void alert_or_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof short_records / sizeof *short_records; i++)
        run(&short_records[i]);
}

/* When the first data of the client came, milliseconds behind the connection's start. */
static void client_data_times(void **state)
{
    static const struct {
        struct row row;
        int ms; /* -1: none */
    } rows[] = {
            {{"request of 18 bytes", "H S " FLIGHT "c53 c35 s900 cF", false, false, 0, 0, 0}, 5},
            {{"2 bytes or close_notify, a long answer or ticket", "H S " FLIGHT "c53 c19 s900 cF",
                     false, false, 0, 0, 0},
                    -1},
            {{"2 bytes, a long answer behind the tickets", "H S " FLIGHT "c53 s82 c19 s900 cF",
                     false, false, 0, 0, 0},
                    6},
            {{"2 bytes, tickets, an answer", "H S " FLIGHT "c53 c19 s82+82 s60 cF", false, false, 0,
                     0, 0},
                    5},
            {{"2 bytes, tickets, more", "H S " FLIGHT "c53 c19 s82 c60 cF", false, false, 0, 0, 0},
                    5},
            {{"2 bytes, a short answer, close_notify", "H S " FLIGHT "c53 c19 s40 c19 cF", false,
                     false, 0, 0, 0},
                    5},
            {{"close_notify, tickets", "H S " FLIGHT "c53 c19 s82 s82 cF", false, false, 0, 0, 0},
                    -1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        struct connection_end end;
        int64_t start = play(&w, &rows[i].row);
        const struct handshake *h = world_close(&w);
        int64_t us = h->times.client_data_us;
        if (us == TIME_NONE && attempt_end(w.a, &w.info, &end))
            us = end.data_us[SIDE_CLIENT];
        if (us != (rows[i].ms < 0 ? TIME_NONE : start + rows[i].ms * MS))
            fail_msg(
                    "%s: %lld", rows[i].row.name, us == TIME_NONE ? -1LL : (long long)(us - start));
        world_free(&w);
    }
}

/* Lengths of the records of Certificate and CertificateVerify. */
static void flight_lengths(void **state)
{
    static const struct {
        struct row row;
        uint16_t cert, verify;
    } rows[] = {{{"request", "H S " FLIGHT "c53 c100 s200", false, false, UNDECIDED}, 854, 281},
            {{"packets", "H S s23 s854+100 s53 c53 c100 s200", false, false, UNDECIDED}, 854, 100},
            {{"retry", "H R H S s23+854+281+53 c53 c100", false, false, UNDECIDED}, 854, 281},
            {{"one record", "H S s1200 c53 c100 s200", false, false, UNDECIDED}, 0, 0},
            {{"two records", "H S s900+281+53 c53 c100", false, false, UNDECIDED}, 0, 0},
            {{"resumed", "H S s23+800+200+53 c53", false, true, UNDECIDED}, 0, 0},
            {{"no end", "H S s23+854+281 cR", false, false, UNDECIDED}, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        (void)play(&w, &rows[i].row);
        const struct handshake *h = world_close(&w);
        assert_non_null(h);
        if (h->cert_record_len != rows[i].cert || h->verify_record_len != rows[i].verify)
            fail_msg("%s: %u %u", rows[i].row.name, h->cert_record_len, h->verify_record_len);
        world_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(early_data),
            cmocka_unit_test(flight_lengths), cmocka_unit_test(alert_or_data),
            cmocka_unit_test(certificates), cmocka_unit_test(padding),
            cmocka_unit_test(client_data_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
