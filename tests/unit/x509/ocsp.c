#include "x509/ocsp.h"

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/unit/test.h"
#include "tests/unit/x509/blob.h"

/*
 * Made with `openssl ocsp -index ... -rsigner ...` and `openssl x509 -req`: one CA, leaves with the
 * serials 0x1001 (good), 0x1002 (revoked for keyCompromise), 0x1003 (not in the index), 0x1004 (on
 * hold) and one of 20 octets with the high bit set (revoked, no reason); CA2 has the name of the CA
 * and another key. Expected values are those of `openssl ocsp -respin ... -resp_text`, and of its
 * verification with -CAfile, except where openssl compares with the wall clock.
 */
/* clang-format off */
enum blob {
    GOOD,
    GOOD_CERTS,
    REVOKED,
    HOLD,
    HIGH,
    UNKNOWN,
    NONEXT,
    KEYID,
    DELEG,
    DELEG_REVOKED,
    DELEG_NOCERTS,
    DELEG_KEYID,
    NOEKU,
    STRANGER,
    OLDRESP,
    BY_SHA256,
    BY_SHA512,
    TWO,
    CA2,
    CERT_CA,
    CERT_CA2,
    CERT_GOOD,
    CERT_REVOKED,
    CERT_UNKNOWN,
    CERT_HOLD,
    CERT_HIGH,
    CERT_GOOD2,
    CERT_STAPLE,
    CERT_STAPLE2,
    BLOB_COUNT
};

