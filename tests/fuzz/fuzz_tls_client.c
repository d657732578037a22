/* TLS records and handshake messages as the client sends them. */
#include "tests/fuzz/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_direction(data, size, 0);
    return 0;
}
