#include "x509/crl.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/unit/test.h"
#include "tests/unit/x509/blob.h"

/*
 * Made with `openssl ca -gencrl`. V2, V1 and the scoped ones list 0x1002 (keyCompromise), 0x1004
 * (certificateHold) and a serial of 20 octets (no reason); REMOVED is newer and lists 0x1002 and
 * 0x1004 with removeFromCRL; EMPTY is as new and lists nothing. The key of CA2 has the CA's name.
 * CERT_CA_NOSIGN is the CA with a keyUsage without cRLSign.
 */
/* clang-format off */
enum blob {
    V2,
    V1,
    INDIRECT,
    SCOPED,
    DELTA,
    STRANGE,
    CA2,
    REMOVED,
    EMPTY,
    CERT_CA,
    CERT_CA2,
    CERT_CA_NOSIGN,
    CERT_GOOD,
    CERT_REVOKED,
    CERT_HOLD,
    CERT_HIGH,
    CERT_GOOD2,
    BLOB_COUNT
};

static const char *const blobs[BLOB_COUNT] = {
        [V2] =
                "MIIBQzCB6gIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EXDTI2MTEyNjEwMTM0"
                "N1oXDTI2MTIyNjEwMTM0N1owbjAhAgIQAhcNMjYwMTAyMDMwNDA1WjAMMAoGA1UdFQQDCgEBMCECAhAEFw0y"
                "NjAyMDMwNDA1MDZaMAwwCgYDVR0VBAMKAQYwJgIVAP7cuph2VDIQASNFZ4mrze8BI0VnFw0yNjAzMDMwMzAz"
                "MDNaoC8wLTAfBgNVHSMEGDAWgBTT2GgRhozgt+f5l/oAdSVnKnxRyTAKBgNVHRQEAwIBATAKBggqhkjOPQQD"
                "AgNIADBFAiBi4YNELBxzYgyahavXQ0wY+ou1rYcyBduF7F/dXS0BfwIhAJAXSMXwyoUvarcDpMf1YtjcJQ3k"
                "hv82844NOg6QRm/P",
        [V1] =
                "MIIBEjCBuQIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EXDTI2MTEyNjEwMTM0"
                "N1oXDTI2MTIyNjEwMTM0N1owbjAhAgIQAhcNMjYwMTAyMDMwNDA1WjAMMAoGA1UdFQQDCgEBMCECAhAEFw0y"
                "NjAyMDMwNDA1MDZaMAwwCgYDVR0VBAMKAQYwJgIVAP7cuph2VDIQASNFZ4mrze8BI0VnFw0yNjAzMDMwMzAz"
                "MDNaMAoGCCqGSM49BAMCA0gAMEUCIQCrU6psQ5bdUQHVjXZsIn/uRpIkv+lbz4Sdiv+6YH8vMgIgHlwQ2pha"
                "m8v/xDeot0RF/oa54nBbj3VZdFewQR5cSXM=",
        [INDIRECT] =
                "MIIBSzCB8QIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EXDTI2MTEyNjEwMTM0"
                "N1oXDTI2MTIyNjEwMTM0N1owbjAhAgIQAhcNMjYwMTAyMDMwNDA1WjAMMAoGA1UdFQQDCgEBMCECAhAEFw0y"
                "NjAyMDMwNDA1MDZaMAwwCgYDVR0VBAMKAQYwJgIVAP7cuph2VDIQASNFZ4mrze8BI0VnFw0yNjAzMDMwMzAz"
                "MDNaoDYwNDAyBgNVHRwBAf8EKDAmoCGgH4YdaHR0cDovL2NybC5leGFtcGxlLnRlc3QvaS5jcmyEAf8wCgYI"
                "KoZIzj0EAwIDSQAwRgIhAJF/EJPUY/jiRPg1AGSXNJWNAA6XPMVPaIekGhBMjEb3AiEAhG4SQ/4H5f4RSc8x"
                "BoI+N71q1UH9FlYwe22Og6m8fxk=",
        [SCOPED] =
                "MIIBSjCB8QIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EXDTI2MTEyNjEwMTM0"
                "N1oXDTI2MTIyNjEwMTM0N1owbjAhAgIQAhcNMjYwMTAyMDMwNDA1WjAMMAoGA1UdFQQDCgEBMCECAhAEFw0y"
                "NjAyMDMwNDA1MDZaMAwwCgYDVR0VBAMKAQYwJgIVAP7cuph2VDIQASNFZ4mrze8BI0VnFw0yNjAzMDMwMzAz"
                "MDNaoDYwNDAyBgNVHRwBAf8EKDAmoCGgH4YdaHR0cDovL2NybC5leGFtcGxlLnRlc3QvMS5jcmyBAf8wCgYI"
                "KoZIzj0EAwIDSAAwRQIgT+N3+vmDjMItRu076xTamshboUm9cmTw3RN7QFvz1oYCIQCDprRYxFAtACbZC0cD"
                "bIdRpIDpqThPKiz8tC1OhAgNTw==",
        [DELTA] =
                "MIIBJjCBzAIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EXDTI2MTEyNjEwMTM0"
                "N1oXDTI2MTIyNjEwMTM0N1owbjAhAgIQAhcNMjYwMTAyMDMwNDA1WjAMMAoGA1UdFQQDCgEBMCECAhAEFw0y"
                "NjAyMDMwNDA1MDZaMAwwCgYDVR0VBAMKAQYwJgIVAP7cuph2VDIQASNFZ4mrze8BI0VnFw0yNjAzMDMwMzAz"
                "MDNaoBEwDzANBgNVHRsBAf8EAwIBATAKBggqhkjOPQQDAgNJADBGAiEAyNQMK9r44uoxHAGbInOpwg8Wqhy7"
                "9X52lnpGpC+YoakCIQDx1c5mmsg0Tum5QXF5VHJ8Pn8ADk655NcOsPcQv3C39Q==",
        [STRANGE] =
                "MIIBJTCBywIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EXDTI2MTEyNjEwMTM0"
                "N1oXDTI2MTIyNjEwMTM0N1owbjAhAgIQAhcNMjYwMTAyMDMwNDA1WjAMMAoGA1UdFQQDCgEBMCECAhAEFw0y"
                "NjAyMDMwNDA1MDZaMAwwCgYDVR0VBAMKAQYwJgIVAP7cuph2VDIQASNFZ4mrze8BI0VnFw0yNjAzMDMwMzAz"
                "MDNaoBAwDjAMBgMqAwQBAf8EAgUAMAoGCCqGSM49BAMCA0kAMEYCIQCA3Xak0hPR3j8CnCScFtRoH9u/ynN7"
                "iiSGbmiNbB8tQwIhAPgq2//Lf2mB0ODTC5Hw2RvxC92b8ZeuhGwK1Jau3lSJ",
        [CA2] =
                "MIIBNjCB3gIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EXDTI2MTEyNjEwMTM0"
                "N1oXDTI2MTIyNjEwMTM0N1owbjAhAgIQAhcNMjYwMTAyMDMwNDA1WjAMMAoGA1UdFQQDCgEBMCECAhAEFw0y"
                "NjAyMDMwNDA1MDZaMAwwCgYDVR0VBAMKAQYwJgIVAP7cuph2VDIQASNFZ4mrze8BI0VnFw0yNjAzMDMwMzAz"
                "MDNaoCMwITAfBgNVHSMEGDAWgBTH/y5jtOqPugS+43If3Dj6WcQtlDAKBggqhkjOPQQDAgNHADBEAiB9v9GE"
                "DRu8cOt1BY5yd+N1JFVhNauDk6hGxHXv8FoERwIgJ/Gd743lAI87J35vfR1vKwqFA1RZem3l1wUeChIM/SI=",
        [REMOVED] =
                "MIIBDzCBtgIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EXDTI2MTEyNjEwMTM0"
                "OFoXDTI2MTIyNjEwMTM0OFowRjAhAgIQAhcNMjYwMTAyMDMwNDA1WjAMMAoGA1UdFQQDCgEBMCECAhAEFw0y"
                "NjAyMDMwNDA1MDZaMAwwCgYDVR0VBAMKAQigIzAhMB8GA1UdIwQYMBaAFNPYaBGGjOC35/mX+gB1JWcqfFHJ"
                "MAoGCCqGSM49BAMCA0gAMEUCIQC6sluBOq0urahj4OfwPKjagrP8fdnX98uKaGrgfCebUQIgYV5S+5vZoqjb"
                "KIOus+X4Dzcai6gBh7m2CzhSjK4dx8o=",
        [EMPTY] =
                "MIHGMG4CAQEwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBFw0yNjExMjYxMDEzNDha"
                "Fw0yNjEyMjYxMDEzNDhaoCMwITAfBgNVHSMEGDAWgBTT2GgRhozgt+f5l/oAdSVnKnxRyTAKBggqhkjOPQQD"
                "AgNIADBFAiBIQPPktjbRBtfmpPWR6LODfj6TP6TAmkLXJgkfXO1eaAIhAN6i/HKYp0V1sBWaaaZBvFX2V2Xk"
                "65W71ubHP0D5uvSY",
        [CERT_CA] =
                "MIIBZTCCAQugAwIBAgIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EwHhcNMjYx"
                "MTI2MTAxMzQ3WhcNMzYxMTIzMTAxMzQ3WjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EwWTATBgcqhkjO"
                "PQIBBggqhkjOPQMBBwNCAATNrVswSqoRs0IkGprpU4+6IvBPubTC2aT5UyzWHqkx2cUPZv8S3VXBvRzDXVZw"
                "EIjys3gppnO4KK4MMrIjboKvo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4E"
                "FgQU09hoEYaM4Lfn+Zf6AHUlZyp8UckwCgYIKoZIzj0EAwIDSAAwRQIgIttFtPFT0/0+WI2/0jrLQI5VRTdu"
                "FGrXPATXx8E7960CIQD/9ddeR7JqWkr3x76JEnpK+5yHiQo08grSNoyaWpit1A==",
        [CERT_CA2] =
                "MIIBZTCCAQugAwIBAgIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EwHhcNMjYx"
                "MTI2MTAxMzQ3WhcNMzYxMTIzMTAxMzQ3WjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EwWTATBgcqhkjO"
                "PQIBBggqhkjOPQMBBwNCAARuNd6KHYyNC/puTLrNcxvYPho5HVLszAZus+ZIIKlwKUYw5cE4J4PASNexbqpg"
                "QHjPQRk8TRK0vgxkg7I+kEOJo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4E"
                "FgQUx/8uY7Tqj7oEvuNyH9w4+lnELZQwCgYIKoZIzj0EAwIDSAAwRQIhALM/qDYLWQURpG/HoH6hhWXMTDce"
                "1H5RCxL2iNaQou7VAiBGqkCWVywI5k7xX2pe+2cmcX68xbG8enL/WXFFFfrWJg==",
        [CERT_CA_NOSIGN] =
                "MIIBZTCCAQugAwIBAgIBAjAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EwHhcNMjYx"
                "MTI2MTAxMzQ3WhcNMzYxMTIzMTAxMzQ3WjAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EwWTATBgcqhkjO"
                "PQIBBggqhkjOPQMBBwNCAATNrVswSqoRs0IkGprpU4+6IvBPubTC2aT5UyzWHqkx2cUPZv8S3VXBvRzDXVZw"
                "EIjys3gppnO4KK4MMrIjboKvo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4E"
                "FgQU09hoEYaM4Lfn+Zf6AHUlZyp8UckwCgYIKoZIzj0EAwIDSAAwRQIgaYUFoMIX+7E1iEPk2U8J2YSbtzxB"
                "0xRCq71FpPbwMgICIQDzM4Rgnw6XqSqv64brd7jc9Ztz9n5eVtD3WGEC7LiLsg==",
        [CERT_GOOD] =
                "MIIBhDCCASqgAwIBAgICEAEwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2"
                "MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owGzEZMBcGA1UEAwwQd3d3LmV4YW1wbGUudGVzdDBZMBMGByqG"
                "SM49AgEGCCqGSM49AwEHA0IABMVJCLd9m1fcRq5J4eK3bo4EyYl1GcaHkKDT+vv8ZMtbwcigGyUO2hUgVm1G"
                "p1iVv6yPUZltzJXVqsu6aKWdAUWjXzBdMBsGA1UdEQQUMBKCEHd3dy5leGFtcGxlLnRlc3QwHwYDVR0jBBgw"
                "FoAU09hoEYaM4Lfn+Zf6AHUlZyp8UckwHQYDVR0OBBYEFMDxMHEUh/C/0pDXcrvS6iOQBKqmMAoGCCqGSM49"
                "BAMCA0gAMEUCIQCizlHUB1aflA+XR5PXKuv0/eqObIjnlcyma9J0ZWisSAIgDlgPM+gyxmMQXyvaeKD8IMBJ"
                "0s6/7ltuLboRCsjdZE4=",
        [CERT_REVOKED] =
                "MIIBhDCCASqgAwIBAgICEAIwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2"
                "MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owGzEZMBcGA1UEAwwQd3d3LmV4YW1wbGUudGVzdDBZMBMGByqG"
                "SM49AgEGCCqGSM49AwEHA0IABMVJCLd9m1fcRq5J4eK3bo4EyYl1GcaHkKDT+vv8ZMtbwcigGyUO2hUgVm1G"
                "p1iVv6yPUZltzJXVqsu6aKWdAUWjXzBdMBsGA1UdEQQUMBKCEHd3dy5leGFtcGxlLnRlc3QwHwYDVR0jBBgw"
                "FoAU09hoEYaM4Lfn+Zf6AHUlZyp8UckwHQYDVR0OBBYEFMDxMHEUh/C/0pDXcrvS6iOQBKqmMAoGCCqGSM49"
                "BAMCA0gAMEUCIQCYvhLdZILFaINb5wsE8lv10FECwC2iTG0PNWOw3pzp1QIgTLRGEAaVI7hEo9SuLasxdKto"
                "gA8lMwWp3PDhaITKYlk=",
        [CERT_HOLD] =
                "MIIBhDCCASqgAwIBAgICEAQwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2"
                "MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owGzEZMBcGA1UEAwwQd3d3LmV4YW1wbGUudGVzdDBZMBMGByqG"
                "SM49AgEGCCqGSM49AwEHA0IABMVJCLd9m1fcRq5J4eK3bo4EyYl1GcaHkKDT+vv8ZMtbwcigGyUO2hUgVm1G"
                "p1iVv6yPUZltzJXVqsu6aKWdAUWjXzBdMBsGA1UdEQQUMBKCEHd3dy5leGFtcGxlLnRlc3QwHwYDVR0jBBgw"
                "FoAU09hoEYaM4Lfn+Zf6AHUlZyp8UckwHQYDVR0OBBYEFMDxMHEUh/C/0pDXcrvS6iOQBKqmMAoGCCqGSM49"
                "BAMCA0gAMEUCIQD3wwSCWVbGYlGJI6H9pEOVoK3/MaX62FUUSs+OXBLDWQIgJY37HpINXy3QTllm83Vc1t3b"
                "HAXkjJPI0AJpkvA6Nwk=",
        [CERT_HIGH] =
                "MIIBmDCCAT2gAwIBAgIVAP7cuph2VDIQASNFZ4mrze8BI0VnMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMMD3Rs"
                "c3dpcmUgdGVzdCBDQTAeFw0yNjExMjYxMDEzNDdaFw0zNjExMjMxMDEzNDdaMBsxGTAXBgNVBAMMEHd3dy5l"
                "eGFtcGxlLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATFSQi3fZtX3EauSeHit26OBMmJdRnGh5Cg"
                "0/r7/GTLW8HIoBslDtoVIFZtRqdYlb+sj1GZbcyV1arLumilnQFFo18wXTAbBgNVHREEFDASghB3d3cuZXhh"
                "bXBsZS50ZXN0MB8GA1UdIwQYMBaAFNPYaBGGjOC35/mX+gB1JWcqfFHJMB0GA1UdDgQWBBTA8TBxFIfwv9KQ"
                "13K70uojkASqpjAKBggqhkjOPQQDAgNJADBGAiEA0+gUaNvYB49Ccs2XzeLu3lXFNAnfW+WZZPes+yoyArcC"
                "IQC9Lla1vNaWUhLRoM/5FUPBIUYOO5vhJ71jH9B0kO9yOA==",
        [CERT_GOOD2] =
                "MIIBhTCCASqgAwIBAgICEAEwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2"
                "MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owGzEZMBcGA1UEAwwQd3d3LmV4YW1wbGUudGVzdDBZMBMGByqG"
                "SM49AgEGCCqGSM49AwEHA0IABMVJCLd9m1fcRq5J4eK3bo4EyYl1GcaHkKDT+vv8ZMtbwcigGyUO2hUgVm1G"
                "p1iVv6yPUZltzJXVqsu6aKWdAUWjXzBdMBsGA1UdEQQUMBKCEHd3dy5leGFtcGxlLnRlc3QwHwYDVR0jBBgw"
                "FoAUx/8uY7Tqj7oEvuNyH9w4+lnELZQwHQYDVR0OBBYEFMDxMHEUh/C/0pDXcrvS6iOQBKqmMAoGCCqGSM49"
                "BAMCA0kAMEYCIQCgvCKvBawYieC/ZarcSnIHHyLmwt6sVF0BL7PfTwUotAIhAOuQLM4sWfbd5BT6WfNj/pWc"
                "GwEs1DRymMdkliM5HCnu",
};
/* clang-format on */