static const char *const blobs[BLOB_COUNT] = {
        [GOOD] =
                "MIIBCwoBAKCCAQQwggEABgkrBgEFBQcwAQEEgfIwge8wgZahHDAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3Qg"
                "Q0EYDzIwMjYxMTI2MTAxMzQ3WjBlMGMwOzAJBgUrDgMCGgUABBR8/o3ucndx/1AW+pSCInHc0bzqQQQU09ho"
                "EYaM4Lfn+Zf6AHUlZyp8UckCAhABgAAYDzIwMjYxMTI2MTAxMzQ3WqARGA8yMDI2MTIwMzEwMTM0N1owCgYI"
                "KoZIzj0EAwIDSAAwRQIgAzkWLtf5jD55lwZyy3zTqUWhNJl4jdZ0yCw6hi4mpZUCIQDK8fZSPde/5FXhEhPi"
                "5OE/t1MGY0ELTNMs0K06/U4tjw==",
        [GOOD_CERTS] =
                "MIICfQoBAKCCAnYwggJyBgkrBgEFBQcwAQEEggJjMIICXzCBlqEcMBoxGDAWBgNVBAMMD3Rsc3dpcmUgdGVz"
                "dCBDQRgPMjAyNjExMjYxMDEzNDdaMGUwYzA7MAkGBSsOAwIaBQAEFHz+je5yd3H/UBb6lIIicdzRvOpBBBTT"
                "2GgRhozgt+f5l/oAdSVnKnxRyQICEAGAABgPMjAyNjExMjYxMDEzNDdaoBEYDzIwMjYxMjAzMTAxMzQ3WjAK"
                "BggqhkjOPQQDAgNHADBEAiBrQ2CcNiQhIck0Q5d9VZDvzffGb/eiApjVtI9wQdlBmAIgM5h83egoOhkh1z/f"
                "fdUxC7qEhv3JlMYLFEOZXYxyOjqgggFtMIIBaTCCAWUwggELoAMCAQICAQEwCgYIKoZIzj0EAwIwGjEYMBYG"
                "A1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owGjEYMBYGA1UE"
                "AwwPdGxzd2lyZSB0ZXN0IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEza1bMEqqEbNCJBqa6VOPuiLw"
                "T7m0wtmk+VMs1h6pMdnFD2b/Et1Vwb0cw11WcBCI8rN4KaZzuCiuDDKyI26Cr6NCMEAwDwYDVR0TAQH/BAUw"
                "AwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFNPYaBGGjOC35/mX+gB1JWcqfFHJMAoGCCqGSM49BAMC"
                "A0gAMEUCICLbRbTxU9P9PliNv9I6y0COVUU3bhRq1zwE18fBO/etAiEA//XXXkeyalpK98e+iRJ6Svuch4kK"
                "NPIK0jaMmlqYrdQ=",
        [REVOKED] =
                "MIIBIwoBAKCCARwwggEYBgkrBgEFBQcwAQEEggEJMIIBBTCBrKEcMBoxGDAWBgNVBAMMD3Rsc3dpcmUgdGVz"
                "dCBDQRgPMjAyNjExMjYxMDEzNDdaMHsweTA7MAkGBSsOAwIaBQAEFHz+je5yd3H/UBb6lIIicdzRvOpBBBTT"
                "2GgRhozgt+f5l/oAdSVnKnxRyQICEAKhFhgPMjAyNjAxMDIwMzA0MDVaoAMKAQEYDzIwMjYxMTI2MTAxMzQ3"
                "WqARGA8yMDI2MTIwMzEwMTM0N1owCgYIKoZIzj0EAwIDSAAwRQIgd4GWODU+lwJZGI9hiCj52QQKvY1XtlL0"
                "MDjxulfr5f8CIQCRuQ2+Flv8WCeyQjR2GwU6Syp4MXOMfAeLFPiFem7eVw==",
        [HOLD] =
                "MIIBIgoBAKCCARswggEXBgkrBgEFBQcwAQEEggEIMIIBBDCBrKEcMBoxGDAWBgNVBAMMD3Rsc3dpcmUgdGVz"
                "dCBDQRgPMjAyNjExMjYxMDEzNDdaMHsweTA7MAkGBSsOAwIaBQAEFHz+je5yd3H/UBb6lIIicdzRvOpBBBTT"
                "2GgRhozgt+f5l/oAdSVnKnxRyQICEAShFhgPMjAyNjAyMDMwNDA1MDZaoAMKAQYYDzIwMjYxMTI2MTAxMzQ3"
                "WqARGA8yMDI2MTIwMzEwMTM0N1owCgYIKoZIzj0EAwIDRwAwRAIgGVuDhrjNgQUdHzH9P6aRjeB2emG0arzi"
                "xV+AUWIP+tQCIApmq3NknjK5tKhNu+0ERig2sfVb1bA1axxKVlj+0x1C",
        [HIGH] =
                "MIIBMgoBAKCCASswggEnBgkrBgEFBQcwAQEEggEYMIIBFDCBvKEcMBoxGDAWBgNVBAMMD3Rsc3dpcmUgdGVz"
                "dCBDQRgPMjAyNjExMjYxMDEzNDdaMIGKMIGHME4wCQYFKw4DAhoFAAQUfP6N7nJ3cf9QFvqUgiJx3NG86kEE"
                "FNPYaBGGjOC35/mX+gB1JWcqfFHJAhUA/ty6mHZUMhABI0VniavN7wEjRWehERgPMjAyNjAzMDMwMzAzMDNa"
                "GA8yMDI2MTEyNjEwMTM0N1qgERgPMjAyNjEyMDMxMDEzNDdaMAoGCCqGSM49BAMCA0cAMEQCIHTMs5hFcEJl"
                "oQSvHvtJ3LDtrRyf3lDvArTBiq4Hg3lkAiAhfoMEZGVG5PYwscF8sNlnIi4in9oR1SsD9RuVPSEoTg==",
        [UNKNOWN] =
                "MIIBDAoBAKCCAQUwggEBBgkrBgEFBQcwAQEEgfMwgfAwgZahHDAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3Qg"
                "Q0EYDzIwMjYxMTI2MTAxMzQ3WjBlMGMwOzAJBgUrDgMCGgUABBR8/o3ucndx/1AW+pSCInHc0bzqQQQU09ho"
                "EYaM4Lfn+Zf6AHUlZyp8UckCAhADggAYDzIwMjYxMTI2MTAxMzQ3WqARGA8yMDI2MTIwMzEwMTM0N1owCgYI"
                "KoZIzj0EAwIDSQAwRgIhAO1YHa2o0M3ronptNAJQP5jtW24/66yFuWD3Et3XPNNPAiEAiuksNzJgxys7MMoh"
                "x66xIBZPlLCTO+9esKI1dszNiQE=",
        [NONEXT] =
                "MIH3CgEAoIHxMIHuBgkrBgEFBQcwAQEEgeAwgd0wgYOhHDAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EY"
                "DzIwMjYxMTI2MTAxMzQ3WjBSMFAwOzAJBgUrDgMCGgUABBR8/o3ucndx/1AW+pSCInHc0bzqQQQU09hoEYaM"
                "4Lfn+Zf6AHUlZyp8UckCAhABgAAYDzIwMjYxMTI2MTAxMzQ3WjAKBggqhkjOPQQDAgNJADBGAiEAnUjqTSNN"
                "VdmhyNx6Ru6ZNM9BQsuBROIt8jG+/0MiqgoCIQDqmYOqvOrSyOvvK2XNFAzL6122JF5tRR98c2oZGu6iqw==",
        [KEYID] =
                "MIIBAgoBAKCB/DCB+QYJKwYBBQUHMAEBBIHrMIHoMIGQohYEFNPYaBGGjOC35/mX+gB1JWcqfFHJGA8yMDI2"
                "MTEyNjEwMTM0N1owZTBjMDswCQYFKw4DAhoFAAQUfP6N7nJ3cf9QFvqUgiJx3NG86kEEFNPYaBGGjOC35/mX"
                "+gB1JWcqfFHJAgIQAYAAGA8yMDI2MTEyNjEwMTM0N1qgERgPMjAyNjEyMDMxMDEzNDdaMAoGCCqGSM49BAMC"
                "A0cAMEQCIA78FiTnE1NmTOnkjDjBZHcXCWisGl0qynlL+BfwrXe1AiAlfhWK/xjNddjEsM+BLZOZvk6HpW7T"
                "Lk/zCYeV5Q9PXg==",
        [DELEG] =
                "MIICrAoBAKCCAqUwggKhBgkrBgEFBQcwAQEEggKSMIICjjCBmqEgMB4xHDAaBgNVBAMME2RlbGVnYXRlZCBy"
                "ZXNwb25kZXIYDzIwMjYxMTI2MTAxMzQ3WjBlMGMwOzAJBgUrDgMCGgUABBR8/o3ucndx/1AW+pSCInHc0bzq"
                "QQQU09hoEYaM4Lfn+Zf6AHUlZyp8UckCAhABgAAYDzIwMjYxMTI2MTAxMzQ3WqARGA8yMDI2MTIwMzEwMTM0"
                "N1owCgYIKoZIzj0EAwIDRwAwRAIgeAZs+9a/8lPEU1PidGdlxg9Ux/jwiHoc1s5WwDATkHcCIB7bpEyuqQwQ"
                "IR+tcIfH1RBdoHAJBkFTGbjCyX2aBCOLoIIBmDCCAZQwggGQMIIBNqADAgECAgIgATAKBggqhkjOPQQDAjAa"
                "MRgwFgYDVQQDDA90bHN3aXJlIHRlc3QgQ0EwHhcNMjYxMTI2MTAxMzQ3WhcNMzYxMTIzMTAxMzQ3WjAeMRww"
                "GgYDVQQDDBNkZWxlZ2F0ZWQgcmVzcG9uZGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6uSFn+50Rs46"
                "cdyIt4uZ0/iThwiABdC1f5BW+NzlEbjcw66BERBPkzyiOOmeNnS+SEAC+nu5UDk8ae7vJy50c6NoMGYwEwYD"
                "VR0lBAwwCgYIKwYBBQUHAwkwDwYJKwYBBQUHMAEFBAIFADAdBgNVHQ4EFgQUGxABHmX7Di2eE0LYR9GU1gfu"
                "Zi0wHwYDVR0jBBgwFoAU09hoEYaM4Lfn+Zf6AHUlZyp8UckwCgYIKoZIzj0EAwIDSAAwRQIgbEvaZMIhC9ZF"
                "Hey/LiYbFEapeicrSINtFuIERZAt/9wCIQDM5Qc+GzBVMOtsMzta9SGTsFM0RZdkdeIRAgJCFT70VQ==",
        [DELEG_REVOKED] =
                "MIICwgoBAKCCArswggK3BgkrBgEFBQcwAQEEggKoMIICpDCBsKEgMB4xHDAaBgNVBAMME2RlbGVnYXRlZCBy"
                "ZXNwb25kZXIYDzIwMjYxMTI2MTAxMzQ3WjB7MHkwOzAJBgUrDgMCGgUABBR8/o3ucndx/1AW+pSCInHc0bzq"
                "QQQU09hoEYaM4Lfn+Zf6AHUlZyp8UckCAhACoRYYDzIwMjYwMTAyMDMwNDA1WqADCgEBGA8yMDI2MTEyNjEw"
                "MTM0N1qgERgPMjAyNjEyMDMxMDEzNDdaMAoGCCqGSM49BAMCA0cAMEQCICrBPKfhTVdVEmZqstzzsDxdovwk"
                "a761DoHlhsoRnOA+AiAXUjWhZ9V10x/tCFUwUdSZAJaWXFwwXkz1e+Or6+MbK6CCAZgwggGUMIIBkDCCATag"
                "AwIBAgICIAEwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2MTEyNjEwMTM0"
                "N1oXDTM2MTEyMzEwMTM0N1owHjEcMBoGA1UEAwwTZGVsZWdhdGVkIHJlc3BvbmRlcjBZMBMGByqGSM49AgEG"
                "CCqGSM49AwEHA0IABOrkhZ/udEbOOnHciLeLmdP4k4cIgAXQtX+QVvjc5RG43MOugREQT5M8ojjpnjZ0vkhA"
                "Avp7uVA5PGnu7ycudHOjaDBmMBMGA1UdJQQMMAoGCCsGAQUFBwMJMA8GCSsGAQUFBzABBQQCBQAwHQYDVR0O"
                "BBYEFBsQAR5l+w4tnhNC2EfRlNYH7mYtMB8GA1UdIwQYMBaAFNPYaBGGjOC35/mX+gB1JWcqfFHJMAoGCCqG"
                "SM49BAMCA0gAMEUCIGxL2mTCIQvWRR3svy4mGxRGqXonK0iDbRbiBEWQLf/cAiEAzOUHPhswVTDrbDM7WvUh"
                "k7BTNEWXZHXiEQICQhU+9FU=",
        [DELEG_NOCERTS] =
                "MIIBDwoBAKCCAQgwggEEBgkrBgEFBQcwAQEEgfYwgfMwgZqhIDAeMRwwGgYDVQQDDBNkZWxlZ2F0ZWQgcmVz"
                "cG9uZGVyGA8yMDI2MTEyNjEwMTM0N1owZTBjMDswCQYFKw4DAhoFAAQUfP6N7nJ3cf9QFvqUgiJx3NG86kEE"
                "FNPYaBGGjOC35/mX+gB1JWcqfFHJAgIQAYAAGA8yMDI2MTEyNjEwMTM0N1qgERgPMjAyNjEyMDMxMDEzNDda"
                "MAoGCCqGSM49BAMCA0gAMEUCIFkRWiF7miUVreMSOJT6+vJlVZ+XuYuuRBhOaSOTcGb2AiEAx1uaGXKwwfUn"
                "2NhGaA9iIuSwwKz91+fT6dtB41qX5vc=",
        [DELEG_KEYID] =
                "MIICowoBAKCCApwwggKYBgkrBgEFBQcwAQEEggKJMIIChTCBkKIWBBQbEAEeZfsOLZ4TQthH0ZTWB+5mLRgP"
                "MjAyNjExMjYxMDEzNDdaMGUwYzA7MAkGBSsOAwIaBQAEFHz+je5yd3H/UBb6lIIicdzRvOpBBBTT2GgRhozg"
                "t+f5l/oAdSVnKnxRyQICEAGAABgPMjAyNjExMjYxMDEzNDdaoBEYDzIwMjYxMjAzMTAxMzQ3WjAKBggqhkjO"
                "PQQDAgNIADBFAiEA3sI6dI6YT+toSzPuPpI42oQJwDnUy+nnMToiGGaFBPICIFz4p50zWT1Z7MvkoSkmu4yt"
                "dpg21J7R54XKi4wiGMEVoIIBmDCCAZQwggGQMIIBNqADAgECAgIgATAKBggqhkjOPQQDAjAaMRgwFgYDVQQD"
                "DA90bHN3aXJlIHRlc3QgQ0EwHhcNMjYxMTI2MTAxMzQ3WhcNMzYxMTIzMTAxMzQ3WjAeMRwwGgYDVQQDDBNk"
                "ZWxlZ2F0ZWQgcmVzcG9uZGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6uSFn+50Rs46cdyIt4uZ0/iT"
                "hwiABdC1f5BW+NzlEbjcw66BERBPkzyiOOmeNnS+SEAC+nu5UDk8ae7vJy50c6NoMGYwEwYDVR0lBAwwCgYI"
                "KwYBBQUHAwkwDwYJKwYBBQUHMAEFBAIFADAdBgNVHQ4EFgQUGxABHmX7Di2eE0LYR9GU1gfuZi0wHwYDVR0j"
                "BBgwFoAU09hoEYaM4Lfn+Zf6AHUlZyp8UckwCgYIKoZIzj0EAwIDSAAwRQIgbEvaZMIhC9ZFHey/LiYbFEap"
                "eicrSINtFuIERZAt/9wCIQDM5Qc+GzBVMOtsMzta9SGTsFM0RZdkdeIRAgJCFT70VQ==",
        [NOEKU] =
                "MIICngoBAKCCApcwggKTBgkrBgEFBQcwAQEEggKEMIICgDCBnKEiMCAxHjAcBgNVBAMMFXJlc3BvbmRlciB3"
                "aXRob3V0IEVLVRgPMjAyNjExMjYxMDEzNDdaMGUwYzA7MAkGBSsOAwIaBQAEFHz+je5yd3H/UBb6lIIicdzR"
                "vOpBBBTT2GgRhozgt+f5l/oAdSVnKnxRyQICEAGAABgPMjAyNjExMjYxMDEzNDdaoBEYDzIwMjYxMjAzMTAx"
                "MzQ3WjAKBggqhkjOPQQDAgNHADBEAiB/sYvtJRpMT9gi5W3MJFilBJ+abGMRljIQvxcQm4buQQIgDSah4+wK"
                "Wtglm+Mp2nep4yXEjp/gGSDD/YeS6EuRXgGgggGIMIIBhDCCAYAwggEnoAMCAQICAiACMAoGCCqGSM49BAMC"
                "MBoxGDAWBgNVBAMMD3Rsc3dpcmUgdGVzdCBDQTAeFw0yNjExMjYxMDEzNDdaFw0zNjExMjMxMDEzNDdaMCAx"
                "HjAcBgNVBAMMFXJlc3BvbmRlciB3aXRob3V0IEVLVTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNRJXURy"
                "u2drkjlba6iQ2k0v+RDhjHsr0rvDHE50HDi5xNLl88W3T61sWRVpBgp99INNtvq+LNuBvYoHP20GkOCjVzBV"
                "MBMGA1UdJQQMMAoGCCsGAQUFBwMBMB0GA1UdDgQWBBQVqad9sMfP07HMRNQtO3OR/xemtjAfBgNVHSMEGDAW"
                "gBTT2GgRhozgt+f5l/oAdSVnKnxRyTAKBggqhkjOPQQDAgNHADBEAiAGMQPsU3l1ApUuDLph7ldn3VvFq73v"
                "jK2tsEsm7C/p7AIgXeU6DGAXXAr6b7OowTIEOKbUgLJqk3oD8VyCmUUFyn0=",
        [STRANGER] =
                "MIICpQoBAKCCAp4wggKaBgkrBgEFBQcwAQEEggKLMIIChzCBmKEeMBwxGjAYBgNVBAMMEXN0cmFuZ2UgcmVz"
                "cG9uZGVyGA8yMDI2MTEyNjEwMTM0N1owZTBjMDswCQYFKw4DAhoFAAQUfP6N7nJ3cf9QFvqUgiJx3NG86kEE"
                "FNPYaBGGjOC35/mX+gB1JWcqfFHJAgIQAYAAGA8yMDI2MTEyNjEwMTM0N1qgERgPMjAyNjEyMDMxMDEzNDda"
                "MAoGCCqGSM49BAMCA0gAMEUCIQD4vFFUQgtoYb0Cl22JjxuPLNQR3s3M9TgHZjLNietdxQIgCCp0Hro8IAK1"
                "dJq5bAsp9SkWfVk77ZNOatgOCRY37qigggGSMIIBjjCCAYowggEwoAMCAQICAiADMAoGCCqGSM49BAMCMBYx"
                "FDASBgNVBAMMC3N0cmFuZ2VyIENBMB4XDTI2MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owHDEaMBgGA1UE"
                "AwwRc3RyYW5nZSByZXNwb25kZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATb9OH5W5r4Y9Eoq64+i8hV"
                "Wdia2H8g4TmdfbgkRynBFTHIjrrLuaiYOXcipzQbT8QLIRuvknYTzP1iQQm2trqco2gwZjATBgNVHSUEDDAK"
                "BggrBgEFBQcDCTAPBgkrBgEFBQcwAQUEAgUAMB0GA1UdDgQWBBRSnmkWn/DIx4PH1fCbRFNknr6nzTAfBgNV"
                "HSMEGDAWgBQ/8JbqcPGujtMxpP0EBLAov/5SJjAKBggqhkjOPQQDAgNIADBFAiB5KgxFLi3NShLgTliGFQys"
                "70voM6K/VO8PuuHba2F3AQIhAK/rs1XzBTpSswJ7qX5z84gaIlI7BHJRU7T4rFqGVLzd",
        [OLDRESP] =
                "MIICowoBAKCCApwwggKYBgkrBgEFBQcwAQEEggKJMIIChTCBlKEaMBgxFjAUBgNVBAMMDW9sZCByZXNwb25k"
                "ZXIYDzIwMjYxMTI2MTAxMzQ3WjBlMGMwOzAJBgUrDgMCGgUABBR8/o3ucndx/1AW+pSCInHc0bzqQQQU09ho"
                "EYaM4Lfn+Zf6AHUlZyp8UckCAhABgAAYDzIwMjYxMTI2MTAxMzQ3WqARGA8yMDI2MTIwMzEwMTM0N1owCgYI"
                "KoZIzj0EAwIDSQAwRgIhAKV5XzZJtkfT2fb+PnwXWsMU/bQKNn37UjPd3ejG7gFXAiEAmHQMGREEALR+v62X"
                "dzTw7bMpXo0YOqyrml6GEtnrpXOgggGTMIIBjzCCAYswggEwoAMCAQICAiAEMAoGCCqGSM49BAMCMBoxGDAW"
                "BgNVBAMMD3Rsc3dpcmUgdGVzdCBDQTAeFw0yNjExMjYxMDEzNDdaFw0yNjExMjcxMDEzNDdaMBgxFjAUBgNV"
                "BAMMDW9sZCByZXNwb25kZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATtpWrX2MBM14PDlJUJV/+QetfW"
                "hPVdZqjJ+/QcAyn6fbLKgouyuVxJ/2opdbuoCE2NR3M++hOWt664oA/yBmO0o2gwZjATBgNVHSUEDDAKBggr"
                "BgEFBQcDCTAPBgkrBgEFBQcwAQUEAgUAMB0GA1UdDgQWBBSqgaGjBtax70iF+AFv4tZ8S1ElpTAfBgNVHSME"
                "GDAWgBTT2GgRhozgt+f5l/oAdSVnKnxRyTAKBggqhkjOPQQDAgNJADBGAiEAjfBrSaozj+QoEIoiYNgdKcwR"
                "Z2h28KWUYBE8EGYtyRECIQDIzHxJl2lGXwqTkl20ELPKo3vX3ub816oE2/g0H5AfhA==",
        [BY_SHA256] =
                "MIIBKgoBAKCCASMwggEfBgkrBgEFBQcwAQEEggEQMIIBDDCBs6EcMBoxGDAWBgNVBAMMD3Rsc3dpcmUgdGVz"
                "dCBDQRgPMjAyNjExMjYxMDEzNDdaMIGBMH8wVzANBglghkgBZQMEAgEFAAQgEh3l2Te8Ig3lBV7+dLJOsp3G"
                "qjaMzKskschsiWhsCgsEIPRHq8L1V2XR3oREP6rF80lojZuKtPAFwx9hGWXkFaubAgIQAYAAGA8yMDI2MTEy"
                "NjEwMTM0N1qgERgPMjAyNjEyMDMxMDEzNDdaMAoGCCqGSM49BAMCA0gAMEUCIQDzNG9JsdSe847m+xnEy06W"
                "ZD1rgg081byyMQoYDbTeGQIgPqf1jEvsGoiYwWEcGwO64/QZy2qe41eBt9a0S4F2wUw=",
        [BY_SHA512] =
                "MIIBbAoBAKCCAWUwggFhBgkrBgEFBQcwAQEEggFSMIIBTjCB9aEcMBoxGDAWBgNVBAMMD3Rsc3dpcmUgdGVz"
                "dCBDQRgPMjAyNjExMjYxMDEzNDdaMIHDMIHAMIGXMA0GCWCGSAFlAwQCAwUABEAD6TFdBBJ/UZkyQKPo3gYt"
                "xiyCUoiQcQMVpZ5i5WxdWs+lw+CviE5CDzwgDSNz7x+4kJ3bghGtX8l+f0k4ya0vBEDVkdsvWGFhgIQcRWxF"
                "hSdytIYN69jbG0Z9jMBZGm5B9h7nsbRU4xPC1Ao1+B5h1JhnwXxYNgDJ4/4kwQrG8MjKAgIQAYAAGA8yMDI2"
                "MTEyNjEwMTM0N1qgERgPMjAyNjEyMDMxMDEzNDdaMAoGCCqGSM49BAMCA0gAMEUCIQD92kfnILeqB68oB7XL"
                "Zalalc357kF74rQ2sXIxKUHVkgIgbRJCyccz0g1Q4IAVeoxujs1aHGEr1Y3mBWwHeij7R/U=",
        [TWO] =
                "MIIBiQoBAKCCAYIwggF+BgkrBgEFBQcwAQEEggFvMIIBazCCARKhHDAaMRgwFgYDVQQDDA90bHN3aXJlIHRl"
                "c3QgQ0EYDzIwMjYxMTI2MTAxMzQ3WjCB4DBjMDswCQYFKw4DAhoFAAQUfP6N7nJ3cf9QFvqUgiJx3NG86kEE"
                "FNPYaBGGjOC35/mX+gB1JWcqfFHJAgIQAYAAGA8yMDI2MTEyNjEwMTM0N1qgERgPMjAyNjEyMDMxMDEzNDda"
                "MHkwOzAJBgUrDgMCGgUABBR8/o3ucndx/1AW+pSCInHc0bzqQQQU09hoEYaM4Lfn+Zf6AHUlZyp8UckCAhAC"
                "oRYYDzIwMjYwMTAyMDMwNDA1WqADCgEBGA8yMDI2MTEyNjEwMTM0N1qgERgPMjAyNjEyMDMxMDEzNDdaMAoG"
                "CCqGSM49BAMCA0cAMEQCIDfwUwdtK2E3cO8Ouvw8DpdoC3neZETiS8XSqrpy8BBFAiBlRy95M9dCiWCfABGG"
                "A43iSc7iV/0go2XUJopgh7+qbw==",
        [CA2] =
                "MIIBCwoBAKCCAQQwggEABgkrBgEFBQcwAQEEgfIwge8wgZahHDAaMRgwFgYDVQQDDA90bHN3aXJlIHRlc3Qg"
                "Q0EYDzIwMjYxMTI2MTAxMzQ3WjBlMGMwOzAJBgUrDgMCGgUABBR8/o3ucndx/1AW+pSCInHc0bzqQQQUx/8u"
                "Y7Tqj7oEvuNyH9w4+lnELZQCAhABgAAYDzIwMjYxMTI2MTAxMzQ3WqARGA8yMDI2MTIwMzEwMTM0N1owCgYI"
                "KoZIzj0EAwIDSAAwRQIhAPEgA3hMJWktXobEauXQDd5aLZFVVn4DQezixaR1tmbvAiBeo6IQw8ccSRVnNoSb"
                "v3zIS9oGwJj2DXoR2S1kOGklNQ==",
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
        [CERT_UNKNOWN] =
                "MIIBhDCCASqgAwIBAgICEAMwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2"
                "MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owGzEZMBcGA1UEAwwQd3d3LmV4YW1wbGUudGVzdDBZMBMGByqG"
                "SM49AgEGCCqGSM49AwEHA0IABMVJCLd9m1fcRq5J4eK3bo4EyYl1GcaHkKDT+vv8ZMtbwcigGyUO2hUgVm1G"
                "p1iVv6yPUZltzJXVqsu6aKWdAUWjXzBdMBsGA1UdEQQUMBKCEHd3dy5leGFtcGxlLnRlc3QwHwYDVR0jBBgw"
                "FoAU09hoEYaM4Lfn+Zf6AHUlZyp8UckwHQYDVR0OBBYEFMDxMHEUh/C/0pDXcrvS6iOQBKqmMAoGCCqGSM49"
                "BAMCA0gAMEUCIQCWjvmnYQHh0MjD5F5kAC0Pt1nY6LMwO3yADDUQkpaFEwIgNsnIWbZ79YuQYymNP9pl4pIQ"
                "8mB7Y1Fc4tSTAAaLrdU=",
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
        [CERT_STAPLE] =
                "MIIBlzCCAT2gAwIBAgICEAUwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2"
                "MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owGzEZMBcGA1UEAwwQd3d3LmV4YW1wbGUudGVzdDBZMBMGByqG"
                "SM49AgEGCCqGSM49AwEHA0IABMVJCLd9m1fcRq5J4eK3bo4EyYl1GcaHkKDT+vv8ZMtbwcigGyUO2hUgVm1G"
                "p1iVv6yPUZltzJXVqsu6aKWdAUWjcjBwMBsGA1UdEQQUMBKCEHd3dy5leGFtcGxlLnRlc3QwEQYIKwYBBQUH"
                "ARgEBTADAgEFMB0GA1UdDgQWBBTA8TBxFIfwv9KQ13K70uojkASqpjAfBgNVHSMEGDAWgBTT2GgRhozgt+f5"
                "l/oAdSVnKnxRyTAKBggqhkjOPQQDAgNIADBFAiAzKAD2Zyq+ScNEdr836nMGCrSFY1iPAkMD6pwtjs9D5wIh"
                "AMumKmDshMzF+8EhAJE1m2rrxkYvSQZes3EF8leEm1DB",
        [CERT_STAPLE2] =
                "MIIBmjCCAUCgAwIBAgICEAYwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPdGxzd2lyZSB0ZXN0IENBMB4XDTI2"
                "MTEyNjEwMTM0N1oXDTM2MTEyMzEwMTM0N1owGzEZMBcGA1UEAwwQd3d3LmV4YW1wbGUudGVzdDBZMBMGByqG"
                "SM49AgEGCCqGSM49AwEHA0IABMVJCLd9m1fcRq5J4eK3bo4EyYl1GcaHkKDT+vv8ZMtbwcigGyUO2hUgVm1G"
                "p1iVv6yPUZltzJXVqsu6aKWdAUWjdTBzMBsGA1UdEQQUMBKCEHd3dy5leGFtcGxlLnRlc3QwFAYIKwYBBQUH"
                "ARgECDAGAgEFAgERMB0GA1UdDgQWBBTA8TBxFIfwv9KQ13K70uojkASqpjAfBgNVHSMEGDAWgBTT2GgRhozg"
                "t+f5l/oAdSVnKnxRyTAKBggqhkjOPQQDAgNIADBFAiAnVlZzy4FVByi18RmhxbbyYksO3rVvx97dK0Exme8r"
                "dQIhAInPsllRvGJb79O+kKhzdqm5OlSNtIPewfpS8GpIswUk",
};
/* clang-format on */

