/* TLS records and handshake messages as the server sends them. */
#include "tests/fuzz/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_direction(data, size, 1);
    return 0;
}