#define UPDATE_US INT64_C(1795688027000000) /* Nov 26 10:13:47 2026 GMT */
#define DAY_US INT64_C(86400000000)
#define SECOND_US INT64_C(1000000)
#define AT_US (UPDATE_US + DAY_US)

static uint8_t raw[BLOB_COUNT][500];
static struct bytes der[BLOB_COUNT];

static int decode(void **state)
{
    (void)state;
    for (int i = 0; i < BLOB_COUNT; i++)
        der[i] = blob_decode(blobs[i], raw[i], sizeof raw[i]);
    return 0;
}

enum { NOBODY = -1 };

static struct bytes blob(int which)
{
    return which == NOBODY ? (struct bytes){NULL, 0} : der[which];
}

static void verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int crls[3], leaf, issuer;
        enum crl_status status;
        int reason;
        const char *why;
    } rows[] = {
            {"revoked", {V2, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_REVOKED, 1, NULL},
            {"version 1", {V1, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_REVOKED, 1, NULL},
            {"no reason", {V2, NOBODY, NOBODY}, CERT_HIGH, CERT_CA, CRL_REVOKED, -1, NULL},
            {"hold", {V2, NOBODY, NOBODY}, CERT_HOLD, CERT_CA, CRL_ON_HOLD, 6, NULL},
            {"absent", {V2, NOBODY, NOBODY}, CERT_GOOD, CERT_CA, CRL_NOT_LISTED, -1, NULL},
            {"absent from nothing", {EMPTY, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_NOT_LISTED,
                    -1, NULL},
            {"hold lifted", {EMPTY, V2, NOBODY}, CERT_HOLD, CERT_CA, CRL_NOT_LISTED, -1, NULL},
            {"hold removed", {V2, REMOVED, NOBODY}, CERT_HOLD, CERT_CA, CRL_NOT_LISTED, -1, NULL},
            {"only the one in scope counts", {SCOPED, EMPTY, NOBODY}, CERT_REVOKED, CERT_CA,
                    CRL_NOT_LISTED, -1, NULL},
            {"revoked stays", {V2, EMPTY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_REVOKED, 1, NULL},
            {"of a distribution point that the certificate lacks", {SCOPED, NOBODY, NOBODY},
                    CERT_REVOKED, CERT_CA, CRL_SILENT, -1,
                    "the CRL is of another distribution point than the certificate's"},
            {"indirect", {INDIRECT, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_SILENT, -1,
                    "is an indirect CRL"},
            {"delta", {DELTA, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_SILENT, -1,
                    "is a delta CRL"},
            {"critical", {STRANGE, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_SILENT, -1,
                    "has a critical extension that is not understood"},
            {"usable one among others", {DELTA, CA2, V2}, CERT_REVOKED, CERT_CA, CRL_REVOKED, 1,
                    NULL},
            {"of another key", {CA2, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_SILENT, -1,
                    "the CRL is signed by another key than that of the issuer's certificate"},
            {"right key, leaf of another", {CA2, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA2,
                    CRL_SILENT, -1,
                    "the issuer's certificate that is there does not verify this one"},
            {"of the other CA", {CA2, NOBODY, NOBODY}, CERT_GOOD2, CERT_CA2, CRL_NOT_LISTED, -1,
                    NULL},
            {"no cRLSign", {V2, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA_NOSIGN, CRL_SILENT, -1,
                    "the issuer's certificate may not sign CRLs"},
            {"no issuer", {V2, NOBODY, NOBODY}, CERT_REVOKED, NOBODY, CRL_SILENT, -1,
                    "the issuer's certificate was not sent"},
            {"no leaf", {V2, NOBODY, NOBODY}, NOBODY, CERT_CA, CRL_SILENT, -1,
                    "the certificate does not parse"},
            {"another issuer", {V2, NOBODY, NOBODY}, CERT_REVOKED, CERT_REVOKED, CRL_SILENT, -1,
                    "the issuer's certificate was not sent"},
            {"no CRL", {NOBODY, NOBODY, NOBODY}, CERT_REVOKED, CERT_CA, CRL_SILENT, -1, "no CRL"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crl_set *s = crl_set_new();
        struct crl_answer a;
        const char *reason = NULL;
        for (int k = 0; k < 3; k++)
            if (rows[i].crls[k] != NOBODY)
                assert_true(crl_set_add(s, blob(rows[i].crls[k]), "a.crl", &reason));
        for (int again = 0; again < 2; again++) { /* the second time from what was kept */
            crl_set_find(s, blob(rows[i].leaf), blob(rows[i].issuer), AT_US, &a);
            if (a.status != rows[i].status || a.revoked_reason != rows[i].reason ||
                    (a.reason == NULL) != (rows[i].why == NULL) ||
                    (a.reason != NULL && strcmp(a.reason, rows[i].why) != 0))
                fail_msg("%s: status %d, reason %d, %s", rows[i].name, a.status, a.revoked_reason,
                        a.reason);
        }
        crl_set_free(s);
    }
}

static void facts(void **state)
{
    (void)state;
    struct crl_set *s = crl_set_new();
    const char *reason = NULL;
    struct crl_answer a;
    assert_true(crl_set_add(s, der[SCOPED], "scoped.crl", &reason));
    const struct crl_facts *f = crl_set_at(s, 0);
    assert_string_equal(f->issuer, "CN=tlswire test CA");
    assert_int_equal(f->n_entries, 3);
    assert_int_equal(f->this_update_us, UPDATE_US);
    assert_int_equal(f->next_update_us, UPDATE_US + 30 * DAY_US);
    assert_true(f->is_scoped);
    assert_null(f->left_out);
    crl_set_find(s, der[CERT_REVOKED], der[CERT_CA], AT_US, &a);
    assert_string_equal(a.source, "scoped.crl"); /* silent, but it is told why */
    assert_int_equal(a.verdict, SIGNED_VALID);
    assert_true(crl_set_add(s, der[V2], "v2.crl", &reason));
    crl_set_find(s, der[CERT_REVOKED], der[CERT_CA], AT_US, &a);
    assert_int_equal(a.revoked_us, INT64_C(1767323045000000)); /* Jan  2 03:04:05 2026 GMT */
    assert_string_equal(a.source, "v2.crl");
    assert_int_equal(a.verdict, SIGNED_VALID);
    assert_int_equal(a.this_update_us, UPDATE_US);
    assert_false(a.is_partial);
    crl_set_free(s);
}

/* V2 lists 0x1002 and is a second older than EMPTY, which does not. */
static void times(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int crls[2], leaf;
        int64_t at_us;
        enum crl_status status;
        enum at_time period;
        int64_t from_us, until_us;
    } rows[] = {
            {"in time", {V2, NOBODY}, CERT_REVOKED, UPDATE_US, CRL_REVOKED, AT_TIME_VALID,
                    UPDATE_US, INT64_MAX},
            {"a later one", {V2, NOBODY}, CERT_REVOKED, UPDATE_US - 1, CRL_REVOKED, AT_TIME_EARLY,
                    INT64_MIN, UPDATE_US},
            {"absent from a later one", {V2, NOBODY}, CERT_GOOD, UPDATE_US - 1, CRL_NOT_LISTED,
                    AT_TIME_EARLY, INT64_MIN, UPDATE_US},
            {"absent, the last moment", {V2, NOBODY}, CERT_GOOD, UPDATE_US + 30 * DAY_US,
                    CRL_NOT_LISTED, AT_TIME_VALID, UPDATE_US, INT64_MAX},
            {"absent from a stale one", {V2, NOBODY}, CERT_GOOD, UPDATE_US + 30 * DAY_US + 1,
                    CRL_NOT_LISTED, AT_TIME_LATE, UPDATE_US, INT64_MAX},
            {"in a stale one", {V2, NOBODY}, CERT_REVOKED, UPDATE_US + 30 * DAY_US + 1, CRL_REVOKED,
                    AT_TIME_LATE, UPDATE_US, INT64_MAX},
            {"lifted later", {V2, EMPTY}, CERT_HOLD, UPDATE_US, CRL_ON_HOLD, AT_TIME_VALID,
                    UPDATE_US, UPDATE_US + SECOND_US},
            {"lifted", {V2, EMPTY}, CERT_HOLD, UPDATE_US + SECOND_US, CRL_NOT_LISTED, AT_TIME_VALID,
                    UPDATE_US + SECOND_US, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crl_set *s = crl_set_new();
        struct crl_answer a;
        const char *reason = NULL;
        for (int k = 0; k < 2; k++)
            if (rows[i].crls[k] != NOBODY)
                assert_true(crl_set_add(s, blob(rows[i].crls[k]), "a.crl", &reason));
        crl_set_find(s, der[rows[i].leaf], der[CERT_CA], rows[i].at_us, &a);
        if (a.status != rows[i].status || a.period != rows[i].period ||
                a.from_us != rows[i].from_us || a.until_us != rows[i].until_us)
            fail_msg("%s: status %d, period %d", rows[i].name, a.status, a.period);
        crl_set_free(s);
    }
}

/* What a CRL that could not be used leaves behind. */
static void traces(void **state)
{
    (void)state;
    uint8_t spoiled[500];
    struct crl_set *s = crl_set_new();
    struct crl_answer a;
    const char *reason = NULL;
    memcpy(spoiled, der[V2].p, der[V2].n);
    spoiled[der[V2].n - 1] ^= 1;
    assert_true(crl_set_add(s, (struct bytes){spoiled, der[V2].n}, "spoiled.crl", &reason));
    const struct crl_facts *f = crl_set_at(s, 0);
    assert_false(f->is_wanted);
    crl_set_find(s, der[CERT_REVOKED], blob(NOBODY), AT_US, &a);
    assert_true(f->is_wanted);
    assert_string_equal(f->problem, "the issuer's certificate was not sent");
    assert_int_equal(a.verdict, SIGNED_UNVERIFIED);
    crl_set_find(s, der[CERT_REVOKED], der[CERT_CA], AT_US, &a);
    assert_string_equal(f->problem, "the CRL's signature does not verify");
    assert_int_equal(f->verdict, SIGNED_INVALID); /* it names this key (authorityKeyIdentifier) */
    assert_int_equal(a.verdict, SIGNED_INVALID);
    assert_string_equal(a.source, "spoiled.crl");
    crl_set_free(s);
    s = crl_set_new(); /* of another key of this name: nothing is wrong with it */
    assert_true(crl_set_add(s, der[CA2], "ca2.crl", &reason));
    crl_set_find(s, der[CERT_REVOKED], der[CERT_CA], AT_US, &a);
    assert_int_equal(a.verdict, SIGNED_UNVERIFIED);
    assert_int_equal(crl_set_at(s, 0)->verdict, SIGNED_UNVERIFIED);
    crl_set_find(s, der[CERT_GOOD2], der[CERT_CA2], AT_US, &a);
    assert_int_equal(crl_set_at(s, 0)->verdict, SIGNED_VALID);
    assert_null(crl_set_at(s, 0)->problem);
    crl_set_find(s, der[CERT_REVOKED], der[CERT_CA], AT_US, &a); /* it spoke once */
    assert_null(crl_set_at(s, 0)->problem);
    crl_set_free(s);
}

static void damage(void **state)
{
    (void)state;
    for (size_t n = 0; n < der[V2].n; n++) {
        struct crl_set *s = crl_set_new();
        const char *reason = NULL;
        uint8_t *cut = malloc(n + 1);
        memcpy(cut, der[V2].p, n);
        assert_false(crl_set_add(s, (struct bytes){cut, n}, "a.crl", &reason));
        assert_string_equal(reason, "is no CRL");
        free(cut);
        uint8_t changed[500];
        struct crl_answer a;
        memcpy(changed, der[V2].p, der[V2].n);
        changed[n] ^= 1;
        if (crl_set_add(s, (struct bytes){changed, der[V2].n}, "a.crl", &reason)) {
            crl_set_find(s, der[CERT_REVOKED], der[CERT_CA], AT_US, &a);
            assert_int_equal(a.status, CRL_SILENT);
        }
        crl_set_free(s);
    }
}

/* PEM as `openssl crl` writes it: lines of 64. */
static void add_pem(struct text *t, const char *base64)
{
    text_add(t, "-----BEGIN X509 CRL-----\n");
    for (size_t n = strlen(base64), at = 0; at < n; at += 64)
        text_addf(t, "%.64s\n", base64 + at);
    text_add(t, "-----END X509 CRL-----\n");
}

static void files(void **state)
{
    (void)state;
    char folder[] = "/tmp/tlswire-crl-XXXXXX";
    char path[3][64];
    struct err err;
    struct crl_answer a;
    struct text pem = {0};
    struct crl_set *s = crl_set_new();
    static const char *const names[] = {"1.pem", "2.crl", "3.txt"};
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 3; i++)
        (void)snprintf(path[i], sizeof path[i], "%s/%s", folder, names[i]);
    text_add(&pem, "Certificate Revocation List (CRL):\n");
    add_pem(&pem, blobs[DELTA]);
    add_pem(&pem, blobs[V2]);
    blob_write(path[0], bytes_of_text(text_str(&pem)));
    blob_write(path[1], der[CA2]);
    blob_write(path[2], bytes_of_text("-----BEGIN CERTIFICATE-----\n"));
    assert_true(crl_set_load(s, folder, &err));
    assert_int_equal(crl_set_count(s), 3);
    assert_int_equal(crl_set_left_out(s), 1);
    assert_string_equal(crl_set_at(s, 0)->left_out, "is a delta CRL");
    crl_set_find(s, der[CERT_REVOKED], der[CERT_CA], AT_US, &a);
    assert_int_equal(a.status, CRL_REVOKED);
    assert_string_equal(a.source, path[0]);
    assert_false(crl_set_load(s, path[2], &err));
    assert_non_null(strstr(err.text, "3.txt: has no PEM block of this kind"));
    assert_false(crl_set_load(s, "/nonexistent/x", &err));
    for (int i = 0; i < 3; i++)
        (void)unlink(path[i]);
    (void)rmdir(folder);
    text_fini(&pem);
    crl_set_free(s);
}

/* A CRL of many entries, by OpenSSL: every one is found, none besides. */
static void many(void **state)
{
    (void)state;
    enum { N = 30000 };
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_CRL *crl = X509_CRL_new();
    X509 *x = X509_new();
    X509_NAME_add_entry_by_txt(
            X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"many", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, key);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(x));
    X509_CRL_set1_lastUpdate(crl, now);
    for (int i = 0; i < N; i++) {
        X509_REVOKED *r = X509_REVOKED_new();
        ASN1_INTEGER *serial = ASN1_INTEGER_new();
        ASN1_INTEGER_set(serial, (i + 1) * 2);
        X509_REVOKED_set_serialNumber(r, serial);
        X509_REVOKED_set_revocationDate(r, now);
        X509_CRL_add0_revoked(crl, r);
        ASN1_INTEGER_free(serial);
    }
    X509_CRL_sign(crl, key, EVP_sha256());
    unsigned char *out = NULL;
    const char *reason = NULL;
    struct crl_set *s = crl_set_new();
    int n = i2d_X509_CRL(crl, &out);
    assert_true(crl_set_add(s, (struct bytes){out, (size_t)n}, "many.crl", &reason));
    OPENSSL_free(out);
    assert_int_equal(crl_set_at(s, 0)->n_entries, N);
    for (int i = 1; i < 2 * N; i += 997) {
        uint8_t leaf[1000];
        unsigned char *to = leaf;
        struct crl_answer a;
        ASN1_INTEGER_set(X509_get_serialNumber(x), i);
        X509_sign(x, key, EVP_sha256());
        struct bytes b = {leaf, (size_t)i2d_X509(x, &to)};
        crl_set_find(s, b, b, INT64_MAX, &a);
        assert_int_equal(a.status, i % 2 == 0 ? CRL_REVOKED : CRL_NOT_LISTED);
    }
    crl_set_free(s);
    ASN1_TIME_free(now);
    X509_free(x);
    X509_CRL_free(crl);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts), cmocka_unit_test(facts),
            cmocka_unit_test(times), cmocka_unit_test(traces), cmocka_unit_test(damage),
            cmocka_unit_test(files), cmocka_unit_test(many)};
    return cmocka_run_group_tests(tests, decode, NULL);
}