#define UPDATE_US INT64_C(1795688027000000) /* Nov 26 10:13:47 2026 GMT */
#define DAY_US INT64_C(86400000000)

static uint8_t raw[BLOB_COUNT][800];
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

static void answers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int response, leaf, issuer;
        int day; /* after thisUpdate */
        enum ocsp_cert_status status;
        enum ocsp_match match;
        enum signed_verdict verdict;
        enum ocsp_responder responder;
        enum at_time period;
        bool is_authentic;
    } rows[] = {
            {"good", GOOD, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_YES, SIGNED_VALID,
                    OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"issuer's certificate inside", GOOD_CERTS, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD,
                    OCSP_MATCH_YES, SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"expired", GOOD, CERT_GOOD, CERT_CA, 8, OCSP_CERT_GOOD, OCSP_MATCH_YES, SIGNED_VALID,
                    OCSP_RESPONDER_ISSUER, AT_TIME_LATE, true},
            {"to come", GOOD, CERT_GOOD, CERT_CA, -1, OCSP_CERT_GOOD, OCSP_MATCH_YES, SIGNED_VALID,
                    OCSP_RESPONDER_ISSUER, AT_TIME_EARLY, true},
            {"no nextUpdate", NONEXT, CERT_GOOD, CERT_CA, 1000, OCSP_CERT_GOOD, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"revoked", REVOKED, CERT_REVOKED, CERT_CA, 1, OCSP_CERT_REVOKED, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"20 octets of serial", HIGH, CERT_HIGH, CERT_CA, 1, OCSP_CERT_REVOKED, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"unknown", UNKNOWN, CERT_UNKNOWN, CERT_CA, 1, OCSP_CERT_UNKNOWN, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"by key", KEYID, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_YES, SIGNED_VALID,
                    OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"SHA-256", BY_SHA256, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"SHA-512", BY_SHA512, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_UNTOLD,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, false},
            {"two, the first", TWO, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"two, the second", TWO, CERT_REVOKED, CERT_CA, 1, OCSP_CERT_REVOKED, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, true},
            {"delegated", DELEG, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_DELEGATED, AT_TIME_VALID, true},
            {"delegated by key", DELEG_KEYID, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_DELEGATED, AT_TIME_VALID, true},
            {"delegated, revoked", DELEG_REVOKED, CERT_REVOKED, CERT_CA, 1, OCSP_CERT_REVOKED,
                    OCSP_MATCH_YES, SIGNED_VALID, OCSP_RESPONDER_DELEGATED, AT_TIME_VALID, true},
            {"delegated, certificate left out", DELEG_NOCERTS, CERT_GOOD, CERT_CA, 1,
                    OCSP_CERT_GOOD, OCSP_MATCH_YES, SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD,
                    AT_TIME_VALID, false},
            {"delegated for other things", NOEKU, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD,
                    OCSP_MATCH_YES, SIGNED_INVALID, OCSP_RESPONDER_DELEGATED_NO_EKU, AT_TIME_VALID,
                    false},
            {"stranger", STRANGER, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_YES,
                    SIGNED_INVALID, OCSP_RESPONDER_OTHER, AT_TIME_VALID, false},
            {"responder was valid", OLDRESP, CERT_GOOD, CERT_CA, 0, OCSP_CERT_GOOD, OCSP_MATCH_YES,
                    SIGNED_VALID, OCSP_RESPONDER_DELEGATED, AT_TIME_VALID, true},
            {"responder had expired", OLDRESP, CERT_GOOD, CERT_CA, 2, OCSP_CERT_GOOD,
                    OCSP_MATCH_YES, SIGNED_VALID, OCSP_RESPONDER_DELEGATED, AT_TIME_VALID, false},
            {"of another serial", GOOD, CERT_REVOKED, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_NO,
                    SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_VALID, false},
            {"of another key with that name", CA2, CERT_GOOD, CERT_CA, 1, OCSP_CERT_GOOD,
                    OCSP_MATCH_NO, SIGNED_INVALID, OCSP_RESPONDER_UNTOLD, AT_TIME_VALID, false},
            {"no issuer", GOOD, CERT_GOOD, NOBODY, 1, OCSP_CERT_GOOD, OCSP_MATCH_WITHOUT_KEY,
                    SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD, AT_TIME_VALID, false},
            {"no issuer, another serial", GOOD, CERT_HOLD, NOBODY, 1, OCSP_CERT_GOOD, OCSP_MATCH_NO,
                    SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD, AT_TIME_VALID, false},
            {"an issuer that is not the leaf's", GOOD, CERT_GOOD, CERT_CA2, 1, OCSP_CERT_GOOD,
                    OCSP_MATCH_WITHOUT_KEY, SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD, AT_TIME_VALID,
                    false},
            {"no issuer, delegated", DELEG, CERT_GOOD, NOBODY, 1, OCSP_CERT_GOOD,
                    OCSP_MATCH_WITHOUT_KEY, SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD, AT_TIME_VALID,
                    false},
            {"no leaf", GOOD, NOBODY, CERT_CA, 1, OCSP_CERT_GOOD, OCSP_MATCH_UNTOLD,
                    SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD, AT_TIME_VALID, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ocsp_answer a;
        ocsp_read(der[rows[i].response], blob(rows[i].leaf), blob(rows[i].issuer),
                UPDATE_US + rows[i].day * DAY_US, &a);
        if (!a.is_parsed || a.problem != NULL || a.response_status != OCSP_SUCCESSFUL ||
                a.cert_status != rows[i].status || a.match != rows[i].match ||
                a.verdict != rows[i].verdict || a.responder != rows[i].responder ||
                a.period != rows[i].period || ocsp_is_authentic(&a) != rows[i].is_authentic ||
                (a.reason == NULL) != (a.verdict == SIGNED_VALID))
            fail_msg("%s: problem %s, status %d %d, match %d, verdict %d (%s), responder %d, "
                     "period %d",
                    rows[i].name, a.problem, a.response_status, a.cert_status, a.match, a.verdict,
                    a.reason, a.responder, a.period);
    }
}

