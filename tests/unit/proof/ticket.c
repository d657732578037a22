/* Tickets under keys of zeros: made with Python's hmac, contents at random; or by the stack that is
 * named. */
#include "proof/ticket.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

static const struct {
    const char *name, *hex, *mac;
} tickets[] = {
        {"OpenSSL, 32 zeros",
                "9f41bd5bcbb0f1d7bda6ec8707d777c6f13fa60de6281c5f78de3f618b1a923f03bb3768472eeadec4"
                "6328c3cc12239e9e71202100f8df0135c637f5fb2adf2a4a50f6328ae0ada0342ef0f7b032f7f7e462"
                "4c055c6a2aef254310544dd19a962514f92fb4ec940c7bccc37458317847eed66ae33a4dcdee0aa645"
                "bea79e6126",
                "HMAC (SHA-256)"},
        {"OpenSSL, 16 zeros",
                "9f41bd5bcbb0f1d7bda6ec8707d777c6f13fa60de6281c5f78de3f618b1a923f03bb3768472eeadec4"
                "6328c3cc12239e9e71202100f8df0135c637f5fb2adf2a4a50f6328ae0ada0342ef0f7b032f7f7e462"
                "4c055c6a2aef254310544dd19a962514f92fb4ec940c7bccc37458317847eed66ae33a4dcdee0aa645"
                "bea79e6126",
                "HMAC (SHA-256)"},
        {"GnuTLS up to 3.6.2",
                "000000000000000000000000000000000098adb556104f5ad14e7bb2502f7b780040b42d0e41f9f005"
                "f3bf5bd867048cc96b5d6094d702730bb52e9ff4f4321ec13eedd1f17658835ae48640c6761b96bfc7"
                "cc5edc4b096ef2fa173557839c5ceb25015b35c2e18e93df9619b368875afd8b7f8c1798ab6af5d738"
                "b6a74461c6b5ef",
                "HMAC (SHA-256)"},
        {"GnuTLS 3.6.3 and later",
                "000000000000000000000000000000000098adb556104f5ad14e7bb2502f7b780040b42d0e41f9f005"
                "f3bf5bd867048cc96b5d6094d702730bb52e9ff4f4321ec13eedd1f17658835ae48640c6761b96bfc7"
                "cc5edc4b096ef2fa173557839c5ceb25ec476d11dbf7b3060242a7925eac7b5c985d5987",
                "HMAC (SHA-1)"},
        {"no key name",
                "5746ecb38b174faf514e2dcc14a026b8b04fff7b29b80c14fc9988ec67083cbd9858d34074a66b250e"
                "faeaa308cd7e55d63521fbbb90f321a1e5c9691b2b6f5ff8e3010c79713f8c01ef99d74fdf109786ed"
                "e5f24dba7f6fae4971a89d087da0",
                "HMAC (SHA-256)"},
        {"another key",
                "9f41bd5bcbb0f1d7bda6ec8707d777c6f13fa60de6281c5f78de3f618b1a923f03bb3768472eeadec4"
                "6328c3cc12239e9e71202100f8df0135c637f5fb2adf2a4a50f6328ae0ada0342ef0f7b032f7f7e462"
                "4c055c6a2aef254310544dd19a9699c42ab8ba6275a31745761e0474aedf94626bb1dcbdb03554fc5f"
                "d275fd6a76",
                NULL},
        {"another hash",
                "9f41bd5bcbb0f1d7bda6ec8707d777c6f13fa60de6281c5f78de3f618b1a923f03bb3768472eeadec4"
                "6328c3cc12239e9e71202100f8df0135c637f5fb2adf2a4a50f6328ae0ada0342ef0f7b032f7f7e462"
                "4c055c6a2aef254310544dd19a96312b9b0e7a5b687f23299231c4fdb36772cd1e0da1edcd4aa517d4"
                "fa47a7917a",
                NULL},
        {"Go 1.19, SetSessionTicketKeys of zeros",
                "5046adc1dba838867b2bbbfdd0c3423e575a84bd46cc3082941637125e79918ab8e7449facc7a0d48e"
                "2c78477134e5b7946c5c8c825eaa22db79934b250237cb99a805e3ed52b9d24620f3711d17bf3fb695"
                "1f05bc4029460e52396719c02136603462612da4edbea09cf151b6bd79c2910a1e469a267c1ec558e6"
                "eeb452dfeddf",
                "HMAC (SHA-256, as Go makes it)"},
        {"mbedTLS 2.28, AES-256-GCM",
                "0000000067c6697351ff4aec29cdbaab007205ac3b180cd98673c3d0c8d48cf9586bfc273ba5713d07"
                "769955287545a296b7e115d203003fea9197a441b437475e4264f511a6767493947297d955679cf312"
                "81544fdde3b8def3a68042a3ded0ef571d87c6e16c87f16b9710e985f6d36e5e0ce0f3a4ddcc0e27bf"
                "1ca575c873ac4ae5509743a43288dc4cc3e77e88a1f3843074",
                "tag (AES-GCM)"},
        {"mbedTLS 2.28, AES-128-GCM",
                "00000000f2fbe3467cc254f81be8e78d0072a10123caec27ef6b9b57b5a835dbb47df6f31ac2fb00e0"
                "563314ad6ffbd85ba62ff4e440cecd7b3da3b319543a9b3f921430e3df9f53abe64fe506d226b91daa"
                "8aebc92d585b3ce000f7f3a11221e8900369324b485849b2497e516064e66047e9b5c636f0c99d0cf9"
                "9735ed6ceaaebf041b9c499d55fd6a554ffb6d48d594dba0e3",
                "tag (AES-GCM)"},
        {"mbedTLS 2.28, AES-256-CCM, which is not tried",
                "00000000765a2e63339fc99a66320db7007284b519fbd22e64022dcf1ee62fdcf48f627be7ac378c35"
                "43d8f83a1755f847b4e7cf2cf3dcee95494af21a431d830bc984d120a7b0d043d2d51b65938f685b34"
                "2908a525dcdeabbde5940efa5bfd6ae199994eefd347ad799e7ed2148185be898d9ed5839dabdf024f"
                "0f4d723e96c40bedecf0851ef5b22d3f3fdc5f813699e07670",
                NULL},
};

static size_t bytes_from(const char *hex, uint8_t out[512])
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned v = 0;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        out[i] = (uint8_t)v;
    }
    return n;
}

static void test_tickets(void **state)
{
    (void)state;
    uint8_t ticket[512];
    struct prover *p = prover_new();
    for (size_t i = 0; i < sizeof tickets / sizeof *tickets; i++) {
        size_t n = bytes_from(tickets[i].hex, ticket);
        const char *mac = prove_ticket_zero(p, (struct bytes){ticket, n});
        bool is_right = mac == NULL ? tickets[i].mac == NULL
                                    : tickets[i].mac != NULL && strcmp(mac, tickets[i].mac) == 0;
        if (!is_right)
            fail_msg("%s: %s", tickets[i].name, mac != NULL ? mac : "no key of zeros");
        for (size_t cut = 0; cut < n; cut++)
            assert_null(prove_ticket_zero(p, (struct bytes){ticket, cut}));
        ticket[n / 2] ^= 1;
        assert_null(prove_ticket_zero(p, (struct bytes){ticket, n}));
    }
    assert_null(prove_ticket_zero(p, (struct bytes){NULL, 0}));
    prover_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tickets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