static void fields(void **state)
{
    (void)state;
    struct ocsp_answer a;
    ocsp_read(der[REVOKED], der[CERT_REVOKED], der[CERT_CA], UPDATE_US, &a);
    assert_int_equal(a.produced_us, UPDATE_US);
    assert_int_equal(a.this_update_us, UPDATE_US);
    assert_int_equal(a.next_update_us, UPDATE_US + 7 * DAY_US);
    assert_int_equal(a.revoked_us, INT64_C(1767323045000000)); /* Jan  2 03:04:05 2026 GMT */
    assert_int_equal(a.revoked_reason, REVOKED_KEY_COMPROMISE);
    assert_string_equal(revocation_reason_name(a.revoked_reason), "keyCompromise");
    assert_int_equal(a.responder_period, AT_TIME_UNKNOWN);
    assert_int_equal(a.scts.n, 0);
    ocsp_read(der[HOLD], der[CERT_HOLD], der[CERT_CA], UPDATE_US, &a);
    assert_int_equal(a.revoked_reason, REVOKED_CERTIFICATE_HOLD);
    ocsp_read(der[HIGH], der[CERT_HIGH], der[CERT_CA], UPDATE_US, &a);
    assert_int_equal(a.revoked_reason, REVOKED_NO_REASON);
    ocsp_read(der[NONEXT], der[CERT_GOOD], der[CERT_CA], UPDATE_US, &a);
    assert_true(a.next_update_us == INT64_MIN);
    ocsp_read(der[TWO], der[CERT_GOOD], der[CERT_CA], UPDATE_US, &a);
    assert_int_equal(a.n_responses, 2);
    ocsp_read(der[OLDRESP], der[CERT_GOOD], der[CERT_CA], UPDATE_US + 2 * DAY_US, &a);
    assert_int_equal(a.responder_period, AT_TIME_LATE);
    ocsp_read(der[OLDRESP], der[CERT_GOOD], der[CERT_CA], UPDATE_US - 2 * DAY_US, &a);
    assert_int_equal(a.responder_period, AT_TIME_EARLY);
}

/* RFC 6960 4.2.1: an error has no response bytes. */
static void errors(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t n;
        int status;
        bool is_parsed;
    } rows[] = {{{0x30, 3, 0x0a, 1, 3}, 5, OCSP_TRY_LATER, true},
            {{0x30, 3, 0x0a, 1, 6}, 5, OCSP_UNAUTHORIZED, true},
            {{0x30, 3, 0x0a, 1, 2}, 5, OCSP_INTERNAL_ERROR, true},
            {{0x30, 3, 0x0a, 1, 0}, 5, OCSP_SUCCESSFUL, false},
            {{0x30, 3, 0x02, 1, 3}, 5, -1, false}, {{0x30, 3, 0x0a, 1, 3, 0}, 6, -1, false},
            {{0x30, 0}, 2, -1, false}, {{0}, 0, -1, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ocsp_answer a;
        ocsp_read((struct bytes){rows[i].bytes, rows[i].n}, der[CERT_GOOD], der[CERT_CA], UPDATE_US,
                &a);
        assert_int_equal(a.is_parsed, rows[i].is_parsed);
        assert_int_equal(a.problem == NULL, rows[i].is_parsed);
        assert_int_equal(a.response_status, rows[i].status);
        assert_false(ocsp_is_authentic(&a));
        assert_int_equal(a.verdict, SIGNED_UNVERIFIED);
    }
    assert_string_equal(ocsp_status_name(OCSP_TRY_LATER), "tryLater");
}

/* No cut parses; a changed octet never turns the answer into another one that is believed. */
static void damage(void **state)
{
    (void)state;
    static const int which[] = {GOOD, DELEG, TWO};
    for (size_t i = 0; i < sizeof which / sizeof *which; i++) {
        struct ocsp_answer a;
        struct bytes whole = der[which[i]];
        for (size_t n = 0; n < whole.n; n++) {
            uint8_t *cut = malloc(n + 1);
            memcpy(cut, whole.p, n);
            ocsp_read((struct bytes){cut, n}, der[CERT_GOOD], der[CERT_CA], UPDATE_US, &a);
            assert_false(a.is_parsed);
            assert_non_null(a.problem);
            assert_int_not_equal(a.verdict, SIGNED_VALID);
            free(cut);
        }
        for (size_t at = 0; at < whole.n; at++) {
            uint8_t changed[800];
            memcpy(changed, whole.p, whole.n);
            changed[at] ^= 0x10;
            ocsp_read(
                    (struct bytes){changed, whole.n}, der[CERT_GOOD], der[CERT_CA], UPDATE_US, &a);
            if (ocsp_is_authentic(&a) && a.cert_status != OCSP_CERT_GOOD)
                fail_msg("byte %zu", at);
        }
    }
}

/* Every octet of ResponseData is signed: openssl asn1parse gives its place in GOOD. */
static void flipped_data(void **state)
{
    (void)state;
    const unsigned char *p = der[GOOD].p;
    OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)der[GOOD].n);
    OCSP_BASICRESP *b = OCSP_response_get1_basic(r);
    const OCSP_RESPDATA *data = OCSP_resp_get0_respdata(b);
    unsigned char *tbs = NULL;
    int n = ASN1_item_i2d((const ASN1_VALUE *)data, &tbs, ASN1_ITEM_rptr(OCSP_RESPDATA));
    const uint8_t *at = memmem(der[GOOD].p, der[GOOD].n, tbs, (size_t)n);
    assert_non_null(at);
    for (int i = 0; i < n * 8; i++) {
        uint8_t changed[800];
        struct ocsp_answer a;
        memcpy(changed, der[GOOD].p, der[GOOD].n);
        changed[at - der[GOOD].p + i / 8] ^= (uint8_t)(1 << i % 8);
        ocsp_read(
                (struct bytes){changed, der[GOOD].n}, der[CERT_GOOD], der[CERT_CA], UPDATE_US, &a);
        assert_false(ocsp_is_authentic(&a));
        assert_int_not_equal(a.verdict, SIGNED_VALID);
    }
    OPENSSL_free(tbs);
    OCSP_BASICRESP_free(b);
    OCSP_RESPONSE_free(r);
}

/* An own CA that also signs an answer with extensions, which `openssl ocsp` cannot make. */
static struct bytes with_extension(const char *oid, bool is_critical, const uint8_t *value, int n,
        struct bytes *leaf, uint8_t *out)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    static uint8_t certificate[1000];
    unsigned char *to = certificate;
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 77);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_NAME_add_entry_by_txt(
            X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"self", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, key);
    X509_sign(x, key, EVP_sha256());
    *leaf = (struct bytes){certificate, (size_t)i2d_X509(x, &to)};

    OCSP_BASICRESP *b = OCSP_BASICRESP_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), x, x);
    OCSP_SINGLERESP *single =
            OCSP_basic_add1_status(b, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, now, NULL);
    ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING_set(content, value, n);
    X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, object, is_critical, content);
    OCSP_SINGLERESP_add_ext(single, e, -1);
    assert_int_equal(OCSP_basic_sign(b, x, key, EVP_sha256(), NULL, OCSP_NOCERTS), 1);
    OCSP_RESPONSE *r = OCSP_response_create(0, b);
    to = out;
    struct bytes response = {out, (size_t)i2d_OCSP_RESPONSE(r, &to)};
    OCSP_RESPONSE_free(r);
    X509_EXTENSION_free(e);
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(content);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(now);
    OCSP_BASICRESP_free(b);
    X509_free(x);
    EVP_PKEY_free(key);
    return response;
}

static void extensions(void **state)
{
    (void)state;
    static const uint8_t scts[] = {0x04, 3, 'a', 'b', 'c'};
    uint8_t out[1000];
    struct bytes leaf;
    struct ocsp_answer a;
    struct bytes response =
            with_extension("1.3.6.1.4.1.11129.2.4.5", false, scts, sizeof scts, &leaf, out);
    ocsp_read(response, leaf, leaf, UPDATE_US, &a);
    assert_true(ocsp_is_authentic(&a));
    assert_true(bytes_equal(a.scts, bytes_of_text("abc")));
    response = with_extension("1.2.3.4", false, scts, sizeof scts, &leaf, out);
    ocsp_read(response, leaf, leaf, UPDATE_US, &a);
    assert_true(ocsp_is_authentic(&a));
    response = with_extension("1.2.3.4", true, scts, sizeof scts, &leaf, out);
    ocsp_read(response, leaf, leaf, UPDATE_US, &a);
    assert_int_equal(a.verdict, SIGNED_UNVERIFIED);
    assert_false(ocsp_is_authentic(&a));
}

/* RFC 6961 2.2. */
static void multi(void **state)
{
    (void)state;
    static const uint8_t list[] = {0, 0, 2, 'a', 'b', 0, 0, 0, 0, 0, 1, 'c'};
    struct cur c = cur_make(list, sizeof list);
    struct bytes r;
    assert_true(ocsp_multi_next(&c, &r));
    assert_true(bytes_equal(r, bytes_of_text("ab")));
    assert_true(ocsp_multi_next(&c, &r));
    assert_int_equal(r.n, 0);
    assert_true(ocsp_multi_next(&c, &r));
    assert_true(bytes_equal(r, bytes_of_text("c")));
    assert_false(ocsp_multi_next(&c, &r));
    assert_true(cur_done(&c));
    c = cur_make(list, sizeof list - 1);
    for (int i = 0; i < 2; i++)
        assert_true(ocsp_multi_next(&c, &r));
    assert_false(ocsp_multi_next(&c, &r));
    assert_false(cur_done(&c));
}

static void must_staple(void **state)
{
    (void)state;
    assert_int_equal(ocsp_must_staple(der[CERT_GOOD]), 0);
    assert_int_equal(ocsp_must_staple(der[CERT_STAPLE]), TLS_FEATURE_STATUS_REQUEST);
    assert_int_equal(ocsp_must_staple(der[CERT_STAPLE2]),
            TLS_FEATURE_STATUS_REQUEST | TLS_FEATURE_STATUS_REQUEST_V2);
    assert_int_equal(ocsp_must_staple((struct bytes){der[CERT_STAPLE].p, 100}), 0);
}

static void files(void **state)
{
    (void)state;
    char folder[] = "/tmp/tlswire-ocsp-XXXXXX";
    char path[4][64];
    struct err err;
    struct ocsp_answer a;
    const char *source = NULL;
    struct ocsp_set *s = ocsp_set_new();
    assert_false(ocsp_set_find(s, der[CERT_GOOD], der[CERT_CA], UPDATE_US, &a, &source));
    assert_non_null(mkdtemp(folder));
    static const char *const names[] = {"1.der", "2.pem", "3.der", "4.txt"};
    for (int i = 0; i < 4; i++)
        (void)snprintf(path[i], sizeof path[i], "%s/%s", folder, names[i]);
    blob_write(path[0], der[STRANGER]);
    struct text pem = {0};
    text_addf(&pem, "text before\n-----BEGIN OCSP RESPONSE-----\n%s\n-----END OCSP RESPONSE-----\n",
            blobs[REVOKED]);
    blob_write(path[1], bytes_of_text(text_str(&pem)));
    blob_write(path[2], der[OLDRESP]);
    blob_write(path[3], bytes_of_text("no answer"));
    assert_true(ocsp_set_load(s, folder, &err));
    assert_int_equal(ocsp_set_count(s), 3);
    assert_int_equal(ocsp_set_left_out(s), 1);
    /* years later the responder's certificate has expired, but had not when it signed */
    assert_true(
            ocsp_set_find(s, der[CERT_GOOD], der[CERT_CA], UPDATE_US + 1000 * DAY_US, &a, &source));
    assert_true(ocsp_is_authentic(&a));
    assert_int_equal(a.period, AT_TIME_LATE);
    assert_string_equal(source, path[2]);
    assert_true(ocsp_set_find(s, der[CERT_REVOKED], der[CERT_CA], UPDATE_US, &a, &source));
    assert_int_equal(a.cert_status, OCSP_CERT_REVOKED);
    assert_string_equal(source, path[1]);
    assert_false(ocsp_set_find(s, der[CERT_UNKNOWN], der[CERT_CA], UPDATE_US, &a, &source));
    /* the same serial of another CA */
    assert_false(ocsp_set_find(s, der[CERT_GOOD2], der[CERT_CA2], UPDATE_US, &a, &source));
    assert_false(ocsp_set_load(s, path[3], &err));
    assert_non_null(strstr(err.text, "4.txt: is no OCSP answer"));
    assert_false(ocsp_set_load(s, "/nonexistent/x", &err));
    assert_non_null(strstr(err.text, "No such file"));
    for (int i = 0; i < 4; i++)
        (void)unlink(path[i]);
    assert_false(ocsp_set_load(s, folder, &err));
    assert_non_null(strstr(err.text, "holds no OCSP RESPONSE"));
    (void)rmdir(folder);
    text_fini(&pem);
    ocsp_set_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers), cmocka_unit_test(fields),
            cmocka_unit_test(errors), cmocka_unit_test(damage), cmocka_unit_test(flipped_data),
            cmocka_unit_test(extensions), cmocka_unit_test(multi), cmocka_unit_test(must_staple),
            cmocka_unit_test(files)};
    return cmocka_run_group_tests(tests, decode, NULL);
}
